//! Position of a key in a config file, found by indentation because the YAML library does not report it.

use crate::diagnostic::Span;
use crate::yaml::{self, YamlNode};

/// Spans of a key and of the value that follows it on the same line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeySpan {
    pub key: Span,
    pub value: Span,
}

/// Finds the key at the end of `path` (outermost key first). `occurrence` counts keys of that name from 0.
/// Flow mappings are searched for the word only. If the key is not found, both spans are empty at the start of the text
/// or those of the innermost parent that was found.
pub(super) fn find(text: &str, path: &[&str], occurrence: usize) -> KeySpan {
    let mut from = 0;
    let mut parent_indent = None;
    // A flow mapping starts on the line of its parent, and so do its keys.
    let mut after = 0;
    let mut found = KeySpan { key: Span::default(), value: Span::default() };
    for (depth, key) in path.iter().enumerate() {
        let wanted = if depth + 1 == path.len() { occurrence } else { 0 };
        let Some((place, indent, next)) = child(text, from, parent_indent, key, wanted) else {
            found = text.get(after..).and_then(|rest| word(rest, key)).map_or(found, |at| at_word(after + at, key));
            after = found.key.end;
            from = text.len();
            continue;
        };
        found = place;
        after = place.key.end;
        from = next;
        parent_indent = Some(indent);
    }
    found
}

/// Returns the path of the mapping that sets `key` for the service: its own, else the top of the file.
pub(super) fn key_path<'k>(text: &str, service: &'k str, key: &'k str) -> Option<Vec<&'k str>> {
    let node = yaml::parse(text).ok()?;
    let own = vec!["services", service, key];
    [own, vec![key]].into_iter().find(|path| node_at(&node, path).is_some())
}

fn node_at<'n>(node: &'n YamlNode, path: &[&str]) -> Option<&'n YamlNode> {
    path.iter().try_fold(node, |node, key| match node {
        YamlNode::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
        _ => None,
    })
}

fn at_word(start: usize, key: &str) -> KeySpan {
    let span = Span::new(start, start + key.len());
    KeySpan { key: span, value: span }
}

/// Returns the offset of the first `key` in `text` that is not part of a longer word.
fn word(text: &str, key: &str) -> Option<usize> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(key).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + key.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}

/// Finds the child `key` of the mapping that starts at `from`, indented deeper than its parent. Returns its spans, its
/// indentation, and the offset of the next line.
fn child(
    text: &str,
    from: usize,
    parent: Option<usize>,
    key: &str,
    occurrence: usize,
) -> Option<(KeySpan, usize, usize)> {
    let mut at = from;
    let mut indent = None;
    let mut seen = 0;
    for line in text.get(from..)?.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_start_matches(['\u{feff}', ' ']);
        let depth = line.len() - content.len();
        if content.trim().is_empty() || content.starts_with('#') {
            continue;
        }
        if parent.is_some_and(|parent| depth <= parent) {
            return None;
        }
        // The first line sets the indentation of the mapping; deeper lines are part of the value of another key.
        if depth != *indent.get_or_insert(depth) {
            continue;
        }
        if let Some(place) = key_at(content, start + depth, key) {
            if seen == occurrence {
                return Some((place, depth, at));
            }
            seen += 1;
        }
    }
    None
}

fn key_at(content: &str, offset: usize, key: &str) -> Option<KeySpan> {
    let quote = usize::from(content.starts_with(['"', '\'']));
    let rest = content.get(quote..)?.strip_prefix(key)?.trim_start_matches(['"', '\'', ' ']).strip_prefix(':')?;
    let value = rest.trim();
    let start = offset + quote;
    let key = Span::new(start, start + key.len());
    let value_start = offset + content.len() - rest.trim_start().len();
    let value = if value.is_empty() { key } else { Span::new(value_start, value_start + value.len()) };
    Some(KeySpan { key, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_below_their_own_parents() {
        let text = "# url: no\nservices:\n  a:\n    url: 1\n    b:\n  b:\n\n    'url': two # x\n    url: 3\n";
        assert_eq!(find(text, &["services", "b", "url"], 0).value.slice(text), "two # x");
        assert_eq!(find(text, &["services", "b", "url"], 1).value.slice(text), "3");
        assert_eq!(find(text, &["services", "a", "url"], 0).value.slice(text), "1");
        assert_eq!(find(text, &["services", "b"], 0).key.start, text.find("  b:\n\n").unwrap_or(0) + 2);
        assert_eq!(find("services: {a: {ur: 1}}", &["services", "a", "ur"], 0).key, Span::new(15, 17));
        assert_eq!(find("", &["x"], 0).key, Span::default());
    }
}
