//! Search for `{% include "path.sql" %}` in the text of a template. Comments and raw parts are skipped; a path that is
//! not a text in quotes is left to the template engine, which has no such file.

use crate::diagnostic::Span;

use super::template::Newlines;

/// Tag that includes a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagInclusion {
    /// Replaced bytes.
    pub replaced: Span,
    /// Bytes of the path.
    pub path: Span,
    /// Text before the file's.
    pub before: &'static str,
    /// Text after the file's.
    pub after: &'static str,
}

/// Returns the tags in a part of a text, in order.
pub(super) fn inclusions_of_tags(text: &str, span: Span, newlines: Newlines) -> Vec<TagInclusion> {
    let mut found = Vec::new();
    let mut at = span.start;
    let text = &text[..span.end];
    while let Some((start, close)) = next_opening(text, at) {
        let Some(end) = text[start..].find(close).map(|end| start + end + close.len()) else { break };
        at = end;
        if close != "%}" {
            continue;
        }
        let inner = Span::new(start + 2, end - 2);
        match words(inner.slice(text)).trim_start() {
            "raw" => at = end_of_raw(text, end),
            rest if rest.starts_with("include") => found.extend(inclusion(text, Span::new(start, end), newlines)),
            _ => {}
        }
    }
    found
}

/// Returns the next tag, expression or comment, and what closes it.
fn next_opening(text: &str, from: usize) -> Option<(usize, &'static str)> {
    let mut at = from;
    loop {
        let start = at + text.get(at..)?.find('{')?;
        match text.as_bytes().get(start + 1) {
            Some(b'%') => return Some((start, "%}")),
            Some(b'{') => return Some((start, "}}")),
            Some(b'#') => return Some((start, "#}")),
            _ => at = start + 1,
        }
    }
}

/// Removes the signs that control white space from a tag's content.
fn words(inner: &str) -> &str {
    inner.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']).trim()
}

fn end_of_raw(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("{%")).map(|start| at + start) {
        let Some(end) = text[start..].find("%}").map(|end| start + end) else { break };
        if words(&text[start + 2..end]) == "endraw" {
            return end + 2;
        }
        at = start + 2;
    }
    text.len()
}

fn inclusion(text: &str, tag: Span, newlines: Newlines) -> Option<TagInclusion> {
    let whole = tag.slice(text);
    let inner = whole.strip_prefix("{%")?.strip_suffix("%}")?;
    let quoted = words(inner).strip_prefix("include")?.trim();
    let quote = quoted.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let path = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    if path.contains(quote) || path.contains('\\') {
        return None;
    }
    let start = tag.start + whole.find(quoted)? + quote.len_utf8();
    // A comment trims what the tag would have trimmed.
    let before = if inner.starts_with('-') { "{#- #}" } else { "" };
    let after = if inner.ends_with('-') { "{# -#}" } else { "" };
    let mut replaced = tag;
    if newlines == Newlines::Trim {
        let line = text[..tag.start].rfind('\n').map_or(0, |newline| newline + 1);
        if text[line..tag.start].trim().is_empty() {
            replaced.start = line;
        }
        let rest = &text[tag.end..];
        replaced.end += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    }
    Some(TagInclusion { replaced, path: Span::new(start, start + path.len()), before, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<&str> {
        let found = inclusions_of_tags(text, Span::new(0, text.len()), Newlines::Keep);
        found.iter().map(|tag| tag.path.slice(text)).collect()
    }

    #[test]
    fn tags_are_found_outside_of_comments_and_raw_parts() {
        assert_eq!(paths("{% include \"a.sql\" %} x {%- include 'b c.sql' -%}"), ["a.sql", "b c.sql"]);
        assert_eq!(paths("{# {% include \"a.sql\" %} #}{{ '{' }}{% include \"b.sql\" %}"), ["b.sql"]);
        let raw = "{% raw %}{% include \"a.sql\" %}{% endraw %}{% include \"b.sql\" %}";
        assert_eq!(paths(raw), ["b.sql"]);
        for text in
            ["{% include name %}", "{% include ['a', 'b'] %}", "{% include \"a\" ignore missing %}", "{% include \"a"]
        {
            assert!(paths(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_line_with_only_the_tag_disappears_where_templates_trim() {
        let text = "a\n  {% include \"b\" %}\nc";
        let found = inclusions_of_tags(text, Span::new(0, text.len()), Newlines::Trim);
        assert_eq!(found.iter().map(|tag| tag.replaced.slice(text)).collect::<Vec<_>>(), ["  {% include \"b\" %}\n"]);
    }
}
