//! `rebase`: moves revisions after another one.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::diff_view;
use crate::cli::output::{CommandOutput, write_stderr};
use crate::cli::question::{Confirmation, ask};
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::{json as documents, text};
use crate::database;
use crate::error_code::ErrorCode;
use crate::graph::{RebaseError, RebasePlan};
use crate::id::RevisionId;
use crate::project::{self, History, NotRewritten, RebasedFile};
use crate::schema::Schema;

/// The branch that the current one is pushed to, as git names it.
const UPSTREAM: &str = "@{upstream}";

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel rebase 3f2a --onto 91be         # 3f2a and what follows it come after 91be\n  \
    aludel rebase 3f2a --onto head --dry-run\n\n\
    Refused when one of the revisions is applied in the service's database, or is in the upstream branch (`--against`): \
    others have it already. `--applied-too` overrides that; `--yes` accepts a schema that differs from that of a merge."
)]
pub struct RebaseArgs {
    /// First revision to move; all that comes after it moves too
    #[arg(value_name = "REVISION")]
    pub revision: String,
    /// Revision that they follow from then on; `base` for none
    #[arg(long, value_name = "TARGET")]
    pub onto: String,
    /// Git branch, tag or commit in which none of them may be (default: the upstream branch, if there is one)
    #[arg(long, value_name = "REF")]
    pub against: Option<String>,
    /// Move revisions that are applied, or that others have
    #[arg(long)]
    pub applied_too: bool,
    /// Write without replaying the rebased history
    #[arg(long)]
    pub no_prove: bool,
    /// Show which lines would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

pub fn run(arguments: &RebaseArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let symbols: Vec<&str> =
        [&*arguments.revision, &*arguments.onto].into_iter().filter(|name| *name != "base").collect();
    let history = context.for_one(&symbols)?;
    let in_service = |report: CommandError| report.of_service(&history.service.name).note("no file was written");
    let plan = plan(arguments, &history).map_err(in_service)?;
    if !arguments.applied_too {
        refuse_shared(arguments, &history, &plan).map_err(in_service)?;
        refuse_applied(&history, &plan, context).map_err(in_service)?;
    }
    let files = project::rebased_files(&history, &plan).map_err(|error| in_service(error.into()))?;
    let files = files.map_err(|reason| in_service(not_rewritten(&reason)))?;
    let rebased = history.with_files(&files).map_err(|error| in_service(error.into()))?;
    if !(arguments.no_prove || arguments.dry_run) {
        prove((&history, &rebased), &plan, context).map_err(in_service)?;
    }
    if !arguments.dry_run {
        project::write_rebased(&files).map_err(|error| in_service(error.into()))?;
    }
    Ok(answer(&rebased, &plan, &files, arguments.dry_run))
}

fn plan(arguments: &RebaseArgs, history: &History) -> Result<RebasePlan, CommandError> {
    let first = history.graph.resolve(&arguments.revision, None)?;
    let onto = match arguments.onto.as_str() {
        "base" => None,
        symbol => Some(history.graph.resolve(symbol, None)?),
    };
    history.graph.plan_rebase(&first, onto.as_ref()).map_err(|error| {
        let report = CommandError::new(ErrorCode::RebaseInvalid, error.to_string());
        match error {
            RebaseError::OfMerge { downs, .. } => report.hints(downs.first().map(|down| {
                format!("move one of the lines that it joins, up to it: aludel rebase {down} --onto TARGET")
            })),
            _ => report,
        }
    })
}

/// Refuses revisions that are in another git ref. Without `--against` it is the upstream branch, where there is one.
fn refuse_shared(arguments: &RebaseArgs, history: &History, plan: &RebasePlan) -> Result<(), CommandError> {
    let reference = arguments.against.as_deref().unwrap_or(UPSTREAM);
    let there = match project::compare(&history.service, reference) {
        Ok(comparison) => comparison.there,
        // No repository, no branch, or no upstream.
        Err(_) if arguments.against.is_none() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let shared: Vec<&RevisionId> = plan.moved.iter().filter(|id| there.graph.index_of(id.as_str()).is_some()).collect();
    if shared.is_empty() {
        return Ok(());
    }
    let name = if arguments.against.is_some() { reference } else { "the upstream branch" };
    Err(refused(&shared, &format!("in {name}"))
        .hint("others may have applied them: join the lines with `aludel merge` instead"))
}

/// Refuses revisions that are applied in the service's database, if it can be asked.
fn refuse_applied(history: &History, plan: &RebasePlan, context: &Context<'_>) -> Result<(), CommandError> {
    let state = match context.state(history) {
        Ok((_, state)) => state,
        Err(report) => {
            let (name, why) = (&history.service.name, &report.report.message);
            context.warn(&format!("{name}: the database was not asked which revisions are applied: {why}"));
            return Ok(());
        }
    };
    let applied = history.graph.applied(&database::ids(&state.rows));
    let applied: Vec<&RevisionId> = plan.moved.iter().filter(|id| applied.contains(id)).collect();
    match applied.first() {
        None => Ok(()),
        Some(first) => Err(refused(&applied, "applied in the service's database")
            .hint(format!("revert them first: aludel downgrade {first}-1"))
            .hint("or join the lines: aludel merge")),
    }
}

fn refused(revisions: &[&RevisionId], place: &str) -> CommandError {
    let ids: Vec<String> = revisions.iter().map(ToString::to_string).collect();
    CommandError::new(ErrorCode::RebaseApplied, format!("revisions that should move are {place}: {}", ids.join(", ")))
}

fn not_rewritten(reason: &NotRewritten) -> CommandError {
    let report = CommandError::new(ErrorCode::RebaseInvalid, reason.to_string());
    match reason {
        NotRewritten::Pairs => report.hint("give the files a later time in their names"),
        NotRewritten::Python(id) => {
            report.hint(format!("change `down_revision` in its file by hand: aludel edit {id}"))
        }
        NotRewritten::Header(location) => {
            let CommandError { report, usage, services, text } = report;
            let report = report.at(location, "change it by hand");
            CommandError { report, usage, services, text }
        }
    }
}

/// Replays the moved revisions where they are to be, and compares the schema with the one that a merge of their line and
/// the target would give.
fn prove(
    (history, rebased): (&History, &History),
    plan: &RebasePlan,
    context: &Context<'_>,
) -> Result<(), CommandError> {
    let name = &history.service.name;
    let is_end = |id: &&RevisionId| rebased.graph.children(id.as_str()).is_empty();
    let ends: Vec<RevisionId> = plan.moved.iter().filter(is_end).cloned().collect();
    let onto = plan.changes.first().map(|(_, downs)| downs.clone()).unwrap_or_default();
    let after = match schema(rebased, &ends, context) {
        Err(report) if report.report.code == ErrorCode::ReplayFailed => {
            return Err(report.note("this is the rebased history, replayed up to the revisions that move"));
        }
        Err(report) if report.report.code == ErrorCode::Interrupted => return Err(report),
        Err(report) => {
            context.warn(&format!("{name}: the rebased history was not replayed: {}", report.report.message));
            return Ok(());
        }
        Ok(schema) => schema,
    };
    let merged = match schema(history, &[ends, onto].concat(), context) {
        Ok(schema) => schema,
        Err(report) if report.report.code == ErrorCode::ReplayFailed => {
            let why = &report.report.message;
            context.status(&format!("{name}: the rebased revisions run; a merge of the lines would not: {why}"));
            return Ok(());
        }
        Err(report) => return Err(report),
    };
    let (changes, _) = diff_view::compared(&merged, &after, &[]);
    if changes.is_empty() {
        context.status(&format!("{name}: the rebased revisions run, and give the schema that a merge would give"));
        return Ok(());
    }
    let count = text::count(changes.len(), "difference");
    write_stderr(&format!("{name}: the rebased revisions give another schema than a merge would: {count}"));
    diff_view::lines(&changes).iter().for_each(|line| write_stderr(&format!("  {line}")));
    let differs = |why: &str| {
        CommandError::new(ErrorCode::RebaseDiffers, format!("the schema differs from that of a merge: {why}"))
    };
    match ask("Rebase all the same?", context) {
        Confirmation::Yes => Ok(()),
        Confirmation::No => Err(differs("the answer was no")),
        Confirmation::NotAsked => Err(differs("there is no terminal to ask for confirmation").hint("--yes accepts it")),
    }
}

/// Schema of these revisions with everything that they need.
fn schema(history: &History, revisions: &[RevisionId], context: &Context<'_>) -> Result<Schema, CommandError> {
    Schemas::new(history, context)?.at(revisions)
}

fn answer(rebased: &History, plan: &RebasePlan, files: &[RebasedFile], is_dry: bool) -> CommandOutput {
    let mut answer = CommandOutput::default();
    for file in files {
        let line = |text: &str| {
            let lines =
                text.lines().filter(|line| line.trim_start_matches("--").trim_start().starts_with("down_revision"));
            lines.collect::<Vec<_>>().join(" ")
        };
        let (before, after) = (line(&file.before), line(&file.after));
        answer.text += &format!("{}\n  {before}\n  {after}\n", file.path.display());
    }
    let (moved, heads) = (text::count(plan.moved.len(), "revision"), text::rows(&rebased.graph.heads()));
    let would = if is_dry { "would move" } else { "moved" };
    answer.text += &format!("{}: {would} {moved}; heads: {heads}\n", rebased.service.name);
    let changes = files.iter().map(|file| {
        let node = rebased.graph.get(file.revision.as_str());
        let downs = node.map(|node| documents::strings(&node.down_revisions));
        json!({ "revision": file.revision.as_str(), "path": file.path.display().to_string(), "down_revision": downs })
    });
    answer.services.push(json!({
        "service": rebased.service.name,
        "moved": documents::strings(&plan.moved),
        "changed": changes.collect::<Vec<_>>(),
        "heads": documents::strings(&rebased.graph.heads()),
        "written": !is_dry,
    }));
    answer
}
