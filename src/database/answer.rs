//! Query results as text, and the findings of require and verify queries. Independent of the dialect.

use super::{FailureCause, ServerError};

/// Maximum number of offending rows that are kept of a query that should find none: enough to see the problem.
pub const SHOWN_ROWS: usize = 20;

/// Result of a query, with every value in the server's text format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryRows {
    /// Column names; not necessarily unique.
    pub columns: Vec<String>,
    /// The first rows; a NULL is `None`.
    pub rows: Vec<Vec<Option<String>>>,
    /// True if the query returned more rows than the limit.
    pub has_more: bool,
}

impl QueryRows {
    /// Adds the row unless there are `limit` rows already; then only sets `has_more`.
    pub fn keep(&mut self, limit: usize, row: impl FnOnce() -> Vec<Option<String>>) {
        if self.rows.len() < limit {
            self.rows.push(row());
        } else {
            self.has_more = true;
        }
    }

    /// Returns the value in the first row and column; `None` if there is no row or the value is NULL.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }

    /// Returns the values of the column with this name, ignoring case, one for each row.
    pub fn column<'r>(&'r self, name: &str) -> impl Iterator<Item = Option<&'r str>> + use<'r> {
        let index = self.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        self.rows.iter().map(move |row| row.get(index?)?.as_deref())
    }
}

/// Query of a revision that must return no rows, by the index in its section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionQuery {
    /// Index into [`super::RevisionExecution::require`].
    Require(usize),
    /// Index into [`super::RevisionExecution::verify`].
    Verify(usize),
}

/// Failed query of a revision's require or verify section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFinding {
    pub query: SectionQuery,
    /// Reason of the failure.
    pub found: QueryOutcome,
}

/// Reason why a query that should find nothing failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryOutcome {
    /// The query returned rows; at most [`SHOWN_ROWS`] of them are kept.
    Rows(QueryRows),
    /// The server refused the query.
    Refused(ServerError),
}

impl QueryFinding {
    /// Returns the failure of the revision.
    #[must_use]
    pub const fn into_cause(self) -> FailureCause {
        match self.query {
            SectionQuery::Require(_) => FailureCause::Unmet(self),
            SectionQuery::Verify(_) => FailureCause::Unverified(self),
        }
    }

    /// Returns one line for the journal. It contains no values of the rows, because more people can read the journal
    /// than the tables.
    #[must_use]
    pub fn summary(&self) -> String {
        let (failed, number) = match self.query {
            SectionQuery::Require(index) => ("requirement not met", index + 1),
            SectionQuery::Verify(index) => ("verification failed", index + 1),
        };
        match &self.found {
            QueryOutcome::Rows(rows) => {
                let more = if rows.has_more { "more than " } else { "" };
                format!("{failed}: query {number} found {more}{} rows", rows.rows.len())
            }
            QueryOutcome::Refused(error) => format!("{failed}: query {number}: {}", error.message),
        }
    }
}
