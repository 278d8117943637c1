//! Conversion of the statements in `sqlite_schema` to a [`Schema`].

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::table::{Column, ParsedTable, TableConstraint};
use super::tokens::{Spelling, tokens, trimmed};
use super::words::{self, folded};
use crate::schema::{Attribute, Key, Kind, Object, Schema, SchemaEntry, Unmodelled};
use crate::sql::Dialect;

/// Builds the schema from its statements. Objects that cannot be parsed become unmodelled, together with those that
/// belong to them.
#[must_use]
pub fn read(entries: &[SchemaEntry]) -> Schema {
    read_checked(entries, &|_| true)
}

/// As [`read`], but also treats tables for which `is_right` returns `false` as unparsable.
#[must_use]
pub fn read_checked(entries: &[SchemaEntry], is_right: &dyn Fn(&ParsedTable) -> bool) -> Schema {
    let mut schema = Schema::new(Dialect::SQLITE);
    let tables: BTreeMap<String, (&SchemaEntry, Option<ParsedTable>)> = entries
        .iter()
        .filter(|entry| entry.kind == Kind::Table)
        .map(|entry| (folded(&entry.name), (entry, ParsedTable::parse(&entry.sql).filter(is_right))))
        .collect();
    let views = entries.iter().filter(|entry| entry.kind == Kind::View);
    let mut relations: BTreeMap<String, Key> =
        views.map(|view| (folded(&view.name), Key::new(Kind::View, None, &view.name))).collect();
    relations
        .extend(tables.iter().map(|(folded, (entry, _))| (folded.clone(), Key::new(Kind::Table, None, &entry.name))));
    // Every name that can occur in a view or trigger. SQLite takes double-quoted text that matches no name for a
    // string.
    let mut names: BTreeSet<String> = relations.keys().cloned().collect();
    names.extend(tables.values().filter_map(|(_, table)| table.as_ref()).flat_map(ParsedTable::names));
    for (entry, table) in tables.values() {
        match table {
            Some(table) => add_table(&mut schema, entry, table, &relations),
            None => leave_out(&mut schema, entry),
        }
    }
    for entry in entries {
        let of_table = tables.get(&folded(&entry.table)).map(|(_, table)| table.as_ref());
        let added = match (entry.kind, of_table) {
            (Kind::Table, _) => Some(()),
            (_, Some(None)) => None,
            (Kind::Index, Some(Some(table))) => add_index(&mut schema, entry, table),
            (Kind::View | Kind::Trigger, _) => add_text(&mut schema, entry, &relations, &names),
            _ => None,
        };
        if added.is_none() {
            leave_out(&mut schema, entry);
        }
    }
    schema
}

/// Returns the entries from which [`read`] built the schema.
pub(super) fn entries(schema: &Schema) -> Vec<SchemaEntry> {
    let kinds = [Kind::Table, Kind::Index, Kind::View, Kind::Trigger];
    let objects = schema.objects().filter(|object| kinds.contains(&object.key.kind));
    objects
        .map(|object| SchemaEntry {
            kind: object.key.kind,
            name: object.key.name.clone(),
            table: object.key.table.clone().unwrap_or_else(|| object.key.name.clone()),
            sql: object.text(Attribute::Source).unwrap_or_default().to_owned(),
        })
        .collect()
}

fn leave_out(schema: &mut Schema, entry: &SchemaEntry) {
    schema.unmodelled.insert(Unmodelled { kind: entry.kind.words().to_owned(), name: entry.name.clone() });
}

fn add_table(schema: &mut Schema, entry: &SchemaEntry, table: &ParsedTable, relations: &BTreeMap<String, Key>) {
    let mut object = Object::new(Key::new(Kind::Table, None, &entry.name));
    object.set_if(Attribute::Strict, table.is_strict);
    object.set_if(Attribute::WithoutRowid, table.is_without_rowid);
    object.set(Attribute::Source, trimmed(&entry.sql));
    let targets = table.constraints.iter().filter_map(|constraint| constraint.target.as_deref());
    object
        .needs
        .extend(targets.filter_map(|target| relations.get(&folded(target)).cloned()).filter(|key| *key != object.key));
    schema.add(object);
    for (place, column) in (1_i64..).zip(&table.columns) {
        schema.add(column_object(entry, place, column));
    }
    let mut taken = BTreeMap::<Key, usize>::new();
    for constraint in &table.constraints {
        let mut object = constraint_object(entry, constraint, relations);
        let count = taken.entry(object.key.clone()).or_default();
        // Equal unnamed constraints would have the same key: number them.
        *count += 1;
        if *count > 1 {
            object.key.name += &format!(" #{count}");
        }
        schema.add(object);
    }
}

