//! Why files are no project, or cannot be written. Facts with paths and places; no advice.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::ConfigError;
use crate::diagnostic::Location;
use crate::foreign::ForeignError;
use crate::foreign::alembic::PythonError;
use crate::graph::GraphError;
use crate::id::RevisionId;
use crate::revision::{FileNameError, RenderError, RevisionError, SkeletonError};

use super::render::Unrendered;

/// What every function of the project floor gives: the error is large, so it is boxed.
pub type ProjectResult<T> = Result<T, Box<ProjectError>>;

/// Why files are no project, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// No config file was named, and there is none in the folder or above it.
    #[error("no aludel.yaml in {} or above", folder.display())]
    NoConfig {
        /// The folder where the search began.
        folder: PathBuf,
        /// A file in it whose name is nearly the right one.
        similar: Option<PathBuf>,
    },
    /// A file or folder cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file is not UTF-8. The location's text has U+FFFD in the place of what is none.
    #[error("the file is not UTF-8")]
    NotUtf8 {
        /// The first bad byte.
        location: Location,
        /// Its value.
        byte: u8,
    },
    /// The config file is wrong.
    #[error("{error}")]
    Config {
        /// Where.
        location: Location,
        /// What.
        error: ConfigError,
    },
    /// A folder of revisions does not exist.
    #[error("the service {service} has no folder {}", path.display())]
    NoFolder {
        /// The service.
        service: String,
        /// The folder.
        path: PathBuf,
    },
    /// A revision file is wrong.
    #[error("{error}")]
    Revision {
        /// Where.
        location: Location,
        /// What.
        error: RevisionError,
    },
    /// A revision that cannot be written: its text would not read back as it.
    #[error("{} cannot be written: {error}", path.display())]
    NotRendered {
        /// The file that it was for.
        path: PathBuf,
        /// Why not.
        error: RenderError,
    },
    /// A Python revision cannot be read without running it.
    #[error("{error}")]
    Python {
        /// Where.
        location: Location,
        /// What.
        error: PythonError,
    },
    /// A config that is none of Alembic's, or is wrong.
    #[error("{}: {reason}", path.display())]
    AlembicConfig {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The Alembic that renders Python revisions does not do what it shall.
    #[error("`{command}`: {reason}")]
    Alembic {
        /// The command of the config.
        command: String,
        /// What it said, or what is wrong with what it wrote.
        reason: String,
    },
    /// Alembic cannot write the SQL of a Python revision.
    #[error("Alembic cannot write the SQL of revision {revision}: {}", unrendered.reason)]
    Unrendered {
        /// The revision.
        revision: RevisionId,
        /// Why not.
        unrendered: Unrendered,
        /// Its file.
        path: PathBuf,
        /// The command that runs it with Alembic itself.
        by_hand: String,
    },
    /// The revisions of a service are no graph.
    #[error("{error}")]
    Graph {
        /// The service.
        service: String,
        /// Why not.
        error: GraphError,
        /// The files concerned, at the lines concerned; the one to show first comes first.
        files: Vec<Location>,
    },
    /// The service has no such revision.
    #[error("the service {service} has no revision {revision}")]
    UnknownRevision {
        /// The service.
        service: String,
        /// The revision.
        revision: RevisionId,
    },
    /// A file has another revision in it than a moment ago.
    #[error("{} changed: it was revision {revision}", path.display())]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
        /// What it was.
        revision: RevisionId,
    },
    /// A new file would have the path of one that is there.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file that is to be replaced is not what it was when it was read.
    #[error("{} was changed by somebody else meanwhile", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A folder for a new file that the service does not read.
    #[error("the service {service} does not read {}", path.display())]
    ForeignFolder {
        /// The service.
        service: String,
        /// The folder.
        path: PathBuf,
        /// The folders it reads.
        folders: Vec<PathBuf>,
    },
    /// A skeleton gives no file.
    #[error("{0}")]
    Skeleton(SkeletonError),
    /// The config's `file_template` gives no name.
    #[error("`file_template`: {error}")]
    FileName {
        /// The template.
        template: String,
        /// Why not.
        error: FileNameError,
    },
    /// Another tool's files are no history that can be read.
    #[error("{error}")]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        error: ForeignError,
    },
    /// A revision of another tool is there already, and runs something else.
    #[error("revision {revision} is there already, and says something else")]
    ImportDiffers {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: PathBuf,
    },
    /// A file in a folder of pairs that is none.
    #[error("{} is no {}", path.display(), if *is_rollback { "rollback of a file that is there" } else { "YYYYMMDD_HHMMSS_name.sql" })]
    NotAPair {
        /// The file.
        path: PathBuf,
        /// Whether it is a rollback, and what it takes back is missing.
        is_rollback: bool,
    },
    /// git does not do what it shall.
    #[error("git in {}: {reason}", shown_folder(folder))]
    Git {
        /// The folder it was asked about.
        folder: PathBuf,
        /// What it said.
        reason: String,
    },
    /// No branch, tag or commit has the name.
    #[error("git knows no {reference}")]
    NoSuchRef {
        /// The folder it was asked about.
        folder: PathBuf,
        /// The name.
        reference: String,
    },
    /// No starter has the name.
    #[error("there is no starter {name:?}")]
    UnknownStarter {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
}

