//! Effect of statements on an outline.

use super::action::{Action, AlterTable, StorageChange};
use super::outline::{DomainOutline, Outline, Relation, RelationKind};
use super::statement::{
    ConstraintDefinition, ConstraintKind, CreateTable, DdlColumn, DdlStatement, DomainChange, DropKind,
    IndexDefinition, ObjectDrop, TypeChange, Volatility,
};
use crate::sql::TableName;

impl Outline {
    /// Brings the outline up to date after a statement has run. What is not understood changes nothing.
    pub fn apply(&mut self, statement: &DdlStatement) {
        match statement {
            DdlStatement::CreateTable(created) => self.create_table(created),
            DdlStatement::AlterTable(altered) => self.alter_table(altered),
            DdlStatement::RenameTables(pairs) => pairs.iter().for_each(|(from, to)| self.rename_table(from, to)),
            DdlStatement::CreateIndex(index) => self.create_index(index),
            DdlStatement::Drop(dropped) => self.drop(dropped),
            DdlStatement::RenameObject { kind, from, to } => self.rename_object(kind, from, to),
            DdlStatement::CreateView { view, is_materialized, is_temporary, columns, query, .. } => {
                let kind = if *is_materialized { RelationKind::MaterializedView } else { RelationKind::View };
                self.create_view(view, kind, *is_temporary, (columns, query));
            }
            DdlStatement::CreateTrigger { name, table, body } => {
                if let Some(table) = self.relation_mut(table) {
                    table.triggers.insert(name.name.clone(), body.clone());
                }
            }
            DdlStatement::CreateType { name, labels: Some(labels) } => {
                self.enums.insert(self.plain(name), (labels.clone(), true));
            }
            DdlStatement::CreateDomain { name, base, has_check, is_not_null } => {
                let (base, has_check, is_not_null) = (base.clone(), *has_check, *is_not_null);
                let domain = DomainOutline { base, has_check, is_not_null, is_new: true };
                self.domains.insert(self.plain(name), domain);
            }
            DdlStatement::AlterType { name, change: TypeChange::AddValue { label, .. } } => {
                let key = self.plain(name);
                if let Some((labels, _)) = self.enums.get_mut(&key) {
                    labels.push(label.clone());
                }
            }
            DdlStatement::AlterDomain { name, change } => self.alter_domain(name, *change),
            DdlStatement::CreateRoutine { name, volatility, .. } => self.create_routine(name, *volatility),
            DdlStatement::CreateOther { kind, name: Some(name) } => {
                if matches!(kind.as_str(), "SCHEMA" | "DATABASE") {
                    self.schemas.insert(name.name.clone());
                }
                if kind == "SEQUENCE" {
                    let name = self.plain(name);
                    self.sequences.insert(name);
                }
                self.new_objects.insert(name.name.clone());
            }
            DdlStatement::Setting { name, value } => {
                self.settings.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }

    fn create_view(
        &mut self,
        view: &TableName,
        kind: RelationKind,
        is_temporary: bool,
        (columns, query): (&[String], &str),
    ) {
        let is_new = self.relation(view).is_none_or(|old| old.is_new);
        let name = self.plain(view);
        let column = |name: &String| DdlColumn { name: name.clone(), ..DdlColumn::default() };
        let columns = columns.iter().map(column).collect();
        let query = Some(query.to_owned());
        let relation =
            Relation { name: name.clone(), kind, is_new, is_temporary, columns, query, ..Relation::default() };
        self.relations.insert(name, relation);
    }

    fn create_routine(&mut self, name: &TableName, volatility: Volatility) {
        if self.routines.insert(name.name.clone(), volatility).is_none() {
            self.new_routines.insert(name.name.clone());
        }
    }

    fn alter_domain(&mut self, name: &TableName, change: DomainChange) {
        let key = self.plain(name);
        if let Some(domain) = self.domains.get_mut(&key) {
            domain.has_check |= matches!(change, DomainChange::AddConstraint | DomainChange::AddNotValid);
            domain.is_not_null |= change == DomainChange::SetNotNull;
        }
    }

    fn create_table(&mut self, created: &CreateTable) {
        if created.if_not_exists && self.relation(&created.table).is_some() {
            return;
        }
        let name = self.plain(&created.table);
        // The columns of a partition are those of its parent.
        let parent = created.partition_of.as_ref().and_then(|parent| self.relation(parent)).cloned();
        let columns = created.columns.iter().map(|clause| clause.of.clone()).collect();
        let indexes = created.indexes.iter().map(|clause| clause.of.clone()).collect();
        let constraints = created.constraints.iter().map(|clause| clause.of.clone()).collect();
        let mut relation = Relation {
            name: name.clone(),
            is_new: true,
            is_temporary: created.is_temporary,
            columns,
            has_all_columns: !created.is_copy && !created.inherits,
            indexes,
            constraints,
            partition_of: created.partition_of.clone(),
            is_default_partition: created.is_default_partition,
            is_partitioned: created.is_partitioned,
            is_unlogged: created.is_unlogged,
            options: created.options.clone(),
            ..Relation::default()
        };
        if let Some(parent) = parent {
            relation.columns.extend(parent.columns);
            relation.constraints.extend(parent.constraints);
            relation.indexes.extend(parent.indexes);
        }
        for constraint in &mut relation.constraints {
            name_constraint(constraint, &name);
        }
        self.relations.insert(name, relation);
    }

    fn create_index(&mut self, index: &IndexDefinition) {
        if let Some(relation) = self.relation_mut(&index.table) {
            add_index(relation, index);
        }
    }

    fn rename_table(&mut self, from: &TableName, to: &TableName) {
        let Some(mut relation) = self.remove(from) else { return };
        let to = TableName { schema: to.schema.clone().or_else(|| relation.name.schema.clone()), ..to.clone() };
        let to = self.plain(&to);
        let old = std::mem::replace(&mut relation.name, to.clone());
        for other in self.relations.values_mut() {
            for constraint in &mut other.constraints {
                if let ConstraintKind::ForeignKey(reference) = &mut constraint.kind
                    && reference.table.name == old.name
                {
                    reference.table = to.clone();
                }
            }
        }
        self.relations.insert(to, relation);
    }

    fn rename_object(&mut self, kind: &str, from: &TableName, to: &str) {
        let renamed = TableName { schema: from.schema.clone(), name: to.to_owned() };
        match kind {
            "VIEW" | "MATERIALIZED VIEW" => self.rename_table(from, &renamed),
            "INDEX" => {
                let name = self.table_of_index(from).map(|relation| relation.name.clone());
                if let Some(relation) = name.and_then(|name| self.relation_mut(&name)) {
                    rename_part(relation, &from.name, to);
                }
            }
            "TYPE" | "DOMAIN" => {
                let (old, new) = (self.plain(from), self.plain(&renamed));
                if let Some(labels) = self.enums.remove(&old) {
                    self.enums.insert(new.clone(), labels);
                }
                if let Some(domain) = self.domains.remove(&old) {
                    self.domains.insert(new, domain);
                }
            }
            _ => {}
        }
    }

    fn drop(&mut self, dropped: &ObjectDrop) {
        for name in &dropped.names {
            match dropped.kind {
                DropKind::Table | DropKind::View | DropKind::MaterializedView => {
                    if let Some(gone) = self.remove(name).filter(|gone| gone.is_new) {
                        self.dropped_new.insert(gone.name);
                    }
                }
                DropKind::Index => {
                    let table = match &dropped.table {
                        Some(table) => Some(table.clone()),
                        None => self.table_of_index(name).map(|relation| relation.name.clone()),
                    };
                    if let Some(relation) = table.and_then(|table| self.relation_mut(&table)) {
                        drop_index(relation, &name.name);
                    }
                }
                DropKind::Schema => self.relations.retain(|key, _| key.schema.as_ref() != Some(&name.name)),
                DropKind::Type => {
                    let key = self.plain(name);
                    self.enums.remove(&key);
                    self.domains.remove(&key);
                }
                DropKind::Routine => {
                    self.routines.remove(&name.name);
                }
                DropKind::OfTable => {
                    let is_it = |relation: &&mut Relation| relation.triggers.contains_key(&name.name);
                    if let Some(relation) = self.relations.values_mut().find(is_it) {
                        relation.triggers.remove(&name.name);
                    }
                }
                DropKind::Other => {}
            }
        }
    }

    fn alter_table(&mut self, altered: &AlterTable) {
        let mut table = altered.table.clone();
        for action in &altered.actions {
            match &action.of {
                Action::RenameTable(to) => {
                    self.rename_table(&table, to);
                    table = to.clone();
                }
                Action::SetSchema(schema) => {
                    let to = TableName { schema: Some(schema.clone()), name: table.name.clone() };
                    self.rename_table(&table, &to);
                    table = to;
                }
                Action::AttachPartition { partition, bound } => {
                    let parent = self.plain(&table);
                    if let Some(partition) = self.relation_mut(partition) {
                        partition.partition_of = Some(parent);
                        partition.is_default_partition = bound.eq_ignore_ascii_case("default");
                    }
                }
                Action::DetachPartition { partition, .. } => {
                    if let Some(partition) = self.relation_mut(partition) {
                        partition.partition_of = None;
                    }
                }
                action => {
                    // What is done to a partitioned table is done to its partitions.
                    let parent = self.plain(&table);
                    let of_parent = |relation: &&mut Relation| relation.partition_of.as_ref() == Some(&parent);
                    self.relations.values_mut().filter(of_parent).for_each(|relation| alter(relation, action));
                    if let Some(relation) = self.relation_mut(&table) {
                        alter(relation, action);
                    }
                }
            }
        }
    }
}

/// Gives a constraint without a name the one that the server would choose, so that a later statement finds it.
fn name_constraint(constraint: &mut ConstraintDefinition, table: &TableName) {
    if constraint.name.is_some() {
        return;
    }
    let columns = constraint.columns.join("_");
    constraint.name = match constraint.kind {
        ConstraintKind::PrimaryKey => Some(format!("{}_pkey", table.name)),
        ConstraintKind::Unique => Some(format!("{}_{columns}_key", table.name)),
        ConstraintKind::ForeignKey(_) => Some(format!("{}_{columns}_fkey", table.name)),
        ConstraintKind::Check(_) if !columns.is_empty() => Some(format!("{}_{columns}_check", table.name)),
        ConstraintKind::Check(_) => Some(format!("{}_check", table.name)),
        ConstraintKind::Exclusion | ConstraintKind::NotNull => None,
    };
}

fn add_index(relation: &mut Relation, index: &IndexDefinition) {
    let mut index = index.clone();
    if index.name.is_none() {
        index.name = Some(format!("{}_{}_idx", relation.name.name, index.columns.join("_")));
    }
    let name = index.name.clone().unwrap_or_default();
    if index.if_not_exists && relation.index(&name).is_some() {
        return;
    }
    relation.new_indexes.insert(name);
    relation.indexes.push(index);
}

fn drop_index(relation: &mut Relation, name: &str) {
    let is_named = |own: &Option<String>| own.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
    relation.indexes.retain(|index| !is_named(&index.name));
    relation.constraints.retain(|constraint| {
        !(is_named(&constraint.name) && matches!(constraint.kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey))
    });
    relation.new_indexes.remove(name);
}

fn rename_part(relation: &mut Relation, from: &str, to: &str) {
    let is_named = |own: &Option<String>| own.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(from));
    for name in relation
        .indexes
        .iter_mut()
        .map(|index| &mut index.name)
        .chain(relation.constraints.iter_mut().map(|constraint| &mut constraint.name))
    {
        if is_named(name) {
            *name = Some(to.to_owned());
        }
    }
}

fn add_constraint(relation: &mut Relation, constraint: &ConstraintDefinition) {
    let mut constraint = constraint.clone();
    if let Some(index) = &constraint.using_index
        && let Some(found) = relation.index(index).cloned()
    {
        constraint.columns = found.columns;
        relation.indexes.retain(|own| own.name.as_ref() != Some(index));
        constraint.name = constraint.name.or_else(|| Some(index.clone()));
    }
    let is_not_null = matches!(constraint.kind, ConstraintKind::PrimaryKey | ConstraintKind::NotNull);
    if is_not_null && !constraint.not_valid {
        for name in &constraint.columns {
            if let Some(column) = relation.column_mut(name) {
                column.is_not_null = true;
            }
        }
    }
    let table = relation.name.clone();
    name_constraint(&mut constraint, &table);
    relation.constraints.push(constraint);
}

fn alter(relation: &mut Relation, action: &Action) {
    match action {
        Action::AddColumn { column, constraints, .. } => {
            if relation.column(&column.name).is_none() {
                relation.new_columns.insert(column.name.clone());
                relation.columns.push(column.clone());
                constraints.iter().for_each(|constraint| add_constraint(relation, constraint));
            }
        }
        Action::DropColumn { column, .. } => drop_column(relation, column),
        Action::AddConstraint(constraint) => add_constraint(relation, constraint),
        Action::DropConstraint { name: Some(name), .. } => {
            relation.constraints.retain(|own| !own.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)));
        }
        Action::DropConstraint { name: None, .. } => {
            relation.constraints.retain(|own| own.kind != ConstraintKind::PrimaryKey);
        }
        Action::ValidateConstraint(name) | Action::EnforceConstraint(name) => {
            let is_named = |own: &&mut ConstraintDefinition| own.name.as_deref() == Some(name);
            relation.constraints.iter_mut().filter(is_named).for_each(|own| own.not_valid = false);
        }
        Action::AddIndex(index) => add_index(relation, index),
        Action::DropIndex(name) => drop_index(relation, name),
        Action::Redefine { column, to, constraints } => {
            redefine(relation, column, to);
            constraints.iter().for_each(|constraint| add_constraint(relation, constraint));
        }
        Action::RenameColumn { from, to } => rename_column(relation, from, to),
        Action::RenamePart { from, to, .. } => rename_part(relation, from, to),
        Action::Storage(StorageChange::Partitioning) => relation.is_partitioned = true,
        Action::Storage(StorageChange::Logged(is_logged)) => relation.is_unlogged = !is_logged,
        other => alter_column(relation, other),
    }
}

