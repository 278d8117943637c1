//! Schema settings of a service: desired schema, shadow databases, restrictions on the database.
//! Values only; [`super::settings`] reads them from a config file.

use std::path::PathBuf;

use super::{DatabaseUrl, UrlError};

/// Keys of a service that belong to these settings.
pub(super) const KEYS: [&str; 12] = [
    "schema",
    "schema_file",
    "shadow_url",
    "shadow_extensions",
    "shadow_setup",
    "protected",
    "seed",
    "tests",
    "online",
    "owners",
    "snapshot",
    "require_downgrade",
];

/// Source of the desired schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesiredSchema {
    /// SQL files, and folders whose `*.sql` files are read, in order.
    Files(Vec<PathBuf>),
    /// Program that prints SQL. Its working directory is the config file's folder.
    Command {
        /// Program and arguments.
        words: Vec<String>,
        /// Working directory.
        folder: PathBuf,
    },
    /// Database that has the desired schema, or the reason why its URL is invalid.
    Url(Result<DatabaseUrl, UrlError>),
}

/// Schema settings of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaConfig {
    /// Source of the desired schema.
    pub desired: Option<DesiredSchema>,
    /// File that gets the schema of the database after each run, unless the service is protected.
    pub file: Option<PathBuf>,
    /// Server to create shadow databases on, or a database to use as the shadow; `None` for the service's own server.
    pub shadow: Option<Result<DatabaseUrl, UrlError>>,
    /// Extensions that are created in a shadow database in addition to those of the service's database (PostgreSQL).
    pub shadow_extensions: Vec<String>,
    /// SQL files that are executed in a shadow database before the first revision, in order.
    pub shadow_setup: Vec<PathBuf>,
    /// If `true`, commands that would drop everything, or change the database without a revision, are refused.
    pub protected: bool,
    /// SQL files with the initial rows of a new database, in order.
    pub seed: Vec<PathBuf>,
    /// Case files of `aludel test`, and folders whose `*.sql` files are; `None` for a folder beside the revisions.
    pub tests: Option<Vec<PathBuf>>,
    /// If `true`, generated statements are safe for a database in use.
    pub online: bool,
    /// If `true`, owners and privileges are part of the schema.
    pub owners: bool,
    /// If `true`, the schema is stored beside the journal after each run.
    pub snapshot: bool,
    /// If `true`, revisions without a downgrade section are refused.
    pub require_downgrade: bool,
}

impl Default for SchemaConfig {
    fn default() -> Self {
        SchemaSettings::default().schema()
    }
}

/// Keys set in one mapping; `None` for those that are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SchemaSettings {
    pub desired: Option<DesiredSchema>,
    pub file: Option<PathBuf>,
    pub shadow: Option<Result<DatabaseUrl, UrlError>>,
    pub shadow_extensions: Option<Vec<String>>,
    pub shadow_setup: Option<Vec<PathBuf>>,
    pub protected: Option<bool>,
    pub seed: Option<Vec<PathBuf>>,
    pub tests: Option<Vec<PathBuf>>,
    pub online: Option<bool>,
    pub owners: Option<bool>,
    pub snapshot: Option<bool>,
    pub require_downgrade: Option<bool>,
}

impl SchemaSettings {
    pub(super) fn or(self, defaults: Self) -> Self {
        Self {
            desired: self.desired.or(defaults.desired),
            file: self.file.or(defaults.file),
            shadow: self.shadow.or(defaults.shadow),
            shadow_extensions: self.shadow_extensions.or(defaults.shadow_extensions),
            shadow_setup: self.shadow_setup.or(defaults.shadow_setup),
            protected: self.protected.or(defaults.protected),
            seed: self.seed.or(defaults.seed),
            tests: self.tests.or(defaults.tests),
            online: self.online.or(defaults.online),
            owners: self.owners.or(defaults.owners),
            snapshot: self.snapshot.or(defaults.snapshot),
            require_downgrade: self.require_downgrade.or(defaults.require_downgrade),
        }
    }

    pub(super) fn schema(self) -> SchemaConfig {
        SchemaConfig {
            desired: self.desired,
            file: self.file,
            shadow: self.shadow,
            shadow_extensions: self.shadow_extensions.unwrap_or_default(),
            shadow_setup: self.shadow_setup.unwrap_or_default(),
            protected: self.protected.unwrap_or(false),
            seed: self.seed.unwrap_or_default(),
            tests: self.tests,
            online: self.online.unwrap_or(true),
            owners: self.owners.unwrap_or(false),
            snapshot: self.snapshot.unwrap_or(true),
            require_downgrade: self.require_downgrade.unwrap_or(false),
        }
    }
}
