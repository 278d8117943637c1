//! Text of a section as it is executed, verbatim or rendered (`template: true`), and the mapping of its byte offsets
//! back to the file, so that errors of the server are reported at the line of the source.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use crate::diagnostic::Span;
use crate::sql::Dialect;

use super::lines::{Line, lines_from};
use super::template::{self, Newlines, TemplateError};
use super::{Revision, Section};

/// Variables that a section's template may use.
#[derive(Debug, Clone, Copy)]
pub struct BodyContext<'a> {
    /// Variable `dialect`: `postgresql`, `mysql` or `sqlite`.
    pub dialect: Dialect,
    /// Variable `service`: the name of the service.
    pub service: &'a str,
    /// Variable `schema`: the schema of the version table, if the config sets one.
    pub schema: Option<&'a str>,
    /// Variable `env`: the name of the environment, if one is selected.
    pub env: Option<&'a str>,
    /// Variable `x`: the `KEY=VALUE` pairs given by the user.
    pub x: &'a BTreeMap<String, String>,
}

impl BodyContext<'_> {
    fn value(&self) -> Value {
        let Self { service, schema, env, x, .. } = *self;
        context! { dialect => self.dialect.name(), service, schema, env, x }
    }
}

/// Section as it is executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Text to execute.
    pub text: String,
    source: TextSource,
}

/// Origin of the rendered text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TextSource {
    /// Verbatim part of the file, starting at this byte.
    File { start: usize },
    /// Rendered template: the section's text, its offset in the file, and the start of each line that could be traced,
    /// as pairs (byte of the rendered text, byte of the section) in ascending order of the first.
    Template { body: String, start: usize, lines: Vec<(usize, usize)> },
}

/// Returns the text of `section` as it is executed; `None` if the file has no such section.
///
/// # Errors
/// [`TemplateError`], with a span of the file, if the section is a template that cannot be rendered.
pub fn render_section(
    revision: &Revision,
    section: Section,
    context: &BodyContext<'_>,
) -> Result<Option<Rendered>, TemplateError> {
    let Some(span) = revision.section(section) else { return Ok(None) };
    let body = span.slice(&revision.text);
    if !revision.header.template {
        return Ok(Some(Rendered { text: body.to_owned(), source: TextSource::File { start: span.start } }));
    }
    let value = context.value();
    let text = template::render(body, &value, Newlines::Keep).map_err(|error| error.shifted(span.start))?;
    let lines = marked_lines(body, &value, &text);
    let source = TextSource::Template { body: body.to_owned(), start: span.start, lines };
    Ok(Some(Rendered { text, source }))
}

impl Rendered {
    /// Wraps a text that is not part of a revision file; spans refer to the text itself.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self { text: text.to_owned(), source: TextSource::File { start: 0 } }
    }

    /// Returns `true` if the text is a verbatim part of the file.
    #[must_use]
    pub const fn is_as_written(&self) -> bool {
        matches!(self.source, TextSource::File { .. })
    }

    /// Maps a span of [`Rendered::text`] to the file. The result is exact if the line was copied verbatim; otherwise it
    /// is the source line with its tags; if the line is unknown, it is the first line of the section.
    #[must_use]
    pub fn in_file(&self, span: Span) -> Span {
        let TextSource::Template { body, start, lines } = &self.source else {
            let TextSource::File { start } = self.source else { return span };
            return span.shifted(start);
        };
        let first = self.locate(span.start, span.start, body, lines);
        let last = self.locate(span.end.saturating_sub(1).max(span.start), span.end, body, lines);
        let start_at = first.start;
        // The end may come from an earlier line than the start (in a loop or a macro); then only the start is reported.
        let end = if span.is_empty() {
            start_at
        } else if last.end < start_at {
            first.end
        } else {
            last.end
        };
        Span::new(start_at, end).shifted(*start)
    }

    /// Maps `offset` to the section, using the source line of byte `within`. Returns an empty span at the exact byte,
    /// or the whole line if rendering changed it.
    fn locate(&self, within: usize, offset: usize, body: &str, lines: &[(usize, usize)]) -> Span {
        let index = lines.partition_point(|(rendered, _)| *rendered <= within).checked_sub(1);
        let Some((rendered, source)) = index.and_then(|index| lines.get(index)) else { return first_line(body) };
        let Some(line) = lines_from(body, *source).next() else { return first_line(body) };
        let column = offset.saturating_sub(*rendered);
        let same = self.text.get(*rendered..).is_some_and(|rest| rest.starts_with(line.text));
        if same && column <= line.text.len() {
            return Span::new(source + column, source + column);
        }
        let blanks = line.text.len() - line.text.trim_start().len();
        Span::new(source + blanks, source + line.text.trim_end().len().max(blanks))
    }
}

