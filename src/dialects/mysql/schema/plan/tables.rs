//! Order of tables and foreign keys. Cycles are broken by adding foreign keys after the tables.

use std::collections::{BTreeMap, BTreeSet};

use super::MysqlPlanner;
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::dialects::mysql::schema::alter::TableAlteration;
use crate::dialects::mysql::schema::create;
use crate::dialects::mysql::schema::names::{quoted, table, table_name};
use crate::schema::{Attribute, Change, Key, Kind, Object, Schema, Statement, StatementNote, in_order};

impl<'s> MysqlPlanner<'s> {
    /// Returns the unchanged foreign keys to drop and re-create, because a column or table that they use changes in a
    /// way that the server refuses while they exist.
    pub(super) fn foreign_keys_anew(&self) -> BTreeSet<&'s Key> {
        let is_deep = |key: &Key| {
            let Some(change @ Change::Alter { .. }) = self.changes.get(key) else { return false };
            let attributes = change.attributes();
            let deep: &[Attribute] = match key.kind {
                Kind::Table => &[Attribute::Engine, Attribute::PartitionBy],
                _ => &[Attribute::Type, Attribute::Collation, Attribute::Generated, Attribute::GeneratedKind],
            };
            deep.iter().any(|attribute| attributes.contains(attribute))
        };
        let stands_on_it = |object: &&Object| {
            let own = object.key.parent(Kind::Table);
            object.needs.iter().chain(own.as_ref()).any(|need| is_deep(need) || self.is_replaced_key(object, need))
        };
        let stays = |object: &&Object| self.to.get(&object.key).is_some() && !self.changes.contains_key(&object.key);
        let keys = self.from.objects().filter(|object| object.key.kind == Kind::ForeignKey);
        keys.filter(stays).filter(stands_on_it).map(|object| &object.key).collect()
    }

    /// Returns whether the foreign key's target is a primary key that is missing for a moment while it is replaced.
    fn is_replaced_key(&self, foreign: &Object, need: &Key) -> bool {
        let primary = Key::of_table(Kind::PrimaryKey, None, &need.name, "PRIMARY");
        need.kind == Kind::Table
            && foreign.text(Attribute::References) == Some(&quoted(&need.name))
            && matches!(self.changes.get(&primary), Some(Change::Alter { .. } | Change::Drop(_)))
    }

    pub(super) fn drop_foreign_keys(&mut self, anew: &BTreeSet<&'s Key>) {
        let changed = self.of_kind(Kind::ForeignKey).into_iter().filter_map(|change| match change {
            Change::Drop(object) | Change::Alter { before: object, .. } => Some(object),
            Change::Add(_) => None,
        });
        let gone: BTreeSet<&str> = self.dropped(Kind::Table).iter().map(|table| table.key.name.as_str()).collect();
        let changed: Vec<&Object> = changed.collect();
        let circular = circular(self.from, &gone);
        // In this order: of tables that stay, then those dropped only for a moment, then those of dropped tables in a
        // cycle. All other foreign keys of dropped tables go with their table.
        let of_gone = |key: &Key| gone.contains(table_name(key));
        let mut drops: Vec<&Key> = changed.iter().map(|object| &object.key).filter(|key| !of_gone(key)).collect();
        drops.extend(anew.iter().copied());
        drops.extend(
            changed.iter().map(|object| &object.key).filter(|key| of_gone(key) && circular.contains(table_name(key))),
        );
        for key in drops {
            let sql = format!("ALTER TABLE {} DROP FOREIGN KEY {}", table(key), quoted(&key.name));
            self.statements.push(Statement::new(sql));
        }
    }

    pub(super) fn drop_tables(&mut self) {
        let gone = self.dropped(Kind::Table);
        for name in ordered(&gone, self.from).into_iter().rev().map(|table| &table.key.name) {
            let note = StatementNote::Loses(format!("all rows of {name}"));
            self.statements.push(Statement::new(format!("DROP TABLE {}", quoted(name))).note(note));
        }
    }

    /// Creates the new tables. Returns their foreign keys that have to be added later.
    pub(super) fn make_tables(&mut self) -> BTreeSet<&'s Key> {
        let new = self.added(Kind::Table);
        let mut waiting: BTreeSet<&'s Key> = BTreeSet::new();
        let mut made: BTreeSet<&str> = BTreeSet::new();
        let altered: BTreeSet<&str> = self.changes.keys().map(|key| table_name(key)).collect();
        for object in ordered(&new, self.to) {
            made.insert(&object.key.name);
            // A referenced table that is altered later may not have the referenced columns and key yet.
            let is_there = |need: &Key| {
                need.kind != Kind::Table || made.contains(need.name.as_str()) || !altered.contains(need.name.as_str())
            };
            let is_ready = |foreign: &Object| foreign.needs.iter().all(is_there);
            let late = self.to.of_table(&object.key, Kind::ForeignKey).filter(|foreign| !is_ready(foreign));
            waiting.extend(late.map(|foreign| &foreign.key));
            self.statements.push(create::table(object, self.to, &is_ready));
        }
        waiting
    }

    /// Drops the checks whose names other tables get, where a name of a check is unique in its database.
    pub(super) fn drop_checks_whose_names_move(&mut self) {
        if MysqlFlavour::from_handle(self.to.flavour).has_one_name_space_of_checks() {
            let taken: BTreeSet<String> =
                self.added(Kind::Check).iter().map(|check| check.key.name.to_lowercase()).collect();
            let moves = |key: &Key| taken.contains(&key.name.to_lowercase()) && !self.is_whole(key);
            let moving: Vec<&Object> =
                self.dropped(Kind::Check).into_iter().filter(|check| moves(&check.key)).collect();
            for check in moving {
                self.changes.remove(&check.key);
                self.alter(BTreeMap::from_iter(
                    check.key.parent(Kind::Table).map(|table| (table, vec![Change::Drop(check)])),
                ));
            }
        }
    }

    pub(super) fn alter_tables(&mut self) {
        let kinds = [Kind::Column, Kind::PrimaryKey, Kind::Index, Kind::Check];
        let mut tables: BTreeMap<Key, Vec<Change<'s>>> =
            self.of_kind(Kind::Table).iter().map(|change| (change.key().clone(), Vec::new())).collect();
        for change in self.changes.values().filter(|change| kinds.contains(&change.key().kind)) {
            if let Some(table) = change.key().parent(Kind::Table) {
                tables.entry(table).or_default().push(*change);
            }
        }
        self.alter(tables);
    }

    fn alter(&mut self, tables: BTreeMap<Key, Vec<Change<'s>>>) {
        for (key, changes) in tables {
            let (Some(before), Some(after)) = (self.from.get(&key), self.to.get(&key)) else { continue };
            let alteration = TableAlteration { before, after, from: self.from, to: self.to, changes };
            self.statements.extend(alteration.statements(self.options));
        }
    }

    pub(super) fn add_foreign_keys(&mut self, anew: &BTreeSet<&'s Key>, waiting: &BTreeSet<&'s Key>) {
        let changed = self.of_kind(Kind::ForeignKey).into_iter().filter_map(|change| match change {
            Change::Add(object) | Change::Alter { after: object, .. } => Some(object),
            Change::Drop(_) => None,
        });
        let mut added: Vec<&Object> = changed.filter(|object| !self.is_whole(&object.key)).collect();
        added.extend(anew.iter().filter_map(|key| self.to.get(key)));
        for object in added {
            // InnoDB adds a foreign key in place only with foreign_key_checks = 0, which skips the check of existing
            // rows.
            let way = if self.options.online { ", ALGORITHM=COPY, LOCK=SHARED" } else { "" };
            let kept = self.kept_index(object);
            let sql = format!("ALTER TABLE {} ADD {}{kept}{way}", table(&object.key), create::clause(object));
            let mut statement = Statement::new(sql);
            statement.notes.extend(create::warning(object));
            if self.options.online {
                let name = table_name(&object.key);
                statement.notes.push(StatementNote::Locks(format!("SHARED on {name}, while the table is rewritten")));
                let other =
                    "after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row";
                statement.notes.push(StatementNote::Remark(other.to_owned()));
            }
            self.statements.push(statement);
        }
        for object in waiting.iter().filter_map(|key| self.to.get(key)) {
            let sql = format!("ALTER TABLE {} ADD {}", table(&object.key), create::clause(object));
            self.statements.push(Statement::new(sql));
        }
    }

    /// Clauses that make the index below a new foreign key once more, by its name. An index that the server made for a foreign
    /// key is replaced by the one that comes with the next foreign key, named like that one; the catalog does not tell such an
    /// index from one that was asked for.
    fn kept_index(&self, foreign: &Object) -> String {
        let Some(table) = foreign.key.parent(Kind::Table) else { return String::new() };
        let stays = |index: &&Object| !self.changes.contains_key(&index.key) && index.key.name != foreign.key.name;
        let index = self.to.of_table(&table, Kind::Index).filter(stays).find(|index| has_columns_of(index, foreign));
        index.map_or_else(String::new, |index| {
            format!(", DROP KEY {}, ADD {}", quoted(&index.key.name), create::clause(index))
        })
    }
}