fn column_object(entry: &SchemaEntry, place: i64, column: &Column) -> Object {
    let mut object = Object::new(Key::of_table(Kind::Column, None, &entry.name, &column.name));
    object.set_some(Attribute::Type, Some(column.of_type.as_str()).filter(|text| !text.is_empty()));
    object.set_some(Attribute::Collation, column.collation.as_deref());
    object.set_if(Attribute::NotNull, column.is_not_null);
    object.set_some(Attribute::Default, column.default.as_deref());
    object.set_some(Attribute::Identity, column.is_auto.then_some("auto"));
    object.set_some(Attribute::Generated, column.generated.as_deref());
    let kind = if column.is_stored { "stored" } else { "virtual" };
    object.set_some(Attribute::GeneratedKind, column.generated.as_ref().map(|_| kind));
    object.set_some(Attribute::Options, Some(column.extras.clone()).filter(|extras| !extras.is_empty()));
    object.set(Attribute::Position, place);
    object.set(Attribute::Source, column.source.as_str());
    object
}

fn constraint_object(entry: &SchemaEntry, constraint: &TableConstraint, relations: &BTreeMap<String, Key>) -> Object {
    let mut object = Object::new(Key::of_table(constraint.kind, None, &entry.name, &called(constraint)));
    object.set(Attribute::Definition, constraint.definition.as_str());
    object.set_some(Attribute::Columns, Some(constraint.columns.clone()).filter(|columns| !columns.is_empty()));
    object.set_some(Attribute::Deferrable, constraint.deferrable.as_deref());
    if let Some(target) = &constraint.target {
        let key = relations.get(&folded(target)).cloned();
        object.set(Attribute::References, words::name(key.as_ref().map_or(target, |key| &key.name)));
        object.needs.extend(key);
    }
    object
}

/// Returns the constraint's name, or a text that distinguishes an unnamed constraint from its siblings.
fn called(constraint: &TableConstraint) -> String {
    let text = match (&constraint.name, constraint.kind) {
        (Some(name), _) => return name.clone(),
        (None, Kind::PrimaryKey) => return "primary key".to_owned(),
        (None, Kind::ForeignKey) => constraint.definition.split(" ON ").next().unwrap_or_default(),
        (None, _) => constraint.definition.as_str(),
    };
    let start = text.find('(').unwrap_or_default();
    text[start..].to_owned()
}

fn add_index(schema: &mut Schema, entry: &SchemaEntry, table: &ParsedTable) -> Option<()> {
    let index = Index::parse(&entry.sql, &table.names())?;
    let mut object = Object::new(Key::of_table(Kind::Index, None, &table.name, &entry.name));
    object.set(Attribute::Columns, index.columns);
    object.set_if(Attribute::IsUnique, index.is_unique);
    object.set_some(Attribute::Predicate, index.predicate);
    object.set(Attribute::Source, trimmed(&entry.sql));
    schema.add(object);
    Some(())
}

/// Adds a view or trigger: compared in normalized spelling, created with its original text.
fn add_text(
    schema: &mut Schema,
    entry: &SchemaEntry,
    relations: &BTreeMap<String, Key>,
    names: &BTreeSet<String>,
) -> Option<()> {
    let tokens = tokens(&entry.sql)?;
    // Skip `CREATE VIEW name`: the name is in the key.
    let body = tokens.get(3..)?;
    let key = match entry.kind {
        Kind::View => Key::new(Kind::View, None, &entry.name),
        _ => {
            let table = relations.get(&folded(&entry.table)).map_or(&entry.table, |key| &key.name);
            Key::of_table(Kind::Trigger, None, table, &entry.name)
        }
    };
    let mut object = Object::new(key);
    object.set(Attribute::Definition, Spelling { names, folds: false, table: None }.spell(body));
    object.set(Attribute::Source, trimmed(&entry.sql));
    // A name in the text may also be a column or an alias: dependencies can be too many here, never too few.
    let mentioned: BTreeSet<String> = body.iter().filter_map(|token| token.identifier()).collect();
    object.needs =
        mentioned.iter().filter_map(|name| relations.get(name).cloned()).filter(|key| *key != object.key).collect();
    schema.add(object);
    Some(())
}
