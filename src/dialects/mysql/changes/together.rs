//! Actions of one `ALTER TABLE` that need more, or less, together than alone, as measured on MariaDB 10.11 and MySQL 9.7.

use super::{SHAPE, copy, rebuild};
use crate::ddl::{Action, ActionWork, AlterTable, ConstraintKind, DdlColumn, DdlServer, Outline, Relation};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::sql::Work;

pub(super) fn alter_work(altered: &AlterTable, table: &Relation, outline: &Outline, server: &DdlServer) -> ActionWork {
    let actions: Vec<&Action> = altered.actions.iter().map(|action| &action.of).collect();
    let work = |action: &&Action| super::work(action, table, outline, server);
    if altered.algorithm.as_deref() == Some("COPY") {
        return copy("ALGORITHM=COPY copies the table");
    }
    let is_key = |action: &&&Action| !matches!(action, Action::DropConstraint { name: None, .. }) && !adds_key(action);
    if actions.iter().any(|action| adds_key(action)) && actions.iter().filter(is_key).count() + 2 == actions.len() {
        let others = ActionWork::most(actions.iter().filter(is_key).map(work));
        return with_new_key(&actions, table, others);
    }
    // The name changes at the end, under the lock that every change takes there.
    let is_name = |action: &&&Action| matches!(action, Action::RenameTable(_)) && actions.len() > 1;
    let most = ActionWork::most(actions.iter().filter(|action| !is_name(action)).map(work));
    let changes_columns = |action: &&Action| matches!(action, Action::AddColumn { .. } | Action::DropColumn { .. });
    if most.work < Work::Scan
        && altered.algorithm.as_deref() == Some("INPLACE")
        && MysqlFlavour::from_handle(server.flavour).rebuilds_for_columns_in_place()
        && actions.iter().any(|action| changes_stored_column(action, table))
    {
        return rebuild("ALGORITHM=INPLACE rebuilds the table where ALGORITHM=INSTANT changes nothing but the catalog");
    }
    if most.work < Work::Rewrite && actions.iter().any(changes_columns) && actions.iter().any(builds_index) {
        let rebuilt = rebuild("columns change instantly only where no index is built in the same statement");
        return ActionWork { blocks: most.blocks.max(rebuilt.blocks), ..rebuilt };
    }
    most
}

/// Adds or drops a column whose values are in the rows.
fn changes_stored_column(action: &Action, table: &Relation) -> bool {
    let is_stored = |column: &DdlColumn| column.generated.as_ref().is_none_or(|generated| generated.is_stored);
    match action {
        Action::AddColumn { column, .. } => is_stored(column),
        Action::DropColumn { column, .. } => table.column(column).is_none_or(is_stored),
        _ => false,
    }
}

fn builds_index(action: &&Action) -> bool {
    match action {
        Action::AddIndex(_) => true,
        Action::AddConstraint(constraint) => {
            matches!(constraint.kind, ConstraintKind::Unique | ConstraintKind::ForeignKey(_))
        }
        _ => false,
    }
}

fn adds_key(action: &Action) -> bool {
    matches!(action, Action::AddConstraint(constraint) if constraint.kind == ConstraintKind::PrimaryKey)
}

/// A primary key that is dropped and added at once: in place, and nothing is done for the same key.
fn with_new_key(actions: &[&Action], table: &Relation, others: ActionWork) -> ActionWork {
    let is_same = actions.iter().any(|action| match action {
        Action::AddConstraint(constraint) if constraint.kind == ConstraintKind::PrimaryKey => {
            table.primary_key() == Some(constraint.columns.as_slice())
        }
        _ => false,
    });
    let own = if is_same {
        ActionWork::catalog(SHAPE)
    } else {
        rebuild("the rows are put in the order of the new primary key")
    };
    ActionWork::most([own, others].into_iter())
}
