//! Recognition of queries that write nothing, by their words.

use super::{Dialect, keywords, writing_word};
use crate::diagnostic::Span;

/// Keywords that a query may begin with.
const QUERIES: [&str; 4] = ["SELECT", "WITH", "VALUES", "TABLE"];

/// Returns whether the statement is a query that writes nothing, judging by its words.
#[must_use]
pub fn is_query(statement: &str, dialect: Dialect) -> bool {
    first_no_query(statement, dialect).is_none()
}

/// Returns the word that makes the statement write, or all of a statement that is not a query.
#[must_use]
pub fn first_no_query(statement: &str, dialect: Dialect) -> Option<Span> {
    let begins_as_query = keywords(statement, dialect).next().is_some_and(|word| QUERIES.contains(&word.as_str()));
    if begins_as_query { writing_word(statement, dialect) } else { Some(Span::new(0, statement.len())) }
}
