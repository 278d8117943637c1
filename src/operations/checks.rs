//! Verification of a database: verify sections of revisions, and the checks of the config.

use std::time::{Duration, Instant};

use crate::config::{Check, Expect};
use crate::database::{Database, DatabaseError, QueryOutcome, QueryRows, SHOWN_ROWS, ServerError};
use crate::diagnostic::Location;
use crate::engine::{self, EngineError, Setting};
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{self, Dialect, StatementKind};

/// Subject of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The verify section of a revision.
    Revision(RevisionId),
    /// A check from the config.
    Check(String),
}

/// Result of a check.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Subject of the check.
    pub subject: Subject,
    /// Problem; `None` if there is none.
    pub wrong: Option<Wrong>,
    /// Position of the query that found it; only for revisions.
    pub location: Option<Box<Location>>,
    /// Duration of the queries, with the round trips.
    pub took: Duration,
}

/// Problem that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Rows although none are allowed; at most [`SHOWN_ROWS`].
    Rows(QueryRows),
    /// A value that differs.
    Value {
        /// Expected value.
        expected: String,
        /// Actual value; `None` for NULL or no row.
        found: Option<String>,
    },
    /// A number above the limit, or a value that is not a number.
    Above {
        /// The limit.
        at_most: String,
        /// Actual value; `None` for NULL or no row.
        found: Option<String>,
    },
    /// The result is correct but took too long.
    Slow {
        /// Maximum duration.
        max_time: Duration,
    },
    /// The server refused the query, or the text is not exactly one query.
    Refused(ServerError),
}

/// Runs the verify section of a revision; `None` if it has none.
///
/// # Errors
/// A file that cannot be read, a section that is refused, a connection that breaks.
pub fn verify_revision(
    history: &History,
    id: &RevisionId,
    database: &mut dyn Database,
    setting: Setting<'_>,
) -> Result<Option<Verdict>, EngineError> {
    let Some(verify) = engine::read_verify(history, id, setting)? else { return Ok(None) };
    let (finding, took) = engine::run_queries(database, &verify)?;
    let location = finding.as_ref().and_then(|(query, _)| verify.locate(*query)).map(Box::new);
    let wrong = finding.map(|(_, found)| match found {
        QueryOutcome::Rows(rows) => Wrong::Rows(rows),
        QueryOutcome::Refused(error) => Wrong::Refused(error),
    });
    Ok(Some(Verdict { subject: Subject::Revision(id.clone()), wrong, location, took }))
}

/// Runs the checks.
///
/// # Errors
/// When the connection breaks. A query that the server refuses is a verdict.
pub fn run_checks(database: &mut dyn Database, checks: &[Check]) -> Result<Vec<Verdict>, DatabaseError> {
    checks.iter().map(|check| run_check(database, check)).collect()
}

fn run_check(database: &mut dyn Database, check: &Check) -> Result<Verdict, DatabaseError> {
    let dialect = database.server().dialect;
    let started = Instant::now();
    let answer = match one_query(&check.query, dialect) {
        Ok(sql) => database.query(sql, SHOWN_ROWS),
        Err(message) => {
            Err(DatabaseError::Server(ServerError { message: message.to_owned(), ..ServerError::default() }))
        }
    };
    let took = started.elapsed();
    let wrong = match answer {
        Ok(rows) => judge(check, rows, took),
        Err(DatabaseError::Server(error)) => Some(Wrong::Refused(error)),
        Err(error) => return Err(error),
    };
    Ok(Verdict { subject: Subject::Check(check.name.clone()), wrong, location: None, took })
}

/// Returns the query of a text, without its semicolon.
fn one_query(text: &str, dialect: Dialect) -> Result<&str, &'static str> {
    let pieces = sql::split(text, dialect).map_err(|_| "the check's query cannot be read as SQL")?;
    let mut statements =
        pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).map(|piece| piece.sql.slice(text));
    match (statements.next(), statements.next()) {
        (Some(one), None) if sql::is_query(one, dialect) => Ok(one),
        (Some(_), None) => Err("the check is not a query"),
        (Some(_), Some(_)) => Err("the check has more than one statement"),
        (None, _) => Err("the check has no query"),
    }
}

