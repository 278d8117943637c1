//! Lexical rules of SQLite. Source: tokenize.c.

use crate::sql::{Lexis, listed_operator_length};

/// Lexical rules; no setting changes them.
pub(super) static LEXIS: Lexis = Lexis {
    has_backtick_identifiers: true,
    has_bracket_identifiers: true,
    closes_comment_at_end: true,
    operator_length: |text| listed_operator_length(text, &OPERATORS),
    ..Lexis::STANDARD
};

const OPERATORS: [&[u8]; 10] = [b"->>", b"<<", b">>", b"<=", b">=", b"<>", b"!=", b"==", b"||", b"->"];
