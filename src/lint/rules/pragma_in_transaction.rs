//! `pragma-in-transaction`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "pragma-in-transaction",
    severity: Some(Severity::Error),
    dialects: SQLITE,
    title: "A PRAGMA without effect in a transaction",
    danger: "`PRAGMA foreign_keys` does nothing inside a transaction, without a message; journal_mode=wal, synchronous and VACUUM \
             are errors there.",
    safe: "Put it into a revision with `transaction: false`.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if !view.revision.in_transaction {
        return;
    }
    match view.parsed() {
        DdlStatement::Setting { name, value } if view.statement.sql.to_uppercase().starts_with("PRAGMA") => {
            if name == "foreign_keys" && !value.is_empty() {
                found.add("PRAGMA foreign_keys has no effect in a transaction, and no message says so");
            } else if name == "synchronous" && !value.is_empty()
                || name == "journal_mode" && value.eq_ignore_ascii_case("wal")
            {
                found.add(format!("PRAGMA {name} fails in a transaction"));
            }
        }
        DdlStatement::Maintain { verb: "VACUUM", .. } => {
            found.add("VACUUM fails in a transaction");
        }
        _ => {}
    }
}
