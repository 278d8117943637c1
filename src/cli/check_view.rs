//! Results of checks, as text and as JSON.

use serde_json::{Value, json};

use super::{style, text};
use crate::database::QueryRows;
use crate::operations::{Subject, Verdict, Wrong};
use crate::report::table;
use crate::units::format_elapsed;

/// Names the subject of a check: `revision 91be55c20c11`, `check orphans`.
pub fn subject(verdict: &Verdict) -> String {
    match &verdict.subject {
        Subject::Revision(id) => format!("revision {}", style::id(id.as_str())),
        Subject::Check(name) => format!("check {name}"),
    }
}

/// One line per check, with the rows that it found below.
pub fn lines(verdicts: &[Verdict]) -> Vec<String> {
    if verdicts.is_empty() {
        return vec![style::faint("nothing to verify: no revision has a verify section, and there are no checks")];
    }
    verdicts.iter().flat_map(verdict_lines).collect()
}

fn verdict_lines(verdict: &Verdict) -> Vec<String> {
    let (subject, took) = (subject(verdict), style::faint(&format_elapsed(verdict.took)));
    let Some(wrong) = &verdict.wrong else { return vec![format!("ok     {subject} {took}")] };
    let place = verdict.location.as_ref().map(|location| {
        let line = crate::diagnostic::position(&location.text, location.span.start).line;
        format!("       {}:{line}", location.path.display())
    });
    let head = format!("{}  {subject}: {} {took}", style::bad("WRONG"), problem(wrong));
    let rows = rows(wrong).map(table::format_table).unwrap_or_default();
    let rows = rows.lines().map(|line| format!("       {line}"));
    [head].into_iter().chain(place).chain(rows).collect()
}

/// Describes the problem in one line.
pub fn problem(wrong: &Wrong) -> String {
    let shown = |found: &Option<String>| found.clone().unwrap_or_else(|| "nothing".to_owned());
    match wrong {
        Wrong::Rows(rows) => {
            let shown = rows.rows.len();
            if rows.has_more { format!("more than {shown} rows, the first are") } else { text::count(shown, "row") }
        }
        Wrong::Value { expected, found } => format!("the result is {}, expected {expected}", shown(found)),
        Wrong::Above { at_most, found } => format!("the result is {}, expected at most {at_most}", shown(found)),
        Wrong::Slow { max_time } => format!("passed, but slower than {}", format_elapsed(*max_time)),
        Wrong::Refused(error) => error.message.clone(),
    }
}

/// Rows that the check found, if it found any.
pub fn rows(wrong: &Wrong) -> Option<&QueryRows> {
    match wrong {
        Wrong::Rows(rows) => Some(rows),
        _ => None,
    }
}

/// Result of a check for `--json`.
pub fn document(verdict: &Verdict) -> Value {
    let (kind, name) = match &verdict.subject {
        Subject::Revision(id) => ("revision", id.to_string()),
        Subject::Check(name) => ("check", name.clone()),
    };
    let found = verdict.wrong.as_ref().and_then(rows);
    json!({
        "kind": kind,
        "name": name,
        "ok": verdict.wrong.is_none(),
        "problem": verdict.wrong.as_ref().map(problem),
        "columns": found.map(|rows| &rows.columns),
        "rows": found.map(|rows| &rows.rows),
        "has_more": found.map(|rows| rows.has_more),
        "duration_ms": u64::try_from(verdict.took.as_millis()).unwrap_or(u64::MAX),
    })
}
