//! RENAME statements, and the old schema with the new names, to which the rest of a script is compared.

use std::collections::BTreeMap;

use super::name::{self, identifier};
use super::plan::{PlannedStatement, has_index, relation_name, same_above};
use super::temporary_name::temporary_rename;
use super::text::unquoted;
use crate::schema::rename_order::{rename_levels, with_temporary_names};
use crate::schema::{Attribute, Key, Kind, Object, Rename, Schema, Value};
use crate::sql::{Dialect, Lexer, TokenKind};

/// Returns the old schema with the new names, and the statements that rename. Renames of missing objects are skipped.
pub(super) fn renamed(from: &Schema, renames: &[Rename]) -> (Schema, Vec<PlannedStatement>) {
    let mut schema = from.clone();
    let mut lines = Vec::new();
    for level in rename_levels(from, renames, moved_key) {
        let mut requested: Vec<Rename> = Vec::new();
        // A parent and its children may all be listed, although one rename is for all of them.
        for rename in level {
            let rename = Rename { from: highest(&rename.from, &schema), to: rename.to };
            if !requested.contains(&rename) {
                requested.push(rename);
            }
        }
        let aside = |rename: &Rename| temporary_rename(&rename.from, &rename.to, &schema);
        for rename in with_temporary_names(requested, &schema, aside) {
            apply(&mut schema, &rename, &mut lines);
        }
    }
    forget_usual_sequences(&mut schema);
    (schema, lines)
}

/// Renames the indexes and keys of partitions to their new names. The match is unambiguous, because a partition has one
/// index for each index of its parent. An index whose definition changes is not renamed: it is rebuilt with its
/// parent's.
pub(super) fn attached(schema: &mut Schema, to: &Schema, lines: &mut Vec<PlannedStatement>) {
    // Level by level, because the next level is matched by the new name of its parent. A name that is taken may become
    // free later.
    loop {
        let before = lines.len();
        for rename in attached_with_another_name(schema, to) {
            let target = rename.new_key();
            let is_taken = |key: &Key| relation_name(key).is_some() && relation_name(key) == relation_name(&target);
            if !schema.objects().any(|object| is_taken(&object.key)) {
                apply(schema, &rename, lines);
            }
        }
        if lines.len() == before {
            return;
        }
    }
}

fn attached_with_another_name(schema: &Schema, to: &Schema) -> Vec<Rename> {
    type Place<'s> = (Kind, &'s Option<String>, &'s Option<String>, &'s str, [Option<&'s Value>; 3]);
    fn parent_of(object: &Object) -> Option<Place<'_>> {
        let key = &object.key;
        let is_meant = matches!(key.kind, Kind::Index | Kind::PrimaryKey | Kind::Unique | Kind::Exclusion);
        let above = object.text(Attribute::PartitionOf).filter(|_| is_meant)?;
        let same = [Attribute::Definition, Attribute::IsUnique, Attribute::Deferrable];
        let same = same.map(|attribute| object.attributes.get(&attribute));
        Some((key.kind, &key.namespace, &key.table, above, same))
    }
    let gone = schema.objects().filter(|object| to.get(&object.key).is_none());
    let gone: BTreeMap<Place<'_>, &Key> = gone.filter_map(|object| Some((parent_of(object)?, &object.key))).collect();
    let new = to.objects().filter(|object| schema.get(&object.key).is_none());
    new.filter_map(|object| {
        let from = *gone.get(&parent_of(object)?)?;
        Some(Rename { from: from.clone(), to: object.key.name.clone() })
    })
    .collect()
}

/// Renames one object in `schema`, together with its parts and all texts that mention it.
pub(super) fn apply(schema: &mut Schema, rename: &Rename, lines: &mut Vec<PlannedStatement>) {
    let rename = &Rename { from: highest(&rename.from, schema), to: rename.to.clone() };
    if schema.get(&rename.new_key()).is_some() {
        return;
    }
    let Some(sql) = schema.get(&rename.from).and_then(|object| statement(object, &rename.to)) else { return };
    lines.push(PlannedStatement::new(sql));
    // RENAME recurses to all child tables.
    for from in with_those_below(&rename.from, schema) {
        let rename = Rename { from, to: rename.to.clone() };
        name_identity_sequences(schema, &rename);
        rename_in_schema(schema, &rename);
    }
}

