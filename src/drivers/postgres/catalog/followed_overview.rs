//! State of the catalogs by which those are found that were written to since the base, without reading them all: by the
//! numbers of rows that the server keeps, or, before PostgreSQL 15, by counting.

use std::collections::HashMap;

use super::followed::{Base, read_queries};
use super::followed_query::{CATALOGS, counts, is_surrounding, surroundings, writes};
use crate::dialects::postgres::flavour::PostgresVersion;
use crate::drivers::postgres::Postgres;
use crate::drivers::postgres::errors::ConnectionError;
use crate::drivers::postgres::wire::WireRows;

/// The server's numbers of rows that were ever written to each catalog.
#[derive(Debug, Clone)]
pub(super) struct CatalogWrites {
    /// Answer of the server to whether it counts, and since when.
    pub(super) counting: String,
    pub(super) numbers: Vec<String>,
}

/// State of the catalogs by which those are found that were written to.
pub(super) struct CatalogOverview {
    pub(super) horizon: String,
    /// `None` if they were not read.
    pub(super) surroundings: Option<Surroundings>,
    pub(super) signs: WriteSigns,
}

/// Files of the catalogs, and what else determines the schema.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) files: String,
    pub(super) others: String,
}

/// By catalog.
pub(super) enum WriteSigns {
    Writes(CatalogWrites),
    /// Number of rows that did not change, and of all.
    Counts(Vec<[usize; 2]>),
}

impl Surroundings {
    /// Parses the answer to [`surroundings`].
    pub(super) fn parse(rows: WireRows) -> Option<Self> {
        Self::of_parts(&rows.into_iter().next()?.into_iter().next()??)
    }

    fn of_parts(text: &str) -> Option<Self> {
        let (files, others) = text.split_once('\t')?;
        Some(Self { files: files.to_owned(), others: others.to_owned() })
    }
}

impl CatalogOverview {
    /// Parses the answer to [`writes`]. `None` if the server does not count, and for an answer of another form.
    pub(super) fn of_writes(rows: WireRows) -> Option<Self> {
        let mut cells = rows.into_iter().next()?.into_iter();
        let (horizon, counting, numbers) = (cells.next()??, cells.next()??, cells.next()??);
        let numbers = numbers.split(' ').map(str::to_owned).collect();
        let signs = WriteSigns::Writes(CatalogWrites { counting, numbers });
        let overview = Self { horizon, surroundings: None, signs };
        overview.writes()?.counting.starts_with("on ").then_some(overview)
    }

    /// Parses the answer to [`counts`]. `None` for an answer of another form.
    pub(super) fn of_counts(rows: WireRows) -> Option<Self> {
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
        let (horizon, rest) = head.split_once('\t')?;
        let surroundings = Some(Surroundings::of_parts(rest)?);
        Some(Self { horizon: horizon.to_owned(), surroundings, signs: WriteSigns::Counts(counts) })
    }

    /// Returns the numbers of the catalogs that were written to since the base.
    pub(super) fn written(&self, base: &Base) -> Vec<usize> {
        let is_written = |number: &usize| match &self.signs {
            WriteSigns::Writes(writes) => {
                base.writes.as_ref().is_none_or(|base| base.numbers.get(*number) != writes.numbers.get(*number))
            }
            WriteSigns::Counts(counts) => {
                let length = base.rows.get(*number).map_or(0, HashMap::len);
                counts.get(*number) != Some(&[length, length])
            }
        };
        (0..CATALOGS.len()).filter(is_written).collect()
    }

    /// Returns `true` if the surroundings may be others than those of the base.
    fn has_other_surroundings(&self, base: &Base) -> bool {
        match (&self.signs, &base.writes) {
            (WriteSigns::Writes(writes), Some(base)) => {
                let mut numbers = writes.numbers.iter().enumerate().filter(|(number, _)| is_surrounding(*number));
                numbers.any(|(number, written)| base.numbers.get(number) != Some(written))
            }
            _ => true,
        }
    }

    fn has_files_of(&self, base: &Base) -> bool {
        self.surroundings.as_ref().is_some_and(|read| read.files == base.files)
    }

    pub(super) fn writes(&self) -> Option<&CatalogWrites> {
        match &self.signs {
            WriteSigns::Writes(writes) => Some(writes),
            WriteSigns::Counts(_) => None,
        }
    }
}

/// Reads by what the catalogs are found that were written to. `None` if nothing is known until the next base: in other
/// files their rows are at other places.
pub(super) fn overview(
    database: &mut Postgres,
    version: PostgresVersion,
    base: &Base,
    may_have_moved: bool,
) -> Result<Option<CatalogOverview>, ConnectionError> {
    let Some(was) = &base.writes else {
        let answer = read_queries(database, &base.horizon, vec![counts(version)])?.pop();
        return Ok(answer.and_then(CatalogOverview::of_counts).filter(|overview| overview.has_files_of(base)));
    };
    let answer = read_queries(database, &base.horizon, vec![writes()])?.pop();
    let counts_on = |overview: &CatalogOverview| overview.writes().is_some_and(|now| now.counting == was.counting);
    let Some(mut overview) = answer.and_then(CatalogOverview::of_writes).filter(counts_on) else { return Ok(None) };
    if may_have_moved || overview.has_other_surroundings(base) {
        let answer = read_queries(database, &base.horizon, vec![surroundings(version)])?.pop();
        overview.surroundings = answer.and_then(Surroundings::parse);
        if !overview.has_files_of(base) {
            return Ok(None);
        }
    }
    Ok(Some(overview))
}
