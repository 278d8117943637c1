//! Shared by `upgrade` and `downgrade`: flags, the three modes (run, dry run, script), output.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::progress::{self, ProgressDisplay};
use crate::cli::report::CommandError;
use crate::cli::{json as documents, lint, losses as lost_rows, schema_file, style, text};
use crate::engine::{
    self, EngineError, Frame, Job, LockTimeout, Operator, Options, PlannedRun, PreparedSteps, RunOutcome, RunTarget,
    Setting,
};
use crate::error_code::ErrorCode;
use crate::graph::{Operation, Plan};
use crate::id::RevisionId;
use crate::operations::{self, Lost};
use crate::project::History;
use crate::report::losses::moved_meanwhile;
use crate::revision::Phase;
use crate::units::format_elapsed;

/// Options for waiting on another runner.
#[derive(Debug, Clone, Args)]
pub struct Waiting {
    /// Wait up to SECONDS while another runner holds the lock
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub lock_timeout: u64,
}

impl Waiting {
    /// Waiting time in the engine's type.
    pub fn lock_timeout(&self) -> LockTimeout {
        LockTimeout(Duration::from_secs(self.lock_timeout))
    }
}

/// Options for a preview instead of a run.
#[derive(Debug, Clone, Args)]
pub struct PreviewArgs {
    /// Print the whole run as an SQL script; connect to no database
    #[arg(long, conflicts_with = "dry_run")]
    pub sql: bool,
    /// Print the plan; change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Current revisions to plan from, `base` for none (repeatable; with --sql or --dry-run)
    #[arg(long, value_name = "REVISION")]
    pub from: Vec<String>,
}

impl PreviewArgs {
    /// Refuses `--from` for a real run, which starts from the rows in the database.
    pub fn check(&self) -> Result<(), CommandError> {
        if self.from.is_empty() || self.sql || self.dry_run {
            return Ok(());
        }
        Err(CommandError::usage(
            "--from requires --sql or --dry-run: a real run reads the current revisions from the database",
        ))
    }

