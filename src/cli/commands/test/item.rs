//! Result of one revision or case, as text, as a document, and for JUnit.

use serde_json::Value;

use crate::cli::junit::{JunitCase, JunitOutcome};
use crate::cli::report::CommandError;
use crate::cli::style;
use crate::report::ErrorReport;

/// Result of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TestOutcome {
    Passed,
    Failed,
    /// It was not tested, for this reason.
    Skipped(&'static str),
}

/// One thing that was tested.
pub(super) struct TestItem {
    /// Key of its list in the document: `revisions`, `cases`.
    pub(super) group: &'static str,
    /// Name for JUnit.
    pub(super) name: String,
    /// Path of its file.
    pub(super) path: Option<String>,
    pub(super) outcome: TestOutcome,
    /// Lines for the terminal; none unless it failed.
    pub(super) lines: Vec<String>,
    pub(super) document: Value,
}

impl TestItem {
    pub(super) fn junit(&self) -> JunitCase {
        let plain = |line: &String| console::strip_ansi_codes(line).into_owned();
        let outcome = match self.outcome {
            TestOutcome::Passed => JunitOutcome::Passed,
            TestOutcome::Skipped(reason) => JunitOutcome::Skipped { message: reason.to_owned() },
            TestOutcome::Failed => JunitOutcome::Failed {
                message: self.lines.first().map(plain).unwrap_or_default(),
                text: self.lines.iter().map(plain).collect::<Vec<_>>().join("\n"),
            },
        };
        let (class, name, file) = (self.group.to_owned(), self.name.clone(), self.path.clone());
        JunitCase { class, name, file, outcome }
    }
}

/// First line of a failure.
pub(super) fn headline(what: &str, path: &str) -> String {
    format!("{} {what}  {}", style::bad("FAILED"), style::faint(path)).trim_end().to_owned()
}

/// Adds an error to the lines and the document of a failure.
pub(super) fn with_error<E>(head: String, mut document: Value, error: E) -> (Vec<String>, Value)
where
    ErrorReport: From<E>,
{
    let report = CommandError::from(error);
    document["error"] = report.json()["error"].take();
    let rendered = report.render(false);
    let lines = rendered.lines().map(|line| format!("  {line}").trim_end().to_owned());
    ([head].into_iter().chain(lines).collect(), document)
}