fn first_line(body: &str) -> Span {
    lines_from(body, 0).find(|line| !line.is_blank()).map_or(Span::new(0, 0), |line| line.span())
}

/// Delimiters of a line mark: `MARKS[0]`, the byte offset of the template line in decimal, `MARKS[1]`. The characters
/// are from the private use planes (Unicode 23.5), which do not occur in SQL.
const MARKS: [char; 2] = ['\u{10fff0}', '\u{10fff1}'];

/// Maps lines of the rendered text to lines of the template, by rendering it a second time with a mark at the start of
/// each line. Returns an empty list if the marks change the output (for example inside `{% filter length %}`).
fn marked_lines(body: &str, context: &Value, text: &str) -> Vec<(usize, usize)> {
    if body.contains(MARKS) || text.contains(MARKS) {
        return Vec::new();
    }
    let Ok(marked) = template::render(&marked(body), context, Newlines::Keep) else { return Vec::new() };
    let (clean, lines) = without_marks(&marked);
    if clean == text { lines } else { Vec::new() }
}

fn marked(body: &str) -> String {
    let mut marked = String::with_capacity(body.len() * 2);
    let mut closing = None;
    let mut trims_next = false;
    for line in lines_from(body, 0) {
        // A mark must not interrupt white space that a tag trims: so there is none after `-%}`, on an empty line, on a
        // line that starts with a tag, or inside a multi-line tag.
        let trimmed = line.text.trim_start();
        if closing.is_none()
            && !trims_next
            && !trimmed.is_empty()
            && !trimmed.starts_with("{%")
            && !trimmed.starts_with("{#")
        {
            let [open, close] = MARKS;
            marked.push(open);
            marked.push_str(&line.start.to_string());
            marked.push(close);
        }
        marked.push_str(Span::new(line.start, line.next).slice(body));
        closing = open_tag(&line, closing);
        trims_next = ["-%}", "-}}", "-#}"].iter().any(|tag| line.text.trim_end().ends_with(tag))
            || (trims_next && trimmed.is_empty());
    }
    marked
}

/// Returns the delimiter that closes the tag still open at the end of `line`, or `None` if none is open. `closing` is
/// the same for the previous line.
fn open_tag(line: &Line<'_>, closing: Option<&'static str>) -> Option<&'static str> {
    let mut closing = closing;
    let mut rest = line.text;
    loop {
        rest = match closing {
            Some(close) => {
                let Some((_, after)) = rest.split_once(close) else { return closing };
                closing = None;
                after
            }
            None => {
                let at = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min();
                let opened = at.and_then(|at| rest.get(at..))?;
                closing = Some(if opened.starts_with("{{") {
                    "}}"
                } else if opened.starts_with("{%") {
                    "%}"
                } else {
                    "#}"
                });
                &opened[2..]
            }
        };
    }
}

