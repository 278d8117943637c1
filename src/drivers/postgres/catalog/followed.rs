//! Changes of the catalog since a moment, the base, as a text.
//!
//! At the base the rows of all catalogs are read once. Afterwards the server counts the rows that a later transaction
//! wrote, and the others. The former are read; if some of the latter are missing, their locations are listed for that
//! catalog. The cost follows from the number of changes, apart from a scan of the catalogs in the server.
//!
//! The text ([`canonical`]) has what was added and removed, without the OIDs of new objects and without the numbers of
//! columns. Two states with the same text relative to the same base have the same schema, because each definition is a
//! function of these rows: what did not change is the same row in both.

use std::collections::{HashMap, HashSet};

use super::canonical::canonical;
use super::followed_query::{ALL_ROWS, CATALOGS, SINCE, changed, counts, unchanged};
use super::query_context::QueryContext;
use crate::database::{CatalogRequest, DatabaseError};
use crate::drivers::postgres::Postgres;
use crate::drivers::postgres::errors::ConnectionError;
use crate::drivers::postgres::wire::WireRows;

/// Number of bases after which the dead rows of the catalogs are removed, which a scan has to pass: a scratch database is
/// gone before the server would do it by itself.
const BASES_PER_VACUUM: usize = 50;

/// Catalogs that most changes of a schema write to.
const WRITTEN: &str = "pg_catalog.pg_attrdef, pg_catalog.pg_attribute, pg_catalog.pg_class, pg_catalog.pg_constraint, \
    pg_catalog.pg_depend, pg_catalog.pg_index, pg_catalog.pg_proc, pg_catalog.pg_rewrite, pg_catalog.pg_type";

/// Largest number of rows at the base. They are kept in memory.
const MAX_ROWS: usize = 100_000;

/// Row of a catalog, without its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FollowedRow {
    /// Number of the catalog in [`CATALOGS`].
    pub(super) catalog: usize,
    /// What identifies the object over its changes; empty if nothing does.
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
#[derive(Debug, Default)]
pub(in crate::drivers::postgres) struct FollowedCatalog {
    base: Option<Base>,
    /// Number of bases so far. It begins each mark, so that marks relative to two bases are never equal.
    bases: usize,
    latest: Option<CatalogObservation>,
    /// True if this server or this database does not allow it.
    is_impossible: bool,
}

#[derive(Debug)]
struct Base {
    /// First transaction that is not part of it.
    horizon: String,
    /// Files of the catalogs. Rows have other locations in other files (VACUUM FULL).
    files: String,
    others: String,
    /// Rows of each catalog by location.
    rows: Vec<HashMap<String, FollowedRow>>,
}

/// What the catalog holds relative to the base.
#[derive(Debug)]
struct CatalogObservation {
    horizon: String,
    files: String,
    others: String,
    added: Vec<(String, FollowedRow)>,
    /// Locations of rows of the base that are gone, by catalog.
    removed: Vec<(usize, String)>,
}

/// Answer of the server to [`counts`].
struct CatalogCounts {
    horizon: String,
    files: String,
    others: String,
    /// By catalog: the number of rows that did not change, and of all.
    rows: Vec<[usize; 2]>,
}

impl CatalogCounts {
    /// Returns `None` for an answer of another form.
    fn parse(rows: WireRows) -> Option<Self> {
        let (mut head, mut counts) = (None, vec![[0, 0]; CATALOGS.len()]);
        for row in rows {
            let mut cells = row.into_iter();
            let (number, unchanged, all) = (cells.next()??, cells.next()??, cells.next()??);
            if number == "-1" {
                head = cells.next()?;
                continue;
            }
            *counts.get_mut(number.parse::<usize>().ok()?)? = [unchanged.parse().ok()?, all.parse().ok()?];
        }
        let head = head?;
        let mut parts = head.split('\t').map(str::to_owned);
        Some(Self { horizon: parts.next()?, files: parts.next()?, others: parts.next()?, rows: counts })
    }

