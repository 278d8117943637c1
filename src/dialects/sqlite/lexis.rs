//! Lexical rules of SQLite. Source: tokenize.c.

use crate::sql::{Lexis, listed_operator_length};

/// Lexical rules; no setting changes them.
pub(super) static LEXIS: Lexis = Lexis {
    has_backslash_escapes: false,
    has_escapes_setting: false,
    has_escape_strings: false,
    has_unicode_literals: false,
    has_dollar_quotes: false,
    has_double_quoted_strings: false,
    has_backtick_identifiers: true,
    has_bracket_identifiers: true,
    starts_words_with_dollar: false,
    has_hash_comments: false,
    needs_space_after_dashes: false,
    ends_lines_at_return: false,
    has_nested_comments: false,
    has_executable_comments: false,
    closes_comment_at_end: true,
    is_command_backslash: |_next| false,
    operator_length: |text| listed_operator_length(text, &OPERATORS),
};

const OPERATORS: [&[u8]; 10] = [b"->>", b"<<", b">>", b"<=", b">=", b"<>", b"!=", b"==", b"||", b"->"];
