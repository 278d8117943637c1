//! Conversion of `${name}` placeholders (Flyway, environment variables) to template variables, and escaping of text
//! that a template would interpret.

use super::imported::Caution;
use super::script::{Notes, SectionText};

/// Syntax of placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// No placeholders; only template syntax in the text is escaped.
    None,
    /// `${name}`.
    Flyway,
    /// `${NAME}`, `${NAME:-default}`, `$NAME`.
    Environment,
}

/// Returns `true` if the text contains a placeholder.
pub(super) fn has_any(text: &str) -> bool {
    text.match_indices("${").any(|(at, _)| text.get(at + 2..).and_then(name).is_some())
}

/// Replaces placeholders by template variables.
pub(super) fn replaced(text: &str, style: Style, notes: &mut Notes<'_>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '{']) {
        let (before, from) = rest.split_at(at);
        result.push_str(before);
        let taken = match placeholder(from, style) {
            Some((name, default, length)) => {
                let variable = variable(name);
                let shown = from[..length].to_owned();
                notes.add(Caution::Variable { name: shown, variable: variable.clone() });
                let default = default.map(|text| format!(" | default({})", quoted(text))).unwrap_or_default();
                result.push_str(&format!("{{{{ {variable}{default} }}}}"));
                length
            }
            None => braces(from, &mut result),
        };
        rest = &from[taken..];
    }
    result.push_str(rest);
    result
}

/// Escapes text so that the rendered template contains it unchanged.
#[must_use]
pub fn escaped(text: &str) -> String {
    replaced(text, Style::None, &mut Notes::new("", &mut Vec::new()))
}

/// Escapes the other sections of a revision if one of them is a template. Returns whether one is.
pub(super) fn together(sections: &mut [&mut SectionText]) -> bool {
    let any = sections.iter().any(|section| section.1);
    for section in sections.iter_mut().filter(|section| any && !section.1) {
        section.0 = escaped(&section.0);
    }
    any
}

/// Returns the template expression of a variable: `x.name` or `x["other.name"]`.
#[must_use]
pub fn variable(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let plain = first && characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { format!("x.{name}") } else { format!("x[{}]", quoted(name)) }
}

/// Quotes a string for a template. The template is split into SQL statements before it is rendered, so a single quote
/// is written as an escape sequence that does not end an SQL string around it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\u0027"))
}

/// Parses the placeholder at the start of `from`. Returns its name, default value and length in bytes.
fn placeholder(from: &str, style: Style) -> Option<(&str, Option<&str>, usize)> {
    if style == Style::None {
        return None;
    }
    if let Some(inside) = from.strip_prefix("${") {
        let end = inside.find('}')?;
        let content = inside.get(..end)?;
        let (name, default) = match (style, content.split_once(":-")) {
            (Style::Environment, Some((name, default))) => (name, Some(default)),
            _ => (content, None),
        };
        return is_name(name).then_some((name, default, end + 3));
    }
    let bare = from.strip_prefix('$').filter(|_| style == Style::Environment)?;
    let end = bare.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(bare.len());
    let name = bare.get(..end).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))?;
    // `$tag$` is a dollar quote, not a variable.
    (!bare.get(end..).is_some_and(|rest| rest.starts_with('$'))).then_some((name, None, end + 1))
}

fn name(inside: &str) -> Option<&str> {
    inside.split_once('}').map(|(name, _)| name).filter(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':'))
}

/// Appends the start of `from` such that the rendered template contains it unchanged. Returns the number of bytes
/// consumed.
fn braces(from: &str, result: &mut String) -> usize {
    let opens = ["{{", "{%", "{#"].into_iter().find(|open| from.starts_with(open));
    match opens {
        Some(open) => {
            result.push_str(&format!("{{{{ \"{open}\" }}}}"));
            open.len()
        }
        None => {
            result.extend(from.chars().next());
            from.chars().next().map_or(1, char::len_utf8)
        }
    }
}
