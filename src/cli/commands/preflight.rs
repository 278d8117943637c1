//! `preflight`: checks for anything that would block a deploy.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::backup;
use super::upgrade::PhaseName;
use crate::cli::context::Context;
use crate::cli::markdown_report::Paper;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, lint, style, text};
use crate::database::{Database, DatabaseError};
use crate::duration;
use crate::engine::{EngineError, Operator, RunTarget, Setting};
use crate::lint::Severity;
use crate::operations::{self, Item, Level, Limits, Preflight};
use crate::project::History;
use crate::report::table;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel preflight\n  aludel preflight head -s auth --report preflight.md\n  \
    aludel preflight head --phase contract\n\nExit status: 3 if something would block the upgrade.")]
pub struct PreflightArgs {
    /// Target of the upgrade
    #[arg(value_name = "TARGET", default_value = "head", allow_negative_numbers = true)]
    pub target: String,
    #[command(flatten)]
    pub flags: PreflightThresholds,
    /// Write a Markdown report to this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Options of a preflight, also used by `deploy`.
#[derive(Debug, Clone, Args)]
pub struct PreflightThresholds {
    /// Report transactions that have been open for longer than TIME
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub max_transaction_age: Duration,
    /// Report replicas that are more than TIME behind
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub max_replication_lag: Duration,
    /// Stop before the first revision that belongs to a later deploy phase
    #[arg(long, value_name = "PHASE", value_enum)]
    pub phase: Option<PhaseName>,
}

impl PreflightThresholds {
    /// Course of the upgrade to `target`, limited to the phase.
    pub fn run_target(&self, target: &str) -> RunTarget {
        match self.phase {
            Some(phase) => RunTarget::Phase(target.to_owned(), phase.phase()),
            None => RunTarget::Upgrade(target.to_owned()),
        }
    }
}

/// Parses a time from the command line.
pub fn duration(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| format!("expected {}", duration::EXPECTED))
}

pub fn run(arguments: &PreflightArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let histories = match arguments.target.as_str() {
        "head" | "heads" => context.for_reading()?,
        target => context.for_writing(&[target])?,
    };
    let mut answer = CommandOutput::default();
    let mut paper = Paper::new(&format!("Preflight of an upgrade to {}", arguments.target));
    paper.fact(&format!("at {}", crate::cli::surroundings::now_seconds()));
    for history in &histories {
        let found = look(history, &arguments.target, &arguments.flags, Some(Level::Warning), context)?;
        answer.text += &text::section(true, &history.service.name, lines(&found));
        answer.negative |= found.level() == Level::Stop;
        answer.services.push(document(history, &found));
        paper.heading(&history.service.name);
        paper.items(&found.items);
    }
    paper.write_beside(answer, arguments.report.as_deref(), context)
}

/// Runs the preflight of one service. A database that cannot be reached, or a plan that cannot be made, is an item of
/// the result. `backup` is the level of the item if a backup would fail; `None` if none will be taken.
pub fn look(
    history: &History,
    target: &str,
    flags: &PreflightThresholds,
    backup: Option<Level>,
    context: &Context<'_>,
) -> Result<Preflight, CommandError> {
    let failed = |error: EngineError| {
        let report = context.with_service_hints(CommandError::from(error).of_service(&history.service.name)).report;
        let item = Item { remedies: report.hints, ..Item::new("plan", Level::Stop, report.message) };
        Preflight { items: vec![item], tables: BTreeMap::new(), plan: None, error: None }
    };
    let mut database = match context.connect(history) {
        Ok(database) => database,
        // An unusable URL is a mistake in the config, not a finding about the database.
        Err(error @ (DatabaseError::Url(_) | DatabaseError::UrlParameter { .. })) => {
            return Err(CommandError::from(error).of_service(&history.service.name));
        }
        Err(error) => {
            let mut found = failed(error.into());
            for item in &mut found.items {
                item.check = "connection";
            }
            return Ok(found);
        }
    };
    let variables = context.variables();
    let setting = Setting {
        dialect: context.dialect(history)?,
        variables: &variables,
        single_transaction: false,
        looking: false,
    };
    let limits = Limits {
        transaction_age: flags.max_transaction_age,
        replication_lag: flags.max_replication_lag,
        ..Limits::default()
    };
    let run_target = flags.run_target(target);
    let table = context.version_table(history);
    let found = operations::preflight(history, &mut *database, &table, &run_target, setting, limits);
    let mut found = found.map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
    if let Some(error) = found.error.take() {
        found.items.extend(failed(error).items);
    }
    if let Some(item) = lint_item(history, &found, context)? {
        found.items.insert(found.items.len().saturating_sub(1), item);
    }
    let is_pending = found.plan.as_ref().is_some_and(|plan| !plan.is_empty());
    if let Some(level) = backup.filter(|_| is_pending)
        && let Some(item) = backup_item(history, level, &mut *database, context)
    {
        // The plan is the longest item and stays the last.
        found.items.insert(found.items.len().saturating_sub(1), item);
    }
    Ok(found)
}

