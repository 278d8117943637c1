//! Rows of other tools' version tables, tool by tool.

use std::collections::{BTreeMap, BTreeSet};

use super::applied::{KnownRevision, RegistryRow, Unfit};
use super::{Format, drizzle, flyway, liquibase, names};
use crate::id::RevisionId;

fn column_text(row: &RegistryRow, column: usize) -> &str {
    row.get(column).and_then(Option::as_deref).unwrap_or_default()
}

/// Returns `true` for the boolean formats of PostgreSQL (`t`), MySQL (`1`) and SQLite (both).
fn is_true(row: &RegistryRow, column: usize) -> bool {
    matches!(column_text(row, column), "t" | "true" | "1" | "TRUE")
}

/// Intermediate result.
pub(super) struct AppliedMatches<'k> {
    format: Format,
    known: &'k [KnownRevision<'k>],
    applied: BTreeSet<&'k str>,
    unknown: Vec<String>,
}

impl<'k> AppliedMatches<'k> {
    pub(super) fn new(format: Format, known: &'k [KnownRevision<'k>]) -> Self {
        Self { format, known, applied: BTreeSet::new(), unknown: Vec::new() }
    }

    /// Returns the applied revisions in the order of the known ones.
    pub(super) fn finish(self) -> Result<Vec<RevisionId>, Unfit> {
        if !self.unknown.is_empty() {
            return Err(Unfit::Unknown { tool: self.format.name(), versions: self.unknown });
        }
        let ids = self.known.iter().map(|known| known.id);
        Ok(ids.filter(|id| self.applied.contains(id.as_str())).cloned().collect())
    }

    fn ids(&self) -> impl Iterator<Item = &'k str> + use<'k> {
        self.known.iter().map(|known| known.id.as_str())
    }

    fn take(&mut self, version: &str, is: impl Fn(&str) -> bool) {
        match self.ids().find(|id| is(id)) {
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
    pub(super) fn golang_migrate(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
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
        let numbers = self.ids().filter(|id| is_number(id));
        self.applied.extend(numbers.filter(|id| names::number(id) <= limit));
        Ok(())
    }

    /// The rows are sorted newest first, so the first row of a version is its current state. goose inserts version 0
    /// itself.
    pub(super) fn goose(&mut self, rows: &[RegistryRow]) {
        let mut seen = BTreeSet::new();
        for row in rows.iter().filter(|row| column_text(row, 0) != "0") {
            if seen.insert(column_text(row, 0)) && is_true(row, 1) {
                self.number(column_text(row, 0));
            }
        }
        self.unknown.sort_by_key(|version| names::number(version));
    }

    pub(super) fn sqlx(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
        for row in rows {
            if !is_true(row, 1) {
                return Err(self.failed(column_text(row, 0), "success is false"));
            }
            self.number(column_text(row, 0));
        }
        Ok(())
    }

    pub(super) fn prisma(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
        for row in rows.iter().filter(|row| row.get(2).is_none_or(Option::is_none)) {
            if row.get(1).is_none_or(Option::is_none) {
                return Err(self.failed(column_text(row, 0), "finished_at is null"));
            }
            self.version(column_text(row, 0));
        }
        Ok(())
    }

    pub(super) fn flyway(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
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
            let below = self.ids().filter(|id| is_version(id));
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
        self.applied.extend(self.ids().find(|known| *known == id.as_str()));
    }

    /// A registry may contain several projects. Rows of a project without any change here belong to another one and are
    /// ignored.
    pub(super) fn sqitch(&mut self, rows: &[RegistryRow]) {
        let known: BTreeSet<&'k str> = self.ids().collect();
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

    pub(super) fn versions(&mut self, rows: &[RegistryRow]) {
        for row in rows {
            self.version(column_text(row, 0));
        }
    }

    pub(super) fn refinery(&mut self, rows: &[RegistryRow]) {
        for row in rows {
            self.number(column_text(row, 0));
        }
    }

    /// Drizzle applies what is newer than its newest row, so that everything up to there counts as applied. The time in
    /// the journal became the time in the header.
    pub(super) fn drizzle(&mut self, rows: &[RegistryRow]) {
        let tags = self.known.iter().filter(|known| drizzle::is_tag(known.id.as_str()));
        let times: Vec<(&'k str, i64)> = tags
            .filter_map(|known| {
                let time: jiff::Timestamp = known.created?.parse().ok()?;
                Some((known.id.as_str(), time.as_millisecond()))
            })
            .collect();
        let mut newest = i64::MIN;
        for row in rows {
            let (text, hash) = (column_text(row, 0), column_text(row, 1));
            // SQLite stores a number without a type, which may be printed with a fraction.
            let whole = text.split('.').next().unwrap_or_default();
            match whole.parse().ok().filter(|time| times.iter().any(|(_, known)| known == time)) {
                Some(time) => newest = newest.max(time),
                None => self.unknown.push(format!("{hash} of {text}")),
            }
        }
        self.applied.extend(times.iter().filter(|(_, time)| *time <= newest).map(|(id, _)| *id));
    }

    pub(super) fn atlas(&mut self, rows: &[RegistryRow]) -> Result<(), Unfit> {
        /// Bit of a baseline: everything up to it is applied.
        const BASELINE: u64 = 1;
        /// Bit of a migration that was marked as applied by hand.
        const RESOLVED: u64 = 4;
        // A row whose version begins with a dot is not of a migration.
        for row in rows.iter().filter(|row| !column_text(row, 0).starts_with('.')) {
            let version = column_text(row, 0);
            let number = |column| column_text(row, column).parse::<u64>().unwrap_or_default();
            let kind = number(1);
            if kind & BASELINE != 0 {
                let limit = names::id(version, "").map_or_else(|_| version.to_owned(), |id| id.to_string());
                self.applied.extend(self.ids().filter(|id| is_number(id) && *id <= limit.as_str()));
            }
            if kind & (BASELINE | RESOLVED) == 0 && number(2) < number(3) {
                return Err(self.failed(version, "applied is less than total"));
            }
            self.version(version);
        }
        Ok(())
    }

    /// Django ignores rows of migrations that are gone, as those that a squashed migration replaces are. One that is
    /// newer than all files of its app has not been imported yet.
    pub(super) fn django(&mut self, rows: &[RegistryRow]) {
        for row in rows {
            let (app, name) = (column_text(row, 0), column_text(row, 1));
            let number = |name: &str| names::version(name).map(|(digits, _)| names::number(digits));
            let id = names::id(&format!("{app}_{name}"), "").map_or_else(|_| String::new(), |id| id.to_string());
            let app = format!("{app}_");
            let newest = self.ids().filter_map(|id| id.strip_prefix(&app)).filter_map(number).max();
            if self.ids().any(|known| known == id) || number(name) > newest {
                self.take(&id, |known| known == id);
            }
        }
    }

    /// A change set is named by author and id, and by its file where another file has the same.
    pub(super) fn liquibase(&mut self, rows: &[RegistryRow]) {
        // `FAILED` and `SKIPPED` have not run.
        for row in rows.iter().filter(|row| matches!(column_text(row, 2), "EXECUTED" | "RERAN" | "MARK_RAN")) {
            let (author, id, file) = (column_text(row, 0), column_text(row, 1), column_text(row, 3));
            let name = format!("{author}:{id}");
            let text = |id: Result<RevisionId, _>| id.map(|id| id.to_string()).unwrap_or_default();
            let with_file = text(liquibase::revision_id_in(author, id, file));
            let alone = text(liquibase::revision_id(author, id, file));
            let has_taken = self.applied.contains(&*alone);
            match self.ids().find(|known| *known == with_file).filter(|_| has_taken) {
                Some(known) => {
                    self.applied.insert(known);
                }
                None => self.take(&name, |known| known == alone),
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
