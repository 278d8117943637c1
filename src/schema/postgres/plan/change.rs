//! Steps that change existing objects. Columns are handled in a file of their own.

use super::build::Builder;
use super::fate::Fate;
use super::links::parent;
use super::make::{made, make_concurrent, make_unvalid, phase_of};
use super::order::Number;
use super::step::{Line, Mode, Phase, Sql};
use crate::schema::postgres::temporary_name::temporary_relation_name;
use crate::schema::postgres::{alter, create, name};
use crate::schema::{Attribute, Kind, Note, Object};

impl<'s> Builder<'_, 's> {
    /// Plans the in-place change of an object.
    pub(super) fn change(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        match key.kind {
            Kind::Column if parent(key, self.fates.to).is_some_and(|whole| whole.key.kind == Kind::Table) => {
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
                if self.fates.detached.contains(key) {
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
        let line = Line::new(format!("ALTER SEQUENCE {} OWNED BY NONE", name::own(&sequence.key)));
        let let_go = self.steps.add(Mode::Plain, Phase::Clear, &sequence.key, vec![line]);
        self.leaves.insert(&sequence.key, let_go);
        self.steps.order(let_go, number);
    }

    /// Plans the change of an attribute of a composite type, or of a view's column.
    fn change_part(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let mut lines = Vec::new();
        if parent(key, self.fates.to).is_some_and(|whole| whole.key.kind == Kind::Composite) {
            if self.fates.is_retyped(key) {
                let collation = after.text(Attribute::Collation).map(|collation| format!(" COLLATE {collation}"));
                lines.push(Line::new(format!(
                    "ALTER TYPE {} ALTER ATTRIBUTE {} TYPE {}{}{}",
                    name::table(key),
                    name::identifier(&key.name),
                    after.text(Attribute::Type).unwrap_or_default(),
                    collation.unwrap_or_default(),
                    create::cascade(key, self.fates.to)
                )));
            }
        } else if before.text(Attribute::Default) != after.text(Attribute::Default) {
            lines.push(alter::default(after, after.text(Attribute::Default)));
        }
        lines.extend(alter::lines(before, after, self.options.owners));
        self.single(key, Phase::Upper, lines);
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
        let (labels, mut lines): (Vec<String>, Vec<Line>) = added.into_iter().unzip();
        lines.extend(alter::said(before, after, self.options.owners));
        self.single(&after.key, Phase::Ground, lines);
        self.labels.insert(&after.key, labels);
    }

    /// Plans the change of a table: detach from old parents, own settings, attach to new parents.
    fn change_table(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let anew = self.fates.detached.contains(key);
        let number = self.single(key, Phase::Build, alter::lines(before, after, self.options.owners));
        let detached = alter::detach(before, Some(after), anew);
        let detached = (!detached.is_empty()).then(|| {
            let leave = self.steps.add(Mode::Plain, Phase::Clear, key, detached);
            self.leaves.insert(key, leave);
            self.steps.order(leave, number);
        });
        let attached = alter::attach(before, after, anew);
        if !attached.is_empty() {
            let enter = self.steps.add(Mode::Plain, Phase::Finish, key, attached);
            self.steps.order(number, enter);
            self.done.insert(key, enter);
            self.later.push((key, enter));
            if detached.is_none() {
                self.leaves.insert(key, enter);
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
        let mut lines: Vec<Line> = made(after, self.fates.to).into_iter().take(1).collect();
        if let Some(Line { sql: Sql::Whole(sql), .. }) = lines.first_mut()
            && sql.starts_with("CREATE VIEW")
        {
            *sql = sql.replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1);
        }
        lines.extend(alter::said(before, after, self.options.owners));
        self.single(&after.key, Phase::Upper, lines);
    }

    /// Drops the old constraint and adds the new one in one step. Existing rows are validated in a later one.
    fn replace_constraint(&mut self, before: &'s Object, after: &'s Object) {
        let waits = self.is_online(&after.key) && self.can_wait_for_validation(after);
        let mut lines = made(after, self.fates.to);
        if waits {
            make_unvalid(&mut lines);
        }
        lines.insert(0, alter::drop(before, self.fates.from));
        let number = self.single(&after.key, phase_of(after.key.kind), lines);
        if waits {
            self.validate(after, number);
        }
    }

    /// Replaces a key. The index of the new one is built beside the old one.
    fn replace_key(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let lines = made(after, self.fates.to);
        let beside = self.name_beside(after);
        let built = alter::key_index(after, &beside).filter(|_| self.is_online(key) && !self.is_partitioned(key));
        let Some((index, constraint)) = built else {
            let lines = std::iter::once(alter::drop(before, self.fates.from)).chain(lines).collect();
            self.single(key, Phase::Build, lines);
            return;
        };
        let built = self.steps.add(Mode::Concurrent, Phase::Build, key, vec![Line::new(index)]);
        let swap = [alter::drop(before, self.fates.from), Line::new(constraint)]
            .into_iter()
            .chain(lines.into_iter().skip(1))
            .collect();
        let swapped = self.steps.add(Mode::Plain, Phase::Build, key, swap);
        self.steps.order(built, swapped);
        self.leaves.insert(key, swapped);
        self.begins.insert(key, built);
        self.made.insert(key, swapped);
        self.after_not_null(after, swapped);
        // Drop foreign keys that reference the key only after the long build, right before the swap.
        for above in self.fates.old_links.above(key) {
            if let Some(gone) = self.gone.get(above).copied() {
                self.steps.order(built, gone);
            }
        }
    }

    fn replace_index(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let lines = made(after, self.fates.to);
        if !self.is_online(key) {
            let lines = std::iter::once(alter::drop(before, self.fates.from)).chain(lines).collect();
            self.single(key, Phase::Build, lines);
            return;
        }
        // Build the new index under a temporary name, drop the old one, rename: queries always find an index.
        let mut beside = after.clone();
        beside.key.name = self.name_beside(after);
        let mut replaced: Vec<Line> = made(&beside, self.fates.to).into_iter().take(1).collect();
        replaced.iter_mut().for_each(make_concurrent);
        let old = name::own(key);
        if before.has(Attribute::Invalid) {
            // An invalid index is useless for queries, but if unique it still rejects rows: drop it before the build.
            replaced = made(after, self.fates.to).into_iter().take(1).collect();
            replaced.iter_mut().for_each(make_concurrent);
            let note = Note::Remark(format!("{key} is INVALID: its build failed, it is built again"));
            replaced.insert(0, Line::new(format!("DROP INDEX CONCURRENTLY {old}")).note(note));
        } else {
            replaced.push(Line::new(format!("DROP INDEX CONCURRENTLY {old}")));
            replaced.push(Line::new(format!(
                "ALTER INDEX {} RENAME TO {}",
                name::own(&beside.key),
                name::identifier(&key.name)
            )));
        }
        replaced.extend(lines.into_iter().skip(1));
        let number = self.steps.add(Mode::Concurrent, Phase::Build, key, replaced);
        self.leaves.insert(key, number);
        self.begins.insert(key, number);
        self.made.insert(key, number);
    }

    /// Returns a temporary name for an index that is not taken before or after.
    pub(super) fn name_beside(&self, object: &Object) -> String {
        let schemas = [self.fates.from, self.fates.to];
        temporary_relation_name(object.key.namespace.as_deref(), &object.key.name, "__new", &schemas)
    }

    /// Plans a swap: rename the old type, create the new one under its name, move all columns over, and drop the old
    /// type.
    pub(super) fn swap(&mut self, before: &'s Object, after: &'s Object) {
        let key = &after.key;
        let mut aside = before.clone();
        let schemas = [self.fates.from, self.fates.to];
        aside.key.name = temporary_relation_name(key.namespace.as_deref(), &key.name, "__old", &schemas);
        let moved =
            Line::new(format!("ALTER {} RENAME TO {}", name::described(before), name::identifier(&aside.key.name)));
        let mut lines = vec![moved.notes(self.swap_notes(before, after))];
        lines.extend(alter::range_aside(before, &aside.key.name, &schemas));
        lines.extend(create::create(after, self.fates.to).into_iter().map(Line::from));
        let start = self.steps.add(Mode::Plain, Phase::Ground, key, lines);
        let end = self.steps.add(Mode::Plain, Phase::Finish, key, vec![alter::drop(&aside, self.fates.from)]);
        self.steps.order(start, end);
        self.begins.insert(key, start);
        self.made.insert(key, start);
        self.leaves.insert(key, end);
        self.swaps.push((key, end));
    }

    fn swap_notes(&self, before: &Object, after: &Object) -> Vec<Note> {
        let new = after.list(Attribute::Labels);
        let gone: Vec<&str> =
            before.list(Attribute::Labels).iter().filter(|label| !new.contains(label)).map(String::as_str).collect();
        let labels = (!gone.is_empty()).then(|| {
            Note::Remark(format!(
                "{} loses {}: it fails while a row holds one of them; give these rows another value first",
                after.key,
                gone.iter().map(|label| name::literal(label)).collect::<Vec<_>>().join(", ")
            ))
        });
        // Attributes of a composite type: dropping one loses data of the columns of that type.
        let attributes = self.fates.from.columns(&before.key).into_iter();
        let attributes = attributes.filter(|attribute| self.fates.to.get(&attribute.key).is_none());
        let lost = attributes.map(|attribute| Note::Loses(format!("the values of {}", attribute.key)));
        labels.into_iter().chain(lost).collect()
    }

    /// Restores CLUSTER ON and REPLICA IDENTITY where they refer to an index that is re-created.
    pub(super) fn mark_indexes(&mut self) {
        for table in
            self.fates.to.objects().filter(|object| matches!(object.key.kind, Kind::Table | Kind::MaterializedView))
        {
            let Some(before) = self.fates.from.get(&table.key).filter(|_| !self.fates.goes(&table.key)) else {
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
                .flat_map(|kind| self.fates.to.of_table(&table.key, kind))
                .filter(|index| matches!(self.fates.get(&index.key), Some(Fate::Add | Fate::Rebuild | Fate::Replace)))
                .filter_map(|index| self.made.get(self.company.brings(&index.key)).copied())
                .collect();
            if differs || !made.is_empty() {
                let number = self.steps.add(Mode::Plain, Phase::Finish, &table.key, lines);
                // REPLICA IDENTITY USING INDEX requires NOT NULL on the columns of the index.
                for column in self.fates.to.of_table(&table.key, Kind::Column) {
                    self.waits_for_done.push((&column.key, number));
                }
                for first in made.into_iter().chain(self.made.get(&table.key).copied()) {
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
