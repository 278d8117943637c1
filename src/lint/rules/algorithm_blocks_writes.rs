//! `algorithm-blocks-writes`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "algorithm-blocks-writes",
    severity: Some(Severity::Error),
    dialects: MYSQL,
    title: "ALGORITHM=COPY or a LOCK that blocks writers, written out",
    danger: "The server uses the written algorithm and lock even where a cheaper one is possible: the table is copied, or its \
             writers wait.",
    safe: "Write the cheapest that can work, ALGORITHM=INSTANT or ALGORITHM=INPLACE, LOCK=NONE: the server then refuses what it \
           cannot do in that way, instead of blocking. A column is added and dropped with INSTANT: on MySQL INPLACE rebuilds \
           the table for it.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let (table, algorithm, lock) = match view.parsed() {
        DdlStatement::AlterTable(altered) => (&altered.table, &altered.algorithm, &altered.lock),
        DdlStatement::CreateIndex(index) => (&index.table, &index.algorithm, &index.lock),
        DdlStatement::Drop(dropped) if dropped.table.is_some() => match &dropped.table {
            Some(table) => (table, &dropped.algorithm, &dropped.lock),
            None => return,
        },
        _ => return,
    };
    if !view.before.is_in_use(table) {
        return;
    }
    if algorithm.as_deref() == Some("COPY") {
        found.on(table, format!("ALGORITHM=COPY copies {table} while writers wait"));
    } else if let Some(lock @ ("SHARED" | "EXCLUSIVE")) = lock.as_deref() {
        let who = if lock == "SHARED" { "writers" } else { "readers and writers" };
        found.on(table, format!("LOCK={lock} makes {who} of {table} wait"));
    }
}
