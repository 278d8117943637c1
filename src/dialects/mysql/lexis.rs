//! Lexical rules of MySQL and MariaDB. Sources: MySQL's manual, "Language Structure" and "Comments"; MariaDB's "Comment
//! Syntax".

use crate::sql::{Lexis, listed_operator_length};

/// Lexical rules with the default SQL mode: neither `ANSI_QUOTES` nor `NO_BACKSLASH_ESCAPES`.
pub(super) static LEXIS: Lexis = Lexis {
    has_backslash_escapes: true,
    has_escapes_setting: true,
    has_double_quoted_strings: true,
    has_backtick_identifiers: true,
    starts_words_with_dollar: true,
    has_hash_comments: true,
    needs_space_after_dashes: true,
    has_executable_comments: true,
    // `\N` is NULL.
    is_command_backslash: |next| next != Some(b'N'),
    operator_length: |text| listed_operator_length(text, &OPERATORS),
    ..Lexis::STANDARD
};

const OPERATORS: [&[u8]; 13] =
    [b"<=>", b"->>", b"<<", b">>", b"<=", b">=", b"<>", b"!=", b":=", b"||", b"&&", b"->", b"\\N"];
