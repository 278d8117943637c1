//! `lint --trace`: what the statements did on a shadow, beside what was predicted.

use serde_json::{Value, json};

use super::rows;
use crate::cli::context::Context;
use crate::cli::lint::state::{Ground, LintedSection};
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::style;
use crate::cli::surroundings::environment;
use crate::database::{Database, MeasuredLock, StatementObservation};
use crate::ddl::Outline;
use crate::diagnostic::position;
use crate::drivers;
use crate::id::RevisionId;
use crate::lint::TableSizes;
use crate::project::History;
use crate::shadow::{FilledTables, Shadow, TraceStage, TracedStatement, TracedText, trace};
use crate::sql::{Blocks, split};

/// Statements that ran on the shadow.
#[derive(Default)]
pub(super) struct TraceReport {
    pub(super) lines: Vec<String>,
    pub(super) statements: Vec<Value>,
    /// Tables that were filled, and those that could not be, with `--rows`.
    pub(super) filled: Option<Value>,
    /// A statement differs from its prediction, or was refused.
    pub(super) is_negative: bool,
}

/// Runs the sections on a shadow that holds what is below them.
pub(super) fn traced(
    history: &History,
    (sections, rows_before): (&[LintedSection], &[RevisionId]),
    ground: &Ground,
    (made_up, sizes): (Option<u64>, &TableSizes),
    context: &Context<'_>,
) -> Result<TraceReport, CommandError> {
    let Some(outline) = &ground.outline else {
        let error = CommandError::usage("--trace runs the statements on a shadow, and none could be had");
        return Err(ground.notes.iter().fold(error, |error, note| error.note(note.as_str())));
    };
    let schemas = Schemas::new(history, context)?;
    let mut shadow = schemas.shadow(rows_before)?;
    if shadow.is_one_transaction() {
        let message = "--trace needs a shadow database: the locks of a shadow schema are those of one transaction";
        return Err(CommandError::usage(message)
            .hint("grant the right to create databases, or name a database of its own with `shadow:`"));
    }
    let mut outline = outline.clone();
    for (name, value) in settings(&mut shadow)? {
        outline.set(&name, &value);
    }
    let mut report = TraceReport::default();
    let filled = match made_up {
        Some(rows) => rows::filled(&mut shadow, sections, (&outline, &ground.server), rows)?,
        None => FilledTables::default(),
    };
    if made_up.is_some() {
        report.lines.extend(rows::lines(&filled));
        report.filled = Some(rows::document(&filled));
    }
    let beside = second_connection(history, &mut shadow)?;
    let mut stage = TraceStage { shadow: &mut shadow, beside, server: &ground.server };
    for section in sections {
        if !report.add_section(section, &mut stage, &mut outline, &(&filled, sizes))? {
            break;
        }
    }
    // A database that has other sessions is not dropped.
    drop(stage);
    shadow.close()?;
    Ok(report)
}

/// Connection that looks at the locks of statements outside a transaction, where the database can show them.
fn second_connection(history: &History, shadow: &mut Shadow) -> Result<Option<Box<dyn Database>>, CommandError> {
    let driver = shadow.database()?.driver();
    if !driver.can_observe_beside() {
        return Ok(None);
    }
    let opened = drivers::open(shadow.url(), &driver.shadow_table(), &history.service.name, &environment);
    Ok(Some(opened.map_err(CommandError::from)?))
}

fn settings(shadow: &mut Shadow) -> Result<Vec<(String, String)>, CommandError> {
    let database = shadow.database()?;
    Ok(database.driver().deciding_settings(database)?)
}

impl TraceReport {
    /// Returns `false` if the server refused a statement: what is behind it was not run.
    fn add_section(
        &mut self,
        section: &LintedSection,
        stage: &mut TraceStage<'_>,
        outline: &mut Outline,
        amounts: &(&FilledTables, &TableSizes),
    ) -> Result<bool, CommandError> {
        let text = &section.text.text;
        // A text that cannot be split was reported before.
        let pieces = split(text, stage.server.dialect).unwrap_or_default();
        let in_transaction = section.text.in_transaction;
        let traced = trace(stage, TracedText { text, pieces: &pieces, in_transaction }, outline)?;
        for statement in &traced {
            self.is_negative |= !statement.differences.is_empty() || statement.observed.error.is_some();
            self.lines.extend(lines(section, statement, amounts));
            self.statements.push(document(section, statement, amounts));
        }
        Ok(traced.iter().all(|statement| statement.observed.error.is_none()))
    }
}

