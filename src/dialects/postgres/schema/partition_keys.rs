//! Inherited foreign keys of partitions. The catalog reader lists them in an attribute of the partition instead of as
//! objects. DETACH PARTITION makes them independent, and ATTACH PARTITION merges equal ones.

use super::name::qualified;
use super::text::names;
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// Adds the foreign keys that partitions keep when they are detached, and removes those that are merged with the
/// parent's.
pub(super) fn follow_partitions(from: &mut Schema, to: &Schema) {
    let moving: Vec<(Object, &Object)> = from
        .objects()
        .filter(|object| object.key.kind == Kind::Table)
        .filter_map(|before| Some((before.clone(), to.get(&before.key)?)))
        .filter(|(before, after)| before.text(Attribute::PartitionOf) != after.text(Attribute::PartitionOf))
        .collect();
    for (before, after) in moving {
        for entry in before.list(Attribute::InheritedForeignKeys) {
            if let Some(object) = foreign_key(&before.key, entry).filter(|key| !is_handed_down(key, after, to)) {
                from.add(object);
            }
        }
        let own: Vec<Object> = from.of_table(&before.key, Kind::ForeignKey).cloned().collect();
        for object in own.iter().filter(|object| to.get(&object.key).is_none() && is_handed_down(object, after, to)) {
            from.remove(&object.key);
        }
    }
}

/// Returns whether the parent has an equal foreign key.
fn is_handed_down(object: &Object, table: &Object, schema: &Schema) -> bool {
    let names = table.text(Attribute::PartitionOf).map(names).unwrap_or_default();
    let [namespace, above] = names.as_slice() else { return false };
    let above = Key::new(Kind::Table, Some(namespace), above);
    let mut keys = schema.of_table(&above, Kind::ForeignKey);
    keys.any(|key| key.text(Attribute::Definition) == object.text(Attribute::Definition))
}

/// Parses an entry, `NAME FOREIGN KEY (...) REFERENCES ...`.
fn foreign_key(table: &Key, entry: &str) -> Option<Object> {
    let at = entry.find(" FOREIGN KEY ")?;
    let (name, text) = entry.split_at_checked(at)?;
    let name = names(name).pop()?;
    let text = text.trim_start();
    let (text, is_valid) = without(text, " NOT VALID");
    let (text, is_immediate) = without(text, " INITIALLY DEFERRED");
    let (text, is_not_deferrable) = without(text, " DEFERRABLE");
    let (columns, rest) = text.split_once(" REFERENCES ")?;
    let target = names(rest.split('(').next()?);
    let [namespace, target] = target.as_slice() else { return None };
    let columns = names(columns.strip_prefix("FOREIGN KEY")?);
    let mut object = Object::new(Key::of_table(Kind::ForeignKey, table.namespace.as_deref(), &table.name, &name));
    object.set(Attribute::Definition, text);
    object.set(Attribute::References, qualified(Some(namespace), target));
    object.set_if(Attribute::NotValid, !is_valid);
    let deferrable = if is_immediate { "deferrable" } else { "deferrable initially deferred" };
    object.set_some(Attribute::Deferrable, (!is_not_deferrable).then_some(deferrable));
    object.set_if(Attribute::Inherited, true);
    object.needs.insert(Key::new(Kind::Table, Some(namespace), target));
    object.needs.extend(
        columns.iter().map(|column| Key::of_table(Kind::Column, table.namespace.as_deref(), &table.name, column)),
    );
    object.set(Attribute::Columns, columns);
    Some(object)
}

/// Returns the text without the suffix, and `true` if it did not have the suffix.
fn without<'t>(text: &'t str, suffix: &str) -> (&'t str, bool) {
    text.strip_suffix(suffix).map_or((text, true), |rest| (rest, false))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_the_foreign_key_that_the_catalog_would_list() {
        let table = Key::new(Kind::Table, Some("public"), "p1");
        let entry = "\"A key\" FOREIGN KEY (a, \"B\") REFERENCES public.f(x, y) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED";
        let found = foreign_key(&table, entry).unwrap();
        assert_eq!(found.key.name, "A key");
        let definition = "FOREIGN KEY (a, \"B\") REFERENCES public.f(x, y) ON DELETE CASCADE";
        assert_eq!(found.text(Attribute::Definition), Some(definition));
        assert_eq!(found.text(Attribute::References), Some("public.f"));
        assert_eq!(found.text(Attribute::Deferrable), Some("deferrable initially deferred"));
        assert_eq!(found.list(Attribute::Columns), ["a", "B"]);
        assert!(!found.has(Attribute::NotValid));
    }
}
