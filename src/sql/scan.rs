//! Scanners for the ends of words, numbers, quotes, comments and operators. Each function takes the offset of the
//! construct (or of its content) and returns the offset after its end.

use super::Lexis;

const SPACE: u8 = 1;
const LETTER: u8 = 2;
const DIGIT: u8 = 4;
const DOLLAR: u8 = 8;

/// Character classes of each byte. All bytes of non-ASCII characters count as letters, as in all three databases.
const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut byte = 0_usize;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => SPACE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => LETTER,
            b'0'..=b'9' => DIGIT,
            b'$' => DOLLAR,
            _ => 0,
        };
        byte += 1;
    }
    table
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|found| found & class != 0)
}

/// Returns `true` if `byte` is white space in SQL.
pub(super) fn is_space(byte: u8) -> bool {
    is(byte, SPACE)
}

/// Returns `true` if a word may start with `byte`.
pub(super) fn is_word_start(byte: u8, lexis: &Lexis) -> bool {
    is(byte, LETTER) || (byte == b'$' && lexis.starts_words_with_dollar)
}

/// Returns `true` if `byte` may be part of a word after its start.
pub(super) fn is_word_part(byte: u8) -> bool {
    is(byte, LETTER | DIGIT | DOLLAR)
}

/// End of the run of bytes of `class` at `start`.
fn run_end(bytes: &[u8], start: usize, class: u8) -> usize {
    let rest = &bytes[start..];
    start + rest.iter().position(|byte| !is(*byte, class)).unwrap_or(rest.len())
}

/// End of the white space at `start`.
pub(super) fn space_end(bytes: &[u8], start: usize) -> usize {
    run_end(bytes, start, SPACE)
}

/// End of the word at `start`.
pub fn word_end(bytes: &[u8], start: usize) -> usize {
    run_end(bytes, start, LETTER | DIGIT | DOLLAR)
}

/// End of the number at `start`: digits, letters (`0x1F`, and MySQL's identifiers that start with a digit), dots, and a
/// signed exponent. It stops at a `$` that may open a dollar quote.
pub(super) fn number_end(bytes: &[u8], start: usize, lexis: &Lexis) -> usize {
    let class = if lexis.has_dollar_quotes { LETTER | DIGIT } else { LETTER | DIGIT | DOLLAR };
    let mut end = run_end(bytes, start, class);
    while bytes.get(end) == Some(&b'.') {
        end = run_end(bytes, end + 1, class);
    }
    // `1e-5`: the run ended at the sign. In `0x1e-5`, the sign is an operator.
    let signed = matches!(bytes.get(end), Some(b'+' | b'-')) && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    let exponent = bytes.get(start..end).is_some_and(|text| text.ends_with(b"e") || text.ends_with(b"E"));
    let hexadecimal = matches!(bytes.get(start + 1), Some(b'x' | b'X'));
    if signed && exponent && !hexadecimal { run_end(bytes, end + 1, DIGIT) } else { end }
}

/// End of the digits at `start`.
pub(super) fn digits_end(bytes: &[u8], start: usize) -> usize {
    run_end(bytes, start, DIGIT)
}

/// End of a quoted literal or identifier whose content starts at `content`, where a doubled quote is an escaped one.
/// `None` if it is not closed.
pub(super) fn doubled_quote_end(text: &str, content: usize, quote: char) -> Option<usize> {
    let mut position = content;
    loop {
        position += text.get(position..)?.find(quote)? + 1;
        if !text.get(position..)?.starts_with(quote) {
            return Some(position);
        }
        position += 1;
    }
}

/// Like [`doubled_quote_end`], but a backslash escapes the next byte as well.
pub(super) fn escaped_quote_end(bytes: &[u8], content: usize, quote: u8) -> Option<usize> {
    let mut position = content;
    loop {
        position += bytes.get(position..)?.iter().position(|byte| *byte == quote || *byte == b'\\')?;
        let doubled = bytes.get(position + 1) == Some(&quote);
        match bytes.get(position) {
            Some(b'\\') => position += 2,
            _ if doubled => position += 2,
            _ => return Some(position + 1),
        }
    }
}

/// End of an `E'...'` whose content starts at `content`, including segments that continue it after white space with a
/// newline: backslash escapes apply to those, too (PostgreSQL's scan.l, `quotecontinue`).
pub(super) fn escape_string_end(bytes: &[u8], content: usize, lexis: &Lexis) -> Option<usize> {
    let mut end = escaped_quote_end(bytes, content, b'\'')?;
    loop {
        let next = continuation(bytes, end, lexis);
        match next {
            Some(segment) => end = escaped_quote_end(bytes, segment, b'\'')?,
            None => return Some(end),
        }
    }
}

/// Start of the content of a continuation segment, if only white space with a newline and `--` comments precede it.
fn continuation(bytes: &[u8], after: usize, lexis: &Lexis) -> Option<usize> {
    let mut position = space_end(bytes, after);
    while bytes.get(position..)?.starts_with(b"--") {
        position = space_end(bytes, line_end(bytes, position, lexis));
    }
    let between = bytes.get(after..position)?;
    let continued = bytes.get(position) == Some(&b'\'') && between.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    continued.then_some(position + 1)
}

/// End of the line at `start`, before its terminator.
pub(super) fn line_end(bytes: &[u8], start: usize, lexis: &Lexis) -> usize {
    let rest = &bytes[start..];
    let returns = lexis.ends_lines_at_return;
    let found = rest.iter().position(|byte| *byte == b'\n' || (returns && *byte == b'\r'));
    start + found.unwrap_or(rest.len())
}

/// End of the opening tag of a dollar quote at `start` (`$$`, `$body$`); `None` if it is not one.
pub(super) fn dollar_tag_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start + 1).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let end = run_end(bytes, start + 1, LETTER | DIGIT);
    (bytes.get(end) == Some(&b'$')).then_some(end + 1)
}

/// End of a block comment whose content starts at `content`, in which comments can be `nested`.
pub(super) fn block_comment_end(text: &str, content: usize, nested: bool) -> Option<usize> {
    if !nested {
        return Some(content + text.get(content..)?.find("*/")? + 2);
    }
    let bytes = text.as_bytes();
    let mut depth = 1_usize;
    let mut position = content;
    while depth > 0 {
        position += bytes.get(position..)?.iter().position(|byte| matches!(byte, b'*' | b'/'))?;
        match bytes.get(position..position + 2)? {
            b"*/" => (depth, position) = (depth - 1, position + 2),
            b"/*" => (depth, position) = (depth + 1, position + 2),
            _ => position += 1,
        }
    }
    Some(position)
}

/// End of the operator at `start`; it is at least one byte long.
pub(super) fn operator_end(bytes: &[u8], start: usize, lexis: &Lexis) -> usize {
    start + (lexis.operator_length)(&bytes[start..])
}