/// Item with what lint finds in the pending revisions, with the sizes of their tables; `None` if nothing is pending.
fn lint_item(history: &History, found: &Preflight, context: &Context<'_>) -> Result<Option<Item>, CommandError> {
    let Some(plan) = found.plan.as_ref().filter(|plan| !plan.is_empty()) else { return Ok(None) };
    let ids: Vec<_> = plan.steps.iter().map(|step| step.revision.clone()).collect();
    let findings = lint::by_texts(history, &ids, &lint::sizes_of(&found.tables), context)
        .map_err(|report| report.of_service(&history.service.name))?;
    let with = |severity: Severity| findings.iter().filter(move |found| found.finding.severity == severity);
    let (errors, warnings) = (with(Severity::Error).count(), with(Severity::Warning).count());
    let level = match (errors, warnings) {
        (0, 0) => Level::Ok,
        (0, _) => Level::Warning,
        _ if history.service.lint.gate => Level::Stop,
        _ => Level::Warning,
    };
    if level == Level::Ok {
        return Ok(Some(Item::new("lint", level, "no errors and no warnings")));
    }
    let text = format!("{}, {}", text::count(errors, "error"), text::count(warnings, "warning"));
    let lines = with(Severity::Error).chain(with(Severity::Warning)).take(10);
    let lines = lines.map(|found| [vec![found.in_one_line()], found.finding.notes.clone()].concat().join("; "));
    // Remedies are statements for the server, which this is not.
    let command = format!("the safe statements: aludel lint -s {}", history.service.name);
    let text = [text].into_iter().chain(lines).chain([command]).collect::<Vec<_>>().join("\n");
    Ok(Some(Item::new("lint", level, text)))
}

/// Item on whether a backup would succeed; `None` if it needs no program.
fn backup_item(history: &History, level: Level, database: &mut dyn Database, context: &Context<'_>) -> Option<Item> {
    let operator = Operator::current();
    let found = backup::order(&history.service, &context.version_table(history), &operator, |order| {
        crate::backup::obstacles(database, order)
    });
    Some(match found.map_err(CommandError::from) {
        Ok((program, obstacles)) if obstacles.is_empty() => {
            Item::new("backup", Level::Ok, format!("{} is installed and can read everything that it needs", program?))
        }
        Ok((_, obstacles)) => {
            let (texts, remedies): (Vec<_>, Vec<_>) =
                obstacles.into_iter().map(|obstacle| (obstacle.what, obstacle.remedy)).unzip();
            let text = format!("a backup would fail: the user may not {}", texts.join("; nor "));
            Item { remedies, ..Item::new("backup", level, text) }
        }
        Err(CommandError { report, .. }) => {
            let text = format!("a backup would fail: {}", report.message);
            Item { remedies: report.hints, ..Item::new("backup", level, text) }
        }
    })
}

/// One line per item, with its remedies and details below, and a summary.
pub fn lines(found: &Preflight) -> Vec<String> {
    let mut lines: Vec<String> = found.items.iter().flat_map(item_lines).collect();
    let count = |level| found.items.iter().filter(|item| item.level == level).count();
    let (stops, warnings) = (count(Level::Stop), count(Level::Warning));
    lines.push(match (stops, warnings) {
        (0, 0) => "nothing blocks the upgrade".to_owned(),
        (0, warnings) => format!("nothing blocks the upgrade; {}", text::count(warnings, "warning")),
        (stops, _) => style::bad(&format!("{stops} of {} checks block the upgrade", found.items.len())),
    });
    lines
}

fn item_lines(item: &Item) -> Vec<String> {
    let level = match item.level {
        Level::Ok => "ok     ".to_owned(),
        Level::Warning => style::id("warning"),
        Level::Stop => style::bad("STOP   "),
    };
    let below = |line: &str| format!("{:<24}{line}", "");
    let mut text = item.text.lines();
    let first = format!("{level}  {:<14} {}", item.check, text.next().unwrap_or_default());
    let rest = text.map(below);
    let remedies = item.remedies.iter().map(|remedy| below(&format!("-> {remedy}")));
    let rows = item.rows.as_ref().map(table::format_table).unwrap_or_default();
    let rows: Vec<_> = rows.lines().map(|line| below(line).trim_end().to_owned()).collect();
    [first].into_iter().chain(rest).chain(remedies).chain(rows).collect()
}

/// Result of a preflight for `--json`.
pub fn document(history: &History, found: &Preflight) -> Value {
    let item = |item: &Item| {
        json!({
            "check": item.check,
            "level": item.level.name(),
            "text": item.text,
            "remedies": item.remedies,
            "columns": item.rows.as_ref().map(|rows| &rows.columns),
            "rows": item.rows.as_ref().map(|rows| &rows.rows),
        })
    };
    let pending =
        found.plan.as_ref().map(|plan| plan.steps.iter().map(|step| step.revision.clone()).collect::<Vec<_>>());
    json!({
        "service": history.service.name,
        "ok": found.level() != Level::Stop,
        "checks": found.items.iter().map(item).collect::<Vec<_>>(),
        "pending": pending.map(|pending| documents::revisions(history, &pending)),
        "tables": found.tables.iter().map(|(table, facts)| json!({
            "schema": table.schema,
            "name": table.name,
            "rows": facts.rows,
            "bytes": facts.bytes,
        })).collect::<Vec<_>>(),
    })
}
