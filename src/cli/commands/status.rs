//! `status`: shows current, pending and half-applied revisions.

use clap::Args;
use serde_json::{Value, json};

use super::current::DatabasePosition;
use crate::cli::context::Context;
use crate::cli::each::each_service;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, style, text};
use crate::database::{Incomplete, Server};
use crate::diagnostic::position;
use crate::engine::{self, Setting};
use crate::id::RevisionId;
use crate::project::History;
use crate::report::engine::go_on;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel status\n  aludel status -s auth --json")]
pub struct StatusArgs {}

pub fn run(_arguments: &StatusArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let context = &context.connecting().comparing_files();
    each_service(context, |history, _, answer| {
        let mut database = context.open(history)?;
        let (history, state) = engine::read_history(history, &mut *database)
            .map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
        let place = DatabasePosition::new(history, &state);
        let changed = context.changed(history, &state)?;
        let known: Vec<_> = place.known().cloned().collect();
        let pending = history.graph.pending(&known);
        let halves: Vec<_> = state.incomplete.iter().map(|half| HalfApplied::new(history, half, context)).collect();
        let mut lines = lines(history, &place, &pending, database.server());
        lines.extend(halves.iter().flat_map(HalfApplied::lines));
        answer.text += &text::section(true, &history.service.name, &lines);
        let mut document = place.json(history);
        document["pending"] = json!(documents::revisions(history, &pending));
        document["phases"] = documents::phases(history, &pending);
        document["database"] =
            json!({ "dialect": database.server().dialect.name(), "version": database.server().version });
        let halves: Vec<_> = halves.iter().map(HalfApplied::json).collect();
        document["incomplete"] = halves.first().cloned().unwrap_or_default();
        document["all_incomplete"] = json!(halves);
        document["changed"] = documents::changed(&changed);
        answer.services.push(document);
        Ok(())
    })
}

fn lines(history: &History, place: &DatabasePosition, pending: &[RevisionId], server: &Server) -> Vec<String> {
    let url = history.service.url().map(ToString::to_string).unwrap_or_default();
    let mut lines = vec![format!("database  {} {}  {}", server.product, server.version, style::faint(&url))];
    lines.extend(indented("current", place.lines(history)));
    let pending = text::pending(history, pending);
    lines.extend(indented("pending", if pending.is_empty() { vec![style::faint("nothing")] } else { pending }));
    lines
}

fn indented(name: &str, items: Vec<String>) -> impl Iterator<Item = String> {
    let label = |index| if index == 0 { name } else { "" };
    let lines: Vec<_> =
        items.into_iter().enumerate().map(|(index, item)| format!("{:<9} {item}", label(index))).collect();
    lines.into_iter()
}

/// A half-applied revision, with the statement at which it continues.
pub struct HalfApplied<'a> {
    incomplete: &'a Incomplete,
    path: Option<String>,
    line: Option<usize>,
    statement: Option<String>,
    hints: Vec<String>,
}

impl<'a> HalfApplied<'a> {
    /// Omits the statement if it cannot be read now (a template without its variables).
    pub fn new(history: &History, incomplete: &'a Incomplete, context: &Context<'_>) -> Self {
        let variables = context.variables();
        let prepared = context.dialect(history).ok().and_then(|dialect| {
            let setting = Setting { dialect, variables: &variables, single_transaction: false, looking: false };
            engine::half_prepared(history, incomplete, setting).ok()
        });
        let number = incomplete.running.unwrap_or(incomplete.statements_done + 1) as usize;
        let piece =
            prepared.as_ref().and_then(|prepared| Some((prepared, prepared.sent().nth(number.checked_sub(1)?)?)));
        let location = piece.map(|(prepared, piece)| prepared.locate(piece.sql));
        Self {
            incomplete,
            // The statement may be in a file that the revision includes.
            path: prepared.as_ref().map(|prepared| {
                location.as_ref().map_or(&prepared.path, |location| &location.path).display().to_string()
            }),
            line: location.map(|location| position(&location.text, location.span.start).line),
            statement: piece.map(|(prepared, piece)| first_lines(piece.sql.slice(&prepared.section.text))),
            hints: hints(incomplete, &history.service.name),
        }
    }

    fn lines(&self) -> Vec<String> {
        let Incomplete { operation, revision, statements_done: done, statements_total: total, running, error, .. } =
            self.incomplete;
        let mut items = vec![style::bad(&format!("{operation} of {revision}: {done} of {total} statements ran"))];
        if let (Some(path), Some(line), Some(statement)) = (&self.path, self.line, &self.statement) {
            let state = if running.is_some() { "was running" } else { "is next" };
            items.push(format!("statement {} {state}, {path}:{line}", running.unwrap_or(done + 1)));
            items.extend(statement.lines().map(|line| format!("  {line}")));
        }
        items.extend(error.iter().flat_map(|error| error.lines()).map(str::to_owned));
        items.extend(
            self.hints
                .iter()
                .enumerate()
                .map(|(index, hint)| format!("{} {hint}", if index == 0 { "continue:" } else { "or:      " })),
        );
        indented("half-applied", items).collect()
    }

    /// Document for `--json`.
    pub fn json(&self) -> Value {
        let half = self.incomplete;
        json!({
            "revision": half.revision, "operation": half.operation, "error": half.error,
            "statement": half.running.unwrap_or(half.statements_done + 1),
            "statements_done": half.statements_done, "statements_total": half.statements_total,
            "under_way": half.running.is_some(), "path": self.path, "line": self.line, "sql": self.statement,
            "hints": self.hints,
        })
    }
}

fn hints(incomplete: &Incomplete, service: &str) -> Vec<String> {
    let mut hints = vec![format!("aludel {} -s {service}", go_on(incomplete))];
    if incomplete.running.is_some() {
        let revision = &incomplete.revision;
        hints.push(format!("aludel repair --statement-applied {revision} -s {service}"));
        hints.push(format!("aludel repair --statement-not-applied {revision} -s {service}"));
    } else {
        hints.push(format!("revert by hand what ran, then aludel stamp current -s {service}"));
    }
    hints
}

/// Truncates a statement to what fits on a screen.
fn first_lines(sql: &str) -> String {
    let lines: Vec<String> = sql.lines().take(5).map(|line| line.chars().take(160).collect()).collect();
    let more = if sql.lines().count() > 5 { "\n..." } else { "" };
    lines.join("\n") + more
}
