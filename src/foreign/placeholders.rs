//! `${name}` of Flyway and of environments becomes a variable of a template; what a template would misread is kept from it.

use super::imported::Caution;
use super::script::Notes;

/// Which placeholders there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// None: only braces that a template would take for its own are kept.
    None,
    /// `${name}`.
    Flyway,
    /// `${NAME}`, `${NAME:-default}`, `$NAME`.
    Environment,
}

/// Whether there is a placeholder in the text.
pub(super) fn has_any(text: &str) -> bool {
    text.match_indices("${").any(|(at, _)| text.get(at + 2..).and_then(name).is_some())
}

/// The text with its placeholders as template variables.
pub(super) fn replaced(text: &str, style: Style, notes: &mut Notes<'_>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '{']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        result.push_str(before);
        let taken = match placeholder(from, style) {
            Some((name, default, length)) => {
                let variable = variable(name);
                let shown = from.get(..length).unwrap_or_default().to_owned();
                notes.add(Caution::Variable { name: shown, variable: variable.clone() });
                let default = default.map(|text| format!(" | default({})", quoted(text))).unwrap_or_default();
                result.push_str(&format!("{{{{ {variable}{default} }}}}"));
                length
            }
            None => braces(from, &mut result),
        };
        rest = from.get(taken..).unwrap_or_default();
    }
    result.push_str(rest);
    result
}

/// `x.name`, or `x["other.name"]`.
pub(super) fn variable(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let plain = first && characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { format!("x.{name}") } else { format!("x[{}]", quoted(name)) }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\u0027"))
}

/// The placeholder that `from` begins with: its name, its default, its length.
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
    // `$tag$` is a quote, not a variable.
    (!bare.get(end..).is_some_and(|rest| rest.starts_with('$'))).then_some((name, None, end + 1))
}

fn name(inside: &str) -> Option<&str> {
    inside.split_once('}').map(|(name, _)| name).filter(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':'))
}

/// Writes what stands at the beginning of `from` so that a template gives it back; how many bytes that is.
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
