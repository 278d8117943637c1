//! Locks that follow from the state of the schema: those of the other end of a foreign key, of partitions, of the tables
//! of a type. As measured on PostgreSQL 12 to 18.

use crate::ddl::{
    Action, AlterTable, ConstraintDefinition, ConstraintKind, CreateTable, DdlServer, DdlStatement, DomainChange,
    DropKind, ObjectDrop, Outline, Relation,
};
use crate::dialects::postgres::impact::{
    ACCESS_EXCLUSIVE, LockMode, SHARE, SHARE_ROW_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE,
};
use crate::sql::{Dialect, TableLock, TableName, Work, impact};

/// Locks of one statement, and what is known of the tables.
struct StateLocks<'o> {
    outline: &'o Outline,
    server: &'o DdlServer,
    locks: Vec<TableLock>,
    /// `CASCADE` is written.
    cascades: bool,
}

/// Returns the locks of a statement.
pub(super) fn locks(sql: &str, statement: &DdlStatement, outline: &Outline, server: &DdlServer) -> Vec<TableLock> {
    let is_cascade = |word: &str| word.trim_end_matches(';').eq_ignore_ascii_case("cascade");
    let cascades = sql.split_whitespace().any(is_cascade);
    let locks = impact(sql, Dialect::POSTGRES).locks;
    let mut state = StateLocks { outline, server, locks, cascades };
    state.name_tables_of_indexes(statement);
    match statement {
        DdlStatement::AlterTable(altered) => state.alter_table(altered),
        DdlStatement::CreateTable(created) => state.create_table(created),
        DdlStatement::Drop(dropped) => state.drop(dropped),
        DdlStatement::Truncate { tables, .. } => tables.iter().for_each(|table| state.truncate(table)),
        DdlStatement::CreateIndex(index) if !index.only => state.partitions(&index.table, SHARE),
        DdlStatement::CreateTrigger { table, .. } => state.partitions(table, SHARE_ROW_EXCLUSIVE),
        DdlStatement::AlterDomain { name, change } => state.alter_domain(name, *change),
        DdlStatement::CreateView { view, .. } if outline.relation(view).is_some() => state.add(view, ACCESS_EXCLUSIVE),
        _ => {}
    }
    state.locks
}

impl<'o> StateLocks<'o> {
    fn add(&mut self, table: &TableName, (name, blocks): LockMode) {
        self.locks.push(TableLock { table: table.clone(), name, blocks, work: Work::Catalog });
    }

    fn partitions(&mut self, table: &TableName, mode: LockMode) {
        let outline = self.outline;
        outline.partitions(table).for_each(|partition| self.add(&partition.name, mode));
    }

    fn with_partitions(&mut self, table: &TableName, mode: LockMode) {
        self.add(table, mode);
        self.partitions(table, mode);
    }

    /// Puts the table in the place of an index that the text names: its table is locked alike by `DROP INDEX`, and not at
    /// all by a change of the name.
    fn name_tables_of_indexes(&mut self, statement: &DdlStatement) {
        let outline = self.outline;
        let is_drop = matches!(statement, DdlStatement::Drop(_));
        self.locks.retain_mut(|lock| {
            if outline.relation(&lock.table).is_some() {
                return true;
            }
            match outline.table_of_index(&lock.table) {
                Some(table) => {
                    lock.table = table.name.clone();
                    is_drop || matches!(statement, DdlStatement::Reindex { .. })
                }
                None => true,
            }
        });
    }

    fn alter_table(&mut self, altered: &AlterTable) {
        let Some(table) = self.outline.relation(&altered.table) else { return };
        for action in &altered.actions {
            if !altered.only
                && let Some(mode) = self.mode_of_partitions(&action.of)
            {
                self.partitions(&table.name, mode);
            }
            self.action(table, &action.of);
        }
    }

    /// Mode that an action takes on the partitions of its table; `None` for one that is about the table alone.
    fn mode_of_partitions(&self, action: &Action) -> Option<LockMode> {
        match action {
            Action::AddConstraint(ConstraintDefinition { kind: ConstraintKind::ForeignKey(_), .. }) => {
                Some(SHARE_ROW_EXCLUSIVE)
            }
            Action::AddConstraint(ConstraintDefinition {
                kind: ConstraintKind::PrimaryKey | ConstraintKind::Unique,
                ..
            }) if !self.server.is_at_least((18, 0)) => Some(SHARE),
            Action::ValidateConstraint(_) => Some(SHARE_UPDATE_EXCLUSIVE),
            Action::AddColumn { .. }
            | Action::DropColumn { .. }
            | Action::AddConstraint(_)
            | Action::DropConstraint { .. }
            | Action::AlterType { .. }
            | Action::SetNotNull(_)
            | Action::DropNotNull(_)
            | Action::SetDefault { .. }
            | Action::DropDefault(_)
            | Action::RenameColumn { .. } => Some(ACCESS_EXCLUSIVE),
            _ => None,
        }
    }

