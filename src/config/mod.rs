//! Configuration: YAML text, environment and flags resolved to services. Pure: texts and values in, [`Config`] out.
//! Must not read files, connect, or print.

mod backup;
mod credentials;
mod env_file;
mod error;
mod interpolate;
mod json_schema;
mod key_span;
pub mod keys;
mod lint;
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
pub use credentials::{CredentialError, CredentialReader, CredentialSource, ServiceUrl, UrlCommand};
pub use env_file::{EnvFileError, EnvFileProblem, EnvFileVariables, env_file_secrets, hide_env_values, parse_env_file};
pub use error::ConfigError;
pub use json_schema::{SCHEMA_URL, json_schema, schema_line};
pub use lint::LintConfig;
pub use python::Python;
pub use runbook::{Check, DEFAULT_HOOK_TIMEOUT, Expect, Hook, Hooks, Moment, OnFailure};
pub use safety::{AheadPolicy, Durable, LockKind, ProveMerges, SafetySettings};
pub use schema::{DesiredSchema, SchemaConfig};
pub use secret::{Secret, hide_secrets};
pub use url::{DatabaseUrl, UrlError, instead_of_parameter};
pub use url_secret::{hide_url_passwords, url_secrets};

/// Name of the version table if the config names none.
pub const DEFAULT_VERSION_TABLE: &str = "aludel_version";
/// Maximum length of a version table's name, in bytes. PostgreSQL cuts names at 63 bytes, and `_history` is appended.
pub const MAXIMUM_VERSION_TABLE: usize = 55;
/// Template for the names of new files if the config has none.
pub const DEFAULT_FILE_TEMPLATE: &str = "{{ year }}{{ month }}{{ day }}_{{ hour }}{{ minute }}_{{ id }}_{{ slug }}.sql";

/// Kind of files in a service's folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Revision files, each with its header.
    #[default]
    Revisions,
    /// Pairs of files named by time, `YYYYMMDD_HHMMSS_name.sql` and `..._rollback.sql`, that form one line in that
    /// order.
    Pairs,
}

/// Service: a database, folders of revisions, a version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Name, as used in targets and on the command line.
    pub name: String,
    /// URL of its database, or the reason why there is none: commands that need no connection still work.
    pub url: ServiceUrl,
    /// Folder of the config file, or an empty path for the working directory.
    pub folder: PathBuf,
    /// Folders of revisions, absolute or relative to the working directory. New files go to the first. Never empty.
    pub revisions: Vec<PathBuf>,
    /// If `true`, subfolders are read too.
    pub recursive: bool,
    /// Kind of files in the folders.
    pub layout: Layout,
    /// Name of the version table.
    pub version_table: String,
    /// Schema that the version table is in; `None` for the session's default.
    pub version_schema: Option<String>,
    /// Folder of templates that override the built-in ones.
    pub templates: Option<PathBuf>,
    /// minijinja template for the names of new files.
    pub file_template: String,
    /// Commands that run on each new file: program and arguments, in which `{path}` is replaced by the file's path.
    pub post_write_hooks: Vec<Vec<String>>,
    /// Name of the environment, for templates (`env`): from the config, else from `ALUDEL_ENV`.
    pub env: Option<String>,
    /// Timeouts, retries, kind of lock, throttle of backfills.
    pub gentle: SafetySettings,
    /// Queries that check the health of the database.
    pub checks: Vec<Check>,
    /// Commands that run at the stages of a deploy.
    pub hooks: Hooks,
    /// Reaction of a deploy to a failure.
    pub on_failure: OnFailure,
    /// Backup settings of its database.
    pub backup: BackupSettings,
    /// Alembic command that renders revisions written in Python. Without one they are not run.
    pub python: Option<Python>,
    /// Constants of other Python modules that such revisions refer to, with their texts.
    pub constants: BTreeMap<String, Vec<String>>,
    /// Variables of the env file that the environment does not set, for the programs that the service runs.
    pub variables: EnvFileVariables,
    /// Settings of `lint`.
    pub lint: LintConfig,
    /// Desired schema, and the restrictions on schema changes.
    pub schema: SchemaConfig,
}

