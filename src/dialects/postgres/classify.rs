//! Kinds of PostgreSQL statements by their first tokens. Source: the manual, "SQL Commands".

use crate::sql::LeadingTokens;

pub(super) fn controls_transaction(leading: LeadingTokens<'_>) -> bool {
    let is_named = leading.starts_with(&["START", "PREPARE"]) && leading.is(1, &["TRANSACTION"]);
    is_named || leading.starts_with(&["BEGIN", "END", "ABORT"])
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
