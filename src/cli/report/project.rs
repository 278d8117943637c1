//! Configs and revision files that cannot be read, in words.

use super::Report;
use crate::config::ConfigError;
use crate::project::ProjectError;
use crate::revision::RevisionError;
use crate::sql::SplitError;

impl From<ProjectError> for Report {
    fn from(error: ProjectError) -> Self {
        let words = error.to_string();
        match error {
            ProjectError::Io(_) => Self::new("config-invalid", words),
            ProjectError::Config { error, location } => {
                config(Self::new("config-invalid", words), &error).at(*location, "")
            }
            ProjectError::Revision { error, location } => {
                revision(Self::new("revision-invalid", words), &error).at(*location, "")
            }
            ProjectError::Graph { error, .. } => Self::new(error.code(), words),
        }
    }
}

fn config(report: Report, error: &ConfigError) -> Report {
    match error {
        ConfigError::UnknownKey { nearest, .. } => did_you_mean(report, *nearest),
        ConfigError::UnsetVariable { name, .. } => {
            report.hint(format!("set {name}, or write ${{{name}:-DEFAULT}} in the config"))
        }
        ConfigError::NoServices { .. } | ConfigError::NoRevisions { .. } => {
            report.hint("a service needs at least `revisions: FOLDER`")
        }
        _ => report,
    }
}

fn revision(report: Report, error: &RevisionError) -> Report {
    match error {
        RevisionError::UnknownKey { nearest, .. } => did_you_mean(report, *nearest),
        RevisionError::NeedsQuotes { quoted, .. } => report.hint(format!("write it so: {quoted}")),
        RevisionError::OutsideSection { .. } => {
            report.hint("SQL belongs below a line `-- @upgrade`, `-- @downgrade` or `-- @verify`")
        }
        RevisionError::MisspeltSection { nearest, .. } => did_you_mean(report, Some(nearest.marker())),
        _ => report,
    }
}

fn did_you_mean(report: Report, nearest: Option<&str>) -> Report {
    match nearest {
        Some(nearest) => report.hint(format!("did you mean `{nearest}`?")),
        None => report,
    }
}

/// Text that cannot be split into statements.
pub(super) fn split(error: &SplitError) -> Report {
    Report::new("sql-invalid", error.to_string())
}