/// Returns the column or check of the topmost parent, which is the only place where the server renames it.
fn highest(key: &Key, schema: &Schema) -> Key {
    let mut key = key.clone();
    // The bound guards against inheritance cycles, which a real database cannot have.
    for _ in 0..64 {
        let above = schema.get(&key).filter(|object| is_handed_down(&object.key));
        let Some(next) = above.and_then(|object| same_above(object, schema).next()) else { break };
        key = next.key.clone();
    }
    key
}

/// Returns the column or check itself, and those inherited from it.
fn with_those_below(key: &Key, schema: &Schema) -> Vec<Key> {
    let mut found = vec![key.clone()];
    let mut place = 0;
    while let Some(above) = found.get(place).filter(|_| is_handed_down(key)).cloned() {
        let is_below = |object: &&Object| {
            object.key.kind == key.kind
                && object.key.name == key.name
                && same_above(object, schema).any(|other| other.key == above)
        };
        let below: Vec<Key> = schema.objects().filter(is_below).map(|object| object.key.clone()).collect();
        found.extend(below.into_iter().filter(|key| !found.contains(key)).collect::<Vec<_>>());
        place += 1;
    }
    found
}

const fn is_handed_down(key: &Key) -> bool {
    matches!(key.kind, Kind::Column | Kind::Check)
}

fn rename_in_schema(schema: &mut Schema, rename: &Rename) {
    let keys: Vec<Key> = schema.objects().map(|object| object.key.clone()).collect();
    for key in keys {
        if let Some(object) = schema.remove(&key) {
            schema.add(moved(object, rename));
        }
    }
}

/// Records the names of identity sequences, which do not change when the table or column is renamed.
fn name_identity_sequences(schema: &mut Schema, rename: &Rename) {
    let is_meant = |object: &Object| {
        let key = &object.key;
        key.kind == Kind::Column && object.has(Attribute::Identity) && (*key == rename.from || belongs(key, rename))
    };
    let columns: Vec<Key> =
        schema.objects().filter(|object| is_meant(object)).map(|object| object.key.clone()).collect();
    for column in columns.iter().filter(|_| rename.from.kind != Kind::Namespace) {
        let Some(object) = schema.get_mut(column) else { continue };
        let is_told = object.list(Attribute::IdentityOptions).iter().any(|option| option.starts_with("sequence="));
        if *column == rename.from || rename.from.kind == Kind::Table {
            let usual = super::alter::sequence_name(object);
            let told = (!is_told).then(|| format!("sequence={usual}"));
            let options = object.list(Attribute::IdentityOptions).iter().cloned().chain(told).collect::<Vec<_>>();
            object.set(Attribute::IdentityOptions, options);
        }
    }
}

/// Removes the recorded name of a sequence where it is the default name again.
fn forget_usual_sequences(schema: &mut Schema) {
    let columns = schema.objects().filter(|object| object.has(Attribute::IdentityOptions));
    let columns: Vec<Key> = columns.map(|object| object.key.clone()).collect();
    for column in columns {
        let Some(object) = schema.get_mut(&column) else { continue };
        let usual = format!("sequence={}", super::alter::usual_sequence_name(&column));
        let options: Vec<String> =
            object.list(Attribute::IdentityOptions).iter().filter(|option| **option != usual).cloned().collect();
        if options.is_empty() {
            object.attributes.remove(&Attribute::IdentityOptions);
        } else {
            object.set(Attribute::IdentityOptions, options);
        }
    }
}

fn moved(mut object: Object, rename: &Rename) -> Object {
    let is_near = object.key == rename.from
        || belongs(&object.key, rename)
        || object.needs.iter().any(|need| touches(need, rename));
    if has_index(rename.from.kind) && object.text(Attribute::PartitionOf) == Some(name::own(&rename.from).as_str()) {
        object.set(Attribute::PartitionOf, name::own(&rename.new_key()));
    }
    object.key = moved_key(&object.key, rename);
    object.needs = object.needs.iter().map(|need| moved_key(need, rename)).collect();
    // A view keeps the old name of the column in its output and its text; it is fixed by replacing the view.
    let keeps_text = rename.from.kind == Kind::Column && matches!(object.key.kind, Kind::View | Kind::MaterializedView);
    if rename.from.kind == Kind::Column && rename.from.parent(Kind::Table).as_ref() == Some(&object.key) {
        for attribute in [Attribute::PartitionBy, Attribute::InheritedForeignKeys] {
            if let Some(value) = object.attributes.get_mut(&attribute) {
                rename_in(value, &rename.from.name, &rename.to, attribute);
            }
        }
    }
    if is_near && !keeps_text {
        for (attribute, value) in &mut object.attributes {
            if holds_names(*attribute) {
                rename_in(value, &rename.from.name, &rename.to, *attribute);
            }
        }
    }
    object
}

