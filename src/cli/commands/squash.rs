//! `squash`: writes one revision that replaces a range of them.

mod by_schema;
mod by_text;
mod files;
mod proof;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::new_file;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, text};
use crate::error_code::ErrorCode;
use crate::graph::{MiddleReference, SquashError, SquashPlan};
use crate::id::RevisionId;
use crate::project::{self, History, NotRewritten, SquashFiles};
use crate::revision::{DependencyReference, Header, Phase, Section};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel squash 3f2a:91be -m \"Accounts\"   # one revision in place of 3f2a up to 91be\n  \
    aludel squash :head -m \"Version 2\" --by text\n  aludel squash --status               # may the old files be deleted?\n  \
    aludel squash --prune\n\n\
    The old files stay until no database is in the middle of the range. Exit status 3: the new revision does not give \
    the same database as the old ones, and nothing was written; or, with --status and --prune, a database still needs \
    old files."
)]
pub struct SquashArgs {
    /// First and last revision to replace, `A:B`; `:B` for all up to B
    #[arg(value_name = "A:B", required_unless_present_any = ["status", "prune"])]
    pub range: Option<String>,
    /// Purpose of the new revision
    #[arg(short, long, value_name = "TEXT", required_unless_present_any = ["status", "prune"])]
    pub message: Option<String>,
    /// Content of the new revision
    #[arg(long, value_enum, default_value_t = ContentKind::Schema)]
    pub by: ContentKind,
    /// Use this id instead of a random one
    #[arg(long, value_name = "ID")]
    pub rev_id: Option<String>,
    /// Show the new revision, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Ask the databases whether they still need the files of replaced revisions
    #[arg(long, conflicts_with_all = ["range", "message", "prune", "dry_run", "rev_id"])]
    pub status: bool,
    /// Delete the files of replaced revisions, if no database needs them
    #[arg(long, conflicts_with_all = ["range", "message", "dry_run", "rev_id"])]
    pub prune: bool,
}

/// Content of the new revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ContentKind {
    /// Difference of the schemas before and after the range, and the rows that it leaves
    Schema,
    /// Sections of the replaced revisions, one after the other
    Text,
}

impl ContentKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Text => "text",
        }
    }
}

/// Content of the new revision below its header, and what of the header depends on it.
struct SquashContent {
    transaction: bool,
    template: bool,
    sections: Vec<(Section, String)>,
}

pub fn run(arguments: &SquashArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let (Some(range), Some(message)) = (&arguments.range, &arguments.message) else {
        return files::run(arguments.prune, context);
    };
    let Some((first, last)) = range.split_once(':') else {
        return Err(CommandError::usage("a range is A:B, with the first and the last revision to replace"));
    };
    let symbols: Vec<&str> = [first, last].into_iter().filter(|symbol| !matches!(*symbol, "" | "base")).collect();
    let history = context.for_one(&symbols)?;
    let in_service = |report: CommandError| report.of_service(&history.service.name).note("no file was written");
    let plan = plan(&history, first, last, context).map_err(in_service)?;
    let content = match arguments.by {
        ContentKind::Schema => by_schema::content(&history, &plan, context),
        ContentKind::Text => by_text::content(&history, &plan, context),
    };
    let content = content.map_err(in_service)?;
    let id = match &arguments.rev_id {
        Some(id) => new_file::id(id)?,
        None => new_file::random_id()?,
    };
    let header = header(&history, &plan, &content, new_file::header(id, message)).map_err(in_service)?;
    let sections: Vec<(Section, &str)> = content.sections.iter().map(|(name, body)| (*name, body.as_str())).collect();
    let files = project::squash_files(&history, &plan, &header, &sections);
    let files =
        files.map_err(|error| in_service(error.into()))?.map_err(|reason| in_service(not_rewritten(&reason)))?;
    let squashed = history.with_squash(&files).map_err(|error| in_service(error.into()))?;
    let proof = proof::prove((&history, &squashed), &plan, &header.revision, context).map_err(in_service)?;
    let is_written = proof.is_equal() && !arguments.dry_run;
    if is_written {
        project::write_squash(&files).map_err(|error| in_service(error.into()))?;
        for warning in project::run_hooks(&history.service, &files.path) {
            context.warn(&warning.to_string());
        }
    }
    Ok(answer((arguments, &squashed), &header, &files, &proof, is_written, context))
}

fn plan(history: &History, first: &str, last: &str, context: &Context<'_>) -> Result<SquashPlan, CommandError> {
    let first = match first {
        "" | "base" => None,
        symbol => Some(history.graph.resolve(symbol, None)?),
    };
    let last = history.graph.resolve(if last.is_empty() { "head" } else { last }, None)?;
    let plan = history.graph.plan_squash(first.as_ref(), &last).map_err(refused)?;
    let mut references = Vec::new();
    for other in context.referenced(std::slice::from_ref(history))? {
        for (revision, to) in other.external() {
            if to.service.as_ref() != Some(&history.service.name) {
                continue;
            }
            let needed = history.graph.resolve(history.meant(&to.symbol), None).ok();
            if let Some(needed) = needed.filter(|needed| *needed != last && plan.replaced.contains(needed)) {
                references.push(format!("{revision} of {} depends on {needed}", other.service.name));
            }
        }
    }
    if references.is_empty() { Ok(plan) } else { Err(middle_needed(references)) }
}

