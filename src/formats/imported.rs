//! Results of reading another tool's history: revisions, warnings, errors. Contains facts and no advice.

use crate::id::{InvalidId, RevisionId};

/// A file of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path relative to the folder that is read, with `/` as separator.
    pub path: String,
    /// Content of the file.
    pub text: String,
}

impl File {
    /// Returns the last component of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the folder of the file; empty if it is directly in the folder that is read.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Returns the content without a byte order mark.
    #[must_use]
    pub fn content(&self) -> &str {
        self.text.trim_start_matches('\u{feff}')
    }
}

/// A revision read from the files of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Id, derived from the tool's own id or version with characters replaced that ids must not contain.
    pub id: RevisionId,
    /// Ids of the parents.
    pub parents: Vec<RevisionId>,
    /// Ids of revisions that it needs and that are not its parents.
    pub depends_on: Vec<RevisionId>,
    /// Labels (Sqitch: tags).
    pub labels: Vec<String>,
    /// Message of the revision.
    pub message: Option<String>,
    /// Creation time as RFC 3339, if the file name or the tool provides it.
    pub created: Option<String>,
    /// SQL of the upgrade.
    pub upgrade: String,
    /// SQL of the downgrade; `None` if the revision cannot be reverted.
    pub downgrade: Option<String>,
    /// Queries that return no rows if the upgrade is correct.
    pub verify: Option<String>,
    /// Transaction setting: `true` if the revision runs in one.
    pub transaction: bool,
    /// `true` if its sections were converted to templates.
    pub template: bool,
    /// Name of the new file without `.sql`; `None` for the default name of new files.
    pub stem: Option<String>,
    /// Path of the original file.
    pub path: String,
    /// Path of the original file of the downgrade, if it is another one.
    pub downgrade_path: Option<String>,
}

impl Imported {
    /// Creates a revision with an id and a path, and defaults for everything else.
    #[must_use]
    pub fn new(id: RevisionId, path: &str) -> Self {
        Self {
            id,
            parents: Vec::new(),
            depends_on: Vec::new(),
            labels: Vec::new(),
            message: None,
            created: None,
            upgrade: String::new(),
            downgrade: None,
            verify: None,
            transaction: true,
            template: false,
            stem: None,
            path: path.to_owned(),
            downgrade_path: None,
        }
    }
}

/// A history that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedHistory {
    /// Revisions, parents first.
    pub revisions: Vec<Imported>,
    /// Warnings, in the order of the files.
    pub warnings: Vec<Warning>,
}

/// Notice that a construct of the other tool was changed or has no meaning in aludel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Path of the file.
    pub path: String,
    /// Kind of warning.
    pub caution: Caution,
}

/// Kinds of warnings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Caution {
    /// The file is not a migration.
    #[error("is not a migration and was skipped")]
    Ignored,
    /// The migration is written in a programming language.
    #[error("is code, not SQL: it was skipped, and what it does must be written as a revision")]
    Code,
    /// The migration has no downgrade.
    #[error("has no undo: it cannot be downgraded")]
    NoDowngrade,
    /// A placeholder, or a psql variable that the script does not set, became a template variable.
    #[error("{name} is a variable of the template now: {variable}")]
    Variable {
        /// Placeholder as written in the file.
        name: String,
        /// Name of the template variable.
        variable: String,
    },
    /// A psql command that only affects psql's output was removed.
    #[error("`{command}` was skipped: it only configures psql's output")]
    CommandDropped {
        /// Command.
        command: String,
    },
    /// A psql command that has no meaning in aludel was kept.
    #[error("`{command}` is a psql command without a meaning here: it was kept, and running it is refused")]
    CommandLeft {
        /// Command.
        command: String,
    },
    /// A psql include command was replaced by the content of the file.
    #[error("`{command}`: it was replaced with the text of that file")]
    Included {
        /// Command.
        command: String,
    },
    /// The SQL cannot be split into statements.
    #[error("cannot be split into statements: {error}")]
    Unreadable {
        /// Reason.
        error: String,
    },
    /// The script contains transaction control statements of its own.
    #[error("has its own transaction control: it runs without a transaction of aludel's")]
    OwnTransactions,
    /// Only one of upgrade and downgrade must run outside a transaction; a revision has one setting for both.
    #[error("one of its directions must not run in a transaction, so neither does")]
    SharedTransaction,
    /// The migration is a repeatable one.
    #[error("ran again whenever it changed; it is now an ordinary revision with its present text")]
    Repeatable,
    /// The migration is a baseline.
    #[error("is a baseline of {version}: it was skipped, because the revisions up to there replace it")]
    Baseline {
        /// Last version that the baseline contains.
        version: String,
    },
    /// A downgrade without an upgrade.
    #[error("reverts a migration that has no file; it was skipped")]
    NothingToTakeBack,
    /// The verify script contains statements that are not queries.
    #[error("its verify script was skipped: {why}")]
    VerifyLeftOut {
        /// Reason.
        why: String,
    },
    /// The change declares a conflict.
    #[error("conflicts with {with}, which is not checked here")]
    Conflict {
        /// Change that it conflicts with.
        with: String,
    },
    /// The change depends on a change of another project.
    #[error("needs {change} of the project {project}: `depends_on` must name its revision")]
    OtherProject {
        /// Name of the project.
        project: String,
        /// Name of the change.
        change: String,
    },
    /// A setting of the script has no counterpart in aludel.
    #[error("the setting {setting} has no meaning here")]
    Setting {
        /// Name of the setting.
        setting: String,
    },
    /// An operation of the migration is Python code.
    #[error("`{operation}` is code: what it does has to be written into the revision")]
    PythonOperation {
        /// Description of the operation.
        operation: String,
    },
    /// The tool cannot write the SQL of the downgrade.
    #[error("its way back was left out: {why}")]
    DowngradeLeftOut {
        /// Reason.
        why: String,
    },
    /// A change is for other databases only.
    #[error("{name} is for other databases and was skipped")]
    OtherDatabase {
        /// Name of the change.
        name: String,
    },
    /// A block that goose sends as one statement contains several.
    #[error("a block of StatementBegin and StatementEnd holds {statements} statements: they run one after the other")]
    SeveralStatements {
        /// Number of statements.
        statements: usize,
    },
}

