//! Rename statements, and their effect on all other stored statements.
//!
//! `ALTER TABLE ... RENAME` rewrites the table's own statement, its indexes, and the foreign keys that reference it
//! (<https://www.sqlite.org/lang_altertable.html>, sections 2 and 3). It would also rewrite views and triggers, which
//! are therefore dropped beforehand.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::read::{entries, read};
use super::table::{ParsedTable, Use};
use super::words::{self, folded};
use crate::diagnostic::Span;
use crate::schema::{Key, Kind, Options, Rename, Schema, SchemaEntry, Statement};

/// Renames of tables and columns, by old name.
#[derive(Debug, Default)]
pub(super) struct Renames {
    /// Folded old table name to old and new name.
    tables: BTreeMap<String, (String, String)>,
    /// Folded table and column name to old and new column name.
    columns: BTreeMap<(String, String), (String, String)>,
}

impl Renames {
    /// Collects the requested renames, and those of names that differ only in case.
    pub(super) fn new(from: &Schema, to: &Schema, options: &Options) -> Self {
        let mut found = Self::default();
        let tables = options.renames.iter().filter(|rename| rename.from.kind == Kind::Table);
        tables.filter(|rename| from.get(&rename.from).is_some()).for_each(|rename| found.add_table(rename));
        found.add_spellings(from, to);
        for rename in options.renames.iter().filter(|rename| rename.from.kind == Kind::Column) {
            found.add_column(from, rename);
        }
        found
    }

    fn add_table(&mut self, rename: &Rename) {
        let name = &rename.from.name;
        self.tables.insert(folded(name), (name.clone(), rename.to.clone()));
    }

    /// Adds a column rename. Its table may be given by the old or the new name.
    fn add_column(&mut self, from: &Schema, rename: &Rename) {
        let Some(table) = rename.from.table.as_deref() else { return };
        let was = self.tables.values().find(|(_, new)| new == table).map_or(table, |(old, _)| old.as_str()).to_owned();
        let name = &rename.from.name;
        if from.get(&Key::of_table(Kind::Column, None, &was, name)).is_some() {
            self.columns.insert((folded(&was), folded(name)), (name.clone(), rename.to.clone()));
        }
    }

