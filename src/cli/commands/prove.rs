//! `prove`: whether lines of a history commute.

use clap::Args;
use serde_json::json;

use crate::cli::commutation::{self, LIMIT};
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::History;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel prove                       # each pair of heads\n  aludel prove 3f2a 91be\n  \
    aludel prove 3f2a 91be --limit 2000\n\n\
    Each revision of one line and each of the other run in both orders in shadow databases; the service's database is \
    only asked for its version and settings.\n\n\
    Exit status: 3 when the order matters, or is not known not to."
)]
pub struct ProveArgs {
    /// Revisions at the ends of the lines
    #[arg(value_name = "REVISION", default_value = "heads")]
    pub ends: Vec<String>,
    /// Number of runs of revisions up to which every order is tried; beyond it only one line after the other
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    pub limit: usize,
}

pub fn run(arguments: &ProveArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let symbols: Vec<&str> = arguments.ends.iter().map(String::as_str).collect();
    let has_several_heads = |history: &History| symbols == ["heads"] && history.graph.heads().len() > 1;
    let history = context.for_one_meant(&symbols, has_several_heads)?;
    let in_service = |report: CommandError| report.of_service(&history.service.name);
    let ends = ends(&symbols, &history).map_err(in_service)?;
    let proved = commutation::prove(&history, &ends, arguments.limit, context)?;
    let negative = proved.iter().any(|proof| proof.commutes != Some(true));
    let mut answer = CommandOutput { negative, ..CommandOutput::default() };
    proved.iter().flat_map(|proof| &proof.lines).for_each(|line| answer.text += &format!("{line}\n"));
    let documents: Vec<_> = proved.into_iter().map(|proof| proof.document).collect();
    answer.services.push(json!({ "service": history.service.name, "ok": !answer.negative, "proofs": documents }));
    Ok(answer)
}

fn ends(symbols: &[&str], history: &History) -> Result<Vec<RevisionId>, CommandError> {
    let mut ends = Vec::new();
    for symbol in symbols {
        ends.extend(history.graph.resolve_many(symbol, None)?);
    }
    if let (["heads"], [only]) = (symbols, ends.as_slice()) {
        let message = format!("there is one head: {only}");
        return Err(CommandError::new(ErrorCode::MergeInvalid, message)
            .hint("name the revisions at the ends of two lines: aludel prove REVISION REVISION"));
    }
    // The same rules as for a merge: two or more, and none below another.
    history.graph.merge_sides(&ends)?;
    Ok(ends)
}