fn judge(check: &Check, rows: QueryRows, took: Duration) -> Option<Wrong> {
    let found = rows.value().map(str::to_owned);
    match &check.expect {
        Expect::Empty if !rows.rows.is_empty() => Some(Wrong::Rows(rows)),
        Expect::Value(expected) if !is_same(expected, found.as_deref()) => {
            Some(Wrong::Value { expected: expected.clone(), found })
        }
        Expect::AtMost(limit) if !is_at_most(found.as_deref(), limit) => {
            Some(Wrong::Above { at_most: limit.clone(), found })
        }
        _ => {
            let max_time = check.max_time.filter(|max_time| took > *max_time)?;
            Some(Wrong::Slow { max_time })
        }
    }
}

/// Returns `true` for the same text, the same number (`5`, `5.00`) or the same truth value (PostgreSQL returns `t`,
/// other servers `1`).
fn is_same(expected: &str, found: Option<&str>) -> bool {
    let Some(found) = found else { return expected == "null" };
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let truth = matches!((expected, found), ("true", "t" | "1") | ("false", "f" | "0"));
    expected == found || truth || number(expected).is_some_and(|expected| number(found) == Some(expected))
}

fn is_at_most(found: Option<&str>, limit: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match (found.and_then(number), number(limit)) {
        (Some(found), Some(limit)) => found <= limit,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expect: Expect) -> Check {
        Check { name: "c".to_owned(), query: String::new(), expect, max_time: Some(Duration::from_millis(200)) }
    }

    fn answer(value: &str) -> QueryRows {
        QueryRows { columns: vec!["c".to_owned()], rows: vec![vec![Some(value.to_owned())]], has_more: false }
    }

    #[test]
    fn an_empty_check_wants_no_row() {
        assert_eq!(judge(&check(Expect::Empty), QueryRows::default(), Duration::ZERO), None);
        assert!(matches!(judge(&check(Expect::Empty), answer("1"), Duration::ZERO), Some(Wrong::Rows(_))));
    }

    #[test]
    fn values_are_compared_as_numbers_and_as_text() {
        let value = |expected: &str| check(Expect::Value(expected.to_owned()));
        for (expected, found) in [("5", "5"), ("5", "5.00"), ("true", "t"), ("abc", "abc")] {
            assert_eq!(judge(&value(expected), answer(found), Duration::ZERO), None, "{expected} {found}");
        }
        assert!(judge(&value("5"), answer("6"), Duration::ZERO).is_some());
        assert!(judge(&value("5"), QueryRows::default(), Duration::ZERO).is_some());
    }

    #[test]
    fn a_limit_takes_numbers_only() {
        let limit = check(Expect::AtMost("10".to_owned()));
        assert_eq!(judge(&limit, answer("10"), Duration::ZERO), None);
        assert!(judge(&limit, answer("10.5"), Duration::ZERO).is_some());
        assert!(judge(&limit, answer("many"), Duration::ZERO).is_some());
    }

    #[test]
    fn a_right_answer_may_come_too_late() {
        let late = judge(&check(Expect::Empty), QueryRows::default(), Duration::from_millis(201));
        assert_eq!(late, Some(Wrong::Slow { max_time: Duration::from_millis(200) }));
    }

    #[test]
    fn a_check_is_one_query() {
        for dialect in Dialect::all() {
            assert_eq!(one_query(" SELECT 1; -- x", dialect), Ok("SELECT 1"));
            assert!(one_query("SELECT 1; SELECT 2", dialect).is_err());
            assert!(one_query("DELETE FROM t", dialect).is_err());
            assert!(one_query("", dialect).is_err());
        }
    }
}