    fn add_spellings(&mut self, from: &Schema, to: &Schema) {
        let spelled = |kind: Kind| -> BTreeMap<(Option<String>, String), &Key> {
            let keys = to.objects().map(|object| &object.key).filter(|key| key.kind == kind);
            keys.map(|key| ((key.table.as_deref().map(folded), folded(&key.name)), key)).collect()
        };
        let (tables, columns) = (spelled(Kind::Table), spelled(Kind::Column));
        for key in from.objects().map(|object| &object.key) {
            let table = key.table.as_deref().map(folded);
            match key.kind {
                Kind::Table => {
                    let other = tables.get(&(None, folded(&key.name))).filter(|other| other.name != key.name);
                    if let Some(other) = other.filter(|_| !self.tables.contains_key(&folded(&key.name))) {
                        self.tables.insert(folded(&key.name), (key.name.clone(), other.name.clone()));
                    }
                }
                Kind::Column => {
                    let table = table.unwrap_or_default();
                    let now = self.tables.get(&table).map_or_else(|| table.clone(), |(_, new)| folded(new));
                    let other = columns.get(&(Some(now), folded(&key.name))).filter(|other| other.name != key.name);
                    if let Some(other) = other {
                        self.columns.insert((table, folded(&key.name)), (key.name.clone(), other.name.clone()));
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty()
    }

    /// Returns the tables that are renamed or have a renamed column.
    pub(super) fn touched<'s>(&self, from: &'s Schema) -> Vec<&'s Key> {
        let keys = from.objects().map(|object| &object.key).filter(|key| key.kind == Kind::Table);
        let names: BTreeSet<_> = self.tables.keys().chain(self.columns.keys().map(|(table, _)| table)).collect();
        keys.filter(|key| names.contains(&folded(&key.name))).collect()
    }

    /// Returns the statements. Columns come first, because they refer to tables by their old names.
    pub(super) fn statements(&self, from: &Schema) -> Vec<Statement> {
        let mut found = Vec::new();
        for key in self.touched(from) {
            let table = folded(&key.name);
            let of_table =
                self.columns.range((table.clone(), String::new())..).take_while(|((other, _), _)| *other == table);
            let pairs = of_table.map(|(_, pair)| pair.clone()).collect();
            let taken = from.columns(key).into_iter().map(|column| folded(&column.key.name)).collect();
            for (old, new) in steps(pairs, taken) {
                let (table, old, new) = (words::name(&key.name), words::name(&old), words::name(&new));
                found.push(Statement::new(format!("ALTER TABLE {table} RENAME COLUMN {old} TO {new}")));
            }
        }
        let taken =
            from.objects().filter(|object| object.key.kind == Kind::Table).map(|object| folded(&object.key.name));
        for (old, new) in steps(self.tables.values().cloned().collect(), taken.collect()) {
            found.push(Statement::new(format!("ALTER TABLE {} RENAME TO {}", words::name(&old), words::name(&new))));
        }
        found
    }

    /// Returns the schema after the statements.
    pub(super) fn apply(&self, schema: &Schema) -> Schema {
        let before = entries(schema);
        let tables: BTreeMap<String, ParsedTable> = before
            .iter()
            .filter(|entry| entry.kind == Kind::Table)
            .filter_map(|entry| Some((folded(&entry.name), ParsedTable::parse(&entry.sql)?)))
            .collect();
        let after: Vec<SchemaEntry> = before.iter().map(|entry| self.entry(entry, &tables)).collect();
        let mut renamed = read(&after);
        renamed.unmodelled.extend(schema.unmodelled.iter().cloned());
        renamed
    }

    fn entry(&self, entry: &SchemaEntry, tables: &BTreeMap<String, ParsedTable>) -> SchemaEntry {
        let own = folded(&entry.table);
        let table = tables.get(&own);
        let uses = match (entry.kind, table) {
            (Kind::Table, Some(table)) => table.uses.clone(),
            (Kind::Index, Some(table)) => {
                Index::parse(&entry.sql, &table.names()).map(|index| index.uses).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let new_table = self.tables.get(&own).map(|(_, new)| new.clone());
        let name = if entry.kind == Kind::Table { new_table.clone() } else { None };
        SchemaEntry {
            kind: entry.kind,
            name: name.unwrap_or_else(|| entry.name.clone()),
            table: new_table.unwrap_or_else(|| entry.table.clone()),
            sql: replaced(&entry.sql, &uses, |used| self.new_name(&own, used)),
        }
    }

    fn new_name(&self, own: &str, used: &Use) -> Option<String> {
        let column = |table: &str, column: &str| self.columns.get(&(table.to_owned(), column.to_owned()));
        let pair = match used {
            Use::Table => self.tables.get(own),
            Use::Target(table) => self.tables.get(table),
            Use::Column(name) => column(own, name),
            Use::TargetColumn(table, name) => column(table, name),
        };
        pair.map(|(_, new)| crate::sql::quote_identifier(new, crate::sql::Dialect::SQLITE))
    }
}

/// Replaces the names in `sql` for which `new` returns a text. `uses` must be sorted.
pub(super) fn replaced(sql: &str, uses: &[(Span, Use)], new: impl Fn(&Use) -> Option<String>) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut end = 0;
    for (span, used) in uses {
        if let Some(name) = new(used) {
            text += &sql[end..span.start];
            text += &name;
            end = span.end;
        }
    }
    text + &sql[end..]
}

/// Orders renames so that each target name is free. A cycle, such as a swap of two names, is broken with a temporary
/// name.
fn steps(mut pairs: Vec<(String, String)>, mut taken: BTreeSet<String>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut detours = pairs.len();
    while !pairs.is_empty() {
        let free = pairs.iter().position(|(_, new)| !taken.contains(&folded(new)));
        let place = free.unwrap_or(0);
        let (old, new) = pairs.remove(place);
        // The limit on detours guarantees termination if a target name is taken by an object that is not renamed.
        let is_detour = free.is_none() && detours > 0;
        let step_to = if is_detour { unused(&new, &taken) } else { new.clone() };
        taken.remove(&folded(&old));
        taken.insert(folded(&step_to));
        found.push((old, step_to.clone()));
        if is_detour {
            detours -= 1;
            pairs.push((step_to, new));
        }
    }
    found
}

/// Returns a name derived from `name` that is not taken.
pub(super) fn unused(name: &str, taken: &BTreeSet<String>) -> String {
    let mut candidate = format!("new_{name}");
    while taken.contains(&folded(&candidate)) {
        candidate.push('_');
    }
    candidate
}
