//! Dialects: what is true of one database's SQL, a folder for each. Pure: text and values, without connections, files or
//! services. This file is the only list of them.

#[cfg(feature = "memory")]
pub mod memory;
pub mod mysql;
pub mod postgres;
pub mod sqlite;

use crate::ddl::ChangeRules;
use crate::formats::FormatRules;
use crate::schema::SchemaRules;
use crate::sql::{Dialect, DialectRules};

/// Rules of one dialect.
struct DialectEntry {
    text: &'static dyn DialectRules,
    schema: &'static dyn SchemaRules,
    formats: &'static dyn FormatRules,
    changes: &'static dyn ChangeRules,
}

impl DialectEntry {
    const fn new<D: DialectRules + SchemaRules + FormatRules + ChangeRules>(dialect: &'static D) -> Self {
        Self { text: dialect, schema: dialect, formats: dialect, changes: dialect }
    }
}

/// All dialects, in the order of the constants below.
static DIALECTS: &[DialectEntry] = &[
    DialectEntry::new(&postgres::PostgresDialect),
    DialectEntry::new(&mysql::MysqlDialect),
    DialectEntry::new(&sqlite::SqliteDialect),
    #[cfg(feature = "memory")]
    DialectEntry::new(&memory::MemoryDialect),
];

impl Dialect {
    /// PostgreSQL 12 and later.
    pub const POSTGRES: Self = Self::at(0);
    /// MySQL 8 and later, MariaDB 10.6 and later.
    pub const MYSQL: Self = Self::at(1);
    /// SQLite 3.
    pub const SQLITE: Self = Self::at(2);
    /// In-memory database of the tests.
    #[cfg(feature = "memory")]
    pub const MEMORY: Self = Self::at(3);

    /// Iterates over all dialects.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).take(DIALECTS.len()).map(Self::at)
    }

    fn entry(self) -> &'static DialectEntry {
        #[allow(clippy::expect_used)]
        DIALECTS.get(self.index()).expect("only the constants above are dialects")
    }

    /// Returns the dialect's rules for SQL text.
    #[must_use]
    pub fn rules(self) -> &'static dyn DialectRules {
        self.entry().text
    }

    /// Returns the dialect's rules for schemas.
    #[must_use]
    pub fn schema_rules(self) -> &'static dyn SchemaRules {
        self.entry().schema
    }

    /// Returns the dialect's rules for the files and tables of other tools.
    #[must_use]
    pub fn format_rules(self) -> &'static dyn FormatRules {
        self.entry().formats
    }

    /// Returns the dialect's rules for the work of changes on tables with rows.
    #[must_use]
    pub fn change_rules(self) -> &'static dyn ChangeRules {
        self.entry().changes
    }

    /// Returns the dialect of a database URL with this scheme, in lower case and without a driver.
    #[must_use]
    pub fn of_scheme(scheme: &str) -> Option<Self> {
        Self::all().find(|dialect| dialect.rules().url_schemes().contains(&scheme))
    }

    /// Returns the URL schemes of all dialects that messages list: `postgres:, mysql:, mariadb: or sqlite:`.
    #[must_use]
    pub fn listed_schemes() -> String {
        let schemes: Vec<&str> =
            Self::all().flat_map(|dialect| dialect.rules().listed_url_schemes()).copied().collect();
        match schemes.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{}: or {last}:", before.join(":, ")),
            Some((only, _)) => format!("{only}:"),
            None => String::new(),
        }
    }

    /// Returns the dialect called `name` ([`Dialect::name`]).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|dialect| dialect.name() == name)
    }
}

/// Dialect of a text whose database is not known, because the service has no URL: PostgreSQL. Used only to split or
/// compare texts without running them. PostgreSQL's comments, strings and names are closest to the standard, so that it
/// misreads the fewest texts written for another database.
impl Default for Dialect {
    fn default() -> Self {
        Self::POSTGRES
    }
}
