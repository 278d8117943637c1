//! Changes of the catalog since a moment, the base, as a text.
//!
//! At the base the rows of all catalogs are read once. Afterwards those are found that were written to: by the numbers
//! that the server keeps, or, before PostgreSQL 15, which kept them in a process that may be late, by counting the rows
//! that a later transaction wrote, and the others. The former are read; if some of the latter are missing, their
//! locations are listed for that catalog. The cost follows from the number of changes.
//!
//! The text ([`canonical`]) has what was added and removed, without the OIDs of new objects and without the numbers of
//! columns. Two states with the same text relative to the same base have the same schema, because each definition is a
//! function of these rows: what did not change is the same row in both.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering as AtomicOrdering};

use super::canonical::canonical;
use super::followed_overview::{CatalogOverview, CatalogWrites, Surroundings, WriteSigns, overview};
use super::followed_query::{ALL_ROWS, CATALOGS, SINCE, changed, counts, surroundings, unchanged, writes};
use super::query_context::QueryContext;
use crate::database::{CatalogRequest, DatabaseError};
use crate::dialects::postgres::flavour::PostgresVersion;
use crate::drivers::postgres::Postgres;
use crate::drivers::postgres::errors::ConnectionError;
use crate::drivers::postgres::wire::WireRows;

/// Number of bases after which the dead rows of the catalogs are removed, which a scan has to pass: a scratch database
/// is gone before the server would do it by itself.
const BASES_PER_VACUUM: usize = 50;

/// Catalogs that most changes of a schema write to.
const WRITTEN: &str = "pg_catalog.pg_attrdef, pg_catalog.pg_attribute, pg_catalog.pg_class, pg_catalog.pg_constraint, \
    pg_catalog.pg_depend, pg_catalog.pg_index, pg_catalog.pg_proc, pg_catalog.pg_rewrite, pg_catalog.pg_type";

/// Largest number of rows at the base. They are kept in memory.
const MAX_ROWS: usize = 100_000;

/// Words of statements whose writes the server's numbers may lack: they are not counted, or another session makes them,
/// which hands in its numbers once a second.
const NOT_IN_NUMBERS: [&str; 3] = ["track_counts", "dblink", "pg_background"];

/// Words of statements that may give the catalogs other files without writing to a catalog that is counted.
const MOVING: [&str; 3] = ["vacuum", "cluster", "reindex"];

/// Row of a catalog, without its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FollowedRow {
    /// Number of the catalog in [`CATALOGS`].
    pub(super) catalog: usize,
    /// Identity of the object over its changes; empty if it has none.
    pub(super) identity: String,
    name: String,
    pub(super) content: String,
}

#[cfg(test)]
impl FollowedRow {
    pub(super) fn for_test(catalog: usize, identity: &str, content: &str) -> Self {
        Self { catalog, identity: identity.to_owned(), name: String::new(), content: content.to_owned() }
    }
}