/// Returns `true` if the index has exactly the foreign key's own columns.
fn has_columns_of(index: &Object, foreign: &Object) -> bool {
    let columns = format!("FOREIGN KEY ({})", index.list(Attribute::Columns).join(", "));
    foreign.text(Attribute::Definition).is_some_and(|definition| definition.starts_with(&columns))
}

/// Sorts tables so that each comes after the tables that its foreign keys reference.
fn ordered<'s>(tables: &[&'s Object], schema: &'s Schema) -> Vec<&'s Object> {
    let with_needs: Vec<Object> = tables
        .iter()
        .map(|table| {
            let mut copy = Object::new(table.key.clone());
            let keys = schema.of_table(&table.key, Kind::ForeignKey);
            copy.needs = keys.flat_map(|key| &key.needs).filter(|need| need.kind == Kind::Table).cloned().collect();
            copy
        })
        .collect();
    let known: BTreeMap<&Key, &Object> = tables.iter().map(|table| (&table.key, *table)).collect();
    in_order(&with_needs).into_iter().filter_map(|object| known.get(&object.key).copied()).collect()
}

/// Returns the tables of `names` that cannot be dropped one after the other, because a cycle of foreign keys references
/// them.
fn circular<'s>(schema: &'s Schema, names: &BTreeSet<&'s str>) -> BTreeSet<&'s str> {
    let targets = |name: &'s str| -> BTreeSet<&'s str> {
        let keys = schema.of_table(&Key::new(Kind::Table, None, name), Kind::ForeignKey);
        let needs = keys.flat_map(|key| &key.needs).filter(|need| need.kind == Kind::Table && need.name != name);
        needs.map(|need| need.name.as_str()).filter(|target| names.contains(target)).collect()
    };
    // Kahn's algorithm: repeatedly remove a table that no remaining table references.
    let mut pointing: BTreeMap<&str, usize> = names.iter().map(|name| (*name, 0)).collect();
    for target in names.iter().flat_map(|name| targets(name)) {
        *pointing.entry(target).or_default() += 1;
    }
    let mut free: Vec<&str> = pointing.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    while let Some(name) = free.pop() {
        pointing.remove(name);
        for target in targets(name) {
            if let Some(count) = pointing.get_mut(target) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    free.push(target);
                }
            }
        }
    }
    pointing.into_keys().collect()
}
