//! `current`: shows the current revisions of a database.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::each::each_service;
use crate::cli::hint::with_service;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, style, text};
use crate::database::{self, HistoryState};
use crate::engine;
use crate::id::RevisionId;
use crate::project::History;
use crate::report::engine::lost_rows_ways_out;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel current\n  aludel current --check-heads  # exit 3 when something is pending"
)]
pub struct CurrentArgs {
    /// Exit with 3 unless all revisions are applied
    #[arg(long)]
    pub check_heads: bool,
}

pub fn run(arguments: &CurrentArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let context = &context.connecting().comparing_files();
    each_service(context, |history, several, answer| {
        let (history, state) = context.state(history)?;
        let changed = context.changed(history, &state)?;
        let place = DatabasePosition::new(history, &state);
        answer.text += &text::section(several, &history.service.name, place.lines(history));
        if arguments.check_heads && !place.is_head {
            answer.negative = true;
            let known: Vec<_> = place.known().cloned().collect();
            let pending = history.graph.pending(&known).len();
            context.status(&format!(
                "{}: not at head, {} pending",
                history.service.name,
                text::count(pending, "revision")
            ));
        }
        let mut document = place.json(history);
        document["changed"] = documents::changed(&changed);
        answer.services.push(document);
        Ok(())
    })
}

/// Reason why no revision explains a version row.
fn unknown_row(history: &History, row: &RevisionId) -> String {
    match history.replaced_by(row) {
        Some(replaced_by) => format!("(replaced by {replaced_by}, which needs the missing files to go on)"),
        None => "(unknown: no file has this id)".to_owned(),
    }
}

/// Position of a database in its history.
pub struct DatabasePosition {
    /// All version rows.
    pub rows: Vec<RevisionId>,
    /// Version rows that no revision file explains.
    pub unknown: Vec<RevisionId>,
    /// All revisions are applied, and the version rows are complete.
    pub is_head: bool,
    /// Revisions that the journal records as applied although the version table has no rows.
    pub lost: Vec<String>,
    /// State of the version table that lost rows.
    table_is: &'static str,
}

impl DatabasePosition {
    /// Reads the position from `state`.
    pub fn new(history: &History, state: &HistoryState) -> Self {
        let rows = database::ids(&state.rows);
        let unknown = history.graph.unknown_rows(&rows);
        let known: Vec<_> = rows.iter().filter(|row| !unknown.contains(row)).cloned().collect();
        let is_head = unknown.is_empty() && history.graph.is_at_head(&known);
        let lost = engine::lost_heads(&history.graph, state);
        Self { rows, unknown, is_head: is_head && lost.is_empty(), lost, table_is: engine::table_without_rows(state) }
    }

    /// Version rows that a revision file explains.
    pub fn known(&self) -> impl Iterator<Item = &RevisionId> {
        self.rows.iter().filter(|row| !self.unknown.contains(row))
    }

    /// One line per row.
    pub fn lines(&self, history: &History) -> Vec<String> {
        if self.rows.is_empty() && !self.lost.is_empty() {
            return self.lost_lines(history);
        }
        if self.rows.is_empty() {
            return vec![style::faint("base: nothing is applied")];
        }
        let unknown = self
            .unknown
            .iter()
            .map(|row| format!("{} {}", style::id(row.as_str()), style::bad(&unknown_row(history, row))));
        let lost = if self.lost.is_empty() { Vec::new() } else { self.lost_lines(history) };
        self.known().map(|row| text::line(history, row, &[])).chain(unknown).chain(lost).collect()
    }

    fn lost_lines(&self, history: &History) -> Vec<String> {
        let service = &history.service;
        let (table, is) = (&service.version_table, self.table_is);
        let what = format!("unknown: {table} is {is}, but its journal records {} as applied", self.lost.join(" and "));
        let rows: Vec<String> = self.rows.iter().map(ToString::to_string).collect();
        let ways_out = lost_rows_ways_out(&rows, &self.lost);
        let hints = ways_out.iter().map(|hint| with_service(hint, &service.name));
        [style::bad(&what)].into_iter().chain(hints).collect()
    }

    /// Document for `--json`; `version_rows_lost` is present only if rows were lost.
    pub fn json(&self, history: &History) -> Value {
        let mut document = json!({
            "service": history.service.name,
            "current": documents::revisions(history, self.known()),
            "rows": documents::strings(&self.rows),
            "unknown": documents::strings(&self.unknown),
            "is_head": self.is_head,
            "ahead": documents::ahead(history),
        });
        if !self.lost.is_empty() {
            document["version_rows_lost"] = json!(self.lost);
        }
        document
    }
}
