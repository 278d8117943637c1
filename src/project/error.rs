//! Errors of reading and writing project files. Contains facts with paths and positions and no advice.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::{ConfigError, EnvFileError};
use crate::diagnostic::Location;
use crate::error_code::ErrorCode;
use crate::formats::ForeignError;
use crate::formats::alembic::PythonError;
use crate::graph::GraphError;
use crate::id::RevisionId;
use crate::revision::{CaseFileError, FileNameError, RenderError, RevisionError, SkeletonError};

use super::render::Unrendered;

/// Result of the functions in `project`. The error is boxed because it is large.
pub type ProjectResult<T> = Result<T, Box<ProjectError>>;

/// Error of reading or writing project files.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// No config file was given, and none exists in the folder or above it.
    #[error("no aludel.yaml in {} or above", folder.display())]
    NoConfig {
        /// Folder in which the search began.
        folder: PathBuf,
        /// File in that folder with a similar name.
        similar: Option<PathBuf>,
    },
    /// A file or folder cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Read {
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        error: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Write {
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        error: io::Error,
    },
    /// A file is not UTF-8. In the text of the location, invalid bytes are replaced by U+FFFD.
    #[error("the file is not UTF-8")]
    NotUtf8 {
        /// Position of the first invalid byte.
        location: Location,
        /// Value of that byte.
        byte: u8,
    },
    /// The config file is invalid.
    #[error("{error}")]
    Config {
        /// Position of the error.
        location: Location,
        /// Cause.
        error: ConfigError,
    },
    /// The env file is invalid.
    #[error("{error}")]
    EnvFile {
        /// Position of the error.
        location: Location,
        /// Cause.
        error: EnvFileError,
    },
    /// A folder of revisions does not exist.
    #[error("the service {service} has no folder {}", path.display())]
    NoFolder {
        /// Name of the service.
        service: String,
        /// Path of the folder.
        path: PathBuf,
    },
    /// A revision file is invalid.
    #[error("{error}")]
    Revision {
        /// Position of the error.
        location: Location,
        /// Cause.
        error: RevisionError,
    },
    /// A case file of `test` is invalid.
    #[error("{error}")]
    CaseFile {
        /// Position of the error.
        location: Location,
        /// Cause.
        error: CaseFileError,
    },
    /// A revision cannot be written, because its text would not be read back as the same revision.
    #[error("{} cannot be written: {error}", path.display())]
    NotRendered {
        /// Path of the intended file.
        path: PathBuf,
        /// Cause.
        error: RenderError,
    },
    /// A Python revision cannot be read without running it.
    #[error("{error}")]
    Python {
        /// Position of the error.
        location: Location,
        /// Cause.
        error: PythonError,
    },
    /// A file is not an Alembic config, or is invalid.
    #[error("{}: {reason}", path.display())]
    AlembicConfig {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        reason: String,
    },
    /// The configured Alembic command, which renders Python revisions, failed or printed unexpected output.
    #[error("`{command}`: {reason}")]
    Alembic {
        /// Command as configured.
        command: String,
        /// Its error message, or the problem with its output.
        reason: String,
    },
    /// Alembic cannot render the SQL of a Python revision.
    #[error("Alembic cannot write the SQL of revision {revision}: {}", unrendered.reason)]
    Unrendered {
        /// Id of the revision.
        revision: RevisionId,
        /// Cause.
        unrendered: Unrendered,
        /// Path of the revision file.
        path: PathBuf,
        /// Command that applies the revision with Alembic itself.
        by_hand: String,
    },
    /// The revisions of a service do not form a valid graph.
    #[error("{error}")]
    Graph {
        /// Name of the service.
        service: String,
        /// Cause.
        error: GraphError,
        /// Positions in the files concerned; the first one is the most relevant.
        files: Vec<Location>,
    },
    /// The service has no revision with this id.
    #[error("the service {service} has no revision {revision}")]
    UnknownRevision {
        /// Name of the service.
        service: String,
        /// Requested id.
        revision: RevisionId,
    },
    /// A file contains another revision than when the history was loaded.
    #[error("{} changed: it was revision {revision}", path.display())]
    ChangedMeanwhile {
        /// Path of the file.
        path: PathBuf,
        /// Id of the revision that it contained.
        revision: RevisionId,
    },
    /// A new file would overwrite an existing one.
    #[error("{} exists already", path.display())]
    Exists {
        /// Path of the file.
        path: PathBuf,
    },
    /// A file to be replaced has changed since it was read.
    #[error("{} was changed by another program meanwhile", path.display())]
    Changed {
        /// Path of the file.
        path: PathBuf,
    },
    /// The folder for a new file is not one that the service reads.
    #[error("the service {service} does not read {}", path.display())]
    ForeignFolder {
        /// Name of the service.
        service: String,
        /// Requested folder.
        path: PathBuf,
        /// Folders that the service reads.
        folders: Vec<PathBuf>,
    },
    /// A template for new revisions cannot be rendered.
    #[error("{0}")]
    Skeleton(SkeletonError),
    /// The config's `file_template` cannot be rendered to a file name.
    #[error("`file_template`: {error}")]
    FileName {
        /// Configured template.
        template: String,
        /// Cause.
        error: FileNameError,
    },
    /// The files of another tool cannot be read as a history.
    #[error("{error}")]
    Foreign {
        /// Path of the file or folder.
        path: PathBuf,
        /// Cause.
        error: ForeignError,
    },
    /// An imported revision already exists with different SQL.
    #[error("revision {revision} exists already, with other content")]
    ImportDiffers {
        /// Id of the revision.
        revision: RevisionId,
        /// Path of the existing file.
        path: PathBuf,
    },
    /// A file in a folder with `layout: pairs` does not belong to a pair.
    #[error("{} is not {}", path.display(), if *is_rollback { "the rollback of an existing file" } else { "named YYYYMMDD_HHMMSS_name.sql" })]
    NotAPair {
        /// Path of the file.
        path: PathBuf,
        /// `true` if it is a rollback whose upgrade file is missing.
        is_rollback: bool,
    },
    /// git failed or printed unexpected output.
    #[error("git in {}: {reason}", shown_folder(folder))]
    Git {
        /// Folder that git was run in.
        folder: PathBuf,
        /// Error message.
        reason: String,
    },
    /// No branch, tag or commit has the name.
    #[error("git does not know {reference}")]
    NoSuchRef {
        /// Folder that git was run in.
        folder: PathBuf,
        /// Requested name.
        reference: String,
    },
    /// No starter has the name.
    #[error("there is no starter project {name:?}")]
    UnknownStarter {
        /// Requested name.
        name: String,
        /// Names of all starters.
        known: Vec<String>,
    },
}

