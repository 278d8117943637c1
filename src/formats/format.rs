//! Tools whose histories can be read, by name.

use super::imported::{File, ForeignError, ImportedHistory};
use super::{dbmate, diesel, flyway, golang_migrate, goose, pairs, prisma, sqitch, sqlx};
use crate::sql::Dialect;

/// A migration tool, or a file layout that no tool owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// `YYYYMMDD_HHMMSS_name.sql` and `..._rollback.sql`.
    Pairs,
    /// Prisma Migrate.
    Prisma,
    /// Flyway.
    Flyway,
    /// golang-migrate.
    GolangMigrate,
    /// dbmate.
    Dbmate,
    /// goose.
    Goose,
    /// sqlx.
    Sqlx,
    /// diesel.
    Diesel,
    /// Sqitch.
    Sqitch,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 9] = [
        Self::Pairs,
        Self::Prisma,
        Self::Flyway,
        Self::GolangMigrate,
        Self::Dbmate,
        Self::Goose,
        Self::Sqlx,
        Self::Diesel,
        Self::Sqitch,
    ];

    /// Returns the name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pairs => "pairs",
            Self::Prisma => "prisma",
            Self::Flyway => "flyway",
            Self::GolangMigrate => "golang-migrate",
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Sqitch => "sqitch",
        }
    }

    /// Returns the format called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Returns `true` if the reader uses files of this path (relative, with `/` as separator).
    #[must_use]
    pub fn wants(self, path: &str) -> bool {
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        match self {
            Self::Flyway => ends(&[".sql", ".sql.conf", ".java", ".kt", ".js", ".py", ".ps1", ".sh"]),
            Self::Goose => ends(&[".sql", ".go"]),
            Self::Diesel => ends(&[".sql", "metadata.toml"]),
            // Deploy scripts may have any extension; it is set in the config.
            Self::Sqitch => !ends(&[".md", ".t"]),
            _ => ends(&[".sql"]),
        }
    }

    /// Reads the history from its files.
    ///
    /// # Errors
    /// [`ForeignError`] if the files are not a history of this tool, or one that the tool would reject.
    pub fn read(self, files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
        match self {
            Self::Pairs => pairs::read(files, dialect),
            Self::Prisma => prisma::read(files, dialect),
            Self::Flyway => flyway::read(files, dialect),
            Self::GolangMigrate => golang_migrate::read(files, dialect),
            Self::Dbmate => dbmate::read(files, dialect),
            Self::Goose => goose::read(files, dialect),
            Self::Sqlx => sqlx::read(files, dialect),
            Self::Diesel => diesel::read(files, dialect),
            Self::Sqitch => sqitch::read(files, dialect),
        }
    }
}
