//! Quoting of string literals in MySQL and MariaDB.

/// Returns `text` as a string literal, with the escapes of mysql_real_escape_string (MySQL's manual), so that the text
/// also passes through clients unchanged. The SQL mode `NO_BACKSLASH_ESCAPES` must be off, as it is by default.
pub(super) fn quote_literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '\0' => quoted.push_str("\\0"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\u{1a}' => quoted.push_str("\\Z"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}
