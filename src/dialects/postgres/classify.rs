//! Kinds of PostgreSQL statements by their first tokens. Source: the manual, "SQL Commands".

use crate::sql::{LeadingTokens, TransactionControl};

pub(super) fn controls_transaction(leading: LeadingTokens<'_>) -> bool {
    let is_named = leading.starts_with(&["START", "PREPARE"]) && leading.is(1, &["TRANSACTION"]);
    is_named || leading.starts_with(&["BEGIN", "END", "ABORT"])
}

/// Sources: the manual, "COMMIT", "ROLLBACK", "PREPARE TRANSACTION".
pub(super) fn transaction_control(words: &[&str]) -> TransactionControl {
    match words {
        ["COMMIT" | "ROLLBACK", "PREPARED", ..] => TransactionControl::Finish,
        ["PREPARE", ..] => TransactionControl::Detach,
        ["ABORT", ..] => TransactionControl::Rollback { chains: TransactionControl::has_chain(words) },
        _ => TransactionControl::standard(words),
    }
}

pub(super) fn is_setting(leading: LeadingTokens<'_>) -> bool {
    leading.starts_with(&["SET", "RESET"]) || (leading.starts_with(&["SELECT"]) && calls_set_config(leading))
}

fn calls_set_config(leading: LeadingTokens<'_>) -> bool {
    let is_qualified = leading.is(1, &["pg_catalog"]) && leading.is(2, &["."]);
    leading.is(if is_qualified { 3 } else { 1 }, &["set_config"])
}

pub(super) fn touches_rows(leading: LeadingTokens<'_>) -> bool {
    leading.starts_with(&["MERGE", "TABLE", "COPY", "SHOW"])
}