fn refused(error: SquashError) -> CommandError {
    match error {
        SquashError::Target(error) => error.into(),
        SquashError::MiddleNeeded(references) => {
            let line = |reference: &MiddleReference| {
                let MiddleReference { revision, needed, is_dependency } = reference;
                let how = if *is_dependency { "depends on" } else { "comes after" };
                format!("{revision} {how} {needed}")
            };
            middle_needed(references.iter().map(line).collect())
        }
        SquashError::JoinsAnotherLine { .. } => CommandError::new(ErrorCode::SquashInvalid, error.to_string())
            .hint("begin the range where the lines fork, or behind the merge"),
        SquashError::OneRevision(_) => CommandError::new(ErrorCode::SquashInvalid, error.to_string()),
    }
}

fn middle_needed(references: Vec<String>) -> CommandError {
    let report = CommandError::new(ErrorCode::SquashInvalid, "revisions outside the range need one in its middle");
    let report = references.into_iter().fold(report, CommandError::note);
    report.hint("end the range at the revision that they need, or let them need the last one of the range")
}

fn not_rewritten(reason: &NotRewritten) -> CommandError {
    let report = CommandError::new(ErrorCode::SquashInvalid, reason.to_string());
    match reason {
        NotRewritten::Pairs => report.hint("pairs of files cannot name what they replace"),
        NotRewritten::Python(_) => report.hint("turn the revisions into SQL first: aludel import alembic"),
        NotRewritten::Header(location) => {
            let CommandError { report, usage, services, text } = report;
            let report = report.at(location, "write it on one line");
            CommandError { report, usage, services, text }
        }
    }
}

/// Returns the header of the new revision: what it takes over from those that it replaces.
fn header(history: &History, plan: &SquashPlan, content: &SquashContent, new: Header) -> Result<Header, CommandError> {
    let mut header = Header {
        down_revisions: plan.down_revisions.clone(),
        transaction: content.transaction,
        template: content.template,
        ..new
    };
    let own = plan.depends_on.iter().map(|id| DependencyReference { service: None, symbol: id.clone() });
    header.depends_on.extend(own);
    for id in &plan.replaced {
        let old = &history.entry(id)?.header;
        let is_other =
            |to: &&DependencyReference| to.service.as_ref().is_some_and(|name| *name != history.service.name);
        for to in old.depends_on.iter().filter(is_other) {
            if !header.depends_on.contains(to) {
                header.depends_on.push(to.clone());
            }
        }
        // A revision that replaces others is listed behind them, so that the row of any is recognized when files are gone.
        let replaced = history.replaces(id).iter().chain([id]);
        header.options.replaces.extend(replaced.cloned());
        header.options.branch_labels.extend(old.options.branch_labels.iter().cloned());
        header.keep_downgrade &= old.keep_downgrade;
        header.options.lock_timeout = header.options.lock_timeout.max(old.options.lock_timeout);
        header.options.statement_timeout = header.options.statement_timeout.max(old.options.statement_timeout);
        let later = |phase: Phase| Phase::ALL.iter().position(|other| *other == phase);
        if later(old.phase) > later(header.phase) {
            header.phase = old.phase;
        }
    }
    Ok(header)
}

fn answer(
    (arguments, squashed): (&SquashArgs, &History),
    header: &Header,
    files: &SquashFiles,
    proof: &proof::SquashProof,
    is_written: bool,
    context: &Context<'_>,
) -> CommandOutput {
    let (name, id) = (&squashed.service.name, &header.revision);
    let mut answer = CommandOutput { negative: !proof.is_equal(), ..CommandOutput::default() };
    let replaced = text::count(header.options.replaces.len(), "revision");
    if !proof.is_equal() {
        answer.text +=
            &format!("{name}: one revision in place of {replaced} gives another database; no file was written\n");
        answer.text += &proof.lines().iter().map(|line| format!("  {line}\n")).collect::<String>();
    } else if arguments.dry_run {
        answer.text += &files.text;
    } else {
        answer.text += &format!("{}\n", files.path.display());
        for child in &files.children {
            answer.text += &format!("{}: after {id} now\n", child.path.display());
        }
        context.status(&format!(
            "{name}: {id} replaces {replaced}; the old files stay until `aludel squash --status` agrees"
        ));
    }
    let changed = files.children.iter().map(|file| changed(squashed, &file.revision, &file.path));
    answer.services.push(json!({
        "service": name,
        "revision": documents::revision(squashed, id),
        "replaces": documents::strings(&header.options.replaces),
        "by": arguments.by.name(),
        "changed": changed.collect::<Vec<_>>(),
        "proof": proof.document(),
        "written": is_written,
    }));
    answer
}

fn changed(squashed: &History, revision: &RevisionId, path: &std::path::Path) -> Value {
    let downs = squashed.graph.get(revision.as_str()).map(|node| documents::strings(&node.down_revisions));
    json!({ "revision": revision.as_str(), "path": path.display().to_string(), "down_revision": downs })
}
