//! The list of dialects: each with the rules from its folder.

use super::{mysql, postgres, sqlite};
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
}
