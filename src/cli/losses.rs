//! Data that a downgrade would lose: as text, as JSON, and the confirmation.

use serde_json::{Value, json};

use super::context::Context;
use super::output::write_stderr;
use super::question::{Confirmation, ask};
use super::report::CommandError;
use crate::error_code::ErrorCode;
use crate::operations::{Amount, Lost};
use crate::report::losses::refused;

pub use crate::report::losses::line;

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
    if lost.is_empty() || context.global.yes {
        return Ok(());
    }
    if !super::question::can_ask() {
        return Err(refused(lost, "there is no terminal to ask for confirmation").into());
    }
    write_stderr("This will be lost permanently:");
    lost.iter().for_each(|(service, lost)| write_stderr(&format!("  {service}: {}", line(lost))));
    match ask("Continue?", context) {
        Confirmation::Yes => Ok(()),
        Confirmation::No | Confirmation::NotAsked => {
            Err(CommandError::new(ErrorCode::NotConfirmed, "the answer was no").note("nothing was changed"))
        }
    }
}
