//! Revisions compiled into the program. Works on texts only and reads no file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::config::{DatabaseUrl, Layout, SafetySettings, Service};
use crate::project::{self, History, IncludedFiles, ProjectResult, Texts};

/// Revisions of one service, compiled into the program; created by [`embed!`](crate::embed).
///
/// ```
/// static AUTH: aludel::Embedded = aludel::embed!("revisions/auth");
/// assert_eq!(AUTH.name(), "auth");
/// ```
#[derive(Debug, Clone)]
pub struct Embedded {
    name: Cow<'static, str>,
    files: &'static [(&'static str, &'static str)],
    included: &'static [(&'static str, &'static str)],
    url: Option<String>,
    version_table: Option<String>,
    version_schema: Option<String>,
    env: Option<String>,
    gentle: Option<SafetySettings>,
    layout: Layout,
}

impl Embedded {
    /// Creates a service called `name` from its files: pairs of the path shown in messages and the text.
    #[must_use]
    pub const fn new(name: &'static str, files: &'static [(&'static str, &'static str)]) -> Self {
        Self {
            name: Cow::Borrowed(name),
            files,
            included: &[],
            url: None,
            version_table: None,
            version_schema: None,
            env: None,
            gentle: None,
            layout: Layout::Revisions,
        }
    }

    /// Adds files that the revisions include: pairs of path and text. The path is that of the including file's folder
    /// with the path written there, without `..`.
    #[must_use]
    pub const fn included(mut self, files: &'static [(&'static str, &'static str)]) -> Self {
        self.included = files;
        self
    }

    /// Returns the name of the service: the last component of the embedded folder, unless [`named`](Self::named)
    /// changed it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets the name of the service, which other services write before the colon in their dependencies (`auth:3f2a`).
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Cow::Owned(name.into());
        self
    }

    /// Sets the URL of the database (default: the environment variable `DATABASE_URL`). A relative SQLite path is
    /// relative to the working directory.
    ///
    /// Not needed with [`Migrator::with_connection`](super::Migrator::with_connection), which uses a connection of the program.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets the name of the version table (default: `aludel_version`). An existing `alembic_version` can be used
    /// unchanged.
    #[must_use]
    pub fn version_table(mut self, name: impl Into<String>) -> Self {
        self.version_table = Some(name.into());
        self
    }

    /// Sets the schema that contains the version table (on MySQL and MariaDB: the database).
    #[must_use]
    pub fn version_schema(mut self, name: impl Into<String>) -> Self {
        self.version_schema = Some(name.into());
        self
    }

    /// Sets the name of the environment, available in templates as `env` (default: the environment variable
    /// `ALUDEL_ENV`).
    #[must_use]
    pub fn env(mut self, name: impl Into<String>) -> Self {
        self.env = Some(name.into());
        self
    }

    /// Sets timeouts, lock retries, the kind of lock and the limits for backfills.
    #[must_use]
    pub fn gentle(mut self, gentle: SafetySettings) -> Self {
        self.gentle = Some(gentle);
        self
    }

    /// Sets the layout of the files (default: [`Layout::Revisions`]).
    #[must_use]
    pub const fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Builds the history from the embedded files.
    pub(super) fn history(&self, environment: &dyn Fn(&str) -> Option<String>) -> ProjectResult<History> {
        // A service needs a folder, but no revision file is read from it: all texts are in memory.
        let folder = self.files.first().and_then(|(path, _)| Path::new(path).parent());
        let mut service = Service::from_flags(None, vec![folder.unwrap_or(Path::new("")).to_owned()], environment);
        service.name = self.name.clone().into_owned();
        service.layout = self.layout;
        service.version_schema.clone_from(&self.version_schema);
        if let Some(url) = &self.url {
            service.url = DatabaseUrl::parse(url, None).into();
        }
        if let Some(table) = &self.version_table {
            service.version_table.clone_from(table);
        }
        if self.env.is_some() {
            service.env.clone_from(&self.env);
        }
        if let Some(gentle) = &self.gentle {
            service.gentle = gentle.clone();
        }
        // With subfolders, the case files of `aludel test` beside the revisions are embedded too.
        let revisions = self.files.iter().filter(|(path, text)| !project::is_case_file(Path::new(path), text));
        let kept = |(path, text): &(&'static str, &'static str)| (PathBuf::from(path), Cow::Borrowed(*text));
        let texts: Texts = revisions.map(kept).collect();
        let included = IncludedFiles::among(&texts, &self.included.iter().map(kept).collect());
        History::of_texts(&service, texts, included)
    }
}

/// Compiles the revision files of a folder into the program and returns an [`Embedded`], which may be a `static`.
///
/// The path is relative to the folder of the program's `Cargo.toml`. With `, recursive` its subfolders are included.
/// Files that revisions include (`-- @include`) are compiled in too, as far as they are below the folder of `Cargo.toml`.
/// The compiler notices changes of the files by itself; to make it notice new and deleted files as well, add this to
/// `build.rs`:
///
/// ```
/// // fn main() {
/// println!("cargo:rerun-if-changed=revisions");
/// // }
/// ```
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let migrator = aludel::Migrator::embedded(aludel::embed!("revisions/auth"))?;
/// assert!(migrator.services().eq(["auth"]));
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! embed {
    ($($folder:tt)+) => {{
        const FILES: (&str, &[(&str, &str)], &[(&str, &str)]) = $crate::__embedded_files!($($folder)+);
        $crate::Embedded::new(FILES.0, FILES.1).included(FILES.2)
    }};
}