fn without_marks(marked: &str) -> (String, Vec<(usize, usize)>) {
    let [open, close] = MARKS;
    let mut parts = marked.split(open);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    let mut lines = Vec::new();
    for part in parts {
        let Some((number, text)) = part.split_once(close) else { return (clean, Vec::new()) };
        lines.extend(number.parse().ok().map(|source| (clean.len(), source)));
        clean.push_str(text);
    }
    (clean, lines)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
-- revision: a
-- template: true

-- @upgrade
{% if dialect == 'sqlite' %}
CREATE TABLE t (
  id INTEGER
);
{% else %}
CREATE TABLE t (
  id BIGINT
);
{% endif %}
{% for name in ['a', 'b'] %}
INSERT INTO t VALUES ('{{ name }}', ß);
{% endfor %}
SELECT {{ 1
  + 1 }}, oops;
";

    fn rendered(text: &str, dialect: Dialect) -> Result<Rendered, TemplateError> {
        let x = BTreeMap::from([("tenant".to_owned(), "acme".to_owned())]);
        let context = BodyContext { dialect, service: "auth", schema: None, env: Some("test"), x: &x };
        render_section(&Revision::parse(text).unwrap(), Section::Upgrade, &context).map(Option::unwrap)
    }

    #[track_caller]
    fn located<'t>(rendered: &Rendered, text: &'t str, part: &str) -> (&'t str, usize) {
        let at = rendered.text.find(part).unwrap();
        let span = rendered.in_file(Span::new(at, at + part.len()));
        (span.slice(text), crate::diagnostic::position(text, span.start).line)
    }

    #[test]
    fn a_section_that_is_no_template_is_itself() {
        let text = "-- revision: a\n-- @upgrade\nSELECT '{{ x }}';\r\n\n";
        let rendered = rendered(text, Dialect::SQLITE).unwrap();
        assert_eq!(rendered.text, "SELECT '{{ x }}';\r\n\n");
        assert_eq!(located(&rendered, text, "{{ x }}"), ("{{ x }}", 3));
    }

    #[test]
    fn bytes_of_the_text_are_found_in_the_branch_that_was_taken() {
        let sqlite = rendered(TEMPLATE, Dialect::SQLITE).unwrap();
        assert!(sqlite.text.starts_with("\nCREATE TABLE t (\n  id INTEGER\n);\n\n\nINSERT"), "{}", sqlite.text);
        assert_eq!(located(&sqlite, TEMPLATE, "TABLE t"), ("TABLE t", 6));
        let postgres = rendered(TEMPLATE, Dialect::POSTGRES).unwrap();
        assert_eq!(located(&postgres, TEMPLATE, "TABLE t"), ("TABLE t", 10));
        assert_eq!(located(&postgres, TEMPLATE, "CREATE TABLE t (\n  id"), ("CREATE TABLE t (\n  id", 10));
        assert_eq!(located(&postgres, TEMPLATE, "'b'"), ("INSERT INTO t VALUES ('{{ name }}', ß);", 15));
        assert_eq!(located(&postgres, TEMPLATE, "oops").1, 17);
    }

    #[test]
    fn a_template_that_marks_would_change_is_still_rendered_right() {
        let text = "-- revision: a\n-- template: true\n-- @upgrade\n\n{% filter length %}\nabc\n{% endfilter %}\n";
        let rendered = rendered(text, Dialect::SQLITE).unwrap();
        assert_eq!(rendered.text, "\n5\n");
        assert_eq!(located(&rendered, text, "5"), ("{% filter length %}", 5));
    }

    #[test]
    fn every_variable_is_there_and_an_unknown_one_is_an_error_with_its_line() {
        let all = "{{ dialect }} {{ service }} {{ env }} {{ x.tenant }}{% if schema %}!{% endif %}\n";
        let text = format!("-- revision: a\n-- template: true\n-- @upgrade\n{all}");
        assert_eq!(rendered(&text, Dialect::POSTGRES).unwrap().text, "postgresql auth test acme\n");
        let text = format!("{text}\nSELECT {{{{ x.tenat }}}};\n");
        let error = rendered(&text, Dialect::POSTGRES).unwrap_err();
        assert_eq!(crate::diagnostic::position(&text, error.span.start).line, 6);
        assert_eq!((error.span.slice(&text), error.unknown_variable.as_deref()), ("x.tenat", Some("x.tenat")));
    }
}
