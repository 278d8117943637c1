//! Results of a session monitor's queries.

use std::time::Duration;

use super::DatabaseError;
use super::monitor::Blocker;
use super::session::TextRows;

/// Returns the first column of the first row as a number.
pub(crate) fn number(rows: Option<&TextRows>) -> Option<u64> {
    rows?.first()?.first()?.as_deref()?.parse().ok()
}

/// Parses rows of: id, user, application, address, milliseconds, state, query.
pub(crate) fn blockers_of(rows: &TextRows, is_certain: bool) -> Vec<Blocker> {
    let text =
        |row: &[Option<String>], index: usize| row.get(index).cloned().flatten().filter(|text| !text.trim().is_empty());
    let blocker = |row: &Vec<Option<String>>| {
        Some(Blocker {
            id: text(row, 0)?.parse().ok()?,
            user: text(row, 1),
            application: text(row, 2),
            address: text(row, 3),
            since: text(row, 4).and_then(|time| time.parse().ok()).map(Duration::from_millis),
            state: text(row, 5),
            query: text(row, 6).map(|query| shortened(&query)),
            is_certain,
        })
    };
    rows.iter().filter_map(blocker).collect()
}

/// Returns a query in one line of at most 200 characters.
fn shortened(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

/// Returns whether the server refused the query, as opposed to a connection failure.
pub(crate) fn is_refusal(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::Server(_))
}
