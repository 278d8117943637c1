//! Refuses revisions whose strings the session would read differently from how they were split: if a literal ends
//! elsewhere, the text behind it consists of other statements.

use super::error::{EngineError, RevisionRefusal};
use super::prepare::refused;
use super::prepared_steps::PreparedSteps;
use crate::database::Database;
use crate::graph::Plan;
use crate::sql::first_string_read_otherwise;

/// Replaces the error of a text that cannot be split by one with the setting, if that changes where its strings end.
pub(super) fn named(error: EngineError, database: &dyn Database) -> EngineError {
    let Some(rule) = database.other_string_rule() else { return error };
    let dialect = database.server().dialect;
    match error {
        EngineError::Refused { revision, operation, location, refusal: RevisionRefusal::Split(_) }
            if first_string_read_otherwise(&location.text, dialect).is_some() =>
        {
            EngineError::Refused { revision, operation, location, refusal: RevisionRefusal::Strings(rule) }
        }
        other => other,
    }
}

/// Refuses a plan with a string that ends elsewhere in this session.
///
/// # Errors
/// [`RevisionRefusal::Strings`] for the first such literal; those of [`PreparedSteps::get`].
pub(super) fn refuse_read_otherwise(
    plan: &Plan,
    prepared: &PreparedSteps<'_>,
    database: &dyn Database,
) -> Result<(), EngineError> {
    let Some(rule) = database.other_string_rule() else { return Ok(()) };
    let dialect = database.server().dialect;
    for found in prepared.whole(&plan.steps) {
        let (step, prepared) = found?;
        if let Some(span) = first_string_read_otherwise(&prepared.section.text, dialect) {
            return Err(refused(step, prepared.locate(span), RevisionRefusal::Strings(rule)));
        }
    }
    Ok(())
}
