//! Steps that create and drop objects, in online forms for tables that are in use.

use super::action::ObjectAction;
use super::build::Builder;
use super::index_tree::has_constraint_below;
use super::order::Number;
use super::ownership::{same_above, tables_above};
use super::step::{AlterKind, PlannedStatement, Sql, StepMode, StepPhase};
use super::successors::ConcurrentBuild;
use crate::dialects::postgres::schema::{alter, create, name};
use crate::schema::{Attribute, Key, Kind, Object, Schema, StatementNote};

impl<'s> Builder<'_, 's> {
    /// Adds the step that drops the old object.
    pub(super) fn drop(&mut self, key: &'s Key, action: ObjectAction) {
        let Some(object) = self.actions.from.get(key) else { return };
        // A view's column cannot be dropped: only its own settings are reset.
        if key.kind == Kind::Column && self.is_of_view(key) {
            let lines = self.as_usual(object);
            let number = self.single(key, StepPhase::Dependents, lines);
            self.dropped_at.insert(key, number);
            return;
        }
        let mut line = self.drop_line(object);
        if self.actions.drops_only(key) {
            let action = format!("DROP COLUMN {}", name::identifier(&key.name));
            line = PlannedStatement::on_table(&format!("ONLY {}", name::table(key)), AlterKind::DropColumn, action);
        }
        if let Some(loss) =
            alter::loses(object).filter(|_| action == ObjectAction::Drop && !self.has_its_rows_kept(object))
        {
            line = line.note(StatementNote::Loses(loss));
        }
        // The server has no DROP INDEX CONCURRENTLY for partitioned indexes, and never drops an attached index alone.
        let online = action == ObjectAction::Drop && key.kind == Kind::Index && self.is_online(key);
        let mode = if online && !self.is_partitioned(key) && !object.has(Attribute::PartitionOf) {
            line = PlannedStatement::new(format!("DROP INDEX CONCURRENTLY {}", name::own(key)));
            StepMode::Concurrent
        } else {
            StepMode::Plain
        };
        // Drops that lose data come last; an object that is dropped only to be re-created must make room early.
        let phase = if action == ObjectAction::Drop && is_ground(key.kind) {
            StepPhase::DestructiveDrops
        } else {
            StepPhase::DropBlockers
        };
        let number = self.steps.add(mode, phase, key, vec![line]);
        self.detached_at.insert(key, number);
        self.dropped_at.insert(key, number);
        if let Some(detach) = self.detached_before_drop(object) {
            let detached =
                self.steps.add(StepMode::Plain, StepPhase::DropBlockers, key, vec![PlannedStatement::new(detach)]);
            self.detached_at.insert(key, detached);
            self.steps.order(detached, number);
        }
    }

    /// The line that drops the old object.
    pub(super) fn drop_line(&self, object: &Object) -> PlannedStatement {
        if object.key.kind == Kind::Index && has_constraint_below(&object.key, self.actions.from) {
            // The constraint of a partition whose index is attached does not fall with the index above otherwise.
            return PlannedStatement::new(format!("DROP {} CASCADE", name::described(object)));
        }
        alter::drop(object, self.actions.from)
    }

    /// Returns whether the table is a partition whose rows are saved and restored with those of a parent.
    fn has_its_rows_kept(&self, table: &Object) -> bool {
        let mut above = tables_above(table, self.actions.from);
        while let Some(next) = above.pop().filter(|_| table.has(Attribute::PartitionOf)) {
            if self.actions.get(&next.key) == Some(ObjectAction::Rebuild) {
                return true;
            }
            above = tables_above(next, self.actions.from);
        }
        false
    }

    fn is_of_view(&self, key: &Key) -> bool {
        let of = |schema| super::links::parent(key, schema).map(|whole| whole.key.kind);
        matches!(of(self.actions.from), Some(Kind::View | Kind::MaterializedView))
    }

    /// Returns the statements that reset all settings of a view's column.
    fn as_usual(&self, object: &Object) -> Vec<PlannedStatement> {
        let mut bare = Object::new(object.key.clone());
        let view = super::links::parent(&object.key, self.actions.from);
        let own = format!("{} ", object.key.name);
        let of_type = view.and_then(|view| {
            view.list(Attribute::Columns).iter().find_map(|column| column.strip_prefix(&own).map(str::to_owned))
        });
        bare.set_some(Attribute::Type, of_type);
        let mut typed = object.clone();
        typed.set_some(Attribute::Type, bare.text(Attribute::Type).map(str::to_owned));
        let mut lines = Vec::new();
        if object.has(Attribute::Default) {
            lines.push(alter::default(object, None));
        }
        lines.extend(alter::lines(&typed, &bare, self.options.owners));
        lines
    }

    /// Restores owners and privileges of created objects: the desired ones if they are managed, otherwise the previous
    /// ones.
    pub(super) fn give(&mut self) {
        let made: Vec<(&'s Key, ObjectAction)> = self
            .actions
            .iter()
            .filter(|(key, action)| self.actions.is_created(key) || *action == ObjectAction::Swap)
            .collect();
        for (key, action) in made {
            let Some(step) = self.created_at.get(self.groups.created_with(key)).copied() else { continue };
            let before = self.actions.from.get(key).filter(|_| action != ObjectAction::Add);
            let lines = match (self.actions.to.get(key), before) {
                (Some(after), _) if self.options.owners => alter::given(after),
                (_, Some(before)) => alter::given_back(before),
                _ => Vec::new(),
            };
            self.steps.extend(step, lines);
        }
    }

    /// Adds the steps that create the new object.
    pub(super) fn make(&mut self, key: &'s Key) {
        let Some(object) = self.actions.to.get(key) else { return };
        if self.index_trees.tree(key).is_some() {
            return self.make_tree(key);
        }
        let lines = made(object, self.actions.to);
        if let Some(index) = self.adopted.iter().find(|(_, new)| **new == key).map(|(index, _)| *index) {
            self.make_from_index(object, index, lines);
            return self.tie(object);
        }
        match key.kind {
            // Build and attach in one step: reverting a step that only attaches would have to rebuild both indexes.
            Kind::Index if self.is_online(key) && self.is_attached_at_once(object) => {
                let attach = create::later(object).into_iter().map(PlannedStatement::from);
                return self.make_index(object, lines.into_iter().chain(attach).collect());
            }
            Kind::Column if self.is_busy(key) => self.make_column(object),
            Kind::Index if self.is_online(key) => self.make_index(object, lines),
            Kind::PrimaryKey | Kind::Unique if self.is_online(key) && !self.is_partitioned(key) => {
                self.make_key(object, lines);
            }
            Kind::Check | Kind::ForeignKey if self.is_online(key) => self.make_unvalidated(object, lines),
            _ => {
                let number = self.steps.add(StepMode::Plain, phase_of(key.kind), key, lines);
                self.create_starts_at.insert(key, number);
                self.created_at.insert(key, number);
                if key.kind == Kind::PrimaryKey {
                    self.after_not_null(object, number);
                }
            }
        }
        self.tie(object);
    }

    /// Adds the steps that link the object to others, if there are any.
    pub(super) fn tie(&mut self, object: &'s Object) {
        let mut lines: Vec<PlannedStatement> = create::later(object).into_iter().map(PlannedStatement::from).collect();
        // Split, because some indexes are created after ATTACH PARTITION, but before CLUSTER ON or REPLICA IDENTITY
        // names them.
        let marks = if object.has(Attribute::PartitionOf) && lines.len() > 1 { lines.split_off(1) } else { Vec::new() };
        if !marks.is_empty() {
            let number = self.steps.add(StepMode::Plain, StepPhase::Finish, &object.key, marks);
            self.later.push((&object.key, number));
        }
        if !lines.is_empty() {
            let number = self.steps.add(StepMode::Plain, StepPhase::Finish, &object.key, lines);
            self.later.push((&object.key, number));
            self.complete_at.insert(&object.key, number);
        }
    }

    fn make_index(&mut self, object: &'s Object, mut lines: Vec<PlannedStatement>) {
        let key = &object.key;
        let mut rest = Vec::new();
        if self.has_name_of_predecessor(object) && !lines.is_empty() {
            let mut beside = object.clone();
            beside.key.name = self.name_beside(object);
            let (old, new) = (name::own(&beside.key), name::identifier(&key.name));
            rest = lines.split_off(1);
            rest.insert(0, PlannedStatement::new(format!("ALTER INDEX {old} RENAME TO {new}")));
            lines = made(&beside, self.actions.to).into_iter().take(1).collect();
        }
        if let Some(first) = lines.first_mut() {
            make_concurrent(first);
        }
        let built = self.steps.add(StepMode::Concurrent, StepPhase::Tables, key, lines);
        let named = if rest.is_empty() {
            built
        } else {
            let named = self.steps.add(StepMode::Plain, StepPhase::Tables, key, rest);
            self.steps.order(built, named);
            named
        };
        self.create_starts_at.insert(key, built);
        self.created_at.insert(key, named);
        self.builds.insert(key, ConcurrentBuild { built, named });
    }

    /// Creates a key from an index that is built CONCURRENTLY.
    pub(super) fn make_key(&mut self, object: &'s Object, lines: Vec<PlannedStatement>) {
        let key = &object.key;
        let built_as = if self.has_name_of_predecessor(object) { self.name_beside(object) } else { key.name.clone() };
        let Some((index, constraint)) = alter::key_index(object, &built_as) else {
            self.single_make(key, lines);
            return;
        };
        let built = self.steps.add(StepMode::Concurrent, StepPhase::Tables, key, vec![PlannedStatement::new(index)]);
        let rest = lines.into_iter().skip(1);
        let taken = self.steps.add(
            StepMode::Plain,
            StepPhase::Tables,
            key,
            std::iter::once(PlannedStatement::new(constraint)).chain(rest).collect(),
        );
        self.create_starts_at.insert(key, built);
        self.created_at.insert(key, taken);
        self.steps.order(built, taken);
        self.builds.insert(key, ConcurrentBuild { built, named: taken });
        self.after_not_null(object, taken);
    }

    fn single_make(&mut self, key: &'s Key, lines: Vec<PlannedStatement>) {
        let number = self.steps.add(StepMode::Plain, phase_of(key.kind), key, lines);
        self.create_starts_at.insert(key, number);
        self.created_at.insert(key, number);
    }

    /// Creates a check or foreign key as NOT VALID, which scans no rows, and validates it in a later transaction.
    fn make_unvalidated(&mut self, object: &'s Object, mut lines: Vec<PlannedStatement>) {
        let can = self.can_wait_for_validation(object);
        if can {
            make_unvalid(&mut lines);
        }
        let number = self.steps.add(StepMode::Plain, phase_of(object.key.kind), &object.key, lines);
        self.create_starts_at.insert(&object.key, number);
        self.created_at.insert(&object.key, number);
        if can {
            self.validate(object, number);
        }
    }

    /// Returns whether the constraint can be created NOT VALID. A foreign key from or to a partitioned table cannot
    /// (manual, ALTER TABLE, Notes).
    pub(super) fn can_wait_for_validation(&self, object: &Object) -> bool {
        let target = object.needs.iter().filter(|need| need.kind != Kind::Column || need.table != object.key.table);
        let partitioned = |key: &Key| {
            super::links::parent(key, self.actions.to).is_some_and(|table| table.has(Attribute::PartitionBy))
                || self.actions.to.get(key).is_some_and(|table| table.has(Attribute::PartitionBy))
        };
        let is_link = object.key.kind == Kind::ForeignKey;
        // A child's equal check is merged and stays valid while the parent's is NOT VALID. Reverting the validation
        // would re-create both as NOT VALID.
        let is_merged = object.key.kind == Kind::Check
            && self.actions.from.get(&object.key).is_none()
            && self.actions.from.objects().any(|below| {
                below.key.kind == Kind::Check
                    && below.key.name == object.key.name
                    && !self.actions.is_dropped(&below.key)
                    && is_below(below, &object.key, self.actions.to)
            });
        !object.has(Attribute::NotValid)
            && !is_merged
            && !(is_link && (self.is_partitioned(&object.key) || target.into_iter().any(partitioned)))
    }

    /// Adds the step that validates a constraint, after the step `made`.
    pub(super) fn validate(&mut self, object: &'s Object, made: Number) {
        let line = alter::validated(object);
        let number = self.steps.add(StepMode::Validate, StepPhase::Finish, &object.key, vec![line]);
        self.steps.order(made, number);
        self.complete_at.insert(&object.key, number);
    }
}

