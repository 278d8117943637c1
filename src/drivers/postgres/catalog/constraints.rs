//! Constraints of tables and domains. Not-null constraints belong to the column.

use super::builder::{CatalogAddress, SchemaBuilder, class, set_list};
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::dialects::postgres::schema::{identifier, identifiers, qualified};
use crate::schema::{Attribute, Key, Kind, Object};

/// A foreign key that references a partitioned table has one more row for each of its partitions, with the same
/// referencing table; these are left out. The definition is not queried for keys that consist of columns only, which is
/// the only constraint of most tables.
pub(super) fn constraints(ask: &QueryContext) -> String {
    let period = if ask.version.has_temporal_keys() { "k.conperiod" } else { "false" };
    let not_distinct = if ask.version.has_nulls_not_distinct() { "i.indnullsnotdistinct" } else { "false" };
    format!(
        "SELECT k.oid, k.conname, k.contype, k.conrelid, k.contypid, k.conindid, k.condeferrable, k.condeferred, \
         k.convalidated, NOT k.conislocal, k.conkey, fn.nspname, f.relname, \
         CASE WHEN k.contype NOT IN ('p', 'u') OR {period} OR EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = k.conindid \
         AND (i.indnatts <> i.indnkeyatts OR {not_distinct})) THEN pg_get_constraintdef(k.oid) END, \
         k.contype = 'f' AND u.oid IS NOT NULL \
         FROM pg_constraint k LEFT JOIN pg_constraint u ON u.oid = k.conparentid JOIN pg_namespace n ON n.oid = k.connamespace \
         LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace \
         WHERE {} AND k.contype IN ('p', 'u', 'x', 'c', 'f') AND NOT (k.contype = 'f' AND u.oid IS NOT NULL AND u.conrelid = k.conrelid)",
        ask.inside
    )
}

pub(super) fn read_constraint(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, name, kind) = (row.oid(), row.text(), row.text());
    let (relation, domain, index) = (row.oid(), row.oid(), row.oid());
    let kind = match kind.as_str() {
        "p" => Kind::PrimaryKey,
        "u" => Kind::Unique,
        "x" => Kind::Exclusion,
        "f" => Kind::ForeignKey,
        _ => Kind::Check,
    };
    let Some(key) = key(draft, (relation, domain), kind, &name) else { return };
    let mut object = Object::new(key);
    object.set_if(Attribute::OfDomain, domain != 0);
    let text = read_attributes(row, &mut object, draft, relation, kind);
    if row.is() {
        return inherit_foreign_key(draft, relation, &name, &text);
    }
    let address = CatalogAddress::new(class::CONSTRAINT, oid);
    draft.add(address, object);
    if kind != Kind::ForeignKey && index != 0 {
        draft.alias(CatalogAddress::new(class::CLASS, index), address);
    }
}

/// Adds a foreign key that a partition inherits from its table to the partition's attributes.
fn inherit_foreign_key(draft: &mut SchemaBuilder, relation: u32, name: &str, text: &str) {
    if let Some(table) = draft.get_mut(CatalogAddress::new(class::CLASS, relation)) {
        let entry = format!("{} {text}", identifier(name));
        let mut entries = table.list(Attribute::InheritedForeignKeys).to_vec();
        entries.push(entry);
        entries.sort();
        table.set(Attribute::InheritedForeignKeys, entries);
    }
}

fn key(draft: &SchemaBuilder, (relation, domain): (u32, u32), kind: Kind, name: &str) -> Option<Key> {
    if domain == 0 {
        return draft.key_within(relation, kind, name);
    }
    let domain = draft.key(CatalogAddress::new(class::TYPE, domain))?;
    Some(Key::of_table(kind, domain.namespace.as_deref(), &domain.name, name))
}

/// Returns the whole definition, if it was queried.
fn read_attributes(
    row: &mut CatalogRow,
    object: &mut Object,
    draft: &SchemaBuilder,
    relation: u32,
    kind: Kind,
) -> String {
    let deferrable = match (row.is(), row.is()) {
        (false, _) => None,
        (true, false) => Some("deferrable"),
        (true, true) => Some("deferrable initially deferred"),
    };
    object.set_some(Attribute::Deferrable, deferrable);
    object.set_if(Attribute::NotValid, !row.is());
    object.set_if(Attribute::Inherited, row.is() && kind == Kind::Check);
    set_list(object, Attribute::Columns, draft.names(relation, &row.numbers()));
    let (namespace, table) = (row.some(), row.some());
    object.set_some(Attribute::References, table.map(|table| qualified(namespace.as_deref(), &table)));
    let text = row.some();
    let definition = match &text {
        Some(text) => definition(text).to_owned(),
        None => key_definition(object),
    };
    object.set(Attribute::Definition, definition);
    text.unwrap_or_default()
}

/// Builds the text that `pg_get_constraintdef` returns for a key that consists of columns only.
fn key_definition(key: &Object) -> String {
    let word = if key.key.kind == Kind::PrimaryKey { "PRIMARY KEY" } else { "UNIQUE" };
    format!("{word} ({})", identifiers(key.list(Attribute::Columns)))
}

/// Removes the suffixes that other attributes hold (`pg_get_constraintdef_worker` in ruleutils.c appends them in this
/// order).
fn definition(text: &str) -> &str {
    let text = text.strip_suffix(" NOT VALID").unwrap_or(text);
    let text = text.strip_suffix(" INITIALLY DEFERRED").unwrap_or(text);
    text.strip_suffix(" DEFERRABLE").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::definition;

    #[test]
    fn validity_and_deferrability_are_told_elsewhere() {
        assert_eq!(
            definition("FOREIGN KEY (a) REFERENCES t(a) DEFERRABLE INITIALLY DEFERRED NOT VALID"),
            "FOREIGN KEY (a) REFERENCES t(a)"
        );
        assert_eq!(definition("UNIQUE (a) DEFERRABLE"), "UNIQUE (a)");
        assert_eq!(definition("CHECK ((a > 0)) NOT VALID"), "CHECK ((a > 0))");
    }
}
