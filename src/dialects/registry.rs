//! The list of dialects: each with the rules from its folder.

use super::{mysql, postgres, sqlite};
use crate::formats::FormatRules;
use crate::schema::SchemaRules;
use crate::sql::{Dialect, DialectRules};

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 3] = [Self::Postgres, Self::Mysql, Self::Sqlite];

    /// Returns the dialect's rules for SQL text.
    #[must_use]
    pub fn rules(self) -> &'static dyn DialectRules {
        match self {
            Self::Postgres => &postgres::PostgresDialect,
            Self::Mysql => &mysql::MysqlDialect,
            Self::Sqlite => &sqlite::SqliteDialect,
        }
    }

    /// Returns the dialect's rules for schemas.
    #[must_use]
    pub fn schema_rules(self) -> &'static dyn SchemaRules {
        match self {
            Self::Postgres => &postgres::PostgresDialect,
            Self::Mysql => &mysql::MysqlDialect,
            Self::Sqlite => &sqlite::SqliteDialect,
        }
    }

    /// Returns the dialect's rules for the files and tables of other tools.
    #[must_use]
    pub fn format_rules(self) -> &'static dyn FormatRules {
        match self {
            Self::Postgres => &postgres::PostgresDialect,
            Self::Mysql => &mysql::MysqlDialect,
            Self::Sqlite => &sqlite::SqliteDialect,
        }
    }

    /// Returns the dialect called `name` ([`Dialect::name`]).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }
}

/// Dialect of a text whose database is not known, because the service has no URL: PostgreSQL. Used only to split or
/// compare texts without running them. PostgreSQL's comments, strings and names are closest to the standard, so that it
/// misreads the fewest texts written for another database.
impl Default for Dialect {
    fn default() -> Self {
        Self::Postgres
    }
}