impl Service {
    /// Builds the service `default` without a config file, from a URL (else `DATABASE_URL`) and folders of revisions.
    #[must_use]
    pub fn from_flags(
        url: Option<&str>,
        revisions: Vec<PathBuf>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let settings = settings::ServiceSettings { revisions: Some(revisions), ..settings::ServiceSettings::default() };
        let mut service = settings.service("default", Path::new(""), environment);
        if let Some(url) = url {
            service.url = DatabaseUrl::parse(url, None).into();
        }
        service
    }

    /// Returns the URL of its database. Runs the program that prints it, if there is one and it has not run yet.
    ///
    /// # Errors
    /// [`UrlError`] if the service has no usable URL.
    pub fn url(&self) -> Result<&DatabaseUrl, &UrlError> {
        self.url.get()
    }

    /// Returns the URL without passwords, or the reason why there is none. For display.
    #[must_use]
    pub fn url_for_people(&self) -> String {
        self.url().map_or_else(ToString::to_string, DatabaseUrl::redacted)
    }

    /// Returns the name of the database on its server. For SQLite it is the path of the file, and without a URL the name of
    /// the service.
    #[must_use]
    pub fn database_name(&self) -> String {
        let Ok(url) = self.url() else { return self.name.clone() };
        match url.path() {
            Some(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            // libpq: the parameter `dbname` overrides the path of the URL.
            None => url.parameter("dbname").or_else(|| url.database()).unwrap_or(&self.name).to_owned(),
        }
    }

    /// Returns the dialect of its database, or `None` if there is no URL.
    #[must_use]
    pub fn dialect(&self) -> Option<crate::sql::Dialect> {
        self.url().ok().map(DatabaseUrl::dialect)
    }
}

/// All services of a config file, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Path of the config file; `None` if the config was built from flags.
    pub path: Option<PathBuf>,
    /// Services. Never empty.
    pub services: Vec<Service>,
    /// Variables of the env file, which the environment of the process overrides.
    pub env_file: EnvFileVariables,
    /// Path of the env file, if one was read.
    pub env_file_path: Option<PathBuf>,
}

/// Value of the key `env_file`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EnvFileSetting {
    /// `.env` beside the config file, if there is one.
    #[default]
    Default,
    /// None.
    Off,
    /// This file, which must exist.
    Path(PathBuf),
}

impl Config {
    /// Parses the text of the config file at `path`. Relative paths in it are relative to the file's folder.
    /// An unset variable in a URL is reported only when the URL is used ([`Service::url`]).
    ///
    /// # Errors
    /// [`ConfigError`], with spans of `text`.
    pub fn parse(text: &str, path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let base = path.parent().unwrap_or_else(|| Path::new(""));
        let services = settings::services(text, base, environment)?;
        Ok(Self { path: Some(path.to_owned()), services, env_file: EnvFileVariables::new(), env_file_path: None })
    }

    /// Returns the value of the key `env_file` in `text`, the text of the config file at `path`. It is read before
    /// everything else, because the other values may use the variables of that file.
    ///
    /// # Errors
    /// [`ConfigError`], with spans of `text`.
    pub fn env_file_setting(text: &str, path: &Path) -> Result<EnvFileSetting, ConfigError> {
        settings::env_file(text, path.parent().unwrap_or_else(|| Path::new("")))
    }

    /// Returns the span of the value of `key` for `service` in `text`, the text of a config file: the service's own
    /// value, else the one shared by all services. `None` if the file sets neither.
    #[must_use]
    pub fn value_span(text: &str, service: &str, key: &str) -> Option<Span> {
        let place = key_span::find(text, &key_span::key_path(text, service, key)?, 0);
        (place.key.slice(text) == key).then_some(place.value)
    }

    /// Builds a config of one service that was described by flags.
    #[must_use]
    pub fn from_service(service: Service) -> Self {
        Self { path: None, services: vec![service], env_file: EnvFileVariables::new(), env_file_path: None }
    }

    /// Returns the pairs of services that would write the same version rows: same URL, version table and schema.
    #[must_use]
    pub fn shared_version_tables(&self) -> Vec<(&Service, &Service)> {
        let same = |a: &Service, b: &Service| {
            let tables = (&a.version_table, &a.version_schema) == (&b.version_table, &b.version_schema);
            tables && a.url.is_set() && a.url == b.url
        };
        let pairs = self
            .services
            .iter()
            .enumerate()
            .flat_map(|(index, first)| self.services.iter().skip(index + 1).map(move |second| (first, second)));
        pairs.filter(|(first, second)| same(first, second)).collect()
    }
}