fn lines(
    section: &LintedSection,
    traced: &TracedStatement,
    (filled, sizes): &(&FilledTables, &TableSizes),
) -> Vec<String> {
    let location = section.locate(traced.span);
    let line = position(&location.text, location.span.start).line;
    let sql = traced.span.slice(&section.text.text);
    let first = sql.lines().next().unwrap_or_default();
    let more = if sql.lines().nth(1).is_some() { " ..." } else { "" };
    let place = style::faint(&format!("{}:{line}", location.path.display()));
    let mut lines = vec![format!("{first}{more}  {place}")];
    if let Some(error) = &traced.observed.error {
        lines.push(format!("  refused: {}; what is behind it was not run", error.message));
        return lines;
    }
    lines.extend(agreed(traced).into_iter().map(|text| format!("  {text}")));
    lines.extend(traced.differences.iter().map(|difference| format!("  WRONG {difference}")));
    if traced.observed.locks.is_none() {
        lines.push("  locks: not measured".to_owned());
    }
    if !traced.predicted.is_known {
        lines.push("  nothing is predicted of this statement".to_owned());
    }
    if traced.observed.is_sampled {
        lines.push("  locks: as another session saw them while it ran".to_owned());
    }
    let more = rows::scale(traced, filled, sizes).map(|scale| scale.text()).unwrap_or_default();
    lines.push(format!("  {} ms{more}", traced.observed.time.as_millis()));
    lines
}

/// Measurements that agree with the prediction.
fn agreed(traced: &TracedStatement) -> Vec<String> {
    let StatementObservation { locks, rewritten, scanned, .. } = &traced.observed;
    let is_wrong = |name: &str| traced.differences.iter().any(|difference| difference.table.name == name);
    let locks = locks.iter().flatten().filter(|lock| lock.blocks != Blocks::Nothing && lock.index.is_none());
    // What an earlier statement of the transaction holds is not said again.
    let locks = locks.filter(|lock| !is_wrong(&lock.table.name) && lock.before != Some(lock.mode));
    let text = |lock: &MeasuredLock| {
        let waits = if lock.has_waited { ", waits for open transactions" } else { "" };
        format!("{}: {}{waits}", lock.table, lock.mode)
    };
    let mut texts: Vec<String> = locks.map(text).collect();
    let rewritten = rewritten.iter().flatten().filter(|table| !is_wrong(&table.name));
    texts.extend(rewritten.map(|table| format!("{table}: rewritten")));
    texts.extend(scanned.iter().flatten().map(|scanned| format!("{}: {} rows read", scanned.table, scanned.rows)));
    texts
}

fn document(
    section: &LintedSection,
    traced: &TracedStatement,
    (filled, sizes): &(&FilledTables, &TableSizes),
) -> Value {
    let location = section.locate(traced.span);
    let StatementObservation { locks, rewritten, scanned, time, error, .. } = &traced.observed;
    let scale = rows::scale(traced, filled, sizes);
    let name = ToString::to_string;
    let locks = locks.as_ref().map(|locks| {
        let lock = |lock: &MeasuredLock| {
            json!({
                "table": lock.table.to_string(),
                "index": lock.index,
                "mode": lock.mode,
                "blocks": lock.blocks.name(),
                "waits": lock.has_waited,
            })
        };
        locks.iter().map(lock).collect::<Vec<_>>()
    });
    let predicted = traced.predicted.locks.iter();
    let predicted = predicted
        .map(|lock| json!({ "table": lock.table.to_string(), "mode": lock.name, "blocks": lock.blocks.name() }));
    let differences = traced.differences.iter().map(|difference| {
        json!({
            "table": difference.table.to_string(),
            "predicted": difference.predicted,
            "measured": difference.measured,
        })
    });
    json!({
        "revision": section.text.id.as_str(),
        "path": location.path.display().to_string(),
        "line": position(&location.text, location.span.start).line,
        "sql": traced.span.slice(&section.text.text),
        "agrees": traced.predicted.is_known.then_some(traced.differences.is_empty()),
        "differences": differences.collect::<Vec<_>>(),
        "measured": {
            "locks": locks,
            "rewritten": rewritten.as_ref().map(|tables| tables.iter().map(name).collect::<Vec<_>>()),
            "rows_read": scanned.as_ref().map(|scanned| {
                let rows = |scanned: &crate::database::ScannedTable| (scanned.table.to_string(), json!(scanned.rows));
                Value::Object(scanned.iter().map(rows).collect())
            }),
            "milliseconds": u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            "rows": scale.as_ref().map(|scale| scale.rows),
        },
        "predicted": {
            "locks": predicted.collect::<Vec<_>>(),
            "rewritten": traced.predicted.rewritten.iter().map(name).collect::<Vec<_>>(),
            "milliseconds": scale.and_then(|scale| scale.estimate()).map(|time| u64::try_from(time.as_millis()).ok()),
        },
        "error": error.as_ref().map(|error| error.message.clone()),
    })
}