    fn changed(&self) -> usize {
        self.rows.iter().map(|[unchanged, all]| all.saturating_sub(*unchanged)).sum()
    }
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

/// Makes what the last [`mark`] found the base. Returns the mark of that state relative to it.
pub(in crate::drivers::postgres) fn rebase(
    database: &mut Postgres,
    request: &CatalogRequest,
) -> Result<Option<String>, DatabaseError> {
    let mut followed = std::mem::take(&mut database.followed);
    let mark = if followed.has_rebased() {
        if followed.bases.is_multiple_of(BASES_PER_VACUUM) {
            // Only the owner of the database may. Without it the scans are slower, and as right.
            match database.link.run_query(&format!("VACUUM {WRITTEN}")) {
                Ok(_) | Err(ConnectionError::Server { fatal: false, .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(followed.marked("")))
    } else {
        (followed.base, followed.latest) = (None, None);
        followed.read(database, request)
    };
    database.followed = followed;
    Ok(mark?)
}

impl FollowedCatalog {
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
        let since = self.base.as_ref().map_or(ALL_ROWS, |base| &base.horizon).to_owned();
        let answer = read_queries(database, &since, vec![counts(version)], &[0])?.into_iter().next();
        let Some(answer) = answer.and_then(CatalogCounts::parse) else { return Ok(None) };
        let Some(base) = &self.base else {
            if answer.changed() > MAX_ROWS {
                self.is_impossible = true;
                return Ok(None);
            }
            let details = details(database, &since, &answer, &[])?;
            self.base = details.map(|details| Base::new(answer, details));
            self.bases += 1;
            return Ok(self.base.as_ref().map(|_| self.marked("")));
        };
        let lengths: Vec<usize> = base.rows.iter().map(HashMap::len).collect();
        // In other files their rows are at other places, so nothing is known until the next base.
        let is_known = base.files == answer.files
            && lengths.iter().zip(&answer.rows).all(|(length, [unchanged, _])| unchanged <= length);
        let found = if is_known { details(database, &since, &answer, &lengths)? } else { None };
        let Some(details) = found else {
            self.base = None;
            return Ok(None);
        };
        let removed = base.removed(&details.kept);
        let gone = removed.iter().filter_map(|(catalog, location)| base.rows.get(*catalog)?.get(location));
        let mut text = canonical(gone, details.added.iter().map(|(_, row)| row));
        if base.others != answer.others {
            text.push_str(&answer.others);
        }
        let CatalogCounts { horizon, files, others, .. } = answer;
        self.latest = Some(CatalogObservation { horizon, files, others, added: details.added, removed });
        Ok(Some(self.marked(&text)))
    }

    fn marked(&self, text: &str) -> String {
        format!("{}\n{text}", self.bases)
    }

    /// Makes the last observation the base; `false` if everything has to be read for that.
    fn has_rebased(&mut self) -> bool {
        let Some(base) = &mut self.base else { return false };
        // Nothing was read since the base.
        let Some(latest) = self.latest.take() else { return true };
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
                return false;
            }
            if let Some(rows) = base.rows.get_mut(row.catalog) {
                rows.insert(location, row);
            }
        }
        (base.horizon, base.files, base.others) = (latest.horizon, latest.files, latest.others);
        self.bases += 1;
        true
    }
}

impl Base {
    fn new(answer: CatalogCounts, details: CatalogDetails) -> Self {
        let mut rows = vec![HashMap::new(); CATALOGS.len()];
        for (location, row) in details.added {
            if let Some(rows) = rows.get_mut(row.catalog) {
                rows.insert(location, row);
            }
        }
        Self { horizon: answer.horizon, files: answer.files, others: answer.others, rows }
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

/// Reads the rows that changed, and the locations of the others where there are fewer than in `lengths`. `None` if the
/// answers are not those that `counts` announced.
fn details(
    database: &mut Postgres,
    since: &str,
    counts: &CatalogCounts,
    lengths: &[usize],
) -> Result<Option<CatalogDetails>, ConnectionError> {
    let with = |wanted: &dyn Fn(usize, &[usize; 2]) -> bool| -> Vec<usize> {
        counts
            .rows
            .iter()
            .enumerate()
            .filter(|(number, count)| wanted(*number, count))
            .map(|(number, _)| number)
            .collect()
    };
    let added = with(&|_, [unchanged, all]| all > unchanged);
    let fewer = with(&|number, [unchanged, _]| lengths.get(number).is_some_and(|length| unchanged < length));
    let mut found = CatalogDetails::default();
    if added.is_empty() && fewer.is_empty() {
        return Ok(Some(found));
    }
    // All of them are prepared, and those that are wanted executed.
    let queries = CATALOGS.iter().map(changed).chain(CATALOGS.iter().map(unchanged)).collect();
    let wanted: Vec<usize> = added.iter().copied().chain(fewer.iter().map(|number| number + CATALOGS.len())).collect();
    let answers = read_queries(database, since, queries, &wanted)?;
    let mut texts = answers.into_iter().map(|rows| rows.into_iter().flatten().flatten().next().unwrap_or_default());
    for catalog in added {
        let text = texts.next().unwrap_or_default();
        let before = found.added.len();
        for line in text.split('\n') {
            let mut parts = line.splitn(4, '\t').map(str::to_owned);
            let (Some(location), Some(identity), Some(name), Some(content)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Ok(None);
            };
            found.added.push((location, FollowedRow { catalog, identity, name, content }));
        }
        if counts.rows.get(catalog).is_none_or(|[unchanged, all]| found.added.len() - before != all - unchanged) {
            return Ok(None);
        }
    }
    for catalog in fewer {
        let text = texts.next().unwrap_or_default();
        let kept: HashSet<String> =
            text.split(' ').filter(|location| !location.is_empty()).map(str::to_owned).collect();
        if counts.rows.get(catalog).is_none_or(|[unchanged, _]| kept.len() != *unchanged) {
            return Ok(None);
        }
        found.kept.push((catalog, kept));
    }
    Ok(Some(found))
}

/// Executes those of the queries with these indexes, which read [`SINCE`], and returns the rows of each.
fn read_queries(
    database: &mut Postgres,
    since: &str,
    queries: Vec<String>,
    wanted: &[usize],
) -> Result<Vec<WireRows>, ConnectionError> {
    let set = format!("SELECT pg_catalog.set_config('{SINCE}', '{since}', true)");
    let mut answers = database.ask_repeatedly(queries, |link, queries| {
        let wanted = wanted.iter().filter_map(|index| queries.get(*index)).map(String::as_str);
        link.run_query(&std::iter::once(set.as_str()).chain(wanted).collect::<Vec<_>>().join(";\n"))
    })?;
    if !answers.is_empty() {
        answers.remove(0);
    }
    Ok(answers)
}
