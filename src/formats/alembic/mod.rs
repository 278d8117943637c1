//! Parsers for Alembic's files that need no Python: revisions, configs, and the SQL that it renders. Work on texts;
//! must not depend on files, databases or how Alembic is run.

pub mod config;
mod docstring;
mod error;
pub mod ini;
mod literal;
mod module;
mod revision;
mod script;
#[cfg(test)]
mod tests;
mod token;
mod value;

use std::collections::BTreeMap;

pub use error::{PythonError, PythonProblem};
pub use revision::{PythonRevision, is_revision_file, place_of, read};
pub use script::{AlembicScriptSection, ScriptProblem, SectionSql, section_sql, sections, spoken_dialect, without_log};

/// Constants of other modules that revisions refer to (`cli.EXPAND_BRANCH`), with their strings.
pub type Constants = BTreeMap<String, Vec<String>>;

/// A module-level variable of a revision file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// Id of the revision.
    Revision,
    /// Ids of its parents.
    DownRevision,
    /// Labels that the revision declares.
    BranchLabels,
    /// Ids and labels of revisions that must be applied first.
    DependsOn,
}

impl Variable {
    const ALL: [Self; 4] = [Self::Revision, Self::DownRevision, Self::BranchLabels, Self::DependsOn];

    /// Returns the name of the variable in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revision => "revision",
            Self::DownRevision => "down_revision",
            Self::BranchLabels => "branch_labels",
            Self::DependsOn => "depends_on",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variable| variable.name() == name)
    }
}
