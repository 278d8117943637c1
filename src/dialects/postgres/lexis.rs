//! Lexical rules of PostgreSQL. Sources: the manual's "Lexical Structure", and its scan.l.

use crate::sql::Lexis;

/// Lexical rules with the default `standard_conforming_strings = on`.
pub(super) static LEXIS: Lexis = Lexis {
    has_escapes_setting: true,
    has_escape_strings: true,
    has_unicode_literals: true,
    has_dollar_quotes: true,
    ends_lines_at_return: true,
    has_nested_comments: true,
    is_command_backslash: |_next| true,
    operator_length,
    ..Lexis::STANDARD
};

/// Returns the length of an operator (manual, "Lexical Structure: Operators"): the longest run of operator characters,
/// cut before a comment. An operator of several characters may end with `+` or `-` only if it contains one of
/// `` ~ ! @ # % ^ & | ` ? ``.
fn operator_length(text: &[u8]) -> usize {
    if text.starts_with(b"::") || text.starts_with(b":=") {
        return 2;
    }
    let mut length = 0;
    while text.get(length).is_some_and(|byte| is_operator_character(*byte)) {
        let here = &text[length..];
        if length > 0 && (here.starts_with(b"--") || here.starts_with(b"/*")) {
            break;
        }
        length += 1;
    }
    let run = &text[..length];
    if run.iter().any(|byte| b"~!@#%^&|`?".contains(byte)) {
        return length.max(1);
    }
    let signs = run.iter().rev().take_while(|byte| matches!(byte, b'+' | b'-')).count();
    (length - signs).max(1)
}

const fn is_operator_character(byte: u8) -> bool {
    matches!(
        byte,
        b'~' | b'!'
            | b'@'
            | b'#'
            | b'^'
            | b'&'
            | b'|'
            | b'`'
            | b'?'
            | b'+'
            | b'-'
            | b'*'
            | b'/'
            | b'%'
            | b'<'
            | b'>'
            | b'='
    )
}
