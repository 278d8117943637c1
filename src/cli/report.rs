//! Failures of commands: the report of an error with what the command line adds to it, as text and as JSON.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Map, Value, json};

use super::secrets::document_without_secrets;
use crate::diagnostic::Location;
use crate::error_code::ErrorCode;
use crate::report::{ErrorReport, Excerpt};

/// Failure of a command, as it is shown to the user.
#[derive(Debug)]
pub struct CommandError {
    /// Failure, its place, and what to do.
    pub report: ErrorReport,
    /// The command line was wrong: exit status 2 instead of 1.
    pub usage: bool,
    /// Documents of the steps applied before the failure, one per service.
    pub services: Vec<Value>,
    /// Text for stdout without `--json`, in spite of the failure: the results of other services.
    pub text: String,
}

impl<E> From<E> for CommandError
where
    ErrorReport: From<E>,
{
    fn from(error: E) -> Self {
        Self { report: error.into(), usage: false, services: Vec::new(), text: String::new() }
    }
}

impl CommandError {
    /// Creates a report with a code and a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        ErrorReport::new(code, message).into()
    }

    /// Creates a report of a wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { usage: true, ..Self::new(ErrorCode::Usage, message) }
    }

    fn map(self, change: impl FnOnce(ErrorReport) -> ErrorReport) -> Self {
        Self { report: change(self.report), ..self }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.map(|report| report.hint(hint))
    }

    /// Adds hints.
    #[must_use]
    pub fn hints(self, hints: impl IntoIterator<Item = String>) -> Self {
        self.map(|report| report.hints(hints))
    }

    /// Adds a note.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        self.map(|report| report.note(note))
    }

    /// Sets the service, unless it is set already.
    #[must_use]
    pub fn of_service(self, service: &str) -> Self {
        self.map(|report| report.of_service(service))
    }

    /// Sets the revision that the report is about.
    #[must_use]
    pub fn of_revision(self, revision: impl ToString) -> Self {
        self.map(|report| report.of_revision(revision))
    }

    /// Exit status: 2 for a wrong command line, otherwise 1.
    pub fn exit_code(&self) -> u8 {
        if self.usage { 2 } else { 1 }
    }

    /// Document for `--json`.
    pub fn json(&self) -> Value {
        let mut error = Value::Object(document(&self.report));
        document_without_secrets(&mut error);
        json!({ "error": error, "services": self.services })
    }

    /// Text for stderr, with colours if `colors` is set, followed by the further failures.
    pub fn render(&self, colors: bool) -> String {
        render(&self.report, colors)
    }
}

fn document(report: &ErrorReport) -> Map<String, Value> {
    let mut error = Map::new();
    error.insert("code".into(), json!(report.code.as_str()));
    error.insert("message".into(), json!(report.message));
    error.insert("hints".into(), json!(report.hints));
    let mut optional = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            error.insert(key.to_owned(), value);
        }
    };
    optional("detail", (!report.label.is_empty()).then(|| json!(report.label)));
    optional("notes", (!report.notes.is_empty()).then(|| json!(report.notes)));
    optional("service", report.service.as_ref().map(|service| json!(service)));
    optional("revision", report.revision.as_ref().map(|revision| json!(revision)));
    optional("sqlstate", report.sqlstate.as_ref().map(|state| json!(state)));
    optional("path", report.file().map(|path| json!(path.display().to_string())));
    if let Some(at) = report.position() {
        optional("line", Some(json!(at.line)));
        optional("column", Some(json!(at.column)));
    }
    let also: Vec<_> = report.also.iter().map(document).collect();
    optional("also", (!also.is_empty()).then(|| json!(also)));
    error
}

fn render(report: &ErrorReport, colors: bool) -> String {
    let mut text = snippet(report, colors);
    text += &report.remarks(&|kind| console::Style::new().bold().force_styling(colors).apply_to(kind).to_string());
    for other in &report.also {
        text.push('\n');
        text.push_str(&render(other, colors));
    }
    text
}

/// Title with an excerpt of the file that it points to.
fn snippet(report: &ErrorReport, colors: bool) -> String {
    let title = Level::ERROR.primary_title(report.title()).id(report.code.as_str());
    let mut group = Group::with_title(title);
    if let Some(excerpt) = report.location.as_deref().map(Excerpt::new) {
        let annotation = AnnotationKind::Primary.span(excerpt.span.range()).label(report.label.clone());
        let snippet = Snippet::source(excerpt.text).path(excerpt.path).line_start(excerpt.line);
        group = group.element(snippet.annotation(annotation));
    } else if let Some(path) = report.origin() {
        group = group.element(Origin::path(path));
    }
    let renderer = if colors { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// Excerpt of a file with carets under a span and a label, below a title; the title alone without a place.
pub fn excerpt(title: &str, location: Option<&Location>, label: &str, colors: bool) -> String {
    let mut group = Group::with_title(Level::NOTE.primary_title(title));
    if let Some(excerpt) = location.map(Excerpt::new) {
        let annotation = AnnotationKind::Primary.span(excerpt.span.range()).label(label);
        let snippet = Snippet::source(excerpt.text).path(excerpt.path).line_start(excerpt.line);
        group = group.element(snippet.annotation(annotation));
    }
    let renderer = if colors { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn the_library_draws_a_report_as_the_command_line_does() {
        let text = "first\n\tSELECT 'zwölf', 名前 FROM users;\n\nlast  ";
        let location = |part: &str| {
            let start = text.find(part).unwrap_or(text.len());
            Location { path: "r/1.sql".into(), text: text.to_owned(), span: Span::new(start, start + part.len()) }
        };
        let report = || ErrorReport::new(ErrorCode::SqlInvalid, "a string\nis not closed").of_service("auth");
        let reports = [
            report(),
            report().in_file("r/2.sql".as_ref()),
            report().at(&location("first"), ""),
            report().at(&location("users"), "statement 2 of 2").note("two\nlines").hint("do it"),
            report().at(&location("名前"), "here").with_others([report()]),
            report().at(&location("last  "), ""),
            report().at(&location("not in the text"), "at the end"),
        ];
        for report in reports {
            assert_eq!(format!("{report:#}"), render(&report, false));
        }
    }

    #[test]
    fn crlf_looks_like_lf_in_an_excerpt() {
        let lf = "-- a\n\nCREATE TABEL u;\nSELECT 1;\n";
        let drawn = |text: &str, part: &str| {
            let start = text.find(part).unwrap_or(text.len());
            let span = Span::new(start, start + part.len());
            let location = Location { path: "r/1.sql".into(), text: text.to_owned(), span };
            let report = ErrorReport::new(ErrorCode::SqlInvalid, "wrong").at(&location, "here");
            assert_eq!(format!("{report:#}"), render(&report, false));
            render(&report, false)
        };
        for part in ["TABEL", "CREATE TABEL u;", "1;"] {
            assert_eq!(drawn(&lf.replace('\n', "\r\n"), part), drawn(lf, part));
        }
        assert_eq!(
            drawn("CREATE TABEL u;\r\nSELECT 1;", "u;\r\nSELECT 1"),
            drawn("CREATE TABEL u;\nSELECT 1;", "u;\nSELECT 1")
        );
    }
}
