//! `merge`: writes a revision that joins several heads.

use clap::Args;

use super::new_file::{self, Content, NewFile};
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::History;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel merge -m \"Join rooms and feed\" -s chat2chart\n  aludel merge 3f2a 91be -m \"Join\"\n  aludel merge heads"
)]
pub struct MergeArgs {
    /// Revisions to join
    #[arg(value_name = "REVISION", default_value = "heads")]
    pub sides: Vec<String>,
    /// Purpose of the merge, in one line
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Label for what follows the merge (repeatable)
    #[arg(long, value_name = "LABEL")]
    pub branch_label: Vec<String>,
    /// Id of the revision (default: 12 random hexadecimal digits)
    #[arg(long, value_name = "ID")]
    pub rev_id: Option<String>,
}

pub fn run(arguments: &MergeArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let symbols: Vec<&str> = arguments.sides.iter().map(String::as_str).collect();
    let has_several_heads = |history: &History| symbols == ["heads"] && history.graph.heads().len() > 1;
    let history = context.for_one_meant(&symbols, has_several_heads)?;
    let in_service = |report: CommandError| report.of_service(&history.service.name);
    let sides = sides(&symbols, &history).map_err(in_service)?;
    let joined = history.graph.merge_sides(&sides).map_err(|error| in_service(error.into()))?;
    let id = match &arguments.rev_id {
        Some(text) => new_file::id(text)?,
        None => new_file::random_id()?,
    };
    let names: Vec<_> = sides.iter().map(ToString::to_string).collect();
    let message = arguments.message.clone().unwrap_or_else(|| format!("Merge {}", names.join(" and ")));
    let mut header = new_file::header(id, message.trim());
    header.down_revisions.clone_from(&sides);
    header.branch_labels.clone_from(&arguments.branch_label);
    let answer = new_file::write(
        &NewFile { history: &history, header, content: Content::Template("merge"), folder: None },
        context,
    )?;
    for side in &joined.sides {
        context.status(&format!("{} brings", side.head));
        for id in &side.revisions {
            context.status(&format!("  {}", new_file::with_file(&history, id)));
        }
    }
    Ok(answer)
}

fn sides(symbols: &[&str], history: &History) -> Result<Vec<RevisionId>, CommandError> {
    let mut sides = Vec::new();
    for symbol in symbols {
        sides.extend(history.graph.resolve_many(symbol, None)?);
    }
    match (symbols, sides.as_slice()) {
        (["heads"], [only]) => {
            Err(CommandError::new(ErrorCode::MergeInvalid, format!("there is one head already: {only}"))
                .note("no file was written"))
        }
        _ => Ok(sides),
    }
}
