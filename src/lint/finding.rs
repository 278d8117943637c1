//! Result of a rule.

use serde::Serialize;

use crate::diagnostic::Span;
use crate::id::RevisionId;
use crate::sql::TableName;

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// May hurt, depending on the table.
    Warning,
    /// Will fail, or stops the service.
    Error,
}

impl Severity {
    /// Name in output and in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Returns the severity with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error].into_iter().find(|severity| severity.name() == name)
    }
}

/// Something that a rule found in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Code of the rule.
    pub rule: String,
    /// Severity, after the config and the sizes.
    pub severity: Severity,
    /// Revision that the statement is in.
    pub revision: RevisionId,
    /// Bytes of the section that the finding is about; the caller maps them to the file.
    pub span: Span,
    /// Object that is affected.
    pub object: Option<TableName>,
    /// Consequence, in one sentence.
    pub text: String,
    /// More that is known: the lock, the size of the table.
    pub notes: Vec<String>,
    /// Statements that do the same without the danger; empty where there are none.
    pub safe: String,
}
