//! `concurrently-in-transaction`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "concurrently-in-transaction",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "A statement that refuses to run in a transaction",
    danger: "The server refuses CONCURRENTLY, VACUUM, CREATE DATABASE and some others inside a transaction, and a revision \
             runs in one. The upgrade fails at this statement.",
    safe: "Put the statement into a revision of its own, with `transaction: false` in the header. aludel then notes each \
           statement in its journal, and continues after it when the upgrade is run again.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if !view.revision.in_transaction {
        return;
    }
    let refused = crate::sql::refuses_transaction(&view.statement.sql, view.server.dialect);
    if let Some(name) = refused {
        found.add(format!("{name} cannot run in a transaction"));
        found.safe("-- in the header of a revision that holds this statement only\n-- transaction: false");
    }
}
