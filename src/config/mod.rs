//! YAML, environment and flags to services. Pure: texts and values in, [`Config`] out.
//! Must not read files, connect, or print.

use std::fmt;
use std::path::PathBuf;

use crate::sql::Dialect;

/// A database's URL. It may hold a password: `Debug` and `Display` never show it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
    dialect: Dialect,
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(..)")
    }
}

/// A service: a database, folders of revisions, a version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its database; none when neither the config nor `DATABASE_URL` names one (commands without a connection still work).
    pub url: Option<DatabaseUrl>,
    /// Folders of revisions, absolute or relative to the working directory; new files go to the first. Never empty.
    pub revisions: Vec<PathBuf>,
    /// Whether folders within the folders are read too.
    pub recursive: bool,
    /// The version table's name.
    pub version_table: String,
    /// The schema it is in.
    pub version_schema: Option<String>,
    /// A folder of skeleton templates that win over the built-in ones.
    pub templates: Option<PathBuf>,
    /// minijinja template of new files' names.
    pub file_template: String,
    /// Commands that run on each new file, `{path}` standing for it: program and arguments.
    pub post_write_hooks: Vec<Vec<String>>,
    /// The name of the environment, for templates (`env`): from the config or `ALUDEL_ENV`.
    pub env: Option<String>,
}

/// All services of a config file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file; none when flags alone made it.
    pub path: Option<PathBuf>,
    /// The services.
    pub services: Vec<Service>,
}

impl DatabaseUrl {
    /// Takes `text` as a URL of the dialect that its scheme names.
    #[must_use]
    pub fn from_scheme(text: &str) -> Option<Self> {
        let dialect = match text.split(':').next()? {
            "sqlite" => Dialect::Sqlite,
            "postgres" | "postgresql" => Dialect::Postgres,
            "mysql" | "mariadb" => Dialect::Mysql,
            _ => return None,
        };
        Some(Self { text: text.to_owned(), dialect })
    }

    /// The database's dialect, from the URL's scheme.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The whole URL with its password, for drivers only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}
