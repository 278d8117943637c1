//! Tools whose histories can be read, by name.

use super::imported::{File, ForeignError, ImportedHistory};
use super::{
    atlas, dbmate, diesel, drizzle, flyway, golang_migrate, goose, liquibase, pairs, prisma, refinery, sqitch, sqlx,
    supabase,
};
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
    /// Supabase's command line.
    Supabase,
    /// Drizzle.
    Drizzle,
    /// Atlas.
    Atlas,
    /// refinery.
    Refinery,
    /// Liquibase.
    Liquibase,
    /// Django, whose history its own Python describes.
    Django,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 15] = [
        Self::Pairs,
        Self::Prisma,
        Self::Flyway,
        Self::GolangMigrate,
        Self::Dbmate,
        Self::Goose,
        Self::Sqlx,
        Self::Diesel,
        Self::Sqitch,
        Self::Supabase,
        Self::Drizzle,
        Self::Atlas,
        Self::Refinery,
        Self::Liquibase,
        Self::Django,
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
            Self::Supabase => "supabase",
            Self::Drizzle => "drizzle",
            Self::Atlas => "atlas",
            Self::Refinery => "refinery",
            Self::Liquibase => "liquibase",
            Self::Django => "django",
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
            Self::Drizzle => ends(&[".sql", "meta/_journal.json"]),
            Self::Atlas => ends(&[".sql", "atlas.sum"]),
            Self::Refinery => ends(&[".sql", ".rs"]),
            Self::Liquibase => ends(&[".sql", ".xml", ".yaml", ".yml", ".json"]),
            Self::Django => false,
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
            Self::Supabase => supabase::read(files, dialect),
            Self::Drizzle => drizzle::read(files, dialect),
            Self::Atlas => atlas::read(files, dialect),
            Self::Refinery => refinery::read(files, dialect),
            Self::Liquibase => liquibase::read(files, dialect),
            // Read from what its Python prints: `django::read`.
            Self::Django => Err(ForeignError::empty(self.name())),
        }
    }
}
