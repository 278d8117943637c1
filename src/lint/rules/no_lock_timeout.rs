//! `no-lock-timeout`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "no-lock-timeout",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "A strong lock that is waited for without a limit",
    danger: "A change of schema waits for every transaction that uses the table, and everything that comes after it waits behind \
             it. One forgotten session is enough to stop the service.",
    safe: "`lock_timeout: 5s` in aludel.yaml or in the header of the revision: aludel gives up, lets the others pass, and tries \
           again.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    // Once for each revision.
    if view.revision.has_lock_timeout
        || is_limited(view)
        || view.earlier().iter().any(|earlier| locks(view, earlier).is_some())
    {
        return;
    }
    if let Some(table) = locks(view, view.statement) {
        found.on(&table, format!("the lock on {table} is waited for without a limit"));
        found.safe("-- in the header\n-- lock_timeout: 5s");
    }
}

/// Returns `true` if an earlier statement limits the wait, or the statement itself does (MariaDB's WAIT).
fn is_limited(view: &View<'_>) -> bool {
    const NAMES: [&str; 2] = ["lock_timeout", "lock_wait_timeout"];
    let has_word = |words: &[&str]| {
        let upper = view.statement.sql.to_uppercase();
        upper.split_whitespace().any(|word| words.contains(&word))
    };
    let last = view.earlier().iter().rev().find_map(|statement| match &statement.parsed {
        DdlStatement::Setting { name, value } if NAMES.contains(&name.as_str()) => {
            // SET LOCAL has no effect outside a transaction.
            let is_local = statement.sql.to_uppercase().contains("SET LOCAL");
            let is_off = matches!(value.trim_matches('\''), "0" | "0ms" | "0s" | "default");
            Some(!is_off && (view.revision.in_transaction || !is_local))
        }
        DdlStatement::Harmless("RESET") => Some(false),
        DdlStatement::Harmless("SELECT") if statement.sql.contains("'lock_timeout'") => Some(true),
        _ => None,
    });
    last == Some(true) || has_word(&["NOWAIT", "WAIT"])
}

/// Table in use that the statement locks against writers or readers, or for which it waits as such a statement does.
fn locks(view: &View<'_>, statement: &LintedStatement) -> Option<TableName> {
    let waits_always = !view.server.dialect.rules().has_transactional_ddl();
    let is_reindex = matches!(&statement.parsed, DdlStatement::Reindex { concurrently: false, .. });
    let locks = view.locked_by(statement).into_iter();
    locks
        .filter(|(_, blocks)| is_reindex || *blocks >= Blocks::Writes && *blocks != Blocks::Unknown || waits_always)
        .map(|(table, _)| table)
        .next()
}
