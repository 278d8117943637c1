//! Slow path: parses the header as YAML, if the scanner does not accept it, and produces its error messages.

use std::borrow::Cow;

use crate::diagnostic::{Span, nearest};
use crate::yaml::{YamlError, YamlNode};

use super::super::error::RevisionError;
use super::super::render::double_quoted;
use super::fields::{Field, HeaderKey, Raw, Scalar, key_line};
use super::{HeaderBlock, content};

/// Parses the fields of the header as YAML.
pub(super) fn fields<'t>(text: &'t str, block: &HeaderBlock) -> Result<Vec<Field<'t>>, RevisionError> {
    let mut yaml = String::with_capacity(block.span.end - block.span.start);
    for line in block.lines(text) {
        yaml.push_str(content(&line));
        yaml.push('\n');
    }
    let node = crate::yaml::parse(&yaml).map_err(|error| yaml_error(text, block, error))?;
    let YamlNode::Map(entries) = node else { return Err(RevisionError::NotAMapping { span: block.first_line }) };
    let mut places = Places::new(text, block);
    entries.into_iter().map(|(name, value)| field(&name, value, &mut places)).collect()
}

fn field<'t>(name: &str, value: YamlNode, places: &mut Places<'_>) -> Result<Field<'t>, RevisionError> {
    let (key_span, value_span) = places.find(name);
    let Some(key) = HeaderKey::named(name) else {
        let nearest = nearest(name, HeaderKey::ALL.map(HeaderKey::name));
        return Err(RevisionError::UnknownKey { span: key_span, key: name.to_owned(), nearest });
    };
    Ok(Field { key, value: raw(value), key_span, value_span })
}

fn raw<'t>(node: YamlNode) -> Raw<'t> {
    match node {
        YamlNode::Scalar { text, kind } => Raw::Scalar(Scalar { text: Cow::Owned(text), kind }),
        YamlNode::List(items) => items.into_iter().map(item).collect::<Option<_>>().map_or(Raw::Other, Raw::List),
        YamlNode::Map(_) => Raw::Other,
    }
}

fn item<'t>(node: YamlNode) -> Option<Scalar<'t>> {
    match node {
        YamlNode::Scalar { text, kind } => Some(Scalar { text: Cow::Owned(text), kind }),
        _ => None,
    }
}

/// Positions of keys, found by searching for them: the YAML library does not report positions of map keys. In practice
/// every key is at the start of a line.
struct Places<'t> {
    /// Content and offset of each line that is not assigned to a key yet.
    lines: Vec<(&'t str, usize)>,
    whole: Span,
}

impl<'t> Places<'t> {
    fn new(text: &'t str, block: &HeaderBlock) -> Self {
        let lines = block.lines(text).map(|line| {
            let content = content(&line);
            (content, line.start + line.text.len() - content.len())
        });
        Self { lines: lines.collect(), whole: block.first_line }
    }

    /// Spans of a key and of its value on the same line; the first line of the header if the key is not found.
    fn find(&mut self, name: &str) -> (Span, Span) {
        let found = self.lines.iter().enumerate().find_map(|(index, (content, offset))| {
            let start = content.find(|c: char| !matches!(c, ' ' | '"' | '\''))?;
            let rest =
                content.get(start..)?.strip_prefix(name)?.trim_start_matches(['"', '\'', ' ']).strip_prefix(':')?;
            let value = rest.trim();
            let end = offset + content.trim_end().len();
            let key = Span::new(offset + start, offset + start + name.len());
            Some((index, key, if value.is_empty() { key } else { Span::new(end - value.len(), end) }))
        });
        found.map_or((self.whole, self.whole), |(index, key, value)| {
            self.lines.remove(index);
            (key, value)
        })
    }
}

fn yaml_error(text: &str, block: &HeaderBlock, error: YamlError) -> RevisionError {
    let lines: Vec<_> = block.lines(text).collect();
    if let Some(error) = lines.iter().find_map(|line| needs_quotes(text, line)) {
        return error;
    }
    let span = error.place.and_then(|(row, column)| {
        // The extracted YAML has exactly one line for each header line, so the row needs no conversion.
        let line = lines.get(row).or(lines.last())?;
        let content = content(line);
        let start = content.char_indices().nth(column).map_or(content.len(), |(at, _)| at);
        let offset = line.start + line.text.len() - content.len();
        Some(Span::new(offset + start, offset + content.len()))
    });
    RevisionError::Yaml { span: span.unwrap_or(block.first_line), message: error.message }
}

/// Detects a line that is invalid YAML because its value is not quoted: `message: fix: the thing`.
fn needs_quotes(text: &str, line: &super::Line<'_>) -> Option<RevisionError> {
    let content = content(line);
    let (key, _, span) = key_line(content, line.start + line.text.len() - content.len())?;
    let value = span.slice(text);
    let first = value.chars().next()?;
    let special = matches!(first, '@' | '`' | '%' | '*' | '&' | '!');
    let colon = !matches!(first, '"' | '\'' | '[' | '{') && (value.contains(": ") || value.ends_with(':'));
    (special || colon).then(|| RevisionError::NeedsQuotes { span, key: key.name(), quoted: double_quoted(value) })
}