impl ProjectError {
    /// Returns the position of the error, if it has one.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::NotUtf8 { location, .. }
            | Self::Config { location, .. }
            | Self::EnvFile { location, .. }
            | Self::Revision { location, .. }
            | Self::CaseFile { location, .. }
            | Self::Python { location, .. } => Some(location),
            Self::Graph { files, .. } => files.first(),
            Self::Unrendered { unrendered, .. } => unrendered.location.as_ref(),
            _ => None,
        }
    }

    /// Replaces the paths in an error about files that were copied to another place.
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

    /// Returns the error code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NoConfig { .. } => ErrorCode::ConfigNotFound,
            Self::Read { .. } => ErrorCode::FileUnreadable,
            Self::Write { .. } => ErrorCode::FileUnwritable,
            Self::Config { .. } => ErrorCode::ConfigInvalid,
            Self::EnvFile { .. } => ErrorCode::EnvFileInvalid,
            Self::NoFolder { .. } => ErrorCode::FolderNotFound,
            Self::NotUtf8 { .. } | Self::Revision { .. } => ErrorCode::RevisionInvalid,
            Self::NotAPair { .. } | Self::NotRendered { .. } => ErrorCode::RevisionInvalid,
            Self::CaseFile { .. } => ErrorCode::CaseInvalid,
            Self::Python { .. } => ErrorCode::PythonUnreadable,
            Self::Alembic { .. } => ErrorCode::AlembicFailed,
            Self::AlembicConfig { .. } => ErrorCode::AlembicConfigInvalid,
            Self::Unrendered { .. } => ErrorCode::PythonUnrendered,
            Self::Graph { error, .. } => error.code(),
            Self::UnknownRevision { .. } => ErrorCode::RevisionNotFound,
            Self::ChangedMeanwhile { .. } | Self::Changed { .. } => ErrorCode::FileChanged,
            Self::Exists { .. } => ErrorCode::FileExists,
            Self::ForeignFolder { .. } => ErrorCode::FolderNotConfigured,
            Self::Skeleton(_) | Self::UnknownStarter { .. } => ErrorCode::TemplateInvalid,
            Self::FileName { .. } => ErrorCode::FileNameInvalid,
            Self::Foreign { .. } => ErrorCode::ImportInvalid,
            Self::Git { .. } => ErrorCode::GitFailed,
            Self::NoSuchRef { .. } => ErrorCode::RefNotFound,
            Self::ImportDiffers { .. } => ErrorCode::ImportDiffers,
        }
    }
}

/// Creates the error for a revision whose text cannot be rendered.
pub(super) fn not_rendered(path: &Path, error: RenderError) -> Box<ProjectError> {
    Box::new(ProjectError::NotRendered { path: path.to_owned(), error })
}

/// Returns the folder for messages; the path of the working directory is empty.
fn shown_folder(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { ".".to_owned() } else { folder.display().to_string() }
}
