//! Rows of a table that must be re-created because it becomes partitioned, or is so no longer: saved to a table beside
//! it, and restored into the new one.

use super::action::ObjectAction;
use super::build::Builder;
use super::order::Number;
use super::ownership::tables_above;
use super::step::{PlannedStatement, StepMode, StepPhase};
use crate::dialects::postgres::schema::temporary_name::temporary_relation_name;
use crate::dialects::postgres::schema::{alter, name};
use crate::schema::{Attribute, Key, Kind, Object, StatementNote};

impl<'s> Builder<'_, 's> {
    /// Adds the steps for all re-created tables.
    pub(super) fn keep_rows(&mut self) {
        let tables: Vec<&'s Key> = self
            .actions
            .iter()
            .filter(|(key, action)| key.kind == Kind::Table && *action == ObjectAction::Rebuild)
            .filter(|(key, _)| !self.actions.to.get(key).is_some_and(|table| self.goes_with_the_rows_of_another(table)))
            .map(|(key, _)| key)
            .collect();
        for key in tables {
            self.keep_rows_of(key);
        }
    }

    /// Returns whether the table is a partition of another re-created table, whose rows include its own.
    fn goes_with_the_rows_of_another(&self, table: &Object) -> bool {
        let is_partition = table.has(Attribute::PartitionOf);
        is_partition
            && tables_above(table, self.actions.from)
                .iter()
                .any(|above| self.actions.get(&above.key) == Some(ObjectAction::Rebuild))
    }

    fn keep_rows_of(&mut self, key: &'s Key) {
        let columns = self.kept_columns(key);
        if columns.is_empty() {
            return;
        }
        let mut aside = key.clone();
        let schemas = [self.actions.from, self.actions.to];
        aside.name = temporary_relation_name(key.namespace.as_deref(), &key.name, "__rows", &schemas);
        let (own, aside) = (name::own(key), name::own(&aside));
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let values: Vec<String> = columns.iter().map(|(_, value)| value.clone()).collect();
        let note = StatementNote::Locks(format!("ACCESS EXCLUSIVE on {key}, while all its rows are written twice"));
        let save = format!("CREATE TABLE {aside} AS SELECT {} FROM {own}", names.join(", "));
        // Locked before the copy, because a row written between the copy and the drop would be lost.
        let save = vec![PlannedStatement::new(format!("LOCK TABLE {own}")).note(note), PlannedStatement::new(save)];
        // OVERRIDING SYSTEM VALUE keeps the values of GENERATED ALWAYS identities.
        let back = format!(
            "INSERT INTO {own} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {aside}",
            names.join(", "),
            values.join(", ")
        );
        let mut restore = vec![PlannedStatement::new(back), PlannedStatement::new(format!("DROP TABLE {aside}"))];
        restore.extend(self.numbers_after_restore(key));
        let saved = self.steps.add(StepMode::Plain, StepPhase::DropBlockers, key, save);
        let restored = self.steps.add(StepMode::Plain, StepPhase::Finish, key, restore);
        self.rows.push((key, saved, restored));
    }

    /// Returns the columns that both tables have, each with the expression for its new value.
    fn kept_columns(&self, key: &'s Key) -> Vec<(String, String)> {
        let kept = |after: &&'s Object| {
            let before = self.actions.from.get(&after.key)?;
            if after.has(Attribute::Generated) {
                return None;
            }
            let name = name::identifier(&after.key.name);
            let same = before.attributes.get(&Attribute::Type) == after.attributes.get(&Attribute::Type);
            let anew = self.has_swapped_type(before);
            let cast = self.cast_of(before, after, anew);
            let value = cast.using.filter(|_| anew || !same).unwrap_or_else(|| name.clone());
            Some((name, value))
        };
        self.actions.to.columns(key).iter().filter_map(kept).collect()
    }

    /// Returns the statements that move the sequences of the new table's columns past its rows.
    fn numbers_after_restore(&self, key: &'s Key) -> Vec<PlannedStatement> {
        let continues = |column: &'s Object| {
            if column.has(Attribute::Identity) {
                return Some(alter::identity_continues(column));
            }
            self.sequence_continues(column)
        };
        self.actions.to.columns(key).into_iter().filter_map(continues).collect()
    }

    /// Orders the steps: save before the old table and its children are dropped, restore after the new table and its
    /// children exist, and before foreign keys, triggers and rules that would run for each row.
    pub(super) fn connect_rows(&mut self) {
        for (key, saved, restored) in std::mem::take(&mut self.rows) {
            let gone = self.dropped_at.get(self.groups.dropped_with(key)).copied();
            let below = self.actions.old_links.above(key).iter().filter(|above| above.kind == Kind::Table);
            let gone: Vec<Number> = below
                .flat_map(|below| [self.dropped_at.get(below), self.detached_at.get(below)])
                .flatten()
                .copied()
                .chain(gone)
                .collect();
            for gone in gone {
                self.steps.order(saved, gone);
            }
            let mut ready: Vec<Number> =
                self.created_at.get(key).into_iter().chain(self.complete_at.get(key)).copied().collect();
            for above in self.actions.new_links.above(key) {
                let made = self.created_at.get(above).copied();
                match above.kind {
                    Kind::Table => ready.extend(made.into_iter().chain(self.complete_at.get(above).copied())),
                    Kind::ForeignKey | Kind::Trigger | Kind::Rule => {
                        if let Some(made) = made {
                            self.steps.order(restored, made);
                        }
                    }
                    _ => {}
                }
            }
            for ready in ready {
                self.steps.order(ready, restored);
            }
            // The saved rows still use the old types.
            for (swapped, _) in self.actions.iter().filter(|(_, action)| *action == ObjectAction::Swap) {
                if let Some(end) = self.detached_at.get(swapped) {
                    self.steps.order(restored, *end);
                }
            }
            for (sequence, owner) in &self.new_owners {
                if owner.table.as_ref() == Some(&key.name)
                    && owner.namespace == key.namespace
                    && let Some(done) = self.complete_at.get(sequence)
                {
                    self.steps.order(*done, restored);
                }
            }
        }
    }
}
