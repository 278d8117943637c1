//! Literals of SQLite.

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

/// Returns an expression for the literal of a column's value. `quote` keeps the type and every bit of a number
/// (<https://www.sqlite.org/lang_corefunc.html#quote>), but ends a text at U+0000.
pub(super) fn literal_expression(column: &str) -> String {
    format!(
        "CASE WHEN typeof({column}) = 'text' AND instr({column}, char(0)) THEN \
         'CAST(x''' || hex({column}) || ''' AS TEXT)' ELSE quote({column}) END"
    )
}
