//! `no-statement-timeout`.

use super::prelude::*;
use crate::ddl::ActionWork;

pub(super) static RULE: Rule = Rule {
    code: "no-statement-timeout",
    severity: None,
    dialects: SERVERS,
    title: "Long work under a lock, without a limit of its time",
    danger: "The statement reads or writes a whole table while others wait for it. On a table that is larger than expected it \
             runs for as long as it takes.",
    safe: "`statement_timeout: 1min` in aludel.yaml or in the header of the revision: the server ends the statement, and what \
           waited for it runs. MySQL has no such limit for changes of a table; MariaDB has.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let is_limited = view.revision.has_statement_timeout || view.earlier().iter().any(limits_time);
    if is_limited || !view.server.dialect.change_rules().limits_time_of_changes(view.server) {
        return;
    }
    // Once for each revision.
    let is_long =
        |(earlier, work): (&LintedStatement, &Work)| *work >= Work::Scan || works_long(view, earlier).is_some();
    if view.earlier().iter().zip(view.works).any(is_long) {
        return;
    }
    if let Some(table) = works_long(view, view.statement) {
        found.on(&table, format!("nothing ends the statement if {table} is larger than expected"));
        found.safe("-- in the header\n-- statement_timeout: 1min");
    }
}

/// Returns `true` for a statement that limits the time of later ones.
fn limits_time(statement: &LintedStatement) -> bool {
    const NAMES: [&str; 2] = ["statement_timeout", "max_statement_time"];
    match &statement.parsed {
        DdlStatement::Setting { name, value } => {
            NAMES.contains(&name.as_str()) && !matches!(value.trim_matches('\''), "0" | "0ms" | "0s" | "default")
        }
        DdlStatement::Harmless("SELECT") => statement.sql.contains("'statement_timeout'"),
        _ => false,
    }
}

/// Table in use that the statement reads or writes as a whole while writers or readers wait.
fn works_long(view: &View<'_>, statement: &LintedStatement) -> Option<TableName> {
    let is_long = |work: &ActionWork| work.work >= Work::Scan && work.blocks >= Blocks::Writes;
    let (table, is_long) = match &statement.parsed {
        DdlStatement::AlterTable(altered) => (&altered.table, is_long(&view.alter_work(altered))),
        DdlStatement::CreateIndex(index) if !index.only && !index.concurrently => {
            let rules = view.server.dialect.change_rules();
            (&index.table, is_long(&rules.index_work(index, view.table(&index.table), view.server)))
        }
        DdlStatement::Maintain { verb: "VACUUM FULL" | "CLUSTER", table: Some(table) } => (table, true),
        DdlStatement::Refresh { view, concurrently: false } => (view, true),
        DdlStatement::Rows(rows) => {
            let is_all = matches!(rows.verb, RowVerb::Update | RowVerb::Delete) && !rows.is_limited;
            (&rows.table, is_all && !statement.is_batch)
        }
        _ => return None,
    };
    (is_long && view.before.is_in_use(table)).then(|| table.clone())
}
