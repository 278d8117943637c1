//! Count of the instant changes of columns that a table has seen, on servers that allow only so many of them.

use super::action::{Action, AlterTable};
use super::change_rules::DdlServer;
use super::outline::{Outline, Relation};
use super::statement::{DdlColumn, DdlStatement};
use crate::sql::{TableName, Work};

impl Outline {
    /// Returns how many instant changes of columns the table has seen since its rows were last written.
    #[must_use]
    pub fn row_versions(&self, table: &TableName) -> usize {
        self.relation(table).map_or(0, |relation| relation.row_versions)
    }

    /// Returns `true` if the statement changes columns instantly, so that older rows keep their format.
    #[must_use]
    pub fn adds_row_version(&self, altered: &AlterTable, server: &DdlServer) -> bool {
        let Some(table) = self.relation(&altered.table) else { return false };
        let is_virtual = |column: &DdlColumn| column.generated.as_ref().is_some_and(|generated| !generated.is_stored);
        let changes = |action: &Action| match action {
            Action::AddColumn { column, .. } => !is_virtual(column),
            Action::DropColumn { column, .. } => !table.column(column).is_some_and(is_virtual),
            _ => false,
        };
        altered.actions.iter().any(|action| changes(&action.of)) && self.work_of(altered, table, server) < Work::Rewrite
    }

    /// Counts a statement, before it is applied.
    pub fn count_row_version(&mut self, statement: &DdlStatement, server: &DdlServer) {
        if server.dialect.change_rules().most_row_versions(server).is_none() {
            return;
        }
        let (table, is_instant) = match statement {
            DdlStatement::AlterTable(altered) => {
                let Some(table) = self.relation(&altered.table) else { return };
                let is_instant = self.adds_row_version(altered, server);
                if !is_instant && self.work_of(altered, table, server) < Work::Rewrite {
                    return;
                }
                (altered.table.clone(), is_instant)
            }
            DdlStatement::Maintain { verb: "OPTIMIZE", table: Some(table) } => (table.clone(), false),
            DdlStatement::Truncate { tables, .. } => {
                let Some(table) = tables.first() else { return };
                (table.clone(), false)
            }
            _ => return,
        };
        if let Some(relation) = self.relation_mut(&table) {
            relation.row_versions = if is_instant { relation.row_versions + 1 } else { 0 };
        }
    }

    /// Takes the counts from an outline that was made from statements: a catalog has none.
    pub fn take_row_versions(&mut self, counted: &Self) {
        for relation in self.relations.values_mut() {
            relation.row_versions = counted.row_versions(&relation.name);
        }
    }

    fn work_of(&self, altered: &AlterTable, table: &Relation, server: &DdlServer) -> Work {
        server.dialect.change_rules().alter_work(altered, table, self, server).work
    }
}