    /// Rows that `--from` names; `None` if it was not given.
    pub fn rows(&self, history: &History) -> Result<Option<Vec<RevisionId>>, CommandError> {
        if self.from.is_empty() {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for symbol in &self.from {
            rows.extend(
                history
                    .graph
                    .resolve_many(symbol, None)
                    .map_err(|error| CommandError::from(error).of_service(&history.service.name))?,
            );
        }
        rows.sort();
        rows.dedup();
        Ok(Some(rows))
    }
}

/// Options of `upgrade` and `downgrade`.
#[derive(Debug, Clone, Args)]
pub struct RunFlags {
    #[command(flatten)]
    pub looking: PreviewArgs,
    /// Run everything pending in one transaction, if the database supports that
    #[arg(long)]
    pub single_transaction: bool,
    #[command(flatten)]
    pub waiting: Waiting,
    /// Phase that the run is limited to; set only by `upgrade`.
    #[arg(skip)]
    pub phase: Option<Phase>,
    /// End the sessions that block a revision. They lose their uncommitted changes
    #[arg(long)]
    pub kill_blockers: bool,
    /// Run up to N services at the same time
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub jobs: usize,
}

impl RunFlags {
    /// Flags with their default values.
    pub const fn usual(waiting: Waiting) -> Self {
        let looking = PreviewArgs { sql: false, dry_run: false, from: Vec::new() };
        Self { looking, single_transaction: false, waiting, phase: None, kill_blockers: false, jobs: 4 }
    }
}

/// Runs the plan, or prints the plan or the script, depending on the flags.
pub fn run(
    target: &str,
    operation: Operation,
    flags: &RunFlags,
    context: &Context<'_>,
) -> Result<CommandOutput, CommandError> {
    flags.looking.check()?;
    let symbol = target.rsplit_once(':').map_or(target, |(_, to)| to);
    if flags.looking.sql {
        return script(target, operation, flags, context, &context.for_writing(&[symbol])?);
    }
    if flags.looking.dry_run && !flags.looking.from.is_empty() {
        return planned_offline(target, operation, flags, context, &context.for_writing(&[symbol])?);
    }
    let context = match operation {
        Operation::Upgrade => &context.connecting().comparing_files(),
        Operation::Downgrade | Operation::Stamp => &context.connecting(),
    };
    run_histories(target, operation, flags, context, &context.for_writing(&[symbol])?)
}

fn run_target(operation: Operation, target: &str, flags: &RunFlags) -> RunTarget {
    match (operation, flags.phase) {
        (Operation::Downgrade, _) => RunTarget::Downgrade(target.to_owned()),
        (Operation::Upgrade, Some(phase)) => RunTarget::Phase(target.to_owned(), phase),
        (Operation::Upgrade | Operation::Stamp, _) => RunTarget::Upgrade(target.to_owned()),
    }
}

fn script(
    target: &str,
    operation: Operation,
    flags: &RunFlags,
    context: &Context<'_>,
    histories: &[History],
) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput { is_script: true, ..CommandOutput::default() };
    for history in histories {
        let failed = |error: EngineError| CommandError::from(error).of_service(&history.service.name);
        let range = history.graph.script_range(target).map_err(|error| failed(error.into()))?;
        let target = range.target;
        let rows = match (flags.looking.rows(history)?, range.from) {
            (Some(_), Some(_)) => return Err(CommandError::usage("give the start either as A:B or with --from")),
            (Some(rows), None) | (None, Some(rows)) => rows,
            (None, None) if operation == Operation::Downgrade => {
                return Err(CommandError::usage("a downgrade script needs a start")
                    .hint(format!("aludel downgrade --sql FROM:{target}")));
            }
            // Without a start, an upgrade script is for a new database.
            (None, None) => Vec::new(),
        };
        let plan = run_target(operation, &target, flags).plan(history, &rows).map_err(failed)?;
        let (variables, operator) = (context.variables(), Operator::current());
        let setting = Setting {
            dialect: context.dialect(history)?,
            variables: &variables,
            single_transaction: flags.single_transaction,
            looking: false,
        };
        let table = context.version_table(history);
        let frame = Frame { setting, table: &table, operator: &operator };
        let script = engine::script(history, &plan, frame).map_err(failed)?;
        if context.global.json {
            let mut document = documents::plan(history, &plan, None, false);
            document["sql"] = json!(script);
            answer.services.push(document);
        }
        if answer.text.is_empty() {
            answer.text = script;
        } else {
            answer.text += &script;
        }
    }
    Ok(answer)
}

fn planned_offline(
    target: &str,
    operation: Operation,
    flags: &RunFlags,
    context: &Context<'_>,
    histories: &[History],
) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput::default();
    for history in histories {
        let failed = |error: EngineError| CommandError::from(error).of_service(&history.service.name);
        let rows = flags.looking.rows(history)?.unwrap_or_default();
        let plan = run_target(operation, target, flags).plan(history, &rows).map_err(failed)?;
        let variables = context.variables();
        let setting = Setting {
            dialect: context.dialect(history)?,
            variables: &variables,
            single_transaction: flags.single_transaction,
            looking: true,
        };
        let prepared = engine::prepare(history, &plan, setting).map_err(failed)?;
        warn_of_nothing(history, &plan, &prepared, context);
        engine::refuse_one_way(history, &plan).map_err(failed)?;
        add_plan(&mut answer, history, &plan, &prepared, context.global.json);
    }
    Ok(answer)
}

