//! Interpretation of other tools' version tables: the query to read one, and the imported revisions that its rows
//! correspond to. Must not depend on connections or the graph.

use std::collections::{BTreeMap, BTreeSet};

use super::{Format, flyway, names};
use crate::id::RevisionId;
use crate::sql::{Dialect, qualified};

/// A row of the version table; each value as text from the server.
pub type RegistryRow = Vec<Option<String>>;

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
        let usual = match self {
            Self::Prisma => "_prisma_migrations",
            Self::Flyway => "flyway_schema_history",
            Self::Goose => "goose_db_version",
            Self::Sqlx => "_sqlx_migrations",
            Self::Diesel => "__diesel_schema_migrations",
            _ => "schema_migrations",
        };
        match name.unwrap_or(usual).split_once('.') {
            Some((schema, table)) => Registry { schema: Some(schema.to_owned()), table: table.to_owned() },
            None => Registry { schema: None, table: name.unwrap_or(usual).to_owned() },
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
            Self::Pairs | Self::Dbmate | Self::Diesel => format!("SELECT version FROM {table} ORDER BY version"),
        }
    }

    /// Returns the revisions of `known` that are applied according to the rows, in the order of `known`.
    ///
    /// # Errors
    /// [`Unfit`] if a migration failed, or a row corresponds to no revision.
    pub fn applied(self, rows: &[RegistryRow], known: &[RevisionId]) -> Result<Vec<RevisionId>, Unfit> {
        let mut found = AppliedMatches { format: self, known, applied: BTreeSet::new(), unknown: Vec::new() };
        match self {
            Self::GolangMigrate => found.golang_migrate(rows)?,
            Self::Goose => found.goose(rows),
            Self::Sqlx => found.sqlx(rows)?,
            Self::Prisma => found.prisma(rows)?,
            Self::Flyway => found.flyway(rows)?,
            Self::Sqitch => found.sqitch(rows),
            Self::Pairs | Self::Dbmate | Self::Diesel => {
                for row in rows {
                    found.version(column_text(row, 0));
                }
            }
        }
        if found.unknown.is_empty() {
            Ok(known.iter().filter(|id| found.applied.contains(id.as_str())).cloned().collect())
        } else {
            Err(Unfit::Unknown { tool: self.name(), versions: found.unknown })
        }
    }
}

fn column_text(row: &RegistryRow, column: usize) -> &str {
    row.get(column).and_then(Option::as_deref).unwrap_or_default()
}

/// Returns `true` for the boolean formats of PostgreSQL (`t`), MySQL (`1`) and SQLite (both).
fn is_true(row: &RegistryRow, column: usize) -> bool {
    matches!(column_text(row, column), "t" | "true" | "1" | "TRUE")
}

/// Intermediate result.
struct AppliedMatches<'k> {
    format: Format,
    known: &'k [RevisionId],
    applied: BTreeSet<&'k str>,
    unknown: Vec<String>,
}

impl<'k> AppliedMatches<'k> {
    fn take(&mut self, version: &str, is: impl Fn(&str) -> bool) {
        match self.known.iter().map(RevisionId::as_str).find(|id| is(id)) {
            Some(id) => {
                self.applied.insert(id);
            }
            None => self.unknown.push(version.to_owned()),
        }
    }

    /// Marks a version that is a number as applied.
    fn number(&mut self, version: &str) {
        let number = names::number(version);
        self.take(version, |id| is_number(id) && names::number(id) == number);
    }

    /// Marks a version that is a string as applied.
    fn version(&mut self, version: &str) {
        let id = names::id(version, "").map_or_else(|_| version.to_owned(), |id| id.to_string());
        self.take(version, |known| known == id);
    }

    fn failed(&self, version: &str, column: &'static str) -> Unfit {
        Unfit::Failed { tool: self.format.name(), version: version.to_owned(), column }
    }

    /// golang-migrate has a single row with the current version: all versions up to it are applied.
    fn golang_migrate(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
        let Some(row) = rows.first() else { return Ok(()) };
        let version = column_text(row, 0);
        if is_true(row, 1) {
            return Err(self.failed(version, "dirty"));
        }
        // Version after the first migration was reverted.
        if version == "-1" {
            return Ok(());
        }
        self.number(version);
        let limit = names::number(version);
        let numbers = self.known.iter().map(RevisionId::as_str).filter(|id| is_number(id));
        self.applied.extend(numbers.filter(|id| names::number(id) <= limit));
        Ok(())
    }

