//! Batched statements: a comment `-- @batch table=messages key=id size=5000 pause=50ms target=500ms` before a statement
//! that contains `BETWEEN :low AND :high`, which is executed once per range of keys.

use std::time::Duration;

use super::{Dialect, Lexer, Piece, StatementKind};
use crate::diagnostic::{Span, nearest};
use crate::duration;

/// Names of the parameters after `@batch`.
const NAMES: [&str; 5] = ["table", "key", "size", "pause", "target"];

/// Default number of keys per batch.
const SIZE: u64 = 5_000;

/// Parameters of a batched statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Table whose key defines the ranges, as written in SQL.
    pub table: String,
    /// Key column: an integer column with an index.
    pub key: String,
    /// Number of keys in the first batch.
    pub size: u64,
    /// Pause between two batches.
    pub pause: Duration,
    /// Target duration of a batch, to which the size is adapted. `None` uses the service's setting; zero keeps the size
    /// constant.
    pub target: Option<Duration>,
}

/// Error in a `@batch` comment or its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchProblem {
    /// A word that is not `name=value` with a known name.
    Unknown {
        /// Text of the word.
        word: String,
        /// Known name that it may be a misspelling of.
        nearest: Option<&'static str>,
    },
    /// A parameter with an invalid value.
    Value {
        /// Name of the parameter.
        name: &'static str,
        /// Description of a valid value.
        expected: &'static str,
    },
    /// `table` or `key` is missing.
    Missing {
        /// Name of the missing parameter.
        name: &'static str,
    },
    /// The statement does not contain both `:low` and `:high`, or is not a statement on rows.
    NoRange,
}

/// Error in a `@batch` comment, with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchError {
    /// Bytes of the text that was split.
    pub span: Span,
    /// Kind of error.
    pub problem: BatchProblem,
}

impl Batch {
    /// Parses the batch comment before the statement of `piece`; `None` if there is none.
    ///
    /// # Errors
    /// [`BatchError`] if the comment or its statement is invalid.
    pub fn parse(text: &str, piece: &Piece, dialect: Dialect) -> Result<Option<Self>, BatchError> {
        let before = &text[piece.span.start..piece.sql.start];
        if piece.kind == StatementKind::Nothing || !before.contains("@batch") {
            return Ok(None);
        }
        let mut start = piece.span.start;
        for line in before.split_inclusive('\n') {
            let span = Span::new(start, start + line.trim_end().len());
            start += line.len();
            let Some(words) = line.trim().strip_prefix("--").and_then(|rest| rest.trim().strip_prefix("@batch")) else {
                continue;
            };
            let batch = read(words).map_err(|problem| BatchError { span, problem })?;
            let sql = piece.sql.slice(text);
            let has = |name| places(sql, dialect).iter().any(|(_, found)| *found == name);
            if piece.kind != StatementKind::Rows || !has("low") || !has("high") {
                return Err(BatchError { span: piece.sql, problem: BatchProblem::NoRange });
            }
            return Ok(Some(batch));
        }
        Ok(None)
    }
}

fn read(words: &str) -> Result<Batch, BatchProblem> {
    let (mut table, mut key) = (None, None);
    let mut batch = Batch { table: String::new(), key: String::new(), size: SIZE, pause: Duration::ZERO, target: None };
    for word in words.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let time = |name| duration::parse(value).ok_or(BatchProblem::Value { name, expected: duration::EXPECTED });
        match name {
            "table" | "key" if value.is_empty() => {
                let name = if name == "table" { "table" } else { "key" };
                return Err(BatchProblem::Value { name, expected: "a name" });
            }
            "table" => table = Some(value.to_owned()),
            "key" => key = Some(value.to_owned()),
            "size" => {
                let size = value.parse().ok().filter(|size| *size > 0);
                batch.size = size.ok_or(BatchProblem::Value { name: "size", expected: "a whole number above 0" })?;
            }
            "pause" => batch.pause = time("pause")?,
            "target" => batch.target = Some(time("target")?),
            _ => return Err(BatchProblem::Unknown { word: word.to_owned(), nearest: nearest(name, NAMES) }),
        }
    }
    batch.table = table.ok_or(BatchProblem::Missing { name: "table" })?;
    batch.key = key.ok_or(BatchProblem::Missing { name: "key" })?;
    Ok(batch)
}