/// Runs for the given services.
pub fn run_histories(
    target: &str,
    operation: Operation,
    flags: &RunFlags,
    context: &Context<'_>,
    histories: &[History],
) -> Result<CommandOutput, CommandError> {
    let others = context.referenced(histories)?;
    let variables = context.variables();
    let mut jobs = Vec::new();
    for (index, history) in histories.iter().chain(&others).enumerate() {
        jobs.push(Job {
            history,
            database: context.open(history)?,
            database_name: context.database_name(history),
            run_target: (index < histories.len()).then(|| run_target(operation, target, flags)),
            setting: Setting {
                dialect: context.dialect(history)?,
                variables: &variables,
                single_transaction: flags.single_transaction,
                looking: flags.looking.dry_run,
            },
        });
    }
    let (mut surveyed, waits) =
        engine::survey_all(jobs).map_err(|(service, error)| CommandError::from(error).of_service(&service))?;
    for (history, surveyed) in histories.iter().zip(&surveyed) {
        warn_of_nothing(history, &surveyed.survey().plan, &surveyed.survey().prepared, context);
    }
    if flags.looking.dry_run {
        let mut answer = CommandOutput::default();
        for surveyed in &surveyed {
            let survey = surveyed.survey();
            add_plan(&mut answer, survey.history, &survey.plan, &survey.prepared, context.global.json);
        }
        if operation == Operation::Downgrade {
            add_losses(&mut answer, &mut surveyed)?;
        }
        return Ok(answer);
    }
    if operation == Operation::Upgrade {
        for surveyed in &surveyed {
            let survey = surveyed.survey();
            let ids: Vec<RevisionId> = survey.plan.steps.iter().map(|step| step.revision.clone()).collect();
            lint::before_upgrade(survey.history, &ids, context)?;
        }
    }
    let agreed = match operation == Operation::Downgrade && !context.global.yes {
        true => {
            refuse_half_done(&mut surveyed, histories, context)?;
            agree(&mut surveyed, context)?
        }
        false => Vec::new(),
    };
    progress::catch_interrupts();
    let progress = ProgressDisplay::new(context.global.quiet).verbose(context.global.verbose);
    let operator = Operator::current();
    let options = Options {
        lock_timeout: flags.waiting.lock_timeout(),
        jobs: flags.jobs,
        single_transaction: flags.single_transaction,
        kill_blockers: flags.kill_blockers,
        operator: &operator,
        now: &crate::cli::surroundings::now,
    };
    let (outcomes, snapshot) = engine::run_all(surveyed, &waits, &options, &progress);
    progress.clear();
    // A pinned downgrade that ended up empty was not run: another runner changed the version rows after the check.
    let is_moved = |outcome: &&RunOutcome| outcome.plan.is_empty() && agreed.contains(&outcome.service);
    let moved: Vec<CommandError> =
        outcomes.iter().filter(is_moved).map(|outcome| moved_meanwhile(&outcome.service).into()).collect();
    let has_changed = |outcome: &&RunOutcome| !outcome.durations.is_empty();
    let changed: Vec<String> = outcomes.iter().filter(has_changed).map(|outcome| outcome.service.clone()).collect();
    let answer = finish(outcomes, moved, histories, context);
    if let Some(snapshot) = snapshot {
        snapshot.store(&options, &progress);
    }
    schema_file::write_files(histories, &changed, context);
    answer
}

/// Warns of a run that does nothing although it was meant to: there are no revision files, or one is still an unedited
/// template.
pub fn warn_of_nothing(history: &History, plan: &Plan, prepared: &PreparedSteps<'_>, context: &Context<'_>) {
    let name = &history.service.name;
    if history.entries.is_empty() {
        let folders: Vec<String> =
            history.service.revisions.iter().map(|folder| folder.display().to_string()).collect();
        context.warn(&format!("{name}: there is no revision file in {}: nothing to do", folders.join(", ")));
    }
    for (step, _) in prepared.outlines(&plan.steps).filter(|(_, outline)| outline.is_unwritten) {
        let Ok(entry) = history.entry(&step.revision) else { continue };
        let is_merge = history.graph.get(step.revision.as_str()).is_some_and(|node| node.down_revisions.len() > 1);
        if step.operation == Operation::Upgrade && !is_merge && !entry.is_python() {
            let (id, path) = (&step.revision, entry.path.display());
            context.warn(&format!(
                "{name}: {id} has no statement ({path}); if that is intended, write `-- nothing to do` below `-- @upgrade`"
            ));
        }
    }
}