fn touches(need: &Key, rename: &Rename) -> bool {
    *need == rename.from || belongs(need, rename)
}

/// Returns whether the key belongs to the renamed table, is in the renamed namespace, or is in the same table as the
/// renamed column.
fn belongs(key: &Key, rename: &Rename) -> bool {
    let from = &rename.from;
    match from.kind {
        Kind::Namespace => key.namespace.as_ref() == Some(&from.name),
        Kind::Column => key.table == from.table && key.namespace == from.namespace,
        _ => key.namespace == from.namespace && key.table.as_ref() == Some(&from.name) && from.table.is_none(),
    }
}

fn moved_key(key: &Key, rename: &Rename) -> Key {
    let from = &rename.from;
    if key == from {
        return rename.new_key();
    }
    let mut key = key.clone();
    if from.kind == Kind::Namespace {
        if key.namespace.as_ref() == Some(&from.name) {
            key.namespace = Some(rename.to.clone());
        }
    } else if matches!(from.kind, Kind::Table | Kind::View | Kind::MaterializedView)
        && key.namespace == from.namespace
        && key.table.as_ref() == Some(&from.name)
    {
        key.table = Some(rename.to.clone());
    }
    key
}

const fn holds_names(attribute: Attribute) -> bool {
    use Attribute as A;
    matches!(
        attribute,
        A::Type
            | A::Default
            | A::Generated
            | A::Definition
            | A::Columns
            | A::Predicate
            | A::References
            | A::Inherits
            | A::PartitionBy
            | A::PartitionOf
            | A::InheritedForeignKeys
            | A::ReplicaIdentity
            | A::ClusteredOn
            | A::OwnedBy
    )
}

fn rename_in(value: &mut Value, from: &str, to: &str, attribute: Attribute) {
    match value {
        Value::Text(text) => *text = replaced(text, from, to, attribute),
        Value::List(list) => list.iter_mut().for_each(|text| *text = replaced(text, from, to, attribute)),
        Value::Yes(_) | Value::Number(_) => {}
    }
}

/// Replaces the identifier `from` by `to`, also inside a string that holds a name: `nextval('a.b')`.
fn replaced(text: &str, from: &str, to: &str, attribute: Attribute) -> String {
    if attribute == Attribute::ClusteredOn && text == from {
        return to.to_owned();
    }
    let mut written = String::with_capacity(text.len());
    for token in Lexer::new(text, Dialect::POSTGRES).map_while(Result::ok) {
        let part = token.span.slice(text);
        match token.kind {
            TokenKind::Word | TokenKind::QuotedIdentifier if unquoted(part) == from => {
                written.push_str(&identifier(to))
            }
            TokenKind::Text if attribute == Attribute::Default && part.starts_with('\'') => {
                let inner = part.trim_matches('\'');
                let inner = replaced(inner, from, to, Attribute::Type);
                written.push_str(&format!("'{inner}'"));
            }
            _ => written.push_str(part),
        }
    }
    written
}

