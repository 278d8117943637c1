//! Lexical rules of a dialect, as facts that the lexer reads once per text.

/// Lexical rules of a dialect. The defaults of its servers are assumed.
#[derive(Debug)]
pub struct Lexis {
    /// A backslash in a string literal escapes the next character. A server can have the opposite setting if
    /// [`Lexis::has_escapes_setting`] is set.
    pub has_backslash_escapes: bool,
    /// A setting of the server or the session turns backslash escapes on or off.
    pub has_escapes_setting: bool,
    /// `E'..'` is a string with backslash escapes.
    pub has_escape_strings: bool,
    /// `U&'..'` is a string and `U&".."` an identifier.
    pub has_unicode_literals: bool,
    /// `$tag$..$tag$` is a string.
    pub has_dollar_quotes: bool,
    /// `".."` is a string instead of an identifier.
    pub has_double_quoted_strings: bool,
    /// `` `..` `` is an identifier.
    pub has_backtick_identifiers: bool,
    /// `[..]` is an identifier.
    pub has_bracket_identifiers: bool,
    /// A word may start with `$`.
    pub starts_words_with_dollar: bool,
    /// `#` starts a line comment.
    pub has_hash_comments: bool,
    /// `--` starts a comment only before white space, a control character or the end of the text.
    pub needs_space_after_dashes: bool,
    /// A single carriage return ends a line comment.
    pub ends_lines_at_return: bool,
    /// Block comments can be nested.
    pub has_nested_comments: bool,
    /// Block comments that start with `/*!` or `/*M!` contain code.
    pub has_executable_comments: bool,
    /// A block comment that is not closed ends with the text.
    pub closes_comment_at_end: bool,
    /// Returns `true` if a backslash outside quotes before the byte `next` begins a command of a client program.
    pub is_command_backslash: fn(next: Option<u8>) -> bool,
    /// Returns the length of the operator at the start of a text that is not empty; at least 1.
    pub operator_length: fn(text: &[u8]) -> usize,
}

impl Lexis {
    /// Rules of the standard without extensions: `'..'` strings, `".."` identifiers, `--` and `/* */` comments, operators
    /// of one character.
    pub const STANDARD: Self = Self {
        has_backslash_escapes: false,
        has_escapes_setting: false,
        has_escape_strings: false,
        has_unicode_literals: false,
        has_dollar_quotes: false,
        has_double_quoted_strings: false,
        has_backtick_identifiers: false,
        has_bracket_identifiers: false,
        starts_words_with_dollar: false,
        has_hash_comments: false,
        needs_space_after_dashes: false,
        ends_lines_at_return: false,
        has_nested_comments: false,
        has_executable_comments: false,
        closes_comment_at_end: false,
        is_command_backslash: |_next| false,
        operator_length: |_text| 1,
    };
}

/// Returns the length of the first of `operators` that `text` starts with; 1 if there is none. Longer operators must
/// precede their own beginnings.
#[must_use]
pub fn listed_operator_length(text: &[u8], operators: &[&[u8]]) -> usize {
    operators.iter().find(|operator| text.starts_with(operator)).map_or(1, |operator| operator.len())
}
