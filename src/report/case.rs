//! Reports of failed cases of `test`.

use super::engine::failed;
use super::table::format_table;
use super::{ErrorReport, printable};
use crate::database::{QueryRows, SHOWN_ROWS};
use crate::engine::EngineError;
use crate::error_code::ErrorCode;
use crate::revision::ExpectedTable;
use crate::shadow::{CaseFailure, ProofError};

impl From<CaseFailure> for ErrorReport {
    fn from(failure: CaseFailure) -> Self {
        match failure {
            CaseFailure::Target { location, error } => Self::from(&*error).at(&location, ""),
            CaseFailure::Shadow(error) => with_rows(*error),
            CaseFailure::Statement { location, failure } => {
                let inner = failed(&failure, None, 0);
                Self { code: ErrorCode::CaseFailed, ..inner }.at(&location, "the shadow database refuses this")
            }
            CaseFailure::Query { location, error } => {
                let inner = super::database::server(&error, ErrorCode::CaseFailed);
                inner.at(&location, "the shadow database refuses this query")
            }
            CaseFailure::Found { location, found } => {
                let more = if found.has_more { "more than " } else { "" };
                let count = super::text::count(found.rows.len(), "row");
                Self::new(ErrorCode::CaseFailed, format!("the query found {more}{count}, and has to find none"))
                    .at(&location, "")
                    .note(table_note("found", &found))
            }
            CaseFailure::Differs { location, expected, found } => {
                let report = Self::new(ErrorCode::CaseFailed, "the query found other rows than expected");
                let report = report.at(&location, "");
                differences(&expected, &found).into_iter().fold(report, Self::note)
            }
        }
    }
}

/// Reports a revision that failed: other than in a replay, the rows may be the reason.
fn with_rows(error: ProofError) -> ErrorReport {
    let is_of_revision = matches!(error, ProofError::Replay(EngineError::Failed { .. }));
    let mut report = ErrorReport::from(error);
    if is_of_revision {
        report.hints.clear();
        report = report.note("the shadow database has the rows of the case and of the fixtures");
    }
    report
}

/// Returns the notes on what was expected and not found, and the other way round.
fn differences(expected: &ExpectedTable, found: &QueryRows) -> Vec<String> {
    let same_name = |(one, other): (&String, &String)| one.eq_ignore_ascii_case(other);
    let is_same_width = found.columns.is_empty() || found.columns.len() == expected.columns.len();
    let are_named_so = is_same_width && found.columns.iter().zip(&expected.columns).all(same_name);
    if !are_named_so {
        let names = |columns: &[String]| printable::one_line(&columns.join(", ")).into_owned();
        return vec![
            format!("columns expected: {}", names(&expected.columns)),
            format!("columns found: {}", names(&found.columns)),
        ];
    }
    let columns = &expected.columns;
    let missing = without(&expected.rows, &found.rows);
    let added = without(&found.rows, &expected.rows);
    let note = |what: &str, mut rows: Vec<Vec<Option<String>>>, has_more: bool| {
        let is_long = rows.len() > SHOWN_ROWS;
        rows.truncate(SHOWN_ROWS);
        let rows = QueryRows { columns: columns.clone(), rows, has_more: has_more || is_long };
        (!rows.rows.is_empty()).then(|| table_note(what, &rows))
    };
    let notes =
        [note("expected, and not found", missing, false), note("found, and not expected", added, found.has_more)];
    notes.into_iter().flatten().collect()
}

fn table_note(what: &str, rows: &QueryRows) -> String {
    let mut rows = rows.clone();
    if rows.columns.is_empty() {
        // In a scratch schema the names are not known.
        rows.columns = (1..=rows.rows.first().map_or(0, Vec::len)).map(|number| format!("column {number}")).collect();
    }
    format!("{what}:\n{}", format_table(&rows).trim_end())
}

/// Returns the rows of `rows` that `others` lacks; equal rows are counted.
fn without(rows: &[Vec<Option<String>>], others: &[Vec<Option<String>>]) -> Vec<Vec<Option<String>>> {
    let mut others = others.to_vec();
    let is_left = |row: &&Vec<Option<String>>| match others.iter().position(|other| other == *row) {
        Some(index) => {
            others.swap_remove(index);
            false
        }
        None => true,
    };
    rows.iter().filter(is_left).cloned().collect()
}
