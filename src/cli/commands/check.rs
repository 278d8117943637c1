//! `check`: replays the history, and compares the desired schema, the history and the database.

mod order;
mod schema_file;

use clap::Args;
use serde_json::{Value, json};

use self::order::order_drift;
use crate::autogenerate::Summary;
use crate::cli::context::Context;
use crate::cli::each::each_service;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::schemas::{Live, Schemas};
use crate::cli::{diff_view, json as documents, style, text};
use crate::database::{self, HistoryState};
use crate::engine::{self, Changed};
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::History;
use crate::report::engine::{accept_line, changed_line};
use crate::schema::{Schema, Unmodelled};

#[derive(Debug, Args)]
#[command(
    after_help = "Replays all revisions in a shadow database; compares their schema with the desired one (`schema` in the \
    config), the database with its current revisions, and the files with what was applied.\n\n\
    Examples:\n  aludel check\n  aludel check --drift -s auth      # only the database, compared with the end of the last run\n\n\
    Exit status: 3 when something differs, or the revisions do not run."
)]
pub struct CheckArgs {
    /// Check only that the database is unchanged since the last run. Needs no privilege to create anything
    #[arg(long)]
    pub drift: bool,
}

/// Result of one comparison.
struct CheckFinding {
    /// Name of the check: `history`, `schema`, `drift`, `edited` or `file`.
    check: &'static str,
    /// Result in one line.
    text: String,
    /// `None` if the comparison was not made.
    ok: Option<bool>,
    changes: Vec<Summary>,
    lines: Vec<String>,
    /// Failure of the replay, as a document.
    error: Option<Value>,
    /// Order in which the database has applied its revisions, if that explains the difference.
    order: Option<Vec<RevisionId>>,
    /// Commands that fix the difference.
    remedies: Vec<String>,
}

impl CheckFinding {
    fn new(check: &'static str, ok: Option<bool>, text: impl Into<String>) -> Self {
        let text = text.into();
        let (changes, lines, remedies) = (Vec::new(), Vec::new(), Vec::new());
        Self { check, text, ok, changes, lines, error: None, order: None, remedies }
    }

    fn lines(&self) -> Vec<String> {
        let level = match self.ok {
            Some(true) => "ok     ".to_owned(),
            Some(false) => style::bad("WRONG  "),
            None => style::faint("-      "),
        };
        let below = diff_view::lines(&self.changes).into_iter().chain(self.lines.iter().cloned());
        let remedies = self.remedies.iter().map(|remedy| format!("-> {remedy}"));
        let below = below.chain(remedies).map(|line| format!("         {line}"));
        [format!("{level}{:<8} {}", self.check, self.text)].into_iter().chain(below).collect()
    }

    fn document(&self) -> Value {
        let mut document = json!({
            "check": self.check,
            "ok": self.ok,
            "text": self.text,
            "changes": diff_view::document(&self.changes),
            "remedies": self.remedies,
        });
        if let Some(error) = &self.error {
            document["error"] = error.clone();
        }
        if let Some(order) = &self.order {
            document["order"] = json!(documents::strings(order));
        }
        document
    }
}

pub fn run(arguments: &CheckArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let context = match arguments.drift {
        true => &context.connecting(),
        false => &context.connecting().comparing_files(),
    };
    each_service(context, |history, _, answer| {
        let name = &history.service.name;
        let schemas = Schemas::new(history, context)?;
        let mut unmodelled = Vec::new();
        let mut documents_changed = json!([]);
        let findings = if arguments.drift {
            let (live, mut database, ()) = schemas.live_beside(|_| ())?;
            vec![since_last_run(&schemas, &mut *database, &live, &mut unmodelled)?]
        } else {
            let (live, _, files) = schemas.live_beside(|state| files(&schemas, state, context, &mut unmodelled))?;
            let FileChecks { replayed, desired, changed } = files?;
            documents_changed = documents::changed(&changed);
            let drift = drift(&schemas, &live, &mut unmodelled)?;
            let file = schema_file::schema_file(&schemas, &live)?;
            [replayed, desired, drift, edited(&changed, name)].into_iter().chain(file).collect()
        };
        unmodelled.sort();
        unmodelled.dedup();
        let ok = findings.iter().all(|finding| finding.ok != Some(false));
        let mut lines: Vec<_> = findings.iter().flat_map(CheckFinding::lines).collect();
        lines.extend(diff_view::unmodelled_line(&unmodelled));
        answer.text += &text::section(true, name, lines);
        answer.negative |= !ok;
        answer.services.push(json!({
            "service": name,
            "ok": ok,
            "checks": findings.iter().map(CheckFinding::document).collect::<Vec<_>>(),
            "changed": documents_changed,
            "unmodelled": diff_view::unmodelled(&unmodelled),
        }));
        Ok(())
    })
}

