//! What a service's config says of its schema: the desired one, where to try things, what may be done to the database.
//! Values only; how they are read from a config file is in [`super::settings`].

use std::path::PathBuf;

use super::{DatabaseUrl, UrlError};

/// The keys of a service that are about this.
pub(super) const KEYS: [&str; 10] = [
    "schema",
    "shadow_url",
    "shadow_extensions",
    "shadow_setup",
    "protected",
    "seed",
    "online",
    "owners",
    "snapshot",
    "require_downgrade",
];

/// Where the desired schema is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesiredSchema {
    /// SQL files, and folders whose `*.sql` files are meant, in order.
    Files(Vec<PathBuf>),
    /// A program with its arguments that prints SQL. It runs in the config file's folder.
    Command {
        /// The words.
        words: Vec<String>,
        /// The folder.
        folder: PathBuf,
    },
    /// A database that has it; or why its URL is none.
    Url(Result<DatabaseUrl, UrlError>),
}

/// What a service's config says of its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaConfig {
    /// The desired schema, where it is written down.
    pub desired: Option<DesiredSchema>,
    /// Where shadow databases are made, when not on the service's own server.
    pub shadow: Option<Result<DatabaseUrl, UrlError>>,
    /// Extensions that a shadow database gets besides those of the service's database (PostgreSQL).
    pub shadow_extensions: Vec<String>,
    /// SQL files that run in a shadow database before the first revision, in order.
    pub shadow_setup: Vec<PathBuf>,
    /// Whether nothing may drop everything in the service's database, or change it without a revision.
    pub protected: bool,
    /// SQL files with rows for a new database, in order.
    pub seed: Vec<PathBuf>,
    /// Whether generated statements are those for a database that is in use.
    pub online: bool,
    /// Whether owners and privileges are part of the schema.
    pub owners: bool,
    /// Whether the schema is kept beside the journal after each run.
    pub snapshot: bool,
    /// Whether only what can be taken back is run: a revision without a downgrade section is refused.
    pub require_downgrade: bool,
}

impl Default for SchemaConfig {
    fn default() -> Self {
        SchemaSettings::default().schema()
    }
}

/// What a mapping says; what it does not say is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SchemaSettings {
    pub desired: Option<DesiredSchema>,
    pub shadow: Option<Result<DatabaseUrl, UrlError>>,
    pub shadow_extensions: Option<Vec<String>>,
    pub shadow_setup: Option<Vec<PathBuf>>,
    pub protected: Option<bool>,
    pub seed: Option<Vec<PathBuf>>,
    pub online: Option<bool>,
    pub owners: Option<bool>,
    pub snapshot: Option<bool>,
    pub require_downgrade: Option<bool>,
}

impl SchemaSettings {
    pub(super) fn or(self, defaults: Self) -> Self {
        Self {
            desired: self.desired.or(defaults.desired),
            shadow: self.shadow.or(defaults.shadow),
            shadow_extensions: self.shadow_extensions.or(defaults.shadow_extensions),
            shadow_setup: self.shadow_setup.or(defaults.shadow_setup),
            protected: self.protected.or(defaults.protected),
            seed: self.seed.or(defaults.seed),
            online: self.online.or(defaults.online),
            owners: self.owners.or(defaults.owners),
            snapshot: self.snapshot.or(defaults.snapshot),
            require_downgrade: self.require_downgrade.or(defaults.require_downgrade),
        }
    }

    pub(super) fn schema(self) -> SchemaConfig {
        SchemaConfig {
            desired: self.desired,
            shadow: self.shadow,
            shadow_extensions: self.shadow_extensions.unwrap_or_default(),
            shadow_setup: self.shadow_setup.unwrap_or_default(),
            protected: self.protected.unwrap_or(false),
            seed: self.seed.unwrap_or_default(),
            online: self.online.unwrap_or(true),
            owners: self.owners.unwrap_or(false),
            snapshot: self.snapshot.unwrap_or(true),
            require_downgrade: self.require_downgrade.unwrap_or(false),
        }
    }
}
