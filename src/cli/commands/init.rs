//! Not yet.
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;
use clap::Args;
/// Not yet.
#[derive(Debug, Args)]
pub struct Arguments {}
pub fn run(_arguments: &Arguments, _context: &Context<'_>) -> Result<Answer, Report> {
    Ok(Answer::default())
}
