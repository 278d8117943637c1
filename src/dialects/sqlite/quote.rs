//! Quoting of string literals in SQLite.

use crate::sql::enclosed;

/// Returns an expression whose value is `text`: a string literal, or a concatenation if the text contains U+0000, at
/// which SQLite ends the SQL text, so that `char(0)` has to represent it.
pub(super) fn quote_literal(text: &str) -> String {
    if !text.contains('\0') {
        return enclosed(text, '\'');
    }
    let parts: Vec<String> = text.split('\0').map(|part| enclosed(part, '\'')).collect();
    format!("({})", parts.join("||char(0)||"))
}