    /// The rows are sorted newest first, so the first row of a version is its current state. goose inserts version 0
    /// itself.
    fn goose(&mut self, rows: &[RegistryRow]) {
        let mut seen = BTreeSet::new();
        for row in rows.iter().filter(|row| column_text(row, 0) != "0") {
            if seen.insert(column_text(row, 0)) && is_true(row, 1) {
                self.number(column_text(row, 0));
            }
        }
        self.unknown.sort_by_key(|version| names::number(version));
    }

    fn sqlx(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
        for row in rows {
            if !is_true(row, 1) {
                return Err(self.failed(column_text(row, 0), "success is false"));
            }
            self.number(column_text(row, 0));
        }
        Ok(())
    }

    fn prisma(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
        for row in rows.iter().filter(|row| row.get(2).is_none_or(Option::is_none)) {
            if row.get(1).is_none_or(Option::is_none) {
                return Err(self.failed(column_text(row, 0), "finished_at is null"));
            }
            self.version(column_text(row, 0));
        }
        Ok(())
    }

    fn flyway(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
        // Versions are keyed by their comparable form, repeatable migrations by their script.
        let mut versions: BTreeMap<flyway::Version, &str> = BTreeMap::new();
        let mut scripts: BTreeMap<&str, &str> = BTreeMap::new();
        let mut baseline = None;
        for row in rows {
            let (version, script) = (column_text(row, 0), column_text(row, 2));
            if !is_true(row, 4) {
                let name = if version.is_empty() { script } else { version };
                return Err(self.failed(name, "success is false"));
            }
            match (column_text(row, 1), version.is_empty()) {
                // Flyway created the schema.
                ("SCHEMA", _) => {}
                ("BASELINE" | "SQL_BASELINE", _) => baseline = Some(version),
                // `flyway repair` adds DELETE for a migration whose file is gone.
                (kind, false) if kind.starts_with("UNDO") || kind == "DELETE" => {
                    versions.remove(&flyway::version(version));
                }
                ("DELETE", true) => {
                    scripts.remove(script);
                }
                (_, false) => {
                    versions.insert(flyway::version(version), version);
                }
                (_, true) => {
                    scripts.insert(script, column_text(row, 3));
                }
            }
        }
        if let Some(baseline) = baseline {
            let limit = flyway::version(baseline);
            let below = self.known.iter().map(RevisionId::as_str).filter(|id| is_version(id));
            self.applied.extend(below.filter(|id| flyway::version(id) <= limit));
        }
        for (version, shown) in &versions {
            self.take(shown, |id| is_version(id) && flyway::version(id) == *version);
        }
        for (script, checksum) in scripts {
            self.repeatable(script, checksum);
        }
        Ok(())
    }

    /// Marks a repeatable migration as applied if its text is unchanged. One with another text will run again here, as
    /// it would in Flyway, so it is not an unknown row.
    fn repeatable(&mut self, script: &str, checksum: &str) {
        let Ok(checksum) = checksum.parse::<i32>() else { return };
        let Ok(id) = flyway::repeatable_id(script, checksum.cast_unsigned(), "") else { return };
        self.applied.extend(self.known.iter().map(RevisionId::as_str).find(|known| *known == id.as_str()));
    }

    /// A registry may contain several projects. Rows of a project without any change here belong to another one and are
    /// ignored.
    fn sqitch(&mut self, rows: &[RegistryRow]) {
        let known: BTreeSet<&'k str> = self.known.iter().map(RevisionId::as_str).collect();
        let projects: BTreeSet<&str> =
            rows.iter().filter(|row| known.contains(column_text(row, 0))).map(|row| column_text(row, 1)).collect();
        let several =
            rows.iter().any(|row| column_text(row, 1) != rows.first().map_or("", |first| column_text(first, 1)));
        for row in rows {
            match known.get(column_text(row, 0)) {
                Some(id) => {
                    self.applied.insert(id);
                }
                // A tag that became a label has no revision of its own.
                None if column_text(row, 2) == "tag" => {}
                None if projects.contains(column_text(row, 1)) || !several => {
                    self.unknown.push(column_text(row, 0).to_owned());
                }
                None => {}
            }
        }
    }
}

fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_version(id: &str) -> bool {
    id.split('.').all(is_number)
}
