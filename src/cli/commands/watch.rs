//! `watch`: observes the databases for some time after a deploy.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use super::deploy::run::DeployRunner;
use super::preflight::duration;
use super::run_plan::Waiting;
use crate::cli::context::Context;
use crate::cli::markdown_report::Paper;
use crate::cli::output::CommandOutput;
use crate::cli::progress::{self, ProgressDisplay};
use crate::cli::question::{Confirmation, ask};
use crate::cli::report::CommandError;
use crate::cli::surroundings::now_seconds;
use crate::cli::{check_view, style, text};
use crate::database::{Database, QueryRows, TableSize};
use crate::engine::{Observer as _, RunTarget};
use crate::operations::{self, Observation, WatchLimits};
use crate::project::History;
use crate::report::table;
use crate::units::{format_bytes, format_count};

/// Interval at which a pause checks for Ctrl-C.
const TICK: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel watch --for 15m --every 30s\n  aludel watch -s auth --for 1h \
    --rollback-on-breach=91be55 --yes\n\nExit status: 3 at the first breach. Ctrl-C ends the watch like the end of \
    its time.")]
pub struct WatchArgs {
    /// Duration of the watch
    #[arg(long = "for", value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub time: Duration,
    /// Time between two observations
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub every: Duration,
    /// Report a breach if a session waits longer than TIME for a lock
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub max_wait: Duration,
    /// Report a breach if a query runs longer than TIME
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub max_query: Duration,
    /// Report a breach if more than PERCENT of the server's connections are in use
    #[arg(long, value_name = "PERCENT", default_value_t = 90)]
    pub max_connections: u64,
    /// At a breach, downgrade the service to TARGET (without one: by one revision)
    #[arg(long, value_name = "TARGET", num_args = 0..=1, require_equals = true, default_missing_value = "-1")]
    pub rollback_on_breach: Option<String>,
    #[command(flatten)]
    pub waiting: Waiting,
    /// Write a Markdown report to this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// A service under observation.
struct Watched<'h> {
    history: &'h History,
    database: Box<dyn Database>,
    before: Vec<TableSize>,
    seen: Observation,
    rounds: usize,
    rolled_back: Option<String>,
}

pub fn run(arguments: &WatchArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    progress::catch_interrupts();
    let histories = match arguments.rollback_on_breach.as_deref() {
        Some(target) if target != "-1" => context.for_writing(&[target])?,
        Some(_) => context.for_writing(&[])?,
        None => context.for_reading()?,
    };
    let mut watched = Vec::new();
    for history in &histories {
        let (before, seen) = (Vec::new(), Observation::default());
        watched.push(Watched { history, database: context.open(history)?, before, seen, rounds: 0, rolled_back: None });
    }
    let breached = rounds(&mut watched, arguments, context)?;
    if breached && let Some(target) = &arguments.rollback_on_breach {
        let (waiting, histories) = (&arguments.waiting, histories.as_slice());
        let mover = DeployRunner { context, waiting, jobs: 1, kill_blockers: false, histories };
        for watched in watched.iter_mut().filter(|watched| !watched.seen.breaches.is_empty()) {
            watched.rolled_back = Some(roll_back(watched.history, target, &mover));
        }
    }
    answer(&watched, breached, arguments, context)
}

/// Observes until a limit is exceeded (returns `true`), the time is up or the user presses Ctrl-C.
fn rounds(watched: &mut [Watched<'_>], arguments: &WatchArgs, context: &Context<'_>) -> Result<bool, CommandError> {
    let limits =
        WatchLimits { wait: arguments.max_wait, query: arguments.max_query, connections: arguments.max_connections };
    let begun = Instant::now();
    let progress = ProgressDisplay::new(true);
    loop {
        let mut breached = false;
        for watched in watched.iter_mut() {
            let service = &watched.history.service;
            watched.seen = match operations::observe(&mut *watched.database, &service.checks, limits) {
                Ok(seen) => seen,
                // A database that no longer answers is a breach, not a failure of the command.
                Err(error) => Observation {
                    breaches: vec![format!("the database does not answer: {error}")],
                    ..Observation::default()
                },
            };
            if watched.rounds == 0 {
                watched.before.clone_from(&watched.seen.sizes);
            }
            watched.rounds += 1;
            breached |= !watched.seen.breaches.is_empty();
            context.status(&format!("{} {}: {}", now_seconds(), service.name, summary(&watched.seen)));
        }
        let left = arguments.time.saturating_sub(begun.elapsed());
        if breached || left.is_zero() || pause(arguments.every.min(left), &progress) {
            return Ok(breached);
        }
    }
}

/// Waits for `time`. Returns `true` if Ctrl-C ended the pause.
fn pause(time: Duration, progress: &ProgressDisplay) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < time {
        if progress.interrupted() {
            return true;
        }
        std::thread::sleep(TICK.min(time.saturating_sub(begun.elapsed())));
    }
    progress.interrupted()
}