/// Results of the checks that need no live catalog.
struct FileChecks {
    replayed: CheckFinding,
    desired: CheckFinding,
    changed: Vec<Changed>,
}

/// Checks that need no catalog: the history by itself and against the desired schema, and the files against what was
/// applied. They run while another thread reads the live schema.
fn files(
    schemas: &Schemas<'_>,
    state: &HistoryState,
    context: &Context<'_>,
    unmodelled: &mut Vec<Unmodelled>,
) -> Result<FileChecks, CommandError> {
    let history = schemas.history;
    let replayed = replayed(schemas)?;
    let desired = match replayed.ok {
        Some(false) => CheckFinding::new("schema", None, "the revisions do not run: not compared"),
        Some(true) | None => desired(schemas, unmodelled)?,
    };
    let changed = engine::changed_revisions(history.as_last_read(), state, context.dialect(history)?);
    let changed = changed.map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
    let rows = database::ids(&state.rows);
    if schemas.fitting(&rows).graph.unknown_rows(&rows).is_empty() {
        // Replayed here, beside the reading of the live schema; `drift` gets the result from the cache, or the failure.
        let _ = schemas.at(&rows);
    }
    Ok(FileChecks { replayed, desired, changed })
}

/// Replays the whole history in a shadow database, up to its heads.
fn replayed(schemas: &Schemas<'_>) -> Result<CheckFinding, CommandError> {
    let heads = schemas.history.graph.heads();
    if heads.is_empty() {
        return Ok(CheckFinding::new("history", None, "there are no revisions"));
    }
    let report = match schemas.head() {
        Ok(_) => {
            let text = format!("the revisions run on an empty database, up to {}", text::rows(&heads));
            return Ok(CheckFinding::new("history", Some(true), text));
        }
        Err(report) => report,
    };
    match report.report.code {
        ErrorCode::ReplayFailed => {
            let text = "the revisions do not run on an empty database";
            let lines = report.render(false).lines().map(str::to_owned).collect();
            let error = report.json().get_mut("error").map(Value::take);
            Ok(CheckFinding { lines, error, ..CheckFinding::new("history", Some(false), text) })
        }
        ErrorCode::Interrupted => Err(report),
        _ => Ok(CheckFinding::new("history", None, format!("not replayed: {}", report.report.message))),
    }
}

/// Compares the schema at the heads with the desired schema.
fn desired(schemas: &Schemas<'_>, unmodelled: &mut Vec<Unmodelled>) -> Result<CheckFinding, CommandError> {
    let service = &schemas.history.service;
    if service.schema.desired.is_none() {
        return Ok(CheckFinding::new("schema", None, "the config names no desired schema: not compared"));
    }
    let (head, desired) = (schemas.head()?, schemas.desired()?.schema);
    let (changes, found) = diff_view::compared(&head, &desired, &[]);
    unmodelled.extend(found);
    if changes.is_empty() {
        return Ok(CheckFinding::new("schema", Some(true), "the revisions produce the desired schema"));
    }
    let count = text::count(changes.len(), "difference");
    let text = format!("the desired schema is ahead of the revisions: {count}");
    let remedies = vec![format!("aludel revision --autogenerate -m TEXT -s {}", service.name)];
    Ok(CheckFinding { changes, remedies, ..CheckFinding::new("schema", Some(false), text) })
}

/// Compares the live schema with what its current revisions produce.
fn drift(schemas: &Schemas<'_>, live: &Live, unmodelled: &mut Vec<Unmodelled>) -> Result<CheckFinding, CommandError> {
    let history = schemas.history;
    let rows = database::ids(&live.state.rows);
    let fitting = schemas.fitting(&rows);
    let unknown = fitting.graph.unknown_rows(&rows);
    let ahead = fitting.recorded().count();
    if unknown.is_empty() && ahead > 0 {
        let ahead = text::count(ahead, "revision");
        let text = format!("the database is ahead of these files by {ahead}: its schema is not compared");
        return Ok(CheckFinding::new("drift", None, text));
    }
    if !unknown.is_empty() {
        let text = format!("the version table contains {}, which has no revision file", text::rows(&unknown));
        let remedies = vec![format!("aludel stamp --detect -s {}", history.service.name)];
        return Ok(CheckFinding { remedies, ..CheckFinding::new("drift", Some(false), text) });
    }
    let made = match schemas.at(&rows) {
        Err(report) if report.report.code == ErrorCode::ReplayFailed => {
            return Ok(CheckFinding::new("drift", None, "the revisions do not run: not compared"));
        }
        made => made?,
    };
    let changes = live_changes(schemas, &made, live, unmodelled)?;
    if !changes.is_empty()
        && let Some(order) = order_drift(schemas, live, &changes)?
    {
        return Ok(order);
    }
    Ok(drifted(history, changes, &format!("the schema of {}", at(&rows)), "current"))
}

