//! Kinds of SQLite statements by their first tokens. Source: "SQL As Understood By SQLite".

use crate::sql::LeadingTokens;

pub(super) fn controls_transaction(leading: LeadingTokens<'_>) -> bool {
    leading.starts_with(&["BEGIN", "END"])
}

pub(super) fn is_setting(leading: LeadingTokens<'_>) -> bool {
    leading.starts_with(&["PRAGMA"])
}

pub(super) fn touches_rows(leading: LeadingTokens<'_>) -> bool {
    leading.starts_with(&["REPLACE"])
}
