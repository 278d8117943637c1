//! A finding as text and as JSON.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::state::LintedSection;
use crate::diagnostic::{Location, position};
use crate::lint::{Finding, Severity};
use crate::report::Excerpt;

/// Page that explains the rules.
pub const PAGE: &str = "docs/lint.md";

/// Finding with its place in a file.
pub struct ShownFinding {
    pub finding: Finding,
    pub location: Location,
}

/// Adds the place to a finding.
pub fn shown(finding: Finding, sections: &[LintedSection]) -> ShownFinding {
    let section = sections.iter().find(|section| section.text.id == finding.revision);
    let is_of_header = finding.span.is_empty();
    let location = match section {
        Some(section) if is_of_header => section.header(),
        Some(section) => section.locate(finding.span),
        None => Location { path: std::path::PathBuf::new(), text: String::new(), span: finding.span },
    };
    ShownFinding { finding, location }
}

impl ShownFinding {
    /// Address of the explanation of the rule.
    pub fn address(&self) -> String {
        format!("{PAGE}#{}", self.finding.rule)
    }

    /// The finding in one line: rule, place, text.
    pub fn in_one_line(&self) -> String {
        let [line, ..] = self.lines_and_columns();
        let path = self.location.path.display();
        format!("{} {path}:{line}: {}", self.finding.rule, self.finding.text)
    }

    /// Path of the file with `/` on every system, as the formats of other programs require it.
    pub fn portable_path(&self) -> String {
        let path = self.location.path.display().to_string().replace('\\', "/");
        path.strip_prefix("./").unwrap_or(&path).to_owned()
    }

    /// First and last line, and their columns, counted from 1.
    pub fn lines_and_columns(&self) -> [usize; 4] {
        let start = position(&self.location.text, self.location.span.start);
        let end = position(&self.location.text, self.location.span.end.max(self.location.span.start));
        [start.line, start.column, end.line, end.column]
    }

    /// Lines for a person, with carets.
    pub fn lines(&self) -> Vec<String> {
        let finding = &self.finding;
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Info => Level::INFO,
        };
        let first_line = Location { span: first_line(&self.location), ..self.location.clone() };
        let excerpt = Excerpt::new(&first_line);
        let annotation = AnnotationKind::Primary.span(excerpt.span.range());
        let snippet = Snippet::source(excerpt.text).path(excerpt.path).line_start(excerpt.line).annotation(annotation);
        let mut group = Group::with_title(level.primary_title(finding.text.as_str()).id(finding.rule.as_str()));
        group = group.element(snippet);
        let notes: Vec<String> = finding.notes.clone();
        for note in &notes {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        let what = if finding.safe.starts_with("-- @") { "add to the revision" } else { "write instead" };
        let safe = format!("{what}:\n{}", finding.safe);
        if !finding.safe.is_empty() {
            group = group.element(Level::HELP.message(safe.as_str()));
        }
        let renderer = if console::colors_enabled() { Renderer::styled() } else { Renderer::plain() };
        let mut lines: Vec<String> = renderer.render(&[group]).lines().map(str::to_owned).collect();
        lines.push(String::new());
        lines
    }

    /// Document for `--json`.
    pub fn document(&self) -> Value {
        let [line, column, end_line, end_column] = self.lines_and_columns();
        let finding = &self.finding;
        json!({
            "rule": finding.rule,
            "severity": finding.severity.name(),
            "revision": finding.revision.as_str(),
            "path": self.location.path.display().to_string(),
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
            "object": finding.object.as_ref().map(ToString::to_string),
            "text": finding.text,
            "notes": finding.notes,
            "safe": finding.safe,
            "page": self.address(),
        })
    }
}

/// The part of the span on its first line: a long statement is not printed whole.
fn first_line(location: &Location) -> crate::diagnostic::Span {
    let span = location.span;
    let text = location.text.get(span.range()).unwrap_or_default();
    let end = text.find('\n').map_or(span.end, |end| span.start + text[..end].trim_end().len());
    crate::diagnostic::Span::new(span.start, end)
}
