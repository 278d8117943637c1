//! Predicted effect of a statement on the tables that are there: the text with the state of the schema before it.

use super::outline::{Outline, Relation, RelationKind};
use super::statement::DdlStatement;
use super::{AlterTable, ChangeRules, DdlServer};
use crate::sql::{TableLock, TableName, Work};

/// Locks and work of one statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prediction {
    /// Strongest lock on each table or view that exists before the statement.
    pub locks: Vec<TableLock>,
    /// Tables that get new files: they are rewritten, or emptied.
    pub rewritten: Vec<TableName>,
    /// `false` for a statement whose effect the text does not show (`DO`, `CALL`), or that was not understood.
    pub is_known: bool,
}

impl Prediction {
    /// Predicts what a statement does. `sql` is its text, without the semicolon.
    #[must_use]
    pub fn new(sql: &str, statement: &DdlStatement, outline: &Outline, server: &DdlServer) -> Self {
        let rules = server.dialect.change_rules();
        let is_known = !matches!(statement, DdlStatement::Unknown | DdlStatement::Opaque(_));
        let mut locks: Vec<TableLock> = Vec::new();
        for lock in rules.locks(sql, statement, outline, server) {
            let table =
                outline.relation(&lock.table).map_or_else(|| outline.plain(&lock.table), |own| own.name.clone());
            let lock = TableLock { table, ..lock };
            match locks.iter_mut().find(|known| known.table == lock.table) {
                Some(known) if rules.lock_rank(known) < rules.lock_rank(&lock) => *known = lock,
                Some(_) => {}
                None => locks.push(lock),
            }
        }
        let is_rewrite = |lock: &&TableLock| lock.work == Work::Rewrite;
        let rewritten = match statement {
            // Without a name: all tables.
            DdlStatement::Maintain { verb: "VACUUM FULL", table: None } => all_with_rows(outline),
            DdlStatement::Maintain { .. } => locks.iter().filter(is_rewrite).map(|lock| lock.table.clone()).collect(),
            _ => rewritten(rules, statement, outline, server),
        };
        Self { locks, rewritten, is_known }
    }
}

/// Tables and materialized views that have files of their own.
fn all_with_rows(outline: &Outline) -> Vec<TableName> {
    let has_file = |relation: &&Relation| relation.kind != RelationKind::View && !relation.is_partitioned;
    outline.relations().filter(has_file).map(|relation| relation.name.clone()).collect()
}

/// Tables that get new files.
fn rewritten(
    rules: &dyn ChangeRules,
    statement: &DdlStatement,
    outline: &Outline,
    server: &DdlServer,
) -> Vec<TableName> {
    let names: Vec<TableName> = match statement {
        DdlStatement::AlterTable(altered) if rewrites(rules, altered, outline, server) => vec![altered.table.clone()],
        DdlStatement::Truncate { tables, cascades: true } => {
            let mut all = tables.clone();
            tables.iter().for_each(|table| all.extend(outline.all_referencing(table)));
            all
        }
        DdlStatement::Truncate { tables, .. } => tables.clone(),
        DdlStatement::CreateIndex(index)
            if rules.index_work(index, outline.relation(&index.table), server).work == Work::Rewrite =>
        {
            vec![index.table.clone()]
        }
        DdlStatement::Refresh { view, concurrently: false } => vec![view.clone()],
        _ => Vec::new(),
    };
    let mut found: Vec<TableName> = Vec::new();
    for name in names {
        let relation = outline.relation(&name);
        let own = relation.map_or_else(|| outline.plain(&name), |relation| relation.name.clone());
        // The rows of a table with partitions are in them.
        let mut tables: Vec<TableName> = outline.partitions(&name).map(|partition| partition.name.clone()).collect();
        if tables.is_empty() {
            tables.push(own);
        }
        tables.retain(|table| outline.partitions(table).next().is_none() && !found.contains(table));
        found.append(&mut tables);
    }
    found
}

fn rewrites(rules: &dyn ChangeRules, altered: &AlterTable, outline: &Outline, server: &DdlServer) -> bool {
    let unknown = Relation { name: altered.table.clone(), ..Relation::default() };
    let table = outline.relation(&altered.table).unwrap_or(&unknown);
    rules.alter_work(altered, table, outline, server).work == Work::Rewrite
}

/// Returns the table whose rows the statement reads or writes, all of them: the time that it takes grows with the table.
#[must_use]
pub fn table_gone_through(statement: &DdlStatement, outline: &Outline, server: &DdlServer) -> Option<TableName> {
    let rules = server.dialect.change_rules();
    let table = match statement {
        DdlStatement::AlterTable(altered) => {
            let table = outline.relation(&altered.table)?;
            (rules.alter_work(altered, table, outline, server).work >= Work::Scan).then_some(&altered.table)?
        }
        DdlStatement::CreateIndex(index) => &index.table,
        DdlStatement::Maintain { table: Some(table), .. } => table,
        DdlStatement::Rows(rows) if !rows.is_limited => &rows.table,
        DdlStatement::Reindex { name: Some(name), .. } => match outline.table_of_index(name) {
            Some(table) => &table.name,
            None => name,
        },
        _ => return None,
    };
    outline.relation(table).map(|relation| relation.name.clone())
}