/// Returns the statement, or `None` if objects of this kind cannot be renamed.
fn statement(object: &Object, to: &str) -> Option<String> {
    let key = &object.key;
    let (name, table) = (identifier(&key.name), name::table(key));
    let to = if key.kind.is_routine() { to.split('(').next().unwrap_or(to) } else { to };
    let to = identifier(to);
    Some(match key.kind {
        Kind::Column => format!("ALTER TABLE {table} RENAME COLUMN {name} TO {to}"),
        kind if kind.is_constraint() => format!("ALTER TABLE {table} RENAME CONSTRAINT {name} TO {to}"),
        Kind::Database | Kind::VirtualTable | Kind::Event | Kind::Extension => return None,
        _ => format!("ALTER {} RENAME TO {to}", name::described(object)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, &str)]) -> Schema {
        let mut schema = Schema::new(Dialect::POSTGRES);
        for (table, column) in columns {
            schema.add(Object::new(Key::new(Kind::Table, Some("public"), table)));
            schema.add(Object::new(Key::of_table(Kind::Column, Some("public"), table, column)));
        }
        schema
    }

    fn column(table: &str, from: &str, to: &str) -> Rename {
        Rename { from: Key::of_table(Kind::Column, Some("public"), table, from), to: to.to_owned() }
    }

    fn table(from: &str, to: &str) -> Rename {
        Rename { from: Key::new(Kind::Table, Some("public"), from), to: to.to_owned() }
    }

    fn statements(schema: &Schema, renames: &[Rename]) -> Vec<String> {
        let lines = renamed(schema, renames).1;
        lines.into_iter().map(|line| line.into_statement().sql.replace("public.", "")).collect()
    }

    #[test]
    fn columns_that_swap_their_names_in_a_renamed_table_are_renamed() {
        let schema = schema(&[("a", "x"), ("a", "y")]);
        let expected = [
            "ALTER TABLE a RENAME TO b",
            "ALTER TABLE b RENAME COLUMN x TO y__renamed",
            "ALTER TABLE b RENAME COLUMN y TO x",
            "ALTER TABLE b RENAME COLUMN y__renamed TO y",
        ];
        // Under the old and the new name of the table, before and after its own rename.
        for named in ["a", "b"] {
            let (one, other) = (column(named, "x", "y"), column(named, "y", "x"));
            assert_eq!(statements(&schema, &[table("a", "b"), one.clone(), other.clone()]), expected, "{named}");
            assert_eq!(statements(&schema, &[one, other, table("a", "b")]), expected, "{named}");
        }
    }

    #[test]
    fn a_column_of_one_of_two_tables_that_swap_their_names_is_found() {
        let schema = schema(&[("a", "x"), ("b", "z")]);
        let lines = statements(&schema, &[table("a", "b"), table("b", "a"), column("a", "x", "y")]);
        assert_eq!(lines.last().map(String::as_str), Some("ALTER TABLE b RENAME COLUMN x TO y"));
        assert_eq!(lines.len(), 4, "{lines:?}");
    }

    #[test]
    fn a_table_in_a_renamed_schema_is_renamed() {
        let mut schema = Schema::new(Dialect::POSTGRES);
        schema.add(Object::new(Key::new(Kind::Namespace, None, "old")));
        schema.add(Object::new(Key::new(Kind::Table, Some("old"), "a")));
        let namespace = Rename { from: Key::new(Kind::Namespace, None, "old"), to: "new".to_owned() };
        let table = Rename { from: Key::new(Kind::Table, Some("old"), "a"), to: "b".to_owned() };
        assert_eq!(
            statements(&schema, &[namespace, table]),
            ["ALTER SCHEMA old RENAME TO new", "ALTER TABLE new.a RENAME TO b"]
        );
    }

    #[test]
    fn a_swap_listed_for_a_parent_and_its_child_is_done_once() {
        let mut schema = schema(&[("p", "x"), ("p", "y"), ("c", "x"), ("c", "y")]);
        let child = Key::new(Kind::Table, Some("public"), "c");
        if let Some(child) = schema.get_mut(&child) {
            child.set(Attribute::Inherits, vec!["public.p".to_owned()]);
            child.needs.insert(Key::new(Kind::Table, Some("public"), "p"));
        }
        let renames = [column("p", "x", "y"), column("p", "y", "x"), column("c", "x", "y"), column("c", "y", "x")];
        assert_eq!(
            statements(&schema, &renames),
            [
                "ALTER TABLE p RENAME COLUMN x TO y__renamed",
                "ALTER TABLE p RENAME COLUMN y TO x",
                "ALTER TABLE p RENAME COLUMN y__renamed TO y",
            ]
        );
    }

    #[test]
    fn temporary_names_fit_and_are_free_and_those_of_functions_keep_their_arguments() {
        let long = "z".repeat(63);
        let schema = schema(&[("a", &long), ("a", "y"), ("a", &format!("{}__renamed", "y"))]);
        let lines = statements(&schema, &[column("a", "y", &long), column("a", &long, "y")]);
        let aside = lines[0].rsplit(' ').next().unwrap_or_default();
        assert!(aside.len() <= 63 && aside != long, "{lines:?}");
        let lines = statements(&schema, &[column("a", &long, "y"), column("a", "y", &long)]);
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with(" TO y__renamed2"), "{lines:?}");

        let mut schema = Schema::new(Dialect::POSTGRES);
        let key = |name: &str| Key::new(Kind::Function, Some("public"), &format!("{name}(integer)"));
        for name in ["f", "g"] {
            let mut function = Object::new(key(name));
            function.set(Attribute::Arguments, "integer");
            schema.add(function);
        }
        let swap = |from: &str, to: &str| Rename { from: key(from), to: format!("{to}(integer)") };
        let lines = statements(&schema, &[swap("f", "g"), swap("g", "f")]);
        assert_eq!(lines[0], "ALTER FUNCTION f(integer) RENAME TO g__renamed");
        assert_eq!(lines.len(), 3);
    }
}
