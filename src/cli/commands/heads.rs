//! `heads`: lists the heads, checks that there is only one, and predicts the heads after a merge with another git ref.

mod against;

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::each::each_service;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, text};
use crate::id::RevisionId;
use crate::project::{History, HistoryEntry};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel heads\n  aludel heads -s auth --json\n  aludel heads --check                   # in a commit hook or CI\n  \
    aludel heads --against origin/main     # before a branch is merged\n\n\
    Exit status: 3 when there is more than one head (`--check`), or merging would leave more than one, and more \
    than there are at the ref already (`--against`), or they are not known to commute (`--prove`)."
)]
pub struct HeadsArgs {
    /// Check that each service has only one head; otherwise print the command that merges them
    #[arg(long)]
    pub check: bool,
    /// Compare with another git branch, tag or commit, without checking it out: what is new on each side, and the heads
    /// that merging the two would leave
    #[arg(long, value_name = "REF")]
    pub against: Option<String>,
    /// Prove that the heads which merging would leave commute, as `aludel prove` does
    #[arg(long, requires = "against")]
    pub prove: bool,
}

pub fn run(arguments: &HeadsArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    each_service(context, |history, several, answer| {
        let name = &history.service.name;
        let heads = history.graph.heads();
        let mut document = json!({ "service": name, "heads": documents::revisions(history, &heads) });
        let mut lines: Vec<_> = heads.iter().map(|id| text::line(history, id, &[])).collect();
        if arguments.check {
            read_all(history)?;
            let remedy = (heads.len() > 1).then(|| merge_line(&heads, history, context));
            document["ok"] = json!(remedy.is_none());
            document["remedies"] = json!(remedy.as_slice());
            answer.negative |= remedy.is_some();
            lines.extend(remedy.map(|line| format!("-> {line}")));
        }
        if let Some(reference) = &arguments.against {
            let found = against::compare(history, reference, arguments.prove, context)?;
            if arguments.check && found.heads > 1 {
                document["ok"] = json!(false);
                answer.negative = true;
            }
            answer.negative |= !found.ok;
            document["against"] = found.document;
            if !arguments.check {
                lines.clear();
            }
            lines.extend(found.lines);
        }
        answer.text += &text::section(several, name, &lines);
        answer.services.push(document);
        Ok(())
    })
}

/// Reads every file completely: the graph is built from the headers, and a git conflict may be further down.
fn read_all(history: &History) -> Result<(), CommandError> {
    let read = |entry: &HistoryEntry| history.read(&entry.header.revision).map(drop);
    let all = history.entries.iter().try_for_each(read);
    all.map_err(|error| CommandError::from(error).of_service(&history.service.name))
}

/// Command that joins the heads.
fn merge_line(heads: &[RevisionId], history: &History, context: &Context<'_>) -> String {
    let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
    let line = format!("aludel merge {} -m TEXT", ids.join(" "));
    match context.config() {
        Ok(config) if config.services.len() > 1 => format!("{line} -s {}", history.service.name),
        _ => line,
    }
}