impl Caution {
    /// Returns the code of the warning in kebab-case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Code => "code",
            Self::NoDowngrade => "no-downgrade",
            Self::Variable { .. } => "variable",
            Self::CommandDropped { .. } => "psql-dropped",
            Self::CommandLeft { .. } => "psql-left",
            Self::Included { .. } => "included",
            Self::Unreadable { .. } => "unreadable",
            Self::OwnTransactions => "own-transactions",
            Self::SharedTransaction => "shared-transaction",
            Self::Repeatable => "repeatable",
            Self::Baseline { .. } => "baseline",
            Self::NothingToTakeBack => "nothing-to-take-back",
            Self::VerifyLeftOut { .. } => "verify-left-out",
            Self::Conflict { .. } => "conflict",
            Self::OtherProject { .. } => "other-project",
            Self::Setting { .. } => "setting",
            Self::PythonOperation { .. } => "code",
            Self::DowngradeLeftOut { .. } => "downgrade-left-out",
            Self::OtherDatabase { .. } => "other-database",
            Self::SeveralStatements { .. } => "several-statements",
        }
    }
}

/// Error in a history of another tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct ForeignError {
    /// Path of the file; empty if the error concerns all files.
    pub path: String,
    /// Line number (from 1), if the error concerns a line.
    pub line: Option<usize>,
    /// Kind of error.
    pub problem: Problem,
}

/// Kinds of errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no migration of the tool.
    #[error("there are no migrations of {format}")]
    Empty {
        /// Name of the tool.
        format: &'static str,
    },
    /// Two files have the same version.
    #[error("the version {version} is also that of {other}")]
    SameVersion {
        /// Version.
        version: String,
        /// Path of the other file.
        other: String,
    },
    /// A version is not a valid id.
    #[error("{0}")]
    Id(#[from] InvalidId),
    /// A required line is missing.
    #[error("there is no `{0}`")]
    Missing(&'static str),
    /// A line is misplaced.
    #[error("`{0}` is in the wrong place")]
    Misplaced(&'static str),
    /// There is SQL before the first section.
    #[error("SQL before `{0}`")]
    Before(&'static str),
    /// A required file is missing.
    #[error("{0} does not exist")]
    NoFile(String),
    /// A line of the plan is invalid.
    #[error("{0}")]
    Plan(String),
}

impl ForeignError {
    /// Creates an error that concerns a file.
    #[must_use]
    pub fn in_file(path: &str, problem: Problem) -> Self {
        Self { path: path.to_owned(), line: None, problem }
    }

    /// Creates an error that concerns a line (from 1) of a file.
    #[must_use]
    pub fn at(path: &str, line: usize, problem: Problem) -> Self {
        Self { path: path.to_owned(), line: Some(line), problem }
    }

    /// Creates the error that there is no migration at all.
    #[must_use]
    pub fn empty(format: &'static str) -> Self {
        Self::in_file("", Problem::Empty { format })
    }
}
