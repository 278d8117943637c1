//! `merge`: writes a revision that joins several heads.

use clap::Args;
use serde_json::{Value, json};

use super::new_file::{self, Content, NewFile};
use crate::cli::commutation::{self, LIMIT, ShownProof};
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::config::ProveMerges;
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::History;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel merge -m \"Join rooms and feed\" -s chat2chart\n  aludel merge 3f2a 91be -m \"Join\"\n  aludel merge heads\n\n\
    Before the file is written, `aludel prove` shows that both orders of the sides give the same schema and rows. \
    `prove_merges: false` in the config turns that off, `require` insists on it.\n\n\
    Exit status: 3 when the sides do not commute; no file is written then."
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
    /// Write without proving that the sides commute
    #[arg(long)]
    pub no_prove: bool,
    /// Write even if the sides do not commute
    #[arg(long, conflicts_with = "no_prove")]
    pub force: bool,
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
    let proof = MergeProof::new(arguments, &history, &sides, context).map_err(in_service)?;
    if proof.refuses {
        return Ok(proof.refusal(&history));
    }
    let names: Vec<_> = sides.iter().map(ToString::to_string).collect();
    let message = arguments.message.clone().unwrap_or_else(|| format!("Merge {}", names.join(" and ")));
    let mut header = new_file::header(id, message.trim());
    header.down_revisions.clone_from(&sides);
    header.set_branch_labels(arguments.branch_label.clone());
    let mut answer = new_file::write(
        &NewFile { history: &history, header, content: Content::Template("merge"), folder: None },
        context,
    )?;
    proof.lines().for_each(|line| context.status(line));
    answer.services.iter_mut().for_each(|service| service["proofs"] = proof.documents());
    for side in &joined.sides {
        context.status(&format!("{} brings", side.head));
        for id in &side.revisions {
            context.status(&format!("  {}", new_file::with_file(&history, id)));
        }
    }
    Ok(answer)
}

/// Proof of the sides, before the merge is written.
#[derive(Default)]
struct MergeProof {
    proofs: Vec<ShownProof>,
    /// No file may be written.
    refuses: bool,
}

impl MergeProof {
    fn new(
        arguments: &MergeArgs,
        history: &History,
        sides: &[RevisionId],
        context: &Context<'_>,
    ) -> Result<Self, CommandError> {
        let wanted = if arguments.no_prove { ProveMerges::No } else { history.service.gentle.prove_merges };
        if wanted == ProveMerges::No {
            return Ok(Self::default());
        }
        match commutation::prove(history, sides, LIMIT, context) {
            Ok(proofs) => {
                let is_refused = |proof: &ShownProof| match wanted {
                    ProveMerges::Require => proof.commutes != Some(true),
                    ProveMerges::Yes | ProveMerges::No => proof.commutes == Some(false),
                };
                let refuses = !arguments.force && proofs.iter().any(is_refused);
                Ok(Self { proofs, refuses })
            }
            Err(report) if wanted == ProveMerges::Require || report.report.code == ErrorCode::Interrupted => {
                Err(report.note("no file was written"))
            }
            Err(report) => {
                let why = &report.report.message;
                context.warn(&format!("not proved that the sides commute: {why}"));
                Ok(Self::default())
            }
        }
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.proofs.iter().flat_map(|proof| &proof.lines).map(String::as_str)
    }

    fn documents(&self) -> Value {
        self.proofs.iter().map(|proof| proof.document.clone()).collect()
    }

    /// Answer of a merge that was not written.
    fn refusal(&self, history: &History) -> CommandOutput {
        let lines = self.lines().chain(["no file was written; --force writes it all the same"]);
        CommandOutput {
            text: lines.map(|line| format!("{line}\n")).collect(),
            services: vec![json!({ "service": history.service.name, "proofs": self.documents() })],
            negative: true,
            ..CommandOutput::default()
        }
    }
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
