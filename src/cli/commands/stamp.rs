//! `stamp`: sets the version rows without running anything.

mod foreign;

use clap::Args;
use serde_json::json;

use super::run_plan::{PreviewArgs, Waiting};
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::progress::ProgressDisplay;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, text};
use crate::database;
use crate::engine::{self, EngineError, Frame, Operator, Options, Setting, StampRequest, Stamped};
use crate::graph::Plan;
use crate::project::History;

#[derive(Debug, Args)]
#[command(
    mut_arg("from", |from| from.value_name("REVISION|FORMAT").help(
        "Current revisions to plan from, `base` for none (repeatable; with --sql or --dry-run). \
         Without a REVISION: the tool whose version table is read (golang-migrate, dbmate, flyway, \
         prisma, goose, sqlx, diesel, sqitch)"
    )),
    after_help = "Examples:\n  aludel stamp head -s auth\n  aludel stamp 91be55c20c11 --purge   # replace the current revisions\n  \
    aludel stamp --from flyway -s auth       # read Flyway's own table\n  \
    aludel stamp --detect -s auth            # find out which revision the database is at\n  aludel stamp base --sql --from head"
)]
pub struct StampArgs {
    /// Revisions that the database is at: one or several, base, heads
    #[arg(value_name = "REVISION", required_unless_present_any = ["from", "detect"], allow_negative_numbers = true)]
    pub targets: Vec<String>,
    /// Empty the version table first
    #[arg(long)]
    pub purge: bool,
    /// Version table of the other tool (Sqitch: its registry), if its name is not the usual one
    #[arg(long, value_name = "NAME")]
    pub from_table: Option<String>,
    /// Detect the revision: replay the history in a shadow database and compare. Stamps an exact match; otherwise
    /// prints the nearest revision and exits with 3
    #[arg(long, conflicts_with_all = ["targets", "sql", "from"])]
    pub detect: bool,
    #[command(flatten)]
    pub looking: PreviewArgs,
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &StampArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    if arguments.detect {
        return super::detect::run(arguments, context);
    }
    if let Some(format) = foreign::format(arguments)? {
        return foreign::run(format, arguments, context);
    }
    arguments.looking.check()?;
    let targets: Vec<&str> = arguments.targets.iter().map(String::as_str).collect();
    let stamp = StampRequest { targets: &targets, purge: arguments.purge };
    let mut answer = CommandOutput::default();
    let histories = context.for_writing(&targets)?;
    if histories.len() > 1 && !arguments.looking.sql {
        // All services are checked first, so that a refusal does not come after another service was stamped.
        for history in &histories {
            let (history, state) = context.state(history)?;
            let planned = stamp.plan(history, &database::ids(&state.rows));
            planned.map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
        }
    }
    for history in histories {
        let failed = |error: EngineError| CommandError::from(error).of_service(&history.service.name);
        let looking = &arguments.looking;
        if looking.sql || looking.dry_run {
            let (history, rows) = match looking.rows(&history)? {
                Some(rows) => (&history, rows),
                None if looking.sql => (&history, Vec::new()),
                None => {
                    let (history, state) = context.state(&history)?;
                    (history, database::ids(&state.rows))
                }
            };
            let plan = stamp.plan(history, &rows).map_err(failed)?;
            let mut document = documents::plan(history, &plan, None, false);
            if looking.sql {
                let script = script(history, &plan, context)?;
                document["sql"] = json!(script);
                answer.text += &script;
                answer.is_script = true;
            } else {
                answer.text += &planned_line(history, &plan);
            }
            answer.services.push(document);
        } else {
            let stamped = match write(&history, stamp, arguments, context) {
                Ok(stamped) => stamped,
                // The services before this one stay stamped.
                Err(error) => return Err(CommandError { services: answer.services, ..failed(error) }),
            };
            context.status(&stamped_line(&history, &stamped));
            let mut document = documents::plan(&history, &stamped.plan, None, true);
            document["settled"] = json!(stamped.settled);
            answer.services.push(document);
        }
    }
    Ok(answer)
}

/// Stamps the service's database.
pub(super) fn write(
    history: &History,
    stamp: StampRequest<'_>,
    arguments: &StampArgs,
    context: &Context<'_>,
) -> Result<Stamped, EngineError> {
    let operator = Operator::current();
    let options = Options {
        lock_timeout: arguments.waiting.lock_timeout(),
        jobs: 1,
        single_transaction: true,
        kill_blockers: false,
        operator: &operator,
        now: &crate::cli::surroundings::now,
    };
    let mut database = context.connect(history)?;
    engine::stamp(history, &mut *database, stamp, &options, &ProgressDisplay::new(context.global.quiet))
}

fn script(history: &History, plan: &Plan, context: &Context<'_>) -> Result<String, CommandError> {
    let (variables, operator) = (context.variables(), Operator::current());
    let setting = Setting {
        dialect: context.dialect(history)?,
        variables: &variables,
        single_transaction: false,
        looking: false,
    };
    let table = context.version_table(history);
    let script = engine::script(history, plan, Frame { setting, table: &table, operator: &operator });
    script.map_err(|error| CommandError::from(error).of_service(&history.service.name))
}

/// Describes what a stamp would do.
pub(super) fn planned_line(history: &History, plan: &Plan) -> String {
    summary(history, plan, "would be", "it is").unwrap_or_else(|| nothing(history, plan)) + "\n"
}

/// Describes what a stamp did: move the rows, settle a half-applied revision, or nothing.
pub(super) fn stamped_line(history: &History, Stamped { plan, settled, forgotten }: &Stamped) -> String {
    let moved = summary(history, plan, "is now", "it was");
    if settled.is_empty() && forgotten.is_empty() {
        return moved.unwrap_or_else(|| nothing(history, plan));
    }
    if settled.is_empty() {
        let (name, forgotten) = (&history.service.name, forgotten.join(" and "));
        let rows = text::rows(&plan.to);
        return format!("{name}: at {rows}; the journal no longer counts {forgotten} as applied");
    }
    let settled = format!("{}, which was half-applied, is not continued", settled.join(", "));
    match moved {
        Some(moved) => format!("{moved}; {settled}"),
        None => format!("{}: {settled}; at {}", history.service.name, text::rows(&plan.to)),
    }
}

fn nothing(history: &History, plan: &Plan) -> String {
    format!("{}: nothing to do, at {}", history.service.name, text::rows(&plan.to))
}

fn summary(history: &History, plan: &Plan, verb: &str, before: &str) -> Option<String> {
    let (name, from, to) = (&history.service.name, text::rows(&plan.from), text::rows(&plan.to));
    (from != to).then(|| format!("{name}: {verb} at {to} ({before} at {from})"))
}
