//! Steps that change existing objects. Columns are handled in a file of their own.

use super::action::ObjectAction;
use super::build::Builder;
use super::links::parent;
use super::make::{made, make_concurrent, make_unvalid, phase_of};
use super::order::Number;
use super::step::{PlannedStatement, Sql, StepMode, StepPhase};
use super::successors::ConcurrentBuild;
use crate::dialects::postgres::schema::temporary_name::temporary_relation_name;
use crate::dialects::postgres::schema::{alter, create, name};
use crate::schema::{Attribute, Kind, Object, StatementNote};

impl<'s> Builder<'_, 's> {
    /// Plans the in-place change of an object.
    pub(super) fn change(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        match key.kind {
            Kind::Column if parent(key, self.actions.to).is_some_and(|whole| whole.key.kind == Kind::Table) => {
                self.change_column(before, after);
            }
            Kind::Column => self.change_part(before, after),
            Kind::Enum => self.change_enum(before, after),
            Kind::Table => self.change_table(before, after),
            _ => {
                let lines = alter::lines(before, after, self.options.owners);
                let number = self.single(key, phase_of(key.kind), lines);
                if before.has(Attribute::NotValid) && !after.has(Attribute::NotValid) {
                    self.prove(after, number);
                }
                if self.actions.detached.contains(key) {
                    self.let_go(before, number);
                    self.tie(after);
                } else if tied(before) != tied(after) && !self.index_trees.is_branch(key) {
                    self.tie(after);
                }
            }
        }
    }

    /// Releases a sequence that would otherwise be dropped with the re-created table of its column.
    fn let_go(&mut self, sequence: &'s Object, number: Number) {
        let line = PlannedStatement::new(format!("ALTER SEQUENCE {} OWNED BY NONE", name::own(&sequence.key)));
        let let_go = self.steps.add(StepMode::Plain, StepPhase::DropBlockers, &sequence.key, vec![line]);
        self.detached_at.insert(&sequence.key, let_go);
        self.steps.order(let_go, number);
    }

    /// Plans the change of an attribute of a composite type, or of a view's column.
    fn change_part(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let mut lines = Vec::new();
        if parent(key, self.actions.to).is_some_and(|whole| whole.key.kind == Kind::Composite) {
            if self.actions.is_retyped(key) {
                let collation = after.text(Attribute::Collation).map(|collation| format!(" COLLATE {collation}"));
                let cascade = create::cascade(key, self.actions.to);
                let line = PlannedStatement::new(format!(
                    "ALTER TYPE {} ALTER ATTRIBUTE {} TYPE {}{}{cascade}",
                    name::table(key),
                    name::identifier(&key.name),
                    after.text(Attribute::Type).unwrap_or_default(),
                    collation.unwrap_or_default(),
                ));
                // Without typed tables nothing is stored under the attribute.
                let cut = alter::type_note(before, after, &alter::cast_of(before, after, false));
                lines.push(line.notes(cut.filter(|_| !cascade.is_empty())));
            }
        } else if before.text(Attribute::Default) != after.text(Attribute::Default) {
            lines.push(alter::default(after, after.text(Attribute::Default)));
        }
        lines.extend(alter::lines(before, after, self.options.owners));
        self.single(key, StepPhase::Dependents, lines);
    }

    /// Validates a constraint that was NOT VALID.
    fn prove(&mut self, after: &'s Object, number: usize) {
        if self.options.online {
            self.validate(after, number);
        } else {
            self.steps.extend(number, [alter::validated(after)]);
        }
    }

    fn change_enum(&mut self, before: &'s Object, after: &'s Object) {
        let added = alter::labels_to_add(before, after);
        let (labels, mut lines): (Vec<String>, Vec<PlannedStatement>) = added.into_iter().unzip();
        lines.extend(alter::metadata(before, after, self.options.owners));
        self.single(&after.key, StepPhase::Foundations, lines);
        self.labels.insert(&after.key, labels);
    }

    /// Plans the change of a table: detach from old parents, own settings, attach to new parents.
    fn change_table(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let anew = self.actions.detached.contains(key);
        let number = self.single(key, StepPhase::Tables, alter::lines(before, after, self.options.owners));
        let detached = alter::detach(before, Some(after), anew);
        let detached = (!detached.is_empty()).then(|| {
            let leave = self.steps.add(StepMode::Plain, StepPhase::DropBlockers, key, detached);
            self.detached_at.insert(key, leave);
            self.steps.order(leave, number);
        });
        let attached = alter::attach(before, after, anew);
        if !attached.is_empty() {
            let enter = self.steps.add(StepMode::Plain, StepPhase::Finish, key, attached);
            self.steps.order(number, enter);
            self.complete_at.insert(key, enter);
            self.later.push((key, enter));
            if detached.is_none() {
                self.detached_at.insert(key, enter);
            }
        }
    }

    /// Plans a new definition for an existing object.
    pub(super) fn replace(&mut self, before: &'s Object, after: &'s Object) {
        match after.key.kind {
            Kind::Index => self.replace_index(before, after),
            Kind::PrimaryKey | Kind::Unique => self.replace_key(before, after),
            Kind::Check | Kind::ForeignKey => self.replace_constraint(before, after),
            _ => self.replace_text(before, after),
        }
    }

    fn replace_text(&mut self, before: &'s Object, after: &'s Object) {
        let mut lines: Vec<PlannedStatement> = made(after, self.actions.to).into_iter().take(1).collect();
        if let Some(PlannedStatement { sql: Sql::Whole(sql), .. }) = lines.first_mut()
            && sql.starts_with("CREATE VIEW")
        {
            *sql = sql.replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1);
        }
        lines.extend(alter::metadata(before, after, self.options.owners));
        self.single(&after.key, StepPhase::Dependents, lines);
    }

    /// Drops the old constraint and adds the new one in one step. Existing rows are validated in a later one.
    fn replace_constraint(&mut self, before: &'s Object, after: &'s Object) {
        let waits = self.is_online(&after.key) && self.can_wait_for_validation(after);
        let mut lines = made(after, self.actions.to);
        if waits {
            make_unvalid(&mut lines);
        }
        lines.insert(0, alter::drop(before, self.actions.from));
        let number = self.single(&after.key, phase_of(after.key.kind), lines);
        if waits {
            self.validate(after, number);
        }
    }

    /// Replaces a key. The index of the new one is built beside the old one.
    fn replace_key(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let lines = made(after, self.actions.to);
        let beside = self.name_beside(after);
        let built = alter::key_index(after, &beside).filter(|_| self.is_online(key) && !self.is_partitioned(key));
        let Some((index, constraint)) = built else {
            let lines = std::iter::once(alter::drop(before, self.actions.from)).chain(lines).collect();
            self.single(key, StepPhase::Tables, lines);
            return;
        };
        let built = self.steps.add(StepMode::Concurrent, StepPhase::Tables, key, vec![PlannedStatement::new(index)]);
        let swap = [alter::drop(before, self.actions.from), PlannedStatement::new(constraint)]
            .into_iter()
            .chain(lines.into_iter().skip(1))
            .collect();
        let swapped = self.steps.add(StepMode::Plain, StepPhase::Tables, key, swap);
        self.steps.order(built, swapped);
        self.detached_at.insert(key, swapped);
        self.create_starts_at.insert(key, built);
        self.created_at.insert(key, swapped);
        self.after_not_null(after, swapped);
        self.builds.insert(key, ConcurrentBuild { built, named: swapped });
    }

    fn replace_index(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let lines = made(after, self.actions.to);
        if !self.is_online(key) {
            let lines = std::iter::once(alter::drop(before, self.actions.from)).chain(lines).collect();
            self.single(key, StepPhase::Tables, lines);
            return;
        }
        // Build the new index under a temporary name, drop the old one, rename: queries always find an index.
        let mut beside = after.clone();
        beside.key.name = self.name_beside(after);
        let mut replaced: Vec<PlannedStatement> = made(&beside, self.actions.to).into_iter().take(1).collect();
        replaced.iter_mut().for_each(make_concurrent);
        let old = name::own(key);
        if before.has(Attribute::Invalid) {
            // An invalid index is useless for queries, but if unique it still rejects rows: drop it before the build.
            replaced = made(after, self.actions.to).into_iter().take(1).collect();
            replaced.iter_mut().for_each(make_concurrent);
            let note = StatementNote::Remark(format!("{key} is INVALID because its build failed: it is built again"));
            replaced.insert(0, PlannedStatement::new(format!("DROP INDEX CONCURRENTLY {old}")).note(note));
        } else {
            replaced.push(PlannedStatement::new(format!("DROP INDEX CONCURRENTLY {old}")));
            replaced.push(PlannedStatement::new(format!(
                "ALTER INDEX {} RENAME TO {}",
                name::own(&beside.key),
                name::identifier(&key.name)
            )));
        }
        replaced.extend(lines.into_iter().skip(1));
        let number = self.steps.add(StepMode::Concurrent, StepPhase::Tables, key, replaced);
        self.detached_at.insert(key, number);
        self.create_starts_at.insert(key, number);
        self.created_at.insert(key, number);
    }

    /// Returns a temporary name for an index that is not taken before or after.
    pub(super) fn name_beside(&self, object: &Object) -> String {
        let schemas = [self.actions.from, self.actions.to];
        temporary_relation_name(object.key.namespace.as_deref(), &object.key.name, "__new", &schemas)
    }

    /// Plans a swap: rename the old type, create the new one under its name, move all columns over, and drop the old
    /// type.
    pub(super) fn swap(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let mut aside = before.clone();
        let schemas = [self.actions.from, self.actions.to];
        aside.key.name = temporary_relation_name(key.namespace.as_deref(), &key.name, "__old", &schemas);
        let moved = PlannedStatement::new(format!(
            "ALTER {} RENAME TO {}",
            name::described(before),
            name::identifier(&aside.key.name)
        ));
        let mut lines = vec![moved.notes(self.swap_notes(before, after))];
        lines.extend(alter::range_aside(before, &aside.key.name, &schemas));
        lines.extend(create::create(after, self.actions.to).into_iter().map(PlannedStatement::from));
        let start = self.steps.add(StepMode::Plain, StepPhase::Foundations, key, lines);
        let end = self.steps.add(StepMode::Plain, StepPhase::Finish, key, vec![alter::drop(&aside, self.actions.from)]);
        self.steps.order(start, end);
        self.create_starts_at.insert(key, start);
        self.created_at.insert(key, start);
        self.detached_at.insert(key, end);
        self.swaps.push((key, end));
    }

    fn swap_notes(&self, before: &Object, after: &Object) -> Vec<StatementNote> {
        let new = after.list(Attribute::Labels);
        let gone: Vec<&str> =
            before.list(Attribute::Labels).iter().filter(|label| !new.contains(label)).map(String::as_str).collect();
        let labels = (!gone.is_empty()).then(|| {
            StatementNote::Remark(format!(
                "{} loses {}: it fails while a row holds one of them; give these rows another value first",
                after.key,
                gone.iter().map(|label| name::literal(label)).collect::<Vec<_>>().join(", ")
            ))
        });
        // Attributes of a composite type: dropping one loses data of the columns of that type.
        let attributes = self.actions.from.columns(&before.key).into_iter();
        let attributes = attributes.filter(|attribute| self.actions.to.get(&attribute.key).is_none());
        let lost = attributes.map(|attribute| StatementNote::Loses(format!("the values of {}", attribute.key)));
        // The conversion of the columns casts explicitly, which cuts off what is too long without an error.
        let attributes = self.actions.from.columns(&before.key).into_iter();
        let kept = attributes.filter_map(|old| Some((old, self.actions.to.get(&old.key)?)));
        let parts = kept.chain((before.key.kind == Kind::Domain).then_some((before, after)));
        let cut = parts.filter_map(|(old, new)| alter::type_note(old, new, &alter::cast_of(old, new, false)));
        labels.into_iter().chain(lost).chain(cut).collect()
    }

    /// Restores CLUSTER ON and REPLICA IDENTITY where they refer to an index that is re-created.
    pub(super) fn mark_indexes(&mut self) {
        for table in
            self.actions.to.objects().filter(|object| matches!(object.key.kind, Kind::Table | Kind::MaterializedView))
        {
            let Some(before) = self.actions.from.get(&table.key).filter(|_| !self.actions.is_dropped(&table.key))
            else {
                continue;
            };
            let lines = alter::marks(table);
            if lines.is_empty() {
                continue;
            }
            let differs = [Attribute::ReplicaIdentity, Attribute::ClusteredOn]
                .iter()
                .any(|attribute| before.attributes.get(attribute) != table.attributes.get(attribute));
            let made: Vec<usize> = [Kind::Index, Kind::PrimaryKey, Kind::Unique]
                .into_iter()
                .flat_map(|kind| self.actions.to.of_table(&table.key, kind))
                .filter(|index| {
                    matches!(
                        self.actions.get(&index.key),
                        Some(ObjectAction::Add | ObjectAction::Rebuild | ObjectAction::Replace)
                    )
                })
                .filter_map(|index| self.created_at.get(self.groups.created_with(&index.key)).copied())
                .collect();
            if differs || !made.is_empty() {
                let number = self.steps.add(StepMode::Plain, StepPhase::Finish, &table.key, lines);
                // REPLICA IDENTITY USING INDEX requires NOT NULL on the columns of the index.
                for column in self.actions.to.of_table(&table.key, Kind::Column) {
                    self.waits_for_done.push((&column.key, number));
                }
                for first in made.into_iter().chain(self.created_at.get(&table.key).copied()) {
                    self.steps.order(first, number);
                }
            }
        }
    }
}

/// Returns the attributes that link the object to others.
fn tied(object: &Object) -> [Option<&str>; 2] {
    [object.text(Attribute::OwnedBy), object.text(Attribute::PartitionOf)]
}
