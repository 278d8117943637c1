//! Fast path: headers with one `key: value` per line, where values are plain scalars, simple quoted ones, or flow lists
//! of both. Anything that YAML might interpret differently is left to the YAML parser; a property test checks that both
//! agree.

use std::borrow::Cow;

use crate::yaml::ScalarKind;

use super::fields::{Field, Raw, Scalar, key_line};
use super::{HeaderBlock, content};

/// Returns the fields of the header, or `None` if any line is not simple.
pub(super) fn fields<'t>(text: &'t str, block: &HeaderBlock) -> Option<Vec<Field<'t>>> {
    let mut fields = Vec::with_capacity(8);
    for line in block.lines(text) {
        let content = content(&line);
        if content.is_empty() {
            continue;
        }
        let offset = line.start + line.text.len() - content.len();
        let (key, key_span, value_span) = key_line(content, offset)?;
        let value = raw(value_span.slice(text))?;
        fields.push(Field { key, value, key_span, value_span });
    }
    // Without a field, the header is not a mapping; the YAML path reports that.
    (!fields.is_empty()).then_some(fields)
}

fn raw(value: &str) -> Option<Raw<'_>> {
    match value.strip_prefix('[') {
        Some(rest) => list(rest.strip_suffix(']')?).map(Raw::List),
        None => scalar(value, false).map(Raw::Scalar),
    }
}

fn list(inside: &str) -> Option<Vec<Scalar<'_>>> {
    if inside.trim_matches(' ').is_empty() {
        return Some(Vec::new());
    }
    inside.split(',').map(|item| scalar(item.trim_matches(' '), true).filter(|_| !item.trim().is_empty())).collect()
}

/// Parses a plain or simple quoted scalar. With `in_list`, characters that end a scalar in a flow list are rejected.
fn scalar(value: &str, in_list: bool) -> Option<Scalar<'_>> {
    for quote in ['\'', '"'] {
        if let Some(rest) = value.strip_prefix(quote) {
            return quoted(rest.strip_suffix(quote)?, quote, in_list);
        }
    }
    let simple = if in_list { is_plain_in_list(value) } else { is_plain(value) };
    simple.then(|| Scalar { text: Cow::Borrowed(value), kind: ScalarKind::of_plain(value) })
}

fn quoted(inside: &str, quote: char, in_list: bool) -> Option<Scalar<'_>> {
    let is_simple = |c| is_printable(c) && c != quote && c != '\\' && !(in_list && c == ',');
    inside.chars().all(is_simple).then_some(Scalar { text: Cow::Borrowed(inside), kind: ScalarKind::Text })
}

/// Returns `true` if YAML reads `value` inside a flow list as a plain scalar with exactly this text (YAML 1.2, section
/// 7.3.3).
pub(in crate::revision) fn is_plain_in_list(value: &str) -> bool {
    is_plain(value) && !value.contains([',', '[', ']', '{', '}', '?'])
}

/// Returns `true` if YAML reads `value` after a key as a plain scalar with exactly this text. Returns `false` in cases
/// of doubt.
pub(in crate::revision) fn is_plain(value: &str) -> bool {
    let first_is_safe =
        value.chars().next().is_none_or(|c| c.is_alphanumeric() || matches!(c, '_' | '/' | '(' | '~' | '.' | '$'));
    first_is_safe
        && value.chars().all(is_printable)
        && !value.ends_with([':', ' '])
        && !value.contains(": ")
        && !value.contains(" #")
        && !value.starts_with("...")
}

/// Returns `true` for characters that YAML accepts unescaped (YAML 1.2, section 5.1), except for a few doubtful ones.
pub(in crate::revision) fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\u{a0}'..='\u{d7ff}' => !matches!(c, '\u{2028}' | '\u{2029}'),
        '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => true,
        _ => false,
    }
}
