//! Scripts from one schema to another: which objects are dropped, created, altered or rebuilt, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::alter::{ColumnAlteration, alteration};
use super::broken::{broken, relations};
use super::loss;
use super::rebuild;
use super::rename::Renames;
use super::table::ParsedTable;
use super::words::{self, folded};
use crate::schema::{
    Attribute, Change, Key, Kind, Object, Options, Schema, Script, Statement, StatementNote, difference, in_order,
};

/// Returns the statements that turn `from` into `to`, all in one transaction.
#[must_use]
pub fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    let mut plan = SqlitePlanner { script: Script::default() };
    let renames = Renames::new(from, to, options);
    let renamed = if renames.is_empty() { None } else { Some(plan.rename(from, &renames)) };
    plan.change(renamed.as_ref().unwrap_or(from), to);
    plan.script
}

struct SqlitePlanner {
    script: Script,
}

/// Changes of whole tables.
#[derive(Default)]
struct TableChanges<'s> {
    created: Vec<&'s Object>,
    dropped: Vec<&'s Object>,
    /// Tables that differ: parsed old and new statement, and the new object.
    altered: Vec<(ParsedTable, ParsedTable, &'s Object)>,
}

impl SqlitePlanner {
    fn push(&mut self, statement: Statement) {
        self.script.push(true, statement);
    }

    /// Plans the renames, and returns the schema after them. Views and triggers that a rename would rewrite or fail on
    /// are dropped first. The plan for the other changes creates them again from the new schema.
    fn rename(&mut self, from: &Schema, renames: &Renames) -> Schema {
        let mut before = from.clone();
        let there = relations(from);
        let broken = broken(from, &|name| there.contains(name));
        let mut in_the_way: BTreeSet<Key> = broken.iter().map(|key| (*key).clone()).collect();
        in_the_way.extend(standing_on(from, renames.touched(from).into_iter().chain(broken).collect()));
        self.drop_all(from, &in_the_way);
        before.retain(|object| !in_the_way.contains(&object.key));
        for statement in renames.statements(from) {
            self.push(statement);
        }
        renames.apply(&before)
    }

