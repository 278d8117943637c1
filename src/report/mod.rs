//! Errors in words: what happened, where, what was applied, what to type next. The submodules convert the errors of each
//! layer to an [`ErrorReport`]; the command line and the library show it.

#[cfg(feature = "backup")]
mod backup;
mod case;
pub mod database;
mod draw;
pub mod engine;
mod foreign;
pub mod losses;
pub mod printable;
pub mod project;
mod proof;
mod python;
mod refusal;
pub mod services;
pub mod table;
pub mod target;
pub mod text;

pub use draw::Excerpt;
pub use project::split_error;
pub use proof::lacking;

use std::path::{Path, PathBuf};

use crate::diagnostic::{Location, Position, position};
use crate::error_code::ErrorCode;

/// Error as it is shown to users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReport {
    /// Code of the error.
    pub code: ErrorCode,
    /// Description of the failure, without the service's name.
    pub message: String,
    /// Position in a file.
    pub location: Option<Box<Location>>,
    /// Text beside the carets.
    pub label: String,
    /// State of the database after the failure, and details from the server.
    pub notes: Vec<String>,
    /// Next steps for the user. They name options and commands of the command line.
    pub hints: Vec<String>,
    /// Name of the service.
    pub service: Option<String>,
    /// Id of the revision.
    pub revision: Option<String>,
    /// Key of the service's config that the report is about.
    pub about: Option<String>,
    /// Requested revision or label that does not exist.
    pub symbol: Option<String>,
    /// File that the report is about, for reports without a position in a file.
    pub path: Option<PathBuf>,
    /// SQLSTATE of the server's error.
    pub sqlstate: Option<String>,
    /// Further failures of the same run, in other services.
    pub also: Vec<ErrorReport>,
}

impl ErrorReport {
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
            also: Vec::new(),
        }
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
    pub fn at(mut self, location: &Location, label: impl Into<String>) -> Self {
        if location.text.is_empty() {
            return self.in_file(&location.path);
        }
        self.location = Some(Box::new(location.clone().within_text()));
        self.label = label.into();
        self
    }

    /// Sets the file, without a position in it.
    #[must_use]
    pub fn in_file(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
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

    /// Adds further failures of the same run.
    #[must_use]
    pub fn with_others(mut self, others: impl IntoIterator<Item = Self>) -> Self {
        self.also.extend(others);
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

    /// Replaces each text by what `change` makes of it, also in the further failures.
    pub fn change_texts(&mut self, change: &dyn Fn(&str) -> String) {
        let texts = [&mut self.message, &mut self.label].into_iter().chain(&mut self.notes).chain(&mut self.hints);
        texts.for_each(|text| *text = change(text));
        self.also.iter_mut().for_each(|report| report.change_texts(change));
    }

    /// Returns the message behind the service's name.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.service {
            Some(service) => format!("{service}: {}", self.message),
            None => self.message.clone(),
        }
    }

    /// Returns the path of the file that the report is about.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.location.as_ref().map(|location| &location.path).or(self.path.as_ref()).map(PathBuf::as_path)
    }

    /// Returns the line and column in the file.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        let location = self.location.as_ref().filter(|location| !location.text.is_empty())?;
        Some(position(&location.text, location.span.start))
    }
}

/// Implements the conversion of an error that is owned, where there is one of its reference.
macro_rules! convert_owned {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for ErrorReport {
            fn from(error: $error) -> Self {
                Self::from(&error)
            }
        })*
    };
}

convert_owned!(
    crate::database::DatabaseError,
    crate::engine::EngineError,
    crate::graph::TargetError,
    crate::project::ProjectError,
);