fn summary(seen: &Observation) -> String {
    if !seen.breaches.is_empty() {
        return style::bad(&format!("BREACH: {}", seen.breaches.join("; ")));
    }
    let connections =
        seen.connections.map(|count| format!(", {} of {} connections", count.open, count.limit)).unwrap_or_default();
    format!("ok, {}{connections}", text::count(seen.verdicts.len(), "check"))
}

fn roll_back(history: &History, target: &str, mover: &DeployRunner<'_>) -> String {
    match try_roll_back(history, target, mover) {
        Ok(text) => text,
        Err(report) => format!("not rolled back: {}", report.report.message),
    }
}

fn try_roll_back(history: &History, target: &str, mover: &DeployRunner<'_>) -> Result<String, CommandError> {
    let (known, state) = mover.context.state(history)?;
    let rows = crate::database::ids(&state.rows);
    let run_target = RunTarget::Downgrade(target.to_owned());
    let plan =
        run_target.plan(known, &rows).map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
    if let Some(question) = mover.losses(known, &plan)? {
        match ask(&question, mover.context) {
            Confirmation::Yes => {}
            Confirmation::No => return Ok(format!("not rolled back, because the answer was no: {question}")),
            Confirmation::NotAsked => {
                return Ok(format!(
                    "not rolled back, because there was no terminal to ask on (--yes confirms): {question}"
                ));
            }
        }
    }
    let outcomes = mover.run(&[(history, RunTarget::Pinned(plan.clone()))])?;
    let outcome = outcomes.into_iter().find(|outcome| outcome.service == history.service.name);
    match outcome.and_then(|outcome| outcome.error) {
        Some(error) => Err(super::deploy::run::failed(&history.service.name, error)),
        None => {
            Ok(format!("rolled back {}, now at {}", text::count(plan.steps.len(), "revision"), text::rows(&plan.to)))
        }
    }
}

fn answer(
    watched: &[Watched<'_>],
    breached: bool,
    arguments: &WatchArgs,
    context: &Context<'_>,
) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput { negative: breached, ..CommandOutput::default() };
    let mut paper = Paper::new("Watch");
    paper.fact(&format!("outcome: {}", if breached { "breach" } else { "no breach" }));
    paper.fact(&format!("until {}", now_seconds()));
    for watched in watched {
        let name = &watched.history.service.name;
        let mut lines = vec![format!("{}: {}", text::count(watched.rounds, "look"), summary(&watched.seen))];
        lines.extend(watched.rolled_back.clone());
        lines.extend(
            check_view::lines(&watched.seen.verdicts).into_iter().filter(|_| !watched.seen.verdicts.is_empty()),
        );
        paper.heading(name);
        for line in &lines {
            paper.fact(line);
        }
        let sizes = sizes(&watched.before, &watched.seen.sizes);
        for (title, rows) in
            [("waiting for locks", &watched.seen.waiting), ("long queries", &watched.seen.long), ("sizes", &sizes)]
        {
            if !rows.rows.is_empty() {
                lines.push(style::bold(title));
                lines.extend(table::format_table(rows).lines().map(str::to_owned));
                paper.table(rows);
            }
        }
        answer.text += &text::section(true, name, &lines);
        answer.services.push(document(watched));
    }
    paper.write_beside(answer, arguments.report.as_deref(), context)
}

/// Table sizes, with their growth since the first observation.
fn sizes(before: &[TableSize], now: &[TableSize]) -> QueryRows {
    let columns = ["table", "rows", "size", "indexes", "since"].map(str::to_owned).to_vec();
    let row = |size: &TableSize| {
        let first = before.iter().find(|first| first.table == size.table);
        let since = first
            .map(|first| (size.table_bytes + size.index_bytes).saturating_sub(first.table_bytes + first.index_bytes));
        let since =
            since.filter(|since| *since > 0).map(|since| format!("+{}", format_bytes(since))).unwrap_or_default();
        let rows = size.rows.map(format_count).unwrap_or_default();
        [size.table.clone(), rows, format_bytes(size.table_bytes), format_bytes(size.index_bytes), since]
            .map(Some)
            .to_vec()
    };
    QueryRows { columns, rows: now.iter().map(row).collect(), has_more: false }
}

fn document(watched: &Watched<'_>) -> Value {
    let seen = &watched.seen;
    let rows = |rows: &QueryRows| json!({ "columns": rows.columns, "rows": rows.rows });
    let size = |size: &TableSize| json!({ "table": size.table, "rows": size.rows, "table_bytes": size.table_bytes, "index_bytes": size.index_bytes });
    json!({
        "service": watched.history.service.name,
        "ok": seen.breaches.is_empty(),
        "rounds": watched.rounds,
        "breaches": seen.breaches,
        "checks": seen.verdicts.iter().map(check_view::document).collect::<Vec<_>>(),
        "waiting": rows(&seen.waiting),
        "long_queries": rows(&seen.long),
        "connections": seen.connections.map(|count| json!({ "open": count.open, "most": count.limit })),
        "sizes": seen.sizes.iter().map(size).collect::<Vec<_>>(),
        "rolled_back": watched.rolled_back,
    })
}
