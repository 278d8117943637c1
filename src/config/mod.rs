//! YAML, environment and flags to services. Pure: texts and values in, [`Config`] out.
//! Must not read files, connect, or print.

mod backup;
mod error;
mod interpolate;
mod key_span;
mod python;
mod runbook;
mod safety;
mod schema;
mod secret;
mod settings;
#[cfg(test)]
mod tests;
mod url;
mod url_secret;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::Span;

pub use backup::BackupSettings;
pub use error::ConfigError;
pub use python::Python;
pub use runbook::{Check, DEFAULT_HOOK_TIMEOUT, Expect, Hook, Hooks, Moment, OnFailure};
pub use safety::{LockKind, SafetySettings};
pub use schema::{DesiredSchema, SchemaConfig};
pub use secret::{Secret, hide_secrets};
pub use url::{DatabaseUrl, UrlError, instead_of_parameter};
pub use url_secret::{hide_url_passwords, url_secrets};

/// The version table of a service whose config names none.
pub const DEFAULT_VERSION_TABLE: &str = "aludel_version";
/// The most bytes a version table's name may have: PostgreSQL cuts names at 63, and `_history` comes behind it.
pub const MAXIMUM_VERSION_TABLE: usize = 55;
/// How new files are named when the config does not say.
pub const DEFAULT_FILE_TEMPLATE: &str = "{{ year }}{{ month }}{{ day }}_{{ hour }}{{ minute }}_{{ id }}_{{ slug }}.sql";

/// What the files in a service's folders are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Revision files, each with its header.
    #[default]
    Revisions,
    /// Pairs named by time, `YYYYMMDD_HHMMSS_name.sql` and `..._rollback.sql`, which are a line by time.
    Pairs,
}

/// A service: a database, folders of revisions, a version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its database, or why there is none: commands without a connection still work.
    pub url: Result<DatabaseUrl, UrlError>,
    /// Folders of revisions, absolute or relative to the working directory; new files go to the first. Never empty.
    pub revisions: Vec<PathBuf>,
    /// Whether folders within the folders are read too.
    pub recursive: bool,
    /// What the files in the folders are.
    pub layout: Layout,
    /// The version table's name.
    pub version_table: String,
    /// The schema it is in.
    pub version_schema: Option<String>,
    /// A folder of skeleton templates that win over the built-in ones.
    pub templates: Option<PathBuf>,
    /// minijinja template of new files' names.
    pub file_template: String,
    /// Commands that run on each new file: program and arguments, `{path}` standing for the file.
    pub post_write_hooks: Vec<Vec<String>>,
    /// The name of the environment, for templates (`env`): from the config or `ALUDEL_ENV`.
    pub env: Option<String>,
    /// Timeouts, retries, the kind of lock, the throttle of backfills.
    pub gentle: SafetySettings,
    /// Queries that tell whether all is well.
    pub checks: Vec<Check>,
    /// Commands that run at the moments of a deploy.
    pub hooks: Hooks,
    /// What a deploy does when something failed.
    pub on_failure: OnFailure,
    /// How its database is backed up.
    pub backup: BackupSettings,
    /// The Alembic that renders revisions written in Python; none: they are not run.
    pub python: Option<Python>,
    /// Constants of other modules that such revisions name, with their texts.
    pub constants: BTreeMap<String, Vec<String>>,
    /// Its desired schema, and what may be done to its database.
    pub schema: SchemaConfig,
}

impl Service {
    /// The service `default` that needs no config file: a URL (else `DATABASE_URL`) and folders of revisions.
    #[must_use]
    pub fn from_flags(
        url: Option<&str>,
        revisions: Vec<PathBuf>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let settings = settings::ServiceSettings { revisions: Some(revisions), ..settings::ServiceSettings::default() };
        let mut service = settings.service("default", Path::new(""), environment);
        if let Some(url) = url {
            service.url = DatabaseUrl::parse(url, None);
        }
        service
    }

    /// Its database's URL.
    ///
    /// # Errors
    /// Why there is none.
    pub const fn url(&self) -> Result<&DatabaseUrl, &UrlError> {
        self.url.as_ref()
    }

    /// The URL without passwords, or why there is none.
    #[must_use]
    pub fn url_for_people(&self) -> String {
        self.url.as_ref().map_or_else(ToString::to_string, DatabaseUrl::redacted)
    }

    /// The dialect of its database, when the URL is known.
    #[must_use]
    pub fn dialect(&self) -> Option<crate::sql::Dialect> {
        self.url.as_ref().ok().map(DatabaseUrl::dialect)
    }
}

/// All services of a config file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file; none when flags alone made it.
    pub path: Option<PathBuf>,
    /// The services. Never empty.
    pub services: Vec<Service>,
}

impl Config {
    /// Reads the text of the config file at `path`; relative paths in it are relative to its folder.
    /// A variable that is not set is no error in a URL until somebody needs the URL ([`Service::url`]).
    ///
    /// # Errors
    /// [`ConfigError`], with spans of `text`.
    pub fn parse(text: &str, path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let base = path.parent().unwrap_or_else(|| Path::new(""));
        let services = settings::services(text, base, environment)?;
        Ok(Self { path: Some(path.to_owned()), services })
    }

    /// The bytes of `text`, a config file's, where the value of `key` of `service` stands: its own, else the one that all services
    /// share. `None` if the file does not say it.
    #[must_use]
    pub fn value_span(text: &str, service: &str, key: &str) -> Option<Span> {
        [&["services", service, key][..], &[key]].into_iter().find_map(|path| {
            let place = key_span::find(text, path, 0);
            (place.key.of(text) == key).then_some(place.value)
        })
    }

    /// The config of one service that flags alone describe.
    #[must_use]
    pub fn of(service: Service) -> Self {
        Self { path: None, services: vec![service] }
    }

    /// Pairs of services that would write the same rows: the same URL, version table and schema.
    #[must_use]
    pub fn shared_version_tables(&self) -> Vec<(&Service, &Service)> {
        let same = |a: &Service, b: &Service| {
            let tables = (&a.version_table, &a.version_schema) == (&b.version_table, &b.version_schema);
            tables && a.url.is_ok() && a.url == b.url
        };
        let pairs = self
            .services
            .iter()
            .enumerate()
            .flat_map(|(index, first)| self.services.iter().skip(index + 1).map(move |second| (first, second)));
        pairs.filter(|(first, second)| same(first, second)).collect()
    }
}
