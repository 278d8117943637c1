//! Interpretation of other tools' version tables: the query to read one, and the imported revisions that its rows
//! correspond to. Must not depend on connections or the graph.

use super::Format;
use super::applied_rows::AppliedMatches;
use crate::id::RevisionId;
use crate::sql::{Dialect, qualified};

/// A row of the version table; each value as text from the server.
pub type RegistryRow = Vec<Option<String>>;

/// A revision that a row may correspond to.
#[derive(Debug, Clone, Copy)]
pub struct KnownRevision<'h> {
    pub id: &'h RevisionId,
    /// Time in its header.
    pub created: Option<&'h str>,
}

/// Location of a tool's version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// Schema (PostgreSQL) or database (MySQL) of the table, if given.
    pub schema: Option<String>,
    /// Name of the table.
    pub table: String,
}

/// A state of another tool that cannot be converted to current revisions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A migration failed and has not been marked as repaired.
    #[error("{tool} records {version} as failed ({column})")]
    Failed {
        /// Name of the tool.
        tool: &'static str,
        /// Version of the migration.
        version: String,
        /// Content of the table: `dirty`, `success = false`, `finished_at is null`.
        column: &'static str,
    },
    /// The table contains versions that no revision file has.
    #[error("{tool} records {} as applied, but there is no such revision file", versions.join(", "))]
    Unknown {
        /// Name of the tool.
        tool: &'static str,
        /// Unknown versions.
        versions: Vec<String>,
    },
}

impl Format {
    /// Returns `true` if the tool has a version table.
    #[must_use]
    pub const fn has_table(self) -> bool {
        !matches!(self, Self::Pairs)
    }

    /// Returns the location of the tool's version table: its default or `name`, which may be `schema.table`. For
    /// Sqitch, `name` is the registry: a schema, a database, or on SQLite a file, which is not part of the result.
    #[must_use]
    pub fn registry(self, dialect: Dialect, name: Option<&str>) -> Registry {
        if self == Self::Sqitch {
            let is_file = dialect.format_rules().has_sqitch_registry_file();
            let schema = (!is_file).then(|| name.unwrap_or("sqitch").to_owned());
            return Registry { schema, table: "changes".to_owned() };
        }
        let default_schema = match self {
            Self::Supabase => Some("supabase_migrations"),
            Self::Drizzle => dialect.format_rules().drizzle_schema(),
            _ => None,
        };
        let usual = match self {
            Self::Prisma => "_prisma_migrations",
            Self::Flyway => "flyway_schema_history",
            Self::Goose => "goose_db_version",
            Self::Sqlx => "_sqlx_migrations",
            Self::Diesel => "__diesel_schema_migrations",
            Self::Drizzle => "__drizzle_migrations",
            Self::Atlas => "atlas_schema_revisions",
            Self::Refinery => "refinery_schema_history",
            Self::Liquibase => dialect.format_rules().liquibase_table(),
            Self::Django => "django_migrations",
            _ => "schema_migrations",
        };
        match name.unwrap_or(usual).split_once('.') {
            Some((schema, table)) => Registry { schema: Some(schema.to_owned()), table: table.to_owned() },
            None => {
                let schema = default_schema.filter(|_| name.is_none()).map(str::to_owned);
                Registry { schema, table: name.unwrap_or(usual).to_owned() }
            }
        }
    }

    /// Returns the query whose result [`Format::applied`] expects.
    #[must_use]
    pub fn query(self, dialect: Dialect, registry: &Registry) -> String {
        let Registry { schema, table } = registry;
        let table = qualified(schema.as_deref(), table, dialect);
        match self {
            Self::GolangMigrate => format!("SELECT version, dirty FROM {table}"),
            Self::Goose => format!("SELECT version_id, is_applied FROM {table} ORDER BY id DESC"),
            Self::Sqlx => format!("SELECT version, success FROM {table} ORDER BY version"),
            Self::Prisma => {
                format!("SELECT migration_name, finished_at, rolled_back_at FROM {table} ORDER BY started_at")
            }
            Self::Flyway => {
                format!("SELECT version, type, script, checksum, success FROM {table} ORDER BY installed_rank")
            }
            Self::Sqitch => {
                let tags = qualified(schema.as_deref(), "tags", dialect);
                format!(
                    "SELECT change_id, project, 'change' FROM {table} UNION ALL SELECT tag_id, project, 'tag' FROM {tags}"
                )
            }
            Self::Drizzle => format!("SELECT created_at, hash FROM {table} ORDER BY created_at"),
            Self::Atlas => format!("SELECT version, type, applied, total FROM {table} ORDER BY version"),
            Self::Django => format!("SELECT app, name FROM {table} ORDER BY id"),
            Self::Liquibase => format!("SELECT AUTHOR, ID, EXECTYPE, FILENAME FROM {table} ORDER BY ORDEREXECUTED"),
            Self::Pairs | Self::Dbmate | Self::Diesel | Self::Supabase | Self::Refinery => {
                format!("SELECT version FROM {table} ORDER BY version")
            }
        }
    }

    /// Returns the revisions of `known` that are applied according to the rows, in the order of `known`.
    ///
    /// # Errors
    /// [`Unfit`] if a migration failed, or a row corresponds to no revision.
    pub fn applied(self, rows: &[RegistryRow], known: &[KnownRevision<'_>]) -> Result<Vec<RevisionId>, Unfit> {
        let mut found = AppliedMatches::new(self, known);
        match self {
            Self::GolangMigrate => found.golang_migrate(rows)?,
            Self::Goose => found.goose(rows),
            Self::Sqlx => found.sqlx(rows)?,
            Self::Prisma => found.prisma(rows)?,
            Self::Flyway => found.flyway(rows)?,
            Self::Sqitch => found.sqitch(rows),
            Self::Drizzle => found.drizzle(rows),
            Self::Atlas => found.atlas(rows)?,
            Self::Refinery => found.refinery(rows),
            Self::Liquibase => found.liquibase(rows),
            Self::Django => found.django(rows),
            Self::Pairs | Self::Dbmate | Self::Diesel | Self::Supabase => found.versions(rows),
        }
        found.finish()
    }
}
