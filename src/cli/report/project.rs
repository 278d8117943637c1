//! Configs and revision files that cannot be read, in words.

use super::Report;
use crate::project::ProjectError;
use crate::sql::SplitError;

impl From<ProjectError> for Report {
    fn from(error: ProjectError) -> Self {
        let words = error.to_string();
        match error {
            ProjectError::Io(_) => Self::new("config-invalid", words),
            ProjectError::Config { location, .. } => Self::new("config-invalid", words).at(*location, ""),
            ProjectError::Revision { location, .. } => Self::new("revision-invalid", words).at(*location, ""),
            ProjectError::Graph { error, .. } => Self::new(error.code(), words),
        }
    }
}

/// Text that cannot be split into statements.
pub(super) fn split(error: &SplitError) -> Report {
    Report::new("sql-invalid", error.to_string())
}
