//! `index-blocks-writes`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "index-blocks-writes",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "An index whose construction blocks writes",
    danger: "While the index is built, every INSERT, UPDATE and DELETE on the table waits. On PostgreSQL that is every \
             CREATE INDEX without CONCURRENTLY; on MySQL and MariaDB a FULLTEXT or SPATIAL index, and MySQL's index on \
             an expression.",
    safe: "On PostgreSQL build it with CREATE INDEX CONCURRENTLY, in a revision of its own with `transaction: false`. On \
           MySQL and MariaDB it cannot be built online: use a maintenance window, or build it on a copy of the table.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    match view.parsed() {
        DdlStatement::CreateIndex(index) => examine(view, index, found),
        DdlStatement::AlterTable(_) => {
            for (_, action) in view.actions() {
                if let Some(index) = super::added_index(view, &action.of) {
                    examine(view, &index, found);
                }
            }
        }
        _ => {}
    }
}

fn examine(view: &View<'_>, index: &IndexDefinition, found: &mut Findings) {
    if !view.before.is_in_use(&index.table) {
        return;
    }
    let work = view.server.dialect.change_rules().index_work(index, view.table(&index.table), view.server);
    if work.blocks < Blocks::Writes || work.work < Work::Scan {
        return;
    }
    let table = &index.table;
    found.on(table, format!("writers of {table} wait until the index is built"));
    found.note(format!("{} on {table}: {}", view.lock(), work.reason));
    if view.server.dialect.rules().is_concurrent("CREATE INDEX CONCURRENTLY i ON t (a)") {
        let is_partitioned = view.table(table).is_some_and(|table| table.is_partitioned);
        if is_partitioned {
            found.note(
                "a partitioned table has no CONCURRENTLY: create it ON ONLY the table, build one on each partition \
                        CONCURRENTLY, and attach them",
            );
        } else {
            found.safe(concurrent(view.statement.sql.as_str()));
        }
    }
}

/// Writes CONCURRENTLY behind INDEX.
fn concurrent(sql: &str) -> String {
    let sql = crate::lint::fix::concurrent(sql);
    sql.map(|sql| format!("-- in a revision with `transaction: false`\n{sql};")).unwrap_or_default()
}
