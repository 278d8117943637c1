//! Error reports: what happened, where, what was applied, what to type next. This module renders a report; its
//! submodules convert the errors of each layer to one.

mod backup;
pub(super) mod database;
pub(super) mod engine;
mod foreign;
pub(super) mod project;
mod proof;
mod python;
mod refusal;
pub(super) mod target;

pub(super) use proof::lacking;

use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Map, Value, json};

use crate::cli::printable::{self, document_without_secrets, one_line};
use crate::diagnostic::{Location, Span, position};
use crate::error_code::ErrorCode;

/// Failure of a command, as it is shown to the user.
#[derive(Debug)]
pub struct CommandError {
    pub code: ErrorCode,
    pub message: String,
    /// Position in a file.
    pub location: Option<Box<Location>>,
    /// Text beside the carets.
    pub label: String,
    /// State of the database after the failure, and details from the server.
    pub notes: Vec<String>,
    /// Next steps for the user.
    pub hints: Vec<String>,
    pub service: Option<String>,
    pub revision: Option<String>,
    /// Config key of the service that the report is about; its position is looked up when the report is printed.
    pub about: Option<String>,
    /// Requested revision or label that does not exist.
    pub symbol: Option<String>,
    /// File, if there is no position in it.
    pub path: Option<PathBuf>,
    pub sqlstate: Option<String>,
    /// The command line was wrong: exit status 2 instead of 1.
    pub usage: bool,
    /// Further failures of the same run, in other services.
    pub also: Vec<CommandError>,
    /// Documents of the steps applied before the failure, one per service.
    pub services: Vec<Value>,
    /// Text for stdout without `--json`, in spite of the failure: the results of other services.
    pub text: String,
}

impl CommandError {
    /// Creates a report with a code and a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            location: None,
            label: String::new(),
            notes: Vec::new(),
            hints: Vec::new(),
            service: None,
            revision: None,
            about: None,
            symbol: None,
            path: None,
            sqlstate: None,
            usage: false,
            also: Vec::new(),
            services: Vec::new(),
            text: String::new(),
        }
    }

    /// Creates a report of a wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { usage: true, ..Self::new(ErrorCode::Usage, message) }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds hints.
    #[must_use]
    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Sets the position; only the file if its text was not read.
    #[must_use]
    pub fn at(mut self, location: Location, label: impl Into<String>) -> Self {
        if location.text.is_empty() {
            self.path = Some(location.path);
            return self;
        }
        self.location = Some(Box::new(location.within_text()));
        self.label = label.into();
        self
    }

    /// Sets the key of the service's config that the report is about.
    #[must_use]
    pub fn about(mut self, key: &str) -> Self {
        self.about = Some(key.to_owned());
        self
    }

    /// Sets the service, unless it is set already.
    #[must_use]
    pub fn of_service(mut self, service: &str) -> Self {
        self.service.get_or_insert_with(|| service.to_owned());
        self
    }

    /// Sets the revision that the report is about.
    #[must_use]
    pub fn of_revision(mut self, revision: impl ToString) -> Self {
        self.revision = Some(revision.to_string());
        self
    }

    /// Replaces the hints by what `change` makes of a hint and the service's name, also in the further failures.
    pub fn change_hints(&mut self, change: &dyn Fn(&str, &str) -> String) {
        if let Some(service) = &self.service {
            for hint in &mut self.hints {
                *hint = change(hint, service);
            }
        }
        self.also.iter_mut().for_each(|report| report.change_hints(change));
    }

    /// Exit status: 2 for a wrong command line, otherwise 1.
    pub fn exit_code(&self) -> u8 {
        if self.usage { 2 } else { 1 }
    }

    /// Document for `--json`.
    pub fn json(&self) -> Value {
        let mut error = Value::Object(self.error());
        document_without_secrets(&mut error);
        json!({ "error": error, "services": self.services })
    }

    fn error(&self) -> Map<String, Value> {
        let mut error = Map::new();
        error.insert("code".into(), json!(self.code.as_str()));
        error.insert("message".into(), json!(self.message));
        error.insert("hints".into(), json!(self.hints));
        let mut optional = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                error.insert(key.to_owned(), value);
            }
        };
        optional("detail", (!self.label.is_empty()).then(|| json!(self.label)));
        optional("notes", (!self.notes.is_empty()).then(|| json!(self.notes)));
        optional("service", self.service.as_ref().map(|service| json!(service)));
        optional("revision", self.revision.as_ref().map(|revision| json!(revision)));
        optional("sqlstate", self.sqlstate.as_ref().map(|state| json!(state)));
        let path = self.location.as_ref().map(|location| &location.path).or(self.path.as_ref());
        optional("path", path.map(|path| json!(path.display().to_string())));
        if let Some(location) = self.location.as_ref().filter(|location| !location.text.is_empty()) {
            let at = position(&location.text, location.span.start);
            optional("line", Some(json!(at.line)));
            optional("column", Some(json!(at.column)));
        }
        let also: Vec<_> = self.also.iter().map(Self::error).collect();
        optional("also", (!also.is_empty()).then(|| json!(also)));
        error
    }

    /// Text for stderr, with colours if `colors` is set, followed by the further failures.
    pub fn render(&self, colors: bool) -> String {
        let mut text = self.snippet(colors);
        let notes = self.notes.iter().map(|note| ("note", note));
        for (kind, remark) in notes.chain(self.hints.iter().map(|hint| ("hint", hint))) {
            let kind = console::Style::new().bold().force_styling(colors).apply_to(kind);
            // Indent further lines to the column of the first.
            text.push_str(&format!("\n  {kind}: {}", printable::lines(remark, false).replace('\n', "\n        ")));
        }
        for other in &self.also {
            text.push('\n');
            text.push_str(&other.render(colors));
        }
        text
    }

    /// Message with an excerpt of the file that it points to.
    fn snippet(&self, colors: bool) -> String {
        let service = self.service.as_ref().map(|service| format!("{service}: ")).unwrap_or_default();
        let title = Level::ERROR.primary_title(format!("{service}{}", self.message)).id(self.code.as_str());
        let mut group = Group::with_title(title);
        if let Some(window) = self.location.as_deref().map(Window::of) {
            let annotation = AnnotationKind::Primary.span(window.span.range()).label(self.label.clone());
            let snippet = Snippet::source(window.text).path(window.path).line_start(window.line);
            group = group.element(snippet.annotation(annotation));
        } else if let Some(path) = self.path.as_ref().map(|path| one_line(&path.display().to_string()).into_owned())
            && !self.message.contains(&path)
        {
            group = group.element(Origin::path(path));
        }
        let renderer = if colors { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// Excerpt of a file that a report shows.
struct Window<'a> {
    path: String,
    text: &'a str,
    line: usize,
    span: Span,
}

impl<'a> Window<'a> {
    /// Takes the line of the location and up to two lines before it; the span is cut at the end of its first line.
    fn of(location: &'a Location) -> Self {
        let text = location.text.as_str();
        let mut start = location.span.start.min(text.len());
        // An offset from a server may point into the middle of a character.
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = location.span.end.clamp(start, line_end);
        let end = if text.is_char_boundary(end) { end } else { line_end };
        let mut from = start;
        for _ in 0..3 {
            from = text[..from].rfind('\n').unwrap_or(0);
        }
        let from = if from == 0 { 0 } else { from + 1 };
        let line = text[..from].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let path = one_line(&location.path.display().to_string()).into_owned();
        Self { path, text: &text[from..line_end], line, span: Span::new(start - from, end - from) }
    }
}