/// State of following the catalog.
#[derive(Debug, Clone, Default)]
pub(in crate::drivers::postgres) struct FollowedCatalog {
    base: Option<Base>,
    /// Number of bases so far.
    bases: usize,
    latest: Option<CatalogObservation>,
    /// True if this server or this database does not allow it.
    is_impossible: bool,
    /// True if there was a statement whose writes the server's numbers may lack.
    may_miss_writes: bool,
    /// True if there was a statement that may have moved the rows of catalogs.
    may_have_moved: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Base {
    /// It begins each mark, so that marks relative to two bases are never equal.
    number: usize,
    /// First transaction that is not part of it.
    pub(super) horizon: String,
    /// Files of the catalogs. Rows have other locations in other files (VACUUM FULL).
    pub(super) files: String,
    others: String,
    /// Where the server keeps them. Only this session writes here.
    pub(super) writes: Option<CatalogWrites>,
    /// Rows of each catalog by location.
    pub(super) rows: Vec<HashMap<String, FollowedRow>>,
}

/// Contents of the catalog relative to the base.
#[derive(Debug, Clone)]
struct CatalogObservation {
    horizon: String,
    others: String,
    writes: Option<CatalogWrites>,
    added: Vec<(String, FollowedRow)>,
    /// Locations of rows of the base that are gone, by catalog.
    removed: Vec<(usize, String)>,
}

/// Rows that changed, and the locations of those that did not, of the catalogs for which they were read.
#[derive(Default)]
struct CatalogDetails {
    added: Vec<(String, FollowedRow)>,
    kept: Vec<(usize, HashSet<String>)>,
}

/// Returns the number of the base and what changed since. Without a base, it is made. `None` if the catalog cannot be
/// followed.
pub(in crate::drivers::postgres) fn mark(
    database: &mut Postgres,
    request: &CatalogRequest,
) -> Result<Option<String>, DatabaseError> {
    let mut followed = std::mem::take(&mut database.followed);
    let mark = followed.read(database, request);
    database.followed = followed;
    Ok(mark?)
}

/// Continues with what another session knew of this database, or of the one that it is a copy of: a copy has the same
/// rows at the same locations, in files of the same names.
pub(in crate::drivers::postgres) fn follow(
    database: &mut Postgres,
    known: &FollowedCatalog,
    is_copy: bool,
) -> Result<(), DatabaseError> {
    let mut followed = FollowedCatalog { latest: None, ..known.clone() };
    if let Some(base) = followed.base.as_mut().filter(|base| is_copy && base.writes.is_some()) {
        // The server counts for each database by itself.
        let version = PostgresVersion::parse(&database.server.version);
        let mut answers = read_queries(database, &base.horizon, vec![writes(), surroundings(version)])?.into_iter();
        let (overview, read) = (answers.next().and_then(CatalogOverview::of_writes), answers.next());
        let has_same_files = read.and_then(Surroundings::parse).is_some_and(|read| read.files == base.files);
        match overview.as_ref().and_then(CatalogOverview::writes).filter(|_| has_same_files) {
            Some(now) => {
                let last = known.latest.as_ref().map_or(&base.writes, |latest| &latest.writes);
                // What was written since the base is in the copy as well, and has to be read.
                let is_unwritten = |number: usize| match (last, &base.writes) {
                    (Some(last), Some(base)) => last.numbers.get(number) == base.numbers.get(number),
                    _ => false,
                };
                let sign =
                    |(number, sign): (usize, &String)| if is_unwritten(number) { sign.clone() } else { String::new() };
                let numbers = now.numbers.iter().enumerate().map(sign).collect();
                base.writes = Some(CatalogWrites { counting: now.counting.clone(), numbers });
            }
            None => followed.base = None,
        }
    }
    database.followed = followed;
    Ok(())
}

/// Makes what the last [`mark`] found the base. Returns the mark of that state relative to it.
pub(in crate::drivers::postgres) fn rebase(
    database: &mut Postgres,
    request: &CatalogRequest,
) -> Result<Option<String>, DatabaseError> {
    let mut followed = std::mem::take(&mut database.followed);
    let mark = if let Some(mark) = followed.rebased() {
        if followed.bases.is_multiple_of(BASES_PER_VACUUM) {
            // Only the owner of the database may. Without it the scans are slower, and as right.
            match database.link.run_query(&format!("VACUUM {WRITTEN}")) {
                Ok(_) | Err(ConnectionError::Server { fatal: false, .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(mark))
    } else {
        (followed.base, followed.latest) = (None, None);
        followed.read(database, request)
    };
    database.followed = followed;
    Ok(mark?)
}

impl FollowedCatalog {
    /// Records a text that is about to run.
    pub(in crate::drivers::postgres) fn record(&mut self, sql: &str) {
        let sql = sql.to_ascii_lowercase();
        if !self.may_miss_writes && NOT_IN_NUMBERS.iter().any(|word| sql.contains(word)) {
            (self.may_miss_writes, self.base) = (true, None);
        }
        self.may_have_moved |= MOVING.iter().any(|word| sql.contains(word));
    }

    /// Returns `true` if the server's numbers lack no writes, as far as statements reveal that.
    pub(super) const fn sees_all_writes(&self) -> bool {
        !self.may_miss_writes
    }

    fn read(&mut self, database: &mut Postgres, request: &CatalogRequest) -> Result<Option<String>, ConnectionError> {
        if self.is_impossible {
            return Ok(None);
        }
        match self.observe(database, request) {
            Ok(mark) => Ok(mark),
            // Not every user may read all catalogs, and not every product has them.
            Err(ConnectionError::Server { fatal: false, .. }) => {
                self.is_impossible = true;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn observe(
        &mut self,
        database: &mut Postgres,
        request: &CatalogRequest,
    ) -> Result<Option<String>, ConnectionError> {
        self.latest = None;
        let version = QueryContext::new(&database.server.version, request).version;
        let has_writes = PostgresVersion::counts_catalog_writes(&database.server.version) && !self.may_miss_writes;
        let Some(base) = &self.base else {
            self.base = new_base(database, version, has_writes)?;
            self.is_impossible = self.base.is_none();
            self.bases += 1;
            return Ok(self.base.as_ref().map(|base| base.marked("")));
        };
        let Some(overview) = overview(database, version, base, self.may_have_moved)? else {
            self.base = None;
            return Ok(None);
        };
        let Some(details) = details(database, &base.horizon, &overview.written(base), Some(base))? else {
            self.base = None;
            return Ok(None);
        };
        let others = overview.surroundings.as_ref().map_or(&base.others, |read| &read.others);
        let removed = base.removed(&details.kept);
        let gone = removed.iter().filter_map(|(catalog, location)| base.rows.get(*catalog)?.get(location));
        let mut text = canonical(gone, details.added.iter().map(|(_, row)| row));
        if base.others != *others {
            text.push_str(others);
        }
        let (mark, others) = (base.marked(&text), others.clone());
        let writes = overview.writes().cloned();
        let horizon = overview.horizon;
        self.latest = Some(CatalogObservation { horizon, others, writes, added: details.added, removed });
        Ok(Some(mark))
    }

    /// Makes the last observation the base and returns its mark; `None` if everything has to be read for that.
    fn rebased(&mut self) -> Option<String> {
        let base = self.base.as_mut()?;
        // Nothing was read since the base.
        let Some(latest) = self.latest.take() else { return Some(base.marked("")) };
        let mut names: HashMap<(usize, String), String> = HashMap::new();
        for (catalog, location) in latest.removed {
            if let Some(row) = base.rows.get_mut(catalog).and_then(|rows| rows.remove(&location))
                && !row.identity.is_empty()
            {
                names.insert((catalog, row.identity), row.name);
            }
        }
        for (location, row) in latest.added {
            // The rows of other objects have the old name.
            let before = names.get(&(row.catalog, row.identity.clone()));
            if before.is_some_and(|name| *name != row.name) {
                return None;
            }
            if let Some(rows) = base.rows.get_mut(row.catalog) {
                rows.insert(location, row);
            }
        }
        (base.horizon, base.others) = (latest.horizon, latest.others);
        (base.writes, base.number) = (latest.writes, next_number());
        self.bases += 1;
        Some(base.marked(""))
    }
}

impl Base {
    /// `None` if the surroundings were not read.
    fn new(overview: CatalogOverview, details: CatalogDetails) -> Option<Self> {
        let mut rows = vec![HashMap::new(); CATALOGS.len()];
        for (location, row) in details.added {
            if let Some(rows) = rows.get_mut(row.catalog) {
                rows.insert(location, row);
            }
        }
        let writes = overview.writes().cloned();
        let Surroundings { files, others } = overview.surroundings?;
        Some(Self { number: next_number(), horizon: overview.horizon, files, others, writes, rows })
    }

    /// Returns the mark of a state with these changes.
    fn marked(&self, text: &str) -> String {
        format!("{}\n{text}", self.number)
    }

    /// Returns the locations of rows that are not among those that were kept.
    fn removed(&self, kept: &[(usize, HashSet<String>)]) -> Vec<(usize, String)> {
        let mut removed = Vec::new();
        for (catalog, kept) in kept {
            let locations = self.rows.get(*catalog).into_iter().flat_map(HashMap::keys);
            removed.extend(
                locations.filter(|location| !kept.contains(*location)).map(|location| (*catalog, location.clone())),
            );
        }
        removed
    }
}

/// Returns a number that no other base of this process has.
fn next_number() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    LAST.fetch_add(1, AtomicOrdering::Relaxed)
}

/// Reads all rows of the catalogs. `None` if they cannot be followed.
fn new_base(
    database: &mut Postgres,
    version: PostgresVersion,
    has_writes: bool,
) -> Result<Option<Base>, ConnectionError> {
    let queries = std::iter::once(counts(version)).chain(has_writes.then(writes));
    let mut answers = read_queries(database, ALL_ROWS, queries.collect())?.into_iter();
    let Some(counted) = answers.next().and_then(CatalogOverview::of_counts) else { return Ok(None) };
    let WriteSigns::Counts(counts) = &counted.signs else { return Ok(None) };
    if counts.iter().map(|[_, all]| all).sum::<usize>() > MAX_ROWS {
        return Ok(None);
    }
    let filled: Vec<usize> =
        (0..CATALOGS.len()).filter(|number| counts.get(*number).is_some_and(|[_, all]| *all > 0)).collect();
    let overview = match answers.next().and_then(CatalogOverview::of_writes) {
        Some(overview) => CatalogOverview { surroundings: counted.surroundings, ..overview },
        None => counted,
    };
    let details = details(database, ALL_ROWS, &filled, None)?;
    Ok(details.and_then(|details| Base::new(overview, details)))
}

/// Reads the rows of catalogs that changed, and the locations of the others where there are fewer than in `base`.
/// `None` if the answers do not fit.
fn details(
    database: &mut Postgres,
    since: &str,
    written: &[usize],
    base: Option<&Base>,
) -> Result<Option<CatalogDetails>, ConnectionError> {
    let mut found = CatalogDetails::default();
    if written.is_empty() {
        return Ok(Some(found));
    }
    let watched = |number: &usize| CATALOGS.get(*number);
    let answers = read_queries(database, since, written.iter().filter_map(watched).map(changed).collect())?;
    let mut fewer = Vec::new();
    for (catalog, rows) in written.iter().copied().zip(answers) {
        let Some((text, kept)) = changed_rows(rows) else { return Ok(None) };
        let length = base.and_then(|base| base.rows.get(catalog)).map_or(0, HashMap::len);
        match kept.cmp(&length) {
            Ordering::Less => fewer.push((catalog, kept)),
            Ordering::Equal => {}
            Ordering::Greater => return Ok(None),
        }
        for line in text.split('\n').filter(|line| !line.is_empty()) {
            let mut parts = line.splitn(4, '\t').map(str::to_owned);
            let (Some(location), Some(identity), Some(name), Some(content)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Ok(None);
            };
            found.added.push((location, FollowedRow { catalog, identity, name, content }));
        }
    }
    if fewer.is_empty() {
        return Ok(Some(found));
    }
    let catalogs = fewer.iter().filter_map(|(catalog, _)| watched(catalog));
    let answers = read_queries(database, since, catalogs.map(unchanged).collect())?;
    for ((catalog, number), rows) in fewer.into_iter().zip(answers) {
        let text = rows.into_iter().flatten().flatten().next().unwrap_or_default();
        let kept: HashSet<String> =
            text.split(' ').filter(|location| !location.is_empty()).map(str::to_owned).collect();
        if kept.len() != number {
            return Ok(None);
        }
        found.kept.push((catalog, kept));
    }
    Ok(Some(found))
}

/// Parses the answer to [`changed`]: the lines of the rows that changed, and the number of the others.
fn changed_rows(rows: WireRows) -> Option<(String, usize)> {
    let mut cells = rows.into_iter().next()?.into_iter();
    let (text, kept) = (cells.next()?.unwrap_or_default(), cells.next()??);
    Some((text, kept.parse().ok()?))
}

/// Executes queries that read [`SINCE`], and returns the rows of each.
pub(super) fn read_queries(
    database: &mut Postgres,
    since: &str,
    queries: Vec<String>,
) -> Result<Vec<WireRows>, ConnectionError> {
    let set = format!("SELECT pg_catalog.set_config('{SINCE}', '{since}', true)");
    let mut answers = database.ask_repeatedly(queries, |link, queries| {
        let queries = queries.iter().map(String::as_str);
        link.run_query(&std::iter::once(set.as_str()).chain(queries).collect::<Vec<_>>().join(";\n"))
    })?;
    if !answers.is_empty() {
        answers.remove(0);
    }
    Ok(answers)
}
