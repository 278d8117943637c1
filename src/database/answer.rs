//! What a query answers, as text; and what a verify query found. Must not know any dialect.

use super::ServerError;

/// How many rows of what is wrong are kept: enough to see what it is about.
pub const SHOWN_ROWS: usize = 20;

/// The answer of a query, every value as the server's text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The columns' names; two may be the same.
    pub columns: Vec<String>,
    /// The first rows; NULL is none.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there are more rows than were asked for.
    pub has_more: bool,
}

impl Rows {
    /// Keeps the row while there are fewer than `limit`.
    pub fn keep(&mut self, limit: usize, row: impl FnOnce() -> Vec<Option<String>>) {
        if self.rows.len() < limit {
            self.rows.push(row());
        } else {
            self.has_more = true;
        }
    }

    /// The value in the first row and column; none when there is no row, or it is NULL.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }

    /// The column of that name, in each row.
    pub fn column<'r>(&'r self, name: &str) -> impl Iterator<Item = Option<&'r str>> + use<'r> {
        let index = self.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        self.rows.iter().map(move |row| row.get(index?)?.as_deref())
    }
}

/// What is wrong with a revision that has run, by one of its verify queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The query (index into [`super::Unit::verify`]).
    pub query: usize,
    /// What it found.
    pub found: Found,
}

/// What a verify query came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Rows, where there must be none: the first [`SHOWN_ROWS`].
    Rows(Rows),
    /// The server refused the query.
    Refused(ServerError),
}

impl Finding {
    /// A line for the journal. It holds no value of a row: the journal is read by more people than the tables are.
    #[must_use]
    pub fn summary(&self) -> String {
        let number = self.query + 1;
        match &self.found {
            Found::Rows(rows) => {
                let more = if rows.has_more { "more than " } else { "" };
                format!("verification failed: query {number} found {more}{} rows", rows.rows.len())
            }
            Found::Refused(error) => format!("verification failed: query {number}: {}", error.message),
        }
    }
}
