//! Data that a downgrade would lose: as text, as JSON, and the confirmation.

use serde_json::{Value, json};

use super::context::Context;
use super::output::write_stderr;
use super::question::{Confirmation, ask};
use super::report::CommandError;
use super::text;
use crate::error_code::ErrorCode;
use crate::operations::{Amount, Lost};
use crate::sql::Loss;

/// Describes a loss in one line: `bbbb2222 drops notes (3 rows)`.
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

/// Loss for `--json`.
pub fn document(lost: &Lost) -> Value {
    let rows = match lost.amount {
        Amount::Rows(rows) => Some(rows),
        Amount::Tables(_) | Amount::Unknown => None,
    };
    json!({ "revision": lost.revision, "table": lost.table.to_string(), "column": lost.column, "rows": rows, "text": line(lost) })
}

/// Asks the user to confirm the losses, each given with its service.
///
/// # Errors
/// `not-confirmed` if the answer is no, or if there is no terminal to ask at.
pub fn confirm(lost: &[(String, Lost)], context: &Context<'_>) -> Result<(), CommandError> {
    let lines: Vec<String> = lost.iter().map(|(service, lost)| format!("{service}: {}", line(lost))).collect();
    if lines.is_empty() || context.global.yes {
        return Ok(());
    }
    let report = |message: &str| CommandError::new(ErrorCode::NotConfirmed, message);
    match super::question::can_ask() {
        true => {
            write_stderr("This will be lost permanently:");
            lines.iter().for_each(|line| write_stderr(&format!("  {line}")));
            match ask("Continue?", context) {
                Confirmation::Yes => Ok(()),
                Confirmation::No | Confirmation::Nobody => Err(report("the answer was no").note("nothing was changed")),
            }
        }
        false => {
            let report = report("the downgrade loses rows, and there is no terminal to ask for confirmation");
            let report = lines.into_iter().fold(report, CommandError::note);
            Err(report
                .note("nothing was changed")
                .hint("run `aludel backup` first to keep them; --yes skips the question"))
        }
    }
}