/// Losses of each service's plan, with the name of the service.
fn losses(surveyed: &mut [PlannedRun<'_>]) -> Result<Vec<(String, Lost)>, CommandError> {
    let mut all = Vec::new();
    for surveyed in surveyed {
        let name = surveyed.service().to_owned();
        let (survey, database) = surveyed.survey_and_database_mut();
        let lost = operations::losses(database, &survey.plan, &survey.prepared);
        let lost = lost.map_err(|error| CommandError::from(error).of_service(&name))?;
        all.extend(lost.into_iter().map(|lost| (name.clone(), lost)));
    }
    Ok(all)
}

/// Refuses the whole run if one of its services will be refused: the losses of the others have not been confirmed, and the
/// question would not be about the run that was requested.
fn refuse_half_done(
    surveyed: &mut [PlannedRun<'_>],
    histories: &[History],
    context: &Context<'_>,
) -> Result<(), CommandError> {
    let (mut refused, mut others) = (Vec::new(), Vec::new());
    for surveyed in surveyed.iter_mut() {
        let service = surveyed.service().to_owned();
        match surveyed.check() {
            Ok(()) => others.push(service),
            Err(error) => {
                let plan = surveyed.survey().plan.clone();
                refused.push(RunOutcome { service, plan, durations: Vec::new(), error: Some(error) });
            }
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let report = |report: CommandError| match others.as_slice() {
        [] => report,
        others => report.note(format!("nothing was run in {}", others.join(", "))),
    };
    finish(refused, Vec::new(), histories, context).map(drop).map_err(report)
}

/// Asks the user to confirm the loss of rows. Pins every service to its plan, so that it runs what was checked or
/// nothing. Returns the services that have something to run.
fn agree(surveyed: &mut [PlannedRun<'_>], context: &Context<'_>) -> Result<Vec<String>, CommandError> {
    lost_rows::confirm(&losses(surveyed)?, context)?;
    surveyed.iter_mut().for_each(PlannedRun::pin_plan);
    let has_steps = |surveyed: &&PlannedRun<'_>| !surveyed.survey().plan.is_empty();
    Ok(surveyed.iter().filter(has_steps).map(|surveyed| surveyed.service().to_owned()).collect())
}

/// Adds the losses to a dry run, below the plans.
fn add_losses(answer: &mut CommandOutput, surveyed: &mut [PlannedRun<'_>]) -> Result<(), CommandError> {
    let lost = losses(surveyed)?;
    for (service, lost) in &lost {
        answer.text += &format!("{service}: {} {}\n", style::bad("loses permanently:"), lost_rows::line(lost));
    }
    for document in &mut answer.services {
        let of = lost.iter().filter(|(service, _)| document["service"] == **service);
        document["loses"] = of.map(|(_, lost)| lost_rows::document(lost)).collect();
    }
    Ok(())
}

/// Answer of a run, or the report of its failure with what was applied before. `reports` are failures that are not part
/// of an outcome.
fn finish(
    outcomes: Vec<RunOutcome>,
    mut reports: Vec<CommandError>,
    histories: &[History],
    context: &Context<'_>,
) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput::default();
    let steps: Vec<_> = outcomes.iter().map(|outcome| outcome.durations.len()).collect();
    for outcome in outcomes {
        let Some(history) = histories.iter().find(|history| history.service.name == outcome.service) else { continue };
        let history = history.as_last_read();
        if context.global.json {
            let whole = outcome.error.is_none();
            let document = documents::plan(history, &outcome.plan, Some(&outcome), whole);
            answer.services.push(if whole { document } else { documents::part(document, &outcome) });
        }
        context.status(&summary(history, &outcome));
        if let Some(error) = outcome.error {
            reports.push(CommandError::from(error).of_service(&outcome.service));
        }
    }
    // Services that only waited for a failed one are reported after it.
    reports.sort_by_key(|report| report.report.code == ErrorCode::Blocked);
    let mut reports = reports.into_iter();
    let Some(mut first) = reports.next() else {
        if steps.len() > 1 {
            context.status(&last_line(&steps));
        }
        return Ok(answer);
    };
    first.report.also = reports.map(|failure| failure.report).collect();
    first.services = answer.services;
    Err(first)
}

/// Summary of a run of several services that succeeded; a single service is covered by its own line.
fn last_line(steps: &[usize]) -> String {
    let revisions: usize = steps.iter().sum();
    let what = if revisions == 0 { "nothing to do".to_owned() } else { text::count(revisions, "revision") };
    style::good(&format!("done: {}, {what}", text::count(steps.len(), "service")))
}

fn summary(history: &History, outcome: &RunOutcome) -> String {
    let (name, plan, done) = (&history.service.name, &outcome.plan, outcome.durations.len());
    let took: Duration = outcome.durations.iter().sum();
    if outcome.error.is_none() && plan.steps.is_empty() {
        return format!("{name}: {}nothing to do, at {}", ahead(history, plan), text::rows(&plan.to));
    }
    let direction = if plan.direction == Operation::Downgrade { "downgraded" } else { "upgraded" };
    let at = match outcome.error {
        None => plan.to.clone(),
        Some(_) => {
            done.checked_sub(1).and_then(|last| plan.rows_after_steps().nth(last)).unwrap_or_else(|| plan.from.clone())
        }
    };
    let (name, at) = (style::bold(name), text::rows(&at));
    if outcome.error.is_some() && plan.steps.is_empty() {
        return format!("{name}: stopped before anything ran, at {at}");
    }
    if outcome.error.is_some() {
        return format!("{name}: stopped after {done} of {}, at {at}", text::count(plan.steps.len(), "revision"));
    }
    format!("{name}: {direction} {} in {}, now at {at}", text::count(done, "revision"), format_elapsed(took))
}

/// Returns the start of a line with the number of revisions by which the database is ahead of the files of an upgrade;
/// empty if it is not.
fn ahead(history: &History, plan: &Plan) -> String {
    match history.recorded().count() {
        0 => String::new(),
        _ if plan.direction == Operation::Downgrade => String::new(),
        count => format!("ahead by {}: ", text::count(count, "revision")),
    }
}

/// Adds a plan that does not run: as text, and with `--json` as a document, which is larger than the plan itself.
fn add_plan(answer: &mut CommandOutput, history: &History, plan: &Plan, prepared: &PreparedSteps<'_>, json: bool) {
    let direction = plan.direction.name();
    let head = match plan.steps.len() {
        0 => {
            let ahead = ahead(history, plan);
            format!("{}: {ahead}nothing to do, at {}", history.service.name, text::rows(&plan.from))
        }
        steps => format!(
            "{}: {direction} of {} from {} to {}",
            history.service.name,
            text::count(steps, "revision"),
            text::rows(&plan.from),
            text::rows(&plan.to)
        ),
    };
    answer.text += &head;
    answer.text.push('\n');
    // Most lines are shorter. What is not written to takes no memory, but growing by doubling leaves holes.
    answer.text.reserve(plan.steps.len() * 100);
    for (step, outline) in prepared.outlines(&plan.steps) {
        let statements = match outline.is_online {
            true => "run by Alembic".to_owned(),
            false => text::count(outline.statements, "statement"),
        };
        let statements = style::faint(&format!("({statements})"));
        answer.text += &format!("  {direction} {} {statements}\n", text::line(history, &step.revision, &[]));
    }
    if json {
        answer.services.push(documents::plan(history, plan, None, false));
    }
}