    fn change(&mut self, before: &Schema, to: &Schema) {
        let found = difference(before, to);
        // Nothing is planned for objects that could not be parsed, nor for anything that belongs to them.
        let unknown: BTreeSet<String> = found.unmodelled.iter().map(|other| folded(&other.name)).collect();
        let changes: Vec<Change<'_>> =
            found.changes.into_iter().filter(|change| !unknown.contains(&table_of(change.key()))).collect();
        let tables = tables(before, to, &changes);
        let deep = deep(&changes);
        // Tables without an alteration are rebuilt.
        let altered: Vec<(&ParsedTable, &ParsedTable, &Object, Option<ColumnAlteration<'_>>)> = tables
            .altered
            .iter()
            .map(|(old, new, object)| {
                (old, new, *object, alteration(old, new).filter(|_| !deep.contains(&folded(&new.name))))
            })
            .collect();
        let rebuilt: BTreeSet<String> = altered
            .iter()
            .filter(|(.., alteration)| alteration.is_none())
            .map(|(_, new, ..)| folded(&new.name))
            .collect();
        let gone: BTreeSet<String> = tables.dropped.iter().map(|object| folded(&object.key.name)).collect();
        let drops_columns =
            altered.iter().any(|(.., alteration)| alteration.as_ref().is_some_and(|change| !change.drops.is_empty()));
        let dropped = self.clear(before, &changes, &gone, drops_columns);
        // Indexes and triggers are dropped together with the old copy of a rebuilt table.
        let vanished = |key: &Key| {
            dropped.contains(key) || key.table.as_deref().is_some_and(|table| rebuilt.contains(&folded(table)))
        };
        for object in in_order(tables.dropped.iter().copied()).into_iter().rev() {
            let name = words::name(&object.key.name);
            let note = StatementNote::Loses(format!("all rows of {name}"));
            self.push(Statement::new(format!("DROP TABLE {name}")).note(note));
        }
        let mut made = BTreeSet::new();
        for object in in_order(tables.created.iter().copied()) {
            self.push(source(object));
            for index in to.of_table(&object.key, Kind::Index) {
                self.push(source(index));
                made.insert(&index.key);
            }
        }
        for (old, _, _, alteration) in &altered {
            if let Some(alteration) = alteration {
                self.alter(old, alteration);
            }
        }
        self.rebuild(before, to, &altered);
        let is_missing = |object: &&Object| {
            !made.contains(&object.key)
                && !unknown.contains(&table_of(&object.key))
                && (vanished(&object.key) || before.get(&object.key).is_none())
        };
        self.make_missing(to, &is_missing);
        self.check(to, &rebuilt);
    }

    /// Drops the views, triggers and indexes that are removed or changed. If columns are dropped (`closes`), also drops
    /// the dependents of those views and all broken views, because DROP COLUMN parses the whole schema again.
    fn clear(
        &mut self,
        before: &Schema,
        changes: &[Change<'_>],
        gone: &BTreeSet<String>,
        closes: bool,
    ) -> BTreeSet<Key> {
        let is_loose = |key: &Key| matches!(key.kind, Kind::View | Kind::Trigger | Kind::Index);
        let goes_with_table = |key: &Key| key.table.as_deref().is_some_and(|table| gone.contains(&folded(table)));
        let replaced = changes.iter().filter_map(|change| match change {
            Change::Add(_) => None,
            Change::Drop(object) | Change::Alter { before: object, .. } => Some(&object.key),
        });
        let mut dropped: BTreeSet<Key> =
            replaced.filter(|key| is_loose(key) && !goes_with_table(key)).cloned().collect();
        let broken = if closes { broken_behind(before, gone) } else { Vec::new() };
        dropped.extend(broken.into_iter().filter(|key| !goes_with_table(key)).cloned());
        let views: Vec<&Key> = dropped.iter().filter(|key| key.kind == Kind::View).collect();
        let mut above = standing_on(before, views);
        // SQLite drops the triggers of a view along with it.
        above.retain(|key| closes || key.parent(Kind::View).is_some_and(|view| dropped.contains(&view)));
        above.retain(|key| !goes_with_table(key));
        dropped.extend(above);
        self.drop_all(before, &dropped);
        dropped
    }

    fn drop_all(&mut self, schema: &Schema, keys: &BTreeSet<Key>) {
        let objects: Vec<&Object> = keys.iter().filter_map(|key| schema.get(key)).collect();
        for kind in [Kind::Trigger, Kind::View, Kind::Index] {
            let of_kind = objects.iter().copied().filter(|object| object.key.kind == kind);
            for object in in_order(of_kind).into_iter().rev() {
                let name = words::name(&object.key.name);
                self.push(Statement::new(format!("DROP {} {name}", kind.words().to_ascii_uppercase())));
            }
        }
    }

    fn alter(&mut self, old: &ParsedTable, alteration: &ColumnAlteration<'_>) {
        let name = words::name(&old.name);
        for column in &alteration.adds {
            self.push(Statement::new(format!("ALTER TABLE {name} ADD COLUMN {}", column.source)));
        }
        for column in &alteration.drops {
            let drop = Statement::new(format!("ALTER TABLE {name} DROP COLUMN {}", words::name(&column.name)));
            let drop =
                if column.generated.is_some() { drop } else { drop.note(loss::of_column(&old.name, &column.name)) };
            self.push(drop.note(StatementNote::Locks(format!(
                "the database for all other writers, while every row of {name} is written"
            ))));
        }
    }

    fn rebuild(
        &mut self,
        before: &Schema,
        to: &Schema,
        altered: &[(&ParsedTable, &ParsedTable, &Object, Option<ColumnAlteration<'_>>)],
    ) {
        let rebuilt: Vec<_> = altered.iter().filter(|(.., alteration)| alteration.is_none()).collect();
        if rebuilt.is_empty() {
            return;
        }
        let names = before.objects().chain(to.objects()).filter(|object| object.key.kind != Kind::Column);
        let taken = names.map(|object| folded(&object.key.name)).collect();
        let remark = "views and triggers stay as they are while a table that they use is missing";
        // The final RENAME of a rebuild would otherwise parse all views and triggers, and fail on those that name the
        // table that was just dropped.
        self.push(Statement::new("PRAGMA legacy_alter_table = ON").note(StatementNote::Remark(remark.to_owned())));
        for (old, new, object, _) in rebuilt {
            let sql = object.text(Attribute::Source).unwrap_or_default();
            for statement in rebuild::rebuild(old, new, sql, &taken) {
                self.push(statement);
            }
        }
        self.push(Statement::new("PRAGMA legacy_alter_table = OFF"));
    }

    fn make_missing(&mut self, to: &Schema, is_missing: &dyn Fn(&&Object) -> bool) {
        for kind in [Kind::Index, Kind::View, Kind::Trigger] {
            let missing = to.objects().filter(|object| object.key.kind == kind).filter(is_missing);
            for object in in_order(missing) {
                let statement = source(object);
                self.push(if object.has(Attribute::IsUnique) { statement.note(unique(object)) } else { statement });
            }
        }
    }

    fn check(&mut self, to: &Schema, rebuilt: &BTreeSet<String>) {
        let tables = to.objects().filter(|object| object.key.kind == Kind::Table).map(|object| {
            let keys = to.of_table(&object.key, Kind::ForeignKey);
            let targets = keys.flat_map(|key| {
                key.needs.iter().map(|need| need.name.clone()).chain(std::iter::once(key.key.name.clone()))
            });
            (object.key.name.as_str(), targets.collect())
        });
        for statement in rebuild::checks(tables, rebuilt) {
            self.push(statement);
        }
    }
}

/// Returns the views and triggers that name a table that is missing or about to be dropped.
fn broken_behind<'s>(before: &'s Schema, gone: &BTreeSet<String>) -> Vec<&'s Key> {
    let there = relations(before);
    broken(before, &|name| there.contains(name) && !gone.contains(name))
}

fn source(object: &Object) -> Statement {
    Statement::new(object.text(Attribute::Source).unwrap_or_default())
}

fn unique(index: &Object) -> StatementNote {
    StatementNote::Remark(format!("fails when two rows have the same {}", index.list(Attribute::Columns).join(", ")))
}

/// Folded name of the object's table, or of the object itself if it is top-level.
fn table_of(key: &Key) -> String {
    folded(key.table.as_deref().unwrap_or(&key.name))
}

/// Returns the tables with an altered column or altered options, which ALTER TABLE cannot change.
fn deep(changes: &[Change<'_>]) -> BTreeSet<String> {
    let altered = changes.iter().filter(|change| matches!(change, Change::Alter { .. })).map(Change::key);
    altered.filter(|key| matches!(key.kind, Kind::Table | Kind::Column)).map(table_of).collect()
}

fn tables<'s>(before: &'s Schema, to: &'s Schema, changes: &[Change<'s>]) -> TableChanges<'s> {
    let mut found = TableChanges::default();
    let mut touched: BTreeMap<String, Key> = BTreeMap::new();
    for change in changes {
        match (change, change.key().kind) {
            (Change::Add(object), Kind::Table) => found.created.push(object),
            (Change::Drop(object), Kind::Table) => found.dropped.push(object),
            (_, Kind::Table | Kind::Column) => {
                touched.insert(table_of(change.key()), table_key(change.key()));
            }
            (_, kind) if kind.is_constraint() => {
                touched.insert(table_of(change.key()), table_key(change.key()));
            }
            _ => {}
        }
    }
    for key in touched.values() {
        let (Some(old), Some(new)) = (before.get(key), to.get(key)) else { continue };
        let parsed = |object: &Object| object.text(Attribute::Source).and_then(ParsedTable::parse);
        if let (Some(old), Some(parsed_new)) = (parsed(old), parsed(new)) {
            found.altered.push((old, parsed_new, new));
        }
    }
    found
}

fn table_key(key: &Key) -> Key {
    key.parent(Kind::Table).unwrap_or_else(|| key.clone())
}

/// Returns the transitive dependents of `keys` among views and triggers, including the triggers on them.
fn standing_on<'s>(schema: &'s Schema, keys: Vec<&'s Key>) -> BTreeSet<Key> {
    let mut above: BTreeMap<&Key, Vec<&Object>> = BTreeMap::new();
    let loose: Vec<_> =
        schema.objects().filter(|object| matches!(object.key.kind, Kind::View | Kind::Trigger)).collect();
    let parents: Vec<(Option<Key>, &Object)> = loose
        .iter()
        .flat_map(|object| [Kind::Table, Kind::View].map(|kind| (object.key.parent(kind), *object)))
        .collect();
    for object in &loose {
        object.needs.iter().for_each(|need| above.entry(need).or_default().push(object));
    }
    for (parent, object) in &parents {
        parent.iter().for_each(|parent| above.entry(parent).or_default().push(object));
    }
    let mut found = BTreeSet::new();
    let mut next = keys;
    while let Some(key) = next.pop() {
        for object in above.get(key).into_iter().flatten() {
            if found.insert(object.key.clone()) {
                next.push(&object.key);
            }
        }
    }
    found
}
