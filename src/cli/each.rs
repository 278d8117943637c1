//! Commands that read several services: a failure in one does not hide the results of the others.

use super::context::Context;
use super::output::CommandOutput;
use super::report::CommandError;
use crate::project::History;

/// Calls `work` for each service to add its part to the answer; the flag is `true` if there are several services. If it
/// fails for some, returns the first failure, which carries the others and the results of the rest.
pub fn each_service(
    context: &Context<'_>,
    work: impl FnMut(&History, bool, &mut CommandOutput) -> Result<(), CommandError>,
) -> Result<CommandOutput, CommandError> {
    each_history(context.each_for_reading()?, work)
}

/// Does the same as [`each_service`] for these services, some of which may have failed to load.
pub fn each_history(
    histories: Vec<Result<History, CommandError>>,
    mut work: impl FnMut(&History, bool, &mut CommandOutput) -> Result<(), CommandError>,
) -> Result<CommandOutput, CommandError> {
    let several = histories.len() > 1;
    let mut answer = CommandOutput::default();
    let mut failures = Vec::new();
    for history in histories {
        if let Err(report) = history.and_then(|history| work(&history, several, &mut answer)) {
            failures.push(report);
        }
    }
    let mut failures = failures.into_iter();
    let Some(mut first) = failures.next() else { return Ok(answer) };
    first.report.also.extend(failures.map(|failure| failure.report));
    (first.services, first.text) = (answer.services, answer.text);
    Err(first)
}
