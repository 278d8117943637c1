//! What a reader of another tool's history gives: revisions, cautions, or why there are none. Facts; no advice.

use crate::id::{InvalidId, RevisionId};

/// A file of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the folder that is read, `/` between its parts.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl File {
    /// The last part of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The folder it is in; empty for the one that is read.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Its text without a byte order mark.
    #[must_use]
    pub fn content(&self) -> &str {
        self.text.trim_start_matches('\u{feff}')
    }
}

/// A revision as another tool's files tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The tool's own id where it has one, as far as an id may look so.
    pub id: RevisionId,
    /// What it comes after.
    pub parents: Vec<RevisionId>,
    /// Labels (a tag of Sqitch).
    pub labels: Vec<String>,
    /// What it is for.
    pub message: Option<String>,
    /// When it was made, RFC 3339, when its name or the tool tells.
    pub created: Option<String>,
    /// What it runs.
    pub upgrade: String,
    /// What takes it back; none: nothing can.
    pub downgrade: Option<String>,
    /// Queries that find nothing when it is right.
    pub verify: Option<String>,
    /// Whether it runs in a transaction.
    pub transaction: bool,
    /// Whether its sections have become templates.
    pub template: bool,
    /// What its new file is to be called, without `.sql`; none: as new files are.
    pub stem: Option<String>,
    /// The file it comes from.
    pub path: String,
    /// The file of its downgrade, where that is another.
    pub downgrade_path: Option<String>,
}

impl Imported {
    /// A revision with an id, a file, and defaults for the rest.
    #[must_use]
    pub fn new(id: RevisionId, path: &str) -> Self {
        Self {
            id,
            parents: Vec::new(),
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
pub struct Reading {
    /// Its revisions, parents first.
    pub revisions: Vec<Imported>,
    /// What a person has to know of them, in order of the files.
    pub warnings: Vec<Warning>,
}

/// Something that does not mean here what it meant there, or means nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file.
    pub path: String,
    /// What it is.
    pub caution: Caution,
}

/// The kinds of warnings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Caution {
    /// A file that is no migration.
    #[error("is no migration and was left out")]
    Ignored,
    /// A migration in a programming language.
    #[error("is code, no SQL: it was left out, and what it does has to be written as a revision")]
    Code,
    /// No way back.
    #[error("has no way back: it cannot be downgraded")]
    NoDowngrade,
    /// A placeholder, or a variable of psql that is set elsewhere.
    #[error("{name} is a variable of the template now: {variable}")]
    Variable {
        /// As it stood there.
        name: String,
        /// As templates know it.
        variable: String,
    },
    /// A command of psql that only says how psql talks.
    #[error("`{command}` was left out: it only says how psql talks")]
    CommandDropped {
        /// The command.
        command: String,
    },
    /// A command of psql that has no meaning here.
    #[error("`{command}` is psql's and has no meaning here: it stands as it is, and running it is refused")]
    CommandLeft {
        /// The command.
        command: String,
    },
    /// A file that psql would include, put in its place.
    #[error("`{command}`: the text of that file was put in its place")]
    Included {
        /// The command.
        command: String,
    },
    /// SQL that cannot be split into statements.
    #[error("cannot be split into statements: {error}")]
    Unreadable {
        /// Why.
        error: String,
    },
    /// Transactions of its own.
    #[error("opens and ends transactions of its own: it runs outside of ours")]
    OwnTransactions,
    /// Up and down differ.
    #[error("one of its directions must not run in a transaction: neither does")]
    SharedTransaction,
    /// A repeatable migration.
    #[error("ran again whenever it changed; it is an ordinary revision now, with what it says today")]
    Repeatable,
    /// A baseline.
    #[error("is a baseline of {version}: it was left out, the revisions up to there stand for it")]
    Baseline {
        /// Up to which version.
        version: String,
    },
    /// A way back without a way there.
    #[error("takes back what no other file does; it was left out")]
    NothingToTakeBack,
    /// A verify script that is no query.
    #[error("its verify script was left out: {why}")]
    VerifyLeftOut {
        /// Why.
        why: String,
    },
    /// A conflict.
    #[error("conflicts with {with}, which is not checked here")]
    Conflict {
        /// With what.
        with: String,
    },
    /// A dependency on another project.
    #[error("needs {change} of the project {project}: `depends_on` has to name its revision")]
    OtherProject {
        /// The project.
        project: String,
        /// The change.
        change: String,
    },
    /// A setting of the script that has no counterpart.
    #[error("the setting {setting} has no meaning here")]
    Setting {
        /// The setting.
        setting: String,
    },
    /// Several statements in one block.
    #[error("a block of StatementBegin and StatementEnd holds {statements} statements: they run one after the other")]
    SeveralStatements {
        /// How many.
        statements: usize,
    },
}

impl Caution {
    /// Its name, in kebab-case.
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
            Self::SeveralStatements { .. } => "several-statements",
        }
    }
}

/// Why files are no history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct ForeignError {
    /// The file; empty when it is about all of them.
    pub path: String,
    /// The line (from 1), when it is about one.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: Problem,
}

/// The kinds of errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing that the tool would read.
    #[error("no migration of {format} is there")]
    Empty {
        /// The tool.
        format: &'static str,
    },
    /// Two files of one version.
    #[error("the version {version} is also that of {other}")]
    SameVersion {
        /// The version.
        version: String,
        /// The other file.
        other: String,
    },
    /// A version that cannot be an id.
    #[error("{0}")]
    Id(#[from] InvalidId),
    /// A line that is missing.
    #[error("there is no `{0}`")]
    Missing(&'static str),
    /// A line at the wrong place.
    #[error("`{0}` stands at the wrong place")]
    Misplaced(&'static str),
    /// SQL before the first part.
    #[error("SQL before `{0}`")]
    Before(&'static str),
    /// A file that has to be there.
    #[error("{0} is not there")]
    NoFile(String),
    /// A line of the plan that means nothing.
    #[error("{0}")]
    Plan(String),
}

impl ForeignError {
    /// About a file.
    #[must_use]
    pub fn of(path: &str, problem: Problem) -> Self {
        Self { path: path.to_owned(), line: None, problem }
    }

    /// About a line of it (from 1).
    #[must_use]
    pub fn at(path: &str, line: usize, problem: Problem) -> Self {
        Self { path: path.to_owned(), line: Some(line), problem }
    }

    /// About all of them.
    #[must_use]
    pub fn empty(format: &'static str) -> Self {
        Self::of("", Problem::Empty { format })
    }
}
