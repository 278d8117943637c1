//! Locks that other sessions wait for while a statement changes a table: the weakest LOCK clause that the server accepts.

use super::MysqlDialect;
use crate::ddl::{
    Action, ChangeRules, ConstraintDefinition, ConstraintKind, DdlServer, DdlStatement, DropKind, Outline, Relation,
};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::dialects::mysql::impact::REFERENCED;
use crate::sql::{Blocks, Dialect, TableLock, TableName, Work, impact};

/// Returns the locks of a statement. Those of changes of a table have the names of the LOCK clause.
pub(super) fn locks(sql: &str, statement: &DdlStatement, outline: &Outline, server: &DdlServer) -> Vec<TableLock> {
    let mut locks = impact(sql, Dialect::MYSQL).locks;
    let changed = match statement {
        DdlStatement::AlterTable(altered) => {
            let unknown = Relation { name: altered.table.clone(), ..Relation::default() };
            let table = outline.relation(&altered.table).unwrap_or(&unknown);
            let work = MysqlDialect.alter_work(altered, table, outline, server);
            Some((&altered.table, work, &altered.lock))
        }
        DdlStatement::CreateIndex(index) => {
            let work = MysqlDialect.index_work(index, outline.relation(&index.table), server);
            Some((&index.table, work, &index.lock))
        }
        _ => None,
    };
    if let Some((table, work, written)) = &changed {
        locks.retain(|lock| lock.table != **table);
        locks.push(clause(table, with_clause(work.blocks, written.as_deref()), work.work));
    }
    if MysqlFlavour::from_handle(server.flavour).locks_referenced_table() {
        if let Some((_, work, _)) = &changed
            && work.work == Work::Rewrite
            && adds_foreign_key(statement)
        {
            let referenced = locks.iter_mut().filter(|lock| lock.name == REFERENCED);
            referenced.for_each(|lock| lock.blocks = Blocks::Writes);
        }
        locks.extend(changed_tables(statement).iter().flat_map(|table| related(table, outline)));
    } else {
        locks.retain(|lock| lock.name != REFERENCED);
    }
    locks
}

/// Adds a foreign key: while the rows are copied and looked up, writers of the referenced table wait.
fn adds_foreign_key(statement: &DdlStatement) -> bool {
    let is_key = |constraint: &ConstraintDefinition| matches!(constraint.kind, ConstraintKind::ForeignKey(_));
    let DdlStatement::AlterTable(altered) = statement else { return false };
    altered.actions.iter().any(|action| match &action.of {
        Action::AddConstraint(constraint) => is_key(constraint),
        Action::AddColumn { constraints, .. } => constraints.iter().any(is_key),
        _ => false,
    })
}

/// Tables whose foreign keys the server looks at when it changes them.
fn changed_tables(statement: &DdlStatement) -> Vec<TableName> {
    match statement {
        DdlStatement::AlterTable(altered) => vec![altered.table.clone()],
        DdlStatement::CreateIndex(index) => vec![index.table.clone()],
        DdlStatement::RenameTables(pairs) => pairs.iter().map(|(from, _)| from.clone()).collect(),
        DdlStatement::Drop(dropped) if dropped.kind == DropKind::Table => dropped.names.clone(),
        DdlStatement::Drop(dropped) => dropped.table.clone().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Tables at the other ends of a table's foreign keys, in both directions.
fn related(table: &TableName, outline: &Outline) -> Vec<TableLock> {
    let constraints = outline.relation(table).into_iter().flat_map(|relation| &relation.constraints);
    let referenced = constraints.filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(target) if target.table != *table => Some(target.table.clone()),
        _ => None,
    });
    let all = referenced.chain(outline.referencing(table).map(|relation| relation.name.clone()));
    all.map(|table| TableLock { table, name: REFERENCED, blocks: Blocks::Shape, work: Work::Catalog }).collect()
}

/// A written clause can only block more.
fn with_clause(blocks: Blocks, lock: Option<&str>) -> Blocks {
    let of_lock = match lock {
        Some("SHARED") => Blocks::Writes,
        Some("EXCLUSIVE") => Blocks::Everything,
        _ => Blocks::Shape,
    };
    blocks.max(of_lock)
}

fn clause(table: &TableName, blocks: Blocks, work: Work) -> TableLock {
    let name = match blocks {
        Blocks::Nothing | Blocks::Shape => "LOCK=NONE",
        Blocks::Writes => "LOCK=SHARED",
        Blocks::Everything | Blocks::Unknown => "LOCK=EXCLUSIVE",
    };
    TableLock { table: table.clone(), name, blocks, work }
}
