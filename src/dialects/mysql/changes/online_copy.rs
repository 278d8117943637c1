//! Copies of a table beside its writers: MariaDB since 11.2, with the exceptions that the server names when it refuses
//! `ALGORITHM=COPY, LOCK=NONE` (as measured on 11.8).

use super::SHAPE;
use crate::ddl::{Action, ActionWork, ConstraintKind, DdlServer, Relation, StorageChange};
use crate::dialects::mysql::flavour::MysqlFlavour;

/// Lets writers work beside a copy if this server does. An unknown version makes them wait.
pub(super) fn relax(work: ActionWork, actions: &[&Action], table: &Relation, server: &DdlServer) -> ActionWork {
    let is_online = server.version.is_some()
        && MysqlFlavour::from_handle(server.flavour).copies_beside_writers(server.version)
        && !follows_other_tables(table)
        && !actions.iter().any(|action| makes_writers_wait(action, table));
    if work.is_copy && is_online { ActionWork { blocks: SHAPE, ..work } } else { work }
}

/// Rows may change because of another table, which the server does not follow while it copies.
fn follows_other_tables(table: &Relation) -> bool {
    let changes = |kind: &ConstraintKind| matches!(kind, ConstraintKind::ForeignKey(target) if target.changes_rows);
    table.constraints.iter().any(|constraint| changes(&constraint.kind))
}

fn makes_writers_wait(action: &Action, table: &Relation) -> bool {
    match action {
        Action::AddColumn { column, .. } => column.is_numbered,
        Action::Redefine { column, to, .. } => {
            to.is_numbered && !table.column(column).is_some_and(|own| own.is_numbered)
        }
        Action::Storage(StorageChange::Order | StorageChange::Versioning(false)) => true,
        _ => false,
    }
}