fn alter_column(relation: &mut Relation, action: &Action) {
    let (Action::AlterType { column, .. }
    | Action::SetNotNull(column)
    | Action::DropNotNull(column)
    | Action::SetDefault { column, .. }
    | Action::DropDefault(column)
    | Action::DropExpression(column)
    | Action::AddIdentity(column)) = action
    else {
        return;
    };
    let Some(own) = relation.column_mut(column) else { return };
    match action {
        Action::AlterType { data_type, .. } => own.data_type.clone_from(data_type),
        Action::SetNotNull(_) => own.is_not_null = true,
        Action::DropNotNull(_) => own.is_not_null = false,
        Action::SetDefault { default, .. } => own.default = Some(default.clone()),
        Action::DropDefault(_) => own.default = None,
        Action::DropExpression(_) => own.generated = None,
        Action::AddIdentity(_) => own.is_numbered = true,
        _ => {}
    }
}

fn redefine(relation: &mut Relation, column: &str, to: &DdlColumn) {
    if !column.eq_ignore_ascii_case(&to.name) {
        rename_column(relation, column, &to.name);
    }
    let is_key = relation.primary_key().is_some_and(|key| key.iter().any(|own| own.eq_ignore_ascii_case(&to.name)));
    if let Some(own) = relation.column_mut(&to.name) {
        *own = to.clone();
        own.is_not_null |= is_key;
    }
}

fn rename_column(relation: &mut Relation, from: &str, to: &str) {
    let names = relation
        .columns
        .iter_mut()
        .map(|column| &mut column.name)
        .chain(relation.indexes.iter_mut().flat_map(|index| &mut index.columns))
        .chain(relation.constraints.iter_mut().flat_map(|constraint| &mut constraint.columns));
    for name in names.filter(|name| name.eq_ignore_ascii_case(from)) {
        to.clone_into(name);
    }
    if relation.new_columns.remove(from) {
        relation.new_columns.insert(to.to_owned());
    }
}

/// Removes a column and what consists of it: the server drops indexes and constraints that have it.
fn drop_column(relation: &mut Relation, column: &str) {
    let names = |columns: &[String]| columns.iter().any(|own| own.eq_ignore_ascii_case(column));
    relation.columns.retain(|own| !own.name.eq_ignore_ascii_case(column));
    relation.indexes.retain(|index| !names(&index.columns));
    relation.constraints.retain(|constraint| !names(&constraint.columns));
    relation.new_columns.remove(column);
}
