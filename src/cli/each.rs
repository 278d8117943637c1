//! Commands that read all services: what one of them refuses does not hide what the others answer.

use super::answer::Answer;
use super::context::Context;
use super::report::Report;
use crate::project::History;

/// Lets `work` add each service's part to the answer; the flag says whether there are several. Where it failed for some, the first
/// failure is the command's, with the others behind it and what was found out of the rest.
pub fn each_service(
    context: &Context<'_>,
    work: impl Fn(&History, bool, &mut Answer) -> Result<(), Report>,
) -> Result<Answer, Report> {
    let histories = context.each_for_reading()?;
    let several = histories.len() > 1;
    let mut answer = Answer::default();
    let mut failures = Vec::new();
    for history in histories {
        if let Err(report) = history.and_then(|history| work(&history, several, &mut answer)) {
            failures.push(report);
        }
    }
    let mut failures = failures.into_iter();
    let Some(mut first) = failures.next() else { return Ok(answer) };
    first.also.extend(failures);
    (first.services, first.text) = (answer.services, answer.text);
    Err(first)
}