fn at(rows: &[RevisionId]) -> String {
    if rows.is_empty() { "base".to_owned() } else { text::rows(rows) }
}

fn live_changes(
    schemas: &Schemas<'_>,
    made: &Schema,
    live: &Live,
    unmodelled: &mut Vec<Unmodelled>,
) -> Result<Vec<Summary>, CommandError> {
    let (changes, found) = diff_view::compared(made, &live.schema, &[]);
    unmodelled.extend(found);
    if changes.is_empty() {
        return Ok(changes);
    }
    // What belongs to other services is read only if something differs, as that takes a connection and a replay for
    // each.
    let mut own = live.schema.clone();
    schemas.without_strangers(&mut own, made)?;
    Ok(diff_view::compared(made, &own, &[]).0)
}

fn drifted(history: &History, changes: Vec<Summary>, what: &str, from: &str) -> CheckFinding {
    if changes.is_empty() {
        return CheckFinding::new("drift", Some(true), format!("the database matches {what}"));
    }
    let service = &history.service.name;
    let count = text::count(changes.len(), "difference");
    let remedies = vec![
        format!("to undo it, run the statements of: aludel diff database {from} --sql -s {service}"),
        format!(
            "to keep it, put these statements into a revision and stamp it: aludel diff {from} database --sql -s {service}"
        ),
    ];
    CheckFinding {
        changes,
        remedies,
        ..CheckFinding::new("drift", Some(false), format!("the database does not match {what}: {count}"))
    }
}

/// Compares the live schema with the one after the last run, of this service or of another in the same database.
fn since_last_run(
    schemas: &Schemas<'_>,
    database: &mut dyn database::Database,
    live: &Live,
    unmodelled: &mut Vec<Unmodelled>,
) -> Result<CheckFinding, CommandError> {
    let history = schemas.history;
    let failed = |error| CommandError::from(engine::EngineError::from(error)).of_service(&history.service.name);
    let kept = engine::kept_snapshot(database).map_err(failed)?;
    let none = |why: String| {
        CommandError::new(ErrorCode::NoSnapshot, why)
            .of_service(&history.service.name)
            .hint("`aludel check` compares with the revisions, replayed in a shadow database")
            .hint("the next upgrade that runs a revision saves one (unless the config says `snapshot: false`)")
    };
    let Some(kept) = kept else { return Err(none("no run has saved the schema yet".to_owned())) };
    if rows_now(history, &kept.rows) != live.state.rows {
        let (then, now) = (kept.rows.join(", "), live.state.rows.join(", "));
        return Err(none(format!("the schema was saved at {then}, but the current revisions are {now}")));
    }
    // The service has not moved since its own snapshot, but another service in the same database may have run later and
    // kept a newer one.
    let newest = schemas.newest_snapshot(kept)?;
    let Some(mut then) = newest.schema(&live.schema.unmodelled) else {
        return Err(none(format!("the schema was saved by aludel {}, which read it differently", newest.tool_version)));
    };
    schemas.without_own_tables(&mut then);
    let (changes, found) = diff_view::compared(&then, &live.schema, &[]);
    unmodelled.extend(found);
    Ok(drifted(history, changes, &format!("the schema after the run at {}", newest.taken_at), "current"))
}

/// Returns the rows of a snapshot with the replacements of revisions that were replaced since.
fn rows_now(history: &History, rows: &[String]) -> Vec<String> {
    let mut ids = database::ids(rows);
    for (row, now) in history.replacement_view(&ids, &[]).moved {
        ids.iter_mut().filter(|id| **id == row).for_each(|id| *id = now.clone());
    }
    let mut rows: Vec<String> = ids.iter().map(ToString::to_string).collect();
    rows.sort_unstable();
    rows
}

/// Reports the files that no longer match what was applied.
fn edited(changed: &[Changed], service: &str) -> CheckFinding {
    if changed.is_empty() {
        return CheckFinding::new("edited", Some(true), "the files match what was applied");
    }
    let text = format!("changed since they were applied: {}", text::count(changed.len(), "file"));
    let lines = changed.iter().map(changed_line).collect();
    let accept = accept_line(changed);
    let files = if changed.len() == 1 { "file" } else { "files" };
    let remedies = vec![format!("restore the {files}, or, if the database is right: {accept} -s {service}")];
    CheckFinding { lines, remedies, ..CheckFinding::new("edited", Some(false), text) }
}