    /// Adds the locks of an action on other tables.
    fn action(&mut self, table: &'o Relation, action: &Action) {
        match action {
            Action::DropConstraint { name: Some(name), .. } => {
                if let Some(constraint) = table.constraint(name) {
                    self.drop_constraint(table, constraint);
                }
            }
            Action::DropColumn { column, cascades } => {
                if *cascades {
                    self.views(&table.name, Some(column));
                }
                for constraint in constraints_of(table, column) {
                    self.drop_constraint(table, constraint);
                }
            }
            Action::AlterType { column, .. } => self.alter_key(table, column),
            Action::AddConstraint(constraint) => self.add_constraint(constraint),
            Action::AddColumn { constraints, .. } => {
                constraints.iter().for_each(|constraint| self.add_constraint(constraint));
            }
            Action::AttachPartition { partition, .. } => {
                self.with_partitions(partition, ACCESS_EXCLUSIVE);
                self.default_partition(table);
            }
            Action::DetachPartition { partition, is_gentle } => {
                let all = if *is_gentle || !self.server.is_at_least((14, 0)) {
                    SHARE_UPDATE_EXCLUSIVE
                } else {
                    ACCESS_EXCLUSIVE
                };
                self.add(partition, all);
                self.default_partition(table);
            }
            _ => {}
        }
    }

    /// The referenced table is changed too: triggers that a foreign key has there are dropped with it.
    fn drop_constraint(&mut self, table: &Relation, constraint: &ConstraintDefinition) {
        match &constraint.kind {
            ConstraintKind::ForeignKey(target) => self.with_partitions(&target.table, ACCESS_EXCLUSIVE),
            ConstraintKind::PrimaryKey | ConstraintKind::Unique if self.cascades => {
                for other in self.referencing(table, &constraint.columns) {
                    self.with_partitions(&other, ACCESS_EXCLUSIVE);
                }
            }
            _ => {}
        }
    }

    /// A change of type drops the foreign keys of the column, here and on the tables that refer to it, and creates them
    /// again.
    fn alter_key(&mut self, table: &Relation, column: &str) {
        for constraint in constraints_of(table, column) {
            if let ConstraintKind::ForeignKey(target) = &constraint.kind {
                self.with_partitions(&target.table, ACCESS_EXCLUSIVE);
            }
        }
        for other in self.referencing(table, &[column.to_owned()]) {
            self.with_partitions(&other, ACCESS_EXCLUSIVE);
        }
    }

    fn add_constraint(&mut self, constraint: &ConstraintDefinition) {
        if let ConstraintKind::ForeignKey(target) = &constraint.kind {
            self.partitions(&target.table, SHARE_ROW_EXCLUSIVE);
        }
    }

