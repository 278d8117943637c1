//! Data that a downgrade would lose.

use super::text;
use super::{ErrorCode, ErrorReport};
use crate::operations::{Amount, Lost};
use crate::sql::Loss;

/// Describes a loss in one line: `bbbb2222 drops notes (3 rows)`.
#[must_use]
pub fn line(lost: &Lost) -> String {
    let Lost { revision, loss, table, column, amount } = lost;
    let what = match column {
        Some(column) => format!("drops {column} of {table}"),
        None => format!("{} {table}", loss.name()),
    };
    let number = |number: &u64| usize::try_from(*number).unwrap_or(usize::MAX);
    let amount = match amount {
        Amount::Rows(values) if *loss == Loss::Column => text::count(number(values), "value"),
        Amount::Rows(rows) => text::count(number(rows), "row"),
        Amount::Tables(tables) => text::count(number(tables), "table"),
        Amount::Unknown => "the number of rows is not known".to_owned(),
    };
    format!("{revision} {what} ({amount})")
}

/// Returns the report of a downgrade whose losses, each with its service, were not confirmed; `reason` is the cause.
#[must_use]
pub fn refused(lost: &[(String, Lost)], reason: &str) -> ErrorReport {
    let message = format!("the downgrade loses rows, and {reason}");
    let lines = lost.iter().map(|(service, lost)| format!("{service}: {}", line(lost)));
    let report = lines.fold(ErrorReport::new(ErrorCode::NotConfirmed, message), ErrorReport::note);
    report.note("nothing was changed").hint("run `aludel backup` first to keep them; --yes skips the question")
}

/// Returns the report of a service whose version rows changed after its downgrade was checked for losses.
#[must_use]
pub fn moved_meanwhile(service: &str) -> ErrorReport {
    let message =
        "the version rows are no longer those that the plan started from: another session changed them meanwhile";
    ErrorReport::new(ErrorCode::RowsMoved, message)
        .of_service(service)
        .note("nothing was run: a new plan could lose other rows than those that were confirmed")
        .hint("run the same command again")
}