/// Returns the CREATE statements of an object. ADD COLUMN is returned in a form that can be merged.
pub(super) fn made(object: &Object, schema: &Schema) -> Vec<PlannedStatement> {
    let mut lines: Vec<PlannedStatement> =
        create::create(object, schema).into_iter().map(PlannedStatement::from).collect();
    if object.key.kind == Kind::Column {
        let table = name::table(&object.key);
        let head = format!("ALTER TABLE {table} ADD COLUMN");
        for line in &mut lines {
            if let Sql::Whole(sql) = &line.sql
                && let Some(rest) = sql.strip_prefix(&head)
            {
                line.sql = PlannedStatement::on_table(&table, AlterKind::AddColumn, format!("ADD COLUMN{rest}")).sql;
            }
        }
    }
    lines
}

/// Returns `true` if `above` is of the same name in a table above that of `object`, at any level.
fn is_below(object: &Object, above: &Key, schema: &Schema) -> bool {
    same_above(object, schema).any(|found| found.key == *above || is_below(found, above, schema))
}

pub(super) fn make_concurrent(line: &mut PlannedStatement) {
    if let Sql::Whole(sql) = &mut line.sql {
        *sql = sql.replacen("INDEX ", "INDEX CONCURRENTLY ", 1);
    }
}

pub(super) fn make_unvalid(lines: &mut [PlannedStatement]) {
    if let Some(PlannedStatement { sql: Sql::Whole(sql), .. }) = lines.first_mut()
        && !sql.ends_with(" NOT VALID")
    {
        sql.push_str(" NOT VALID");
    }
}

/// Returns whether other objects are built on this kind. Such objects are dropped last.
const fn is_ground(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Namespace
            | Kind::Extension
            | Kind::Collation
            | Kind::Enum
            | Kind::Domain
            | Kind::Composite
            | Kind::Range
            | Kind::Sequence
            | Kind::Table
            | Kind::Column
            | Kind::Function
            | Kind::Procedure
            | Kind::Aggregate
    )
}

pub(super) const fn phase_of(kind: Kind) -> StepPhase {
    match kind {
        Kind::Database
        | Kind::Namespace
        | Kind::Extension
        | Kind::Collation
        | Kind::Enum
        | Kind::Domain
        | Kind::Composite
        | Kind::Range
        | Kind::Sequence => StepPhase::Foundations,
        Kind::Table
        | Kind::VirtualTable
        | Kind::Column
        | Kind::PrimaryKey
        | Kind::Unique
        | Kind::Check
        | Kind::Exclusion
        | Kind::Index => StepPhase::Tables,
        Kind::ForeignKey => StepPhase::ForeignKeys,
        Kind::Function | Kind::Procedure | Kind::Aggregate => StepPhase::Routines,
        _ => StepPhase::Dependents,
    }
}