impl ProjectError {
    /// The place to show, when the error has one.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::NotUtf8 { location, .. }
            | Self::Config { location, .. }
            | Self::Revision { location, .. }
            | Self::Python { location, .. } => Some(location),
            Self::Graph { files, .. } => files.first(),
            Self::Unrendered { unrendered, .. } => unrendered.location.as_ref(),
            _ => None,
        }
    }

    /// The same about files at other places.
    pub(super) fn with_paths(mut self, renamed: &dyn Fn(&Path) -> PathBuf) -> Self {
        match &mut self {
            Self::Read { path, .. } | Self::NotAPair { path, .. } | Self::Foreign { path, .. } => *path = renamed(path),
            Self::NotUtf8 { location, .. } | Self::Revision { location, .. } | Self::Python { location, .. } => {
                location.path = renamed(&location.path);
            }
            Self::Graph { files, .. } => files.iter_mut().for_each(|file| file.path = renamed(&file.path)),
            _ => {}
        }
        self
    }

    /// The error code, in kebab-case, as `docs/errors.md` lists it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoConfig { .. } => "config-not-found",
            Self::Read { .. } => "file-unreadable",
            Self::Write { .. } => "file-unwritable",
            Self::Config { .. } => "config-invalid",
            Self::NoFolder { .. } => "folder-not-found",
            Self::NotUtf8 { .. } | Self::Revision { .. } => "revision-invalid",
            Self::NotAPair { .. } | Self::NotRendered { .. } => "revision-invalid",
            Self::Python { .. } => "python-unreadable",
            Self::Alembic { .. } => "alembic-failed",
            Self::AlembicConfig { .. } => "alembic-config-invalid",
            Self::Unrendered { .. } => "python-unrendered",
            Self::Graph { error, .. } => error.code(),
            Self::UnknownRevision { .. } => "revision-not-found",
            Self::ChangedMeanwhile { .. } | Self::Changed { .. } => "file-changed",
            Self::Exists { .. } => "file-exists",
            Self::ForeignFolder { .. } => "folder-not-configured",
            Self::Skeleton(_) | Self::UnknownStarter { .. } => "template-invalid",
            Self::FileName { .. } => "file-name-invalid",
            Self::Foreign { .. } => "import-invalid",
            Self::Git { .. } => "git-failed",
            Self::NoSuchRef { .. } => "ref-not-found",
            Self::ImportDiffers { .. } => "import-differs",
        }
    }
}

/// The error of a revision for the file `path` that has no text.
pub(super) fn not_rendered(path: &Path, error: RenderError) -> Box<ProjectError> {
    Box::new(ProjectError::NotRendered { path: path.to_owned(), error })
}

/// The working folder has no name of its own.
fn shown_folder(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { ".".to_owned() } else { folder.display().to_string() }
}
