//! Revisions that a program carries in itself. Texts only: no file is read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::{DatabaseUrl, Gentle, Layout, Service};
use crate::project::{History, ProjectResult};

/// The revisions of one service, in the program itself; [`embed!`](crate::embed) makes it.
///
/// ```
/// static AUTH: aludel::Embedded = aludel::embed!("revisions/auth");
/// assert_eq!(AUTH.name(), "auth");
/// ```
#[derive(Debug, Clone)]
pub struct Embedded {
    name: Cow<'static, str>,
    files: &'static [(&'static str, &'static str)],
    url: Option<String>,
    version_table: Option<String>,
    version_schema: Option<String>,
    env: Option<String>,
    gentle: Option<Gentle>,
    layout: Layout,
}

impl Embedded {
    /// The service `name` with these files: the path that each is shown by, and its text.
    #[must_use]
    pub const fn new(name: &'static str, files: &'static [(&'static str, &'static str)]) -> Self {
        Self {
            name: Cow::Borrowed(name),
            files,
            url: None,
            version_table: None,
            version_schema: None,
            env: None,
            gentle: None,
            layout: Layout::Revisions,
        }
    }

    /// The service's name: the folder's last one, unless it was [given](Self::named).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Another name for the service: the one before the colon in other services' dependencies.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Cow::Owned(name.into());
        self
    }

    /// Its database, where [`Migrator::on`](super::Migrator::on) gives no connection; without it `DATABASE_URL` of the environment.
    /// A relative SQLite path is relative to the working folder.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Its version table, `aludel_version` without this; an `alembic_version` is taken over as it stands.
    #[must_use]
    pub fn version_table(mut self, name: impl Into<String>) -> Self {
        self.version_table = Some(name.into());
        self
    }

    /// The schema that the version table is in.
    #[must_use]
    pub fn version_schema(mut self, name: impl Into<String>) -> Self {
        self.version_schema = Some(name.into());
        self
    }

    /// The name of the environment, for templates (`env`).
    #[must_use]
    pub fn env(mut self, name: impl Into<String>) -> Self {
        self.env = Some(name.into());
        self
    }

    /// Timeouts, retries, the kind of lock, the pace of backfills.
    #[must_use]
    pub fn gentle(mut self, gentle: Gentle) -> Self {
        self.gentle = Some(gentle);
        self
    }

    /// What the files are: revisions, without this.
    #[must_use]
    pub const fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// The history that the files are.
    pub(super) fn history(&self, environment: &dyn Fn(&str) -> Option<String>) -> ProjectResult<History> {
        let folder = self.files.first().and_then(|(path, _)| Path::new(path).parent());
        let mut service = Service::from_flags(None, vec![folder.unwrap_or(Path::new("")).to_owned()], environment);
        service.name = self.name.clone().into_owned();
        service.layout = self.layout;
        service.version_schema.clone_from(&self.version_schema);
        if let Some(url) = &self.url {
            service.url = DatabaseUrl::parse(url, None);
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
        let texts = self.files.iter().map(|(path, text)| (PathBuf::from(path), Cow::Borrowed(*text)));
        History::of_texts(&service, texts.collect::<BTreeMap<_, _>>())
    }
}

/// Puts the revision files of a folder into the program: an [`Embedded`], which may be a `static`.
///
/// The folder is looked for beside the program's `Cargo.toml`; with `, recursive` the folders in it count too. The compiler
/// notices by itself when one of the files changes. That a file was added or taken away it notices with this in `build.rs`:
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
        const FILES: (&str, &[(&str, &str)]) = $crate::__embedded_files!($($folder)+);
        $crate::Embedded::new(FILES.0, FILES.1)
    }};
}