    /// Tables with a foreign key to one of these columns.
    fn referencing(&self, table: &Relation, columns: &[String]) -> Vec<TableName> {
        let outline = self.outline;
        let refers = |other: &&Relation| {
            other.constraints.iter().any(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(target) => {
                    let is_it = outline.relation(&target.table).is_some_and(|own| own.name == table.name);
                    let own = if target.columns.is_empty() {
                        table.primary_key().unwrap_or_default()
                    } else {
                        target.columns.as_slice()
                    };
                    is_it && own.iter().any(|own| columns.contains(own))
                }
                _ => false,
            })
        };
        outline.relations().filter(refers).map(|other| other.name.clone()).collect()
    }

    /// The default partition of a table is checked for rows that belong into another one.
    fn default_partition(&mut self, table: &Relation) {
        let outline = self.outline;
        for partition in outline.partitions(&table.name).filter(|partition| partition.is_default_partition) {
            if partition.partition_of.as_ref().is_some_and(|parent| outline.plain(parent) == table.name) {
                self.add(&partition.name, ACCESS_EXCLUSIVE);
            }
        }
    }

    fn create_table(&mut self, created: &CreateTable) {
        let Some(parent) = created.partition_of.as_ref().and_then(|parent| self.outline.relation(parent)) else {
            return;
        };
        self.add(&parent.name, ACCESS_EXCLUSIVE);
        self.default_partition(parent);
        for constraint in &parent.constraints {
            if let ConstraintKind::ForeignKey(target) = &constraint.kind {
                self.with_partitions(&target.table, SHARE_ROW_EXCLUSIVE);
            }
        }
    }

    fn drop(&mut self, dropped: &ObjectDrop) {
        for name in &dropped.names {
            match dropped.kind {
                DropKind::Table => self.drop_table(name),
                DropKind::Index if !dropped.concurrently => {
                    if let Some(table) = self.outline.table_of_index(name) {
                        self.partitions(&table.name, ACCESS_EXCLUSIVE);
                    }
                }
                DropKind::Schema if self.cascades => {
                    let is_in = |relation: &&Relation| relation.name.schema.as_deref().unwrap_or("public") == name.name;
                    let tables: Vec<_> =
                        self.outline.relations().filter(is_in).map(|relation| relation.name.clone()).collect();
                    tables.iter().for_each(|table| self.drop_table(table));
                }
                DropKind::Routine if self.cascades => self.tables_of_trigger_function(name),
                DropKind::Type if self.cascades => self.tables_of_type(name, ACCESS_EXCLUSIVE),
                _ => {}
            }
        }
    }

    /// Tables with a trigger that calls the function.
    fn tables_of_trigger_function(&mut self, name: &TableName) {
        let outline = self.outline;
        for relation in outline.relations() {
            if relation.triggers.values().any(|text| super::mentions(text, &name.name)) {
                self.add(&relation.name, ACCESS_EXCLUSIVE);
            }
        }
    }

    fn drop_table(&mut self, name: &TableName) {
        let Some(table) = self.outline.relation(name) else { return };
        self.with_partitions(&table.name, ACCESS_EXCLUSIVE);
        if let Some(parent) = &table.partition_of {
            self.add(parent, ACCESS_EXCLUSIVE);
        }
        for constraint in &table.constraints {
            if let ConstraintKind::ForeignKey(target) = &constraint.kind {
                self.with_partitions(&target.table, ACCESS_EXCLUSIVE);
            }
        }
        if self.cascades {
            let outline = self.outline;
            self.views(&table.name, None);
            outline.referencing(&table.name).for_each(|other| self.with_partitions(&other.name, ACCESS_EXCLUSIVE));
        }
    }

    /// Views of a table, and those of them, as far as their queries are known.
    fn views(&mut self, table: &TableName, column: Option<&str>) {
        let outline = self.outline;
        for view in outline.relations().filter(|relation| relation.name != *table) {
            let names = |name: &str| view.query.as_deref().is_some_and(|query| super::mentions(query, name));
            let is_known = self.locks.iter().any(|lock| lock.table == view.name);
            if !is_known && names(&table.name) && column.is_none_or(names) {
                self.add(&view.name, ACCESS_EXCLUSIVE);
                self.views(&view.name, None);
            }
        }
    }

    fn truncate(&mut self, name: &TableName) {
        self.partitions(name, ACCESS_EXCLUSIVE);
        if self.cascades {
            for other in self.outline.all_referencing(name) {
                self.with_partitions(&other, ACCESS_EXCLUSIVE);
            }
        }
    }

    /// The rows of all tables with the domain are checked.
    fn alter_domain(&mut self, name: &TableName, change: DomainChange) {
        if matches!(change, DomainChange::AddConstraint | DomainChange::Validate | DomainChange::SetNotNull) {
            self.tables_of_type(name, SHARE);
        }
    }

    /// Tables with a column of this type.
    fn tables_of_type(&mut self, name: &TableName, mode: LockMode) {
        let outline = self.outline;
        let name = outline.plain(name);
        let is_it = |data_type: &str| {
            data_type == name.name || data_type.rsplit_once('.').is_some_and(|(_, own)| own == name.name)
        };
        for relation in outline.relations() {
            if relation.columns.iter().any(|column| is_it(&column.data_type)) {
                self.add(&relation.name, mode);
            }
        }
    }
}

/// Constraints that have the column.
fn constraints_of<'r>(table: &'r Relation, column: &str) -> impl Iterator<Item = &'r ConstraintDefinition> {
    let has = move |own: &String| own.eq_ignore_ascii_case(column);
    table.constraints.iter().filter(move |constraint| constraint.columns.iter().any(has))
}
