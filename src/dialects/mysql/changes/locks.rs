//! What other sessions wait for while a statement changes a table: the weakest LOCK clause that the server accepts.

use super::MysqlDialect;
use crate::ddl::{ChangeRules, DdlServer, DdlStatement, Outline, Relation};
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
            Some((&altered.table, work, (&altered.algorithm, &altered.lock)))
        }
        DdlStatement::CreateIndex(index) => {
            let work = MysqlDialect.index_work(index, outline.relation(&index.table), server);
            Some((&index.table, work, (&index.algorithm, &index.lock)))
        }
        _ => None,
    };
    if !MysqlFlavour::of(server.flavour).locks_referenced_table() {
        locks.retain(|lock| lock.name != REFERENCED);
    }
    if let Some((table, work, written)) = changed {
        locks.retain(|lock| lock.table != *table);
        locks.push(clause(table, with_clauses(work.blocks, written), work.work));
    }
    locks
}

/// What is written can only block more.
fn with_clauses(blocks: Blocks, (algorithm, lock): (&Option<String>, &Option<String>)) -> Blocks {
    let of_algorithm = if algorithm.as_deref() == Some("COPY") { Blocks::Writes } else { Blocks::Shape };
    let of_lock = match lock.as_deref() {
        Some("SHARED") => Blocks::Writes,
        Some("EXCLUSIVE") => Blocks::Everything,
        _ => Blocks::Shape,
    };
    blocks.max(of_algorithm).max(of_lock)
}

fn clause(table: &TableName, blocks: Blocks, work: Work) -> TableLock {
    let name = match blocks {
        Blocks::Nothing | Blocks::Shape => "LOCK=NONE",
        Blocks::Writes => "LOCK=SHARED",
        Blocks::Everything | Blocks::Unknown => "LOCK=EXCLUSIVE",
    };
    TableLock { table: table.clone(), name, blocks, work }
}