/// Replaces `:low` and `:high` by the bounds of one range. Placeholders in strings, quoted identifiers and comments are
/// left alone.
#[must_use]
pub fn with_range(sql: &str, dialect: Dialect, low: i64, high: i64) -> String {
    let mut text = String::with_capacity(sql.len() + 32);
    let mut rest = 0;
    for (span, name) in places(sql, dialect) {
        text.push_str(Span::new(rest, span.start).slice(sql));
        // The parentheses prevent a comment: `-:low` with a negative number would become `--5`.
        text.push_str(&if name == "low" { format!("({low})") } else { format!("({high})") });
        rest = span.end;
    }
    text.push_str(Span::new(rest, sql.len()).slice(sql));
    text
}

/// Positions of `:low` and `:high`. The text is searched rather than the tokens, because some dialects lex a
/// placeholder as one token and some as an operator and a word.
fn places(sql: &str, dialect: Dialect) -> Vec<(Span, &'static str)> {
    let quiet: Vec<Span> = Lexer::new(sql, dialect)
        .flatten()
        .filter(|token| {
            use super::TokenKind::{Comment, QuotedIdentifier, Text};
            matches!(token.kind, Comment | QuotedIdentifier | Text)
        })
        .map(|token| token.span)
        .collect();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = sql.get(from..).and_then(|rest| rest.find(':')).map(|at| from + at) {
        from = at + 1;
        let word = &sql[from..];
        let name = ["low", "high"].into_iter().find(|name| {
            word.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        let is_cast = sql.get(..at).is_some_and(|before| before.ends_with(':'));
        let after = quiet.partition_point(|span| span.end <= at);
        let is_quiet = quiet.get(after).is_some_and(|span| span.start <= at);
        if let (Some(name), false, false) = (name, is_cast, is_quiet) {
            found.push((Span::new(at, from + name.len()), name));
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn batch(text: &str) -> Result<Option<Batch>, BatchProblem> {
        let pieces = super::super::split(text, Dialect::POSTGRES).unwrap();
        Batch::parse(text, pieces.last().unwrap(), Dialect::POSTGRES).map_err(|error| error.problem)
    }

    const UPDATE: &str = "UPDATE t SET a = 1 WHERE id BETWEEN :low AND :high";

    #[test]
    fn a_line_before_the_statement_says_how() {
        let text = format!("-- words\n-- @batch table=t key=id size=10 pause=50ms target=1s\n{UPDATE}");
        let expected = Batch {
            table: "t".into(),
            key: "id".into(),
            size: 10,
            pause: Duration::from_millis(50),
            target: Some(Duration::from_secs(1)),
        };
        assert_eq!(batch(&text), Ok(Some(expected)));
        assert_eq!(batch(UPDATE), Ok(None));
        assert_eq!(batch("SELECT 1; -- @batch\n;\nSELECT 2"), Ok(None), "it stands before no statement");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let problem = |line: &str, sql: &str| batch(&format!("-- @batch {line}\n{sql}")).unwrap_err();
        assert_eq!(
            problem("table=t kye=id", UPDATE),
            BatchProblem::Unknown { word: "kye=id".into(), nearest: Some("key") }
        );
        assert_eq!(problem("table=t", UPDATE), BatchProblem::Missing { name: "key" });
        assert!(matches!(problem("table=t key=id size=0", UPDATE), BatchProblem::Value { name: "size", .. }));
        assert_eq!(problem("table=t key=id", "UPDATE t SET a = ':low :high'"), BatchProblem::NoRange);
        assert_eq!(problem("table=t key=id", "CREATE TABLE u (a int) -- :low :high"), BatchProblem::NoRange);
    }

    #[test]
    fn only_the_placeholders_are_replaced() {
        for dialect in [Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE] {
            let sql = "UPDATE t SET a = ':low', b = x.low -- :high\nWHERE id BETWEEN :low AND :high AND :lower";
            let expected = "UPDATE t SET a = ':low', b = x.low -- :high\nWHERE id BETWEEN (-5) AND (7) AND :lower";
            assert_eq!(with_range(sql, dialect, -5, 7), expected);
        }
        assert_eq!(with_range("SELECT a::low, :high", Dialect::POSTGRES, 1, 2), "SELECT a::low, (2)");
    }
}
