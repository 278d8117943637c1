//! The tools whose histories can be read, by name.

use super::imported::{File, ForeignError, Reading};
use super::{dbmate, diesel, flyway, golang_migrate, goose, pairs, prisma, sqitch, sqlx};
use crate::sql::Dialect;

/// A tool, or a layout of files that no tool owns.
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
    /// All of them.
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

    /// Its name on the command line.
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

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether a file of that path (relative, `/` between its parts) may say something to its reader.
    #[must_use]
    pub fn wants(self, path: &str) -> bool {
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        match self {
            Self::Flyway => ends(&[".sql", ".sql.conf", ".java", ".kt", ".js", ".py", ".ps1", ".sh"]),
            Self::Goose => ends(&[".sql", ".go"]),
            Self::Diesel => ends(&[".sql", "metadata.toml"]),
            // Deploy scripts may have any extension; the config says which.
            Self::Sqitch => !ends(&[".md", ".t"]),
            _ => ends(&[".sql"]),
        }
    }

    /// Reads the history that `files` are.
    ///
    /// # Errors
    /// [`ForeignError`] when they are no history of this tool, or one that the tool would refuse.
    pub fn read(self, files: &[File], dialect: Dialect) -> Result<Reading, ForeignError> {
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
