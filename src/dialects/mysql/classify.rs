//! Kinds of MySQL and MariaDB statements by their first tokens. Source: MySQL's manual, "Statements That Cause an
//! Implicit Commit".

use crate::sql::{LeadingTokens, TransactionControl};

pub(super) fn controls_transaction(leading: LeadingTokens<'_>) -> bool {
    // `BEGIN NOT ATOMIC` is a compound statement (MariaDB).
    let opens = leading.starts_with(&["BEGIN"]) && !leading.is(1, &["NOT"]);
    opens || (leading.starts_with(&["START"]) && leading.is(1, &["TRANSACTION"])) || leading.starts_with(&["XA"])
}

/// Source: MySQL's manual, "XA Transaction SQL Statements".
pub(super) fn transaction_control(words: &[&str]) -> TransactionControl {
    match words {
        ["XA", "COMMIT" | "ROLLBACK", ..] => TransactionControl::Finish,
        ["XA", "START" | "BEGIN", ..] => TransactionControl::Begin,
        ["XA", ..] => TransactionControl::Continue,
        _ => TransactionControl::standard(words),
    }
}

pub(super) fn is_setting(leading: LeadingTokens<'_>) -> bool {
    (leading.starts_with(&["SET"]) && !sets_beyond_session(leading)) || leading.starts_with(&["USE"])
}

/// SET that sets no variable: SET PASSWORD and the like commit implicitly, and SET STATEMENT ... FOR is of the kind of
/// the statement after it.
fn sets_beyond_session(leading: LeadingTokens<'_>) -> bool {
    let is_default_role = leading.is(1, &["DEFAULT"]) && leading.is(2, &["ROLE"]);
    is_default_role || leading.is(1, &["PASSWORD", "STATEMENT", "RESOURCE"])
}

pub(super) fn touches_rows(leading: LeadingTokens<'_>) -> bool {
    let loads = leading.starts_with(&["LOAD"]) && leading.is(1, &["DATA", "XML"]);
    loads || leading.starts_with(&["REPLACE", "TABLE", "SHOW", "DESCRIBE", "DESC", "DO"])
}
