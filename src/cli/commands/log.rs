//! `log`: prints the journal.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::each::each_service;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{style, text};
use crate::database::JournalRow;
use crate::report::printable::one_line;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel log -s auth\n  aludel log -n 100 --json")]
pub struct LogArgs {
    /// Show the newest N entries
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
}

pub fn run(arguments: &LogArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    each_service(context, |history, several, answer| {
        let mut database = context.open(history)?;
        let journal = database.journal(arguments.limit);
        let journal = journal.map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
        let lines: Vec<_> = journal.iter().flat_map(lines).collect();
        answer.text += &text::section(several, &history.service.name, &lines);
        let journal: Vec<_> = journal.iter().map(document).collect();
        answer.services.push(json!({ "service": history.service.name, "journal": journal }));
        Ok(())
    })
}

fn lines(row: &JournalRow) -> Vec<String> {
    let time = row.started_at.split_at_checked(19).map_or(&*row.started_at, |(time, _)| time).replace('T', " ");
    let state = if matches!(row.state.as_str(), "done" | "noted") { row.state.clone() } else { style::bad(&row.state) };
    let took = row.duration_ms.map(|millis| format!("  {millis} ms")).unwrap_or_default();
    let statements = match row.statements_total {
        0 => String::new(),
        total => format!("  {}/{total} statements", row.statements_done),
    };
    let by = format!("{}@{} aludel {}", row.os_user, row.host, row.tool_version);
    let by = style::faint(&one_line(&by));
    // A backup or a restore belongs to no revision; its id in the journal is `(backup)` or `(restore)`.
    let id = if row.revision.starts_with('(') { String::new() } else { format!("{}  ", style::id(&row.revision)) };
    let mut lines = vec![format!("{time}  {:<9} {id}{state}{took}{statements}  {by}", row.operation)];
    lines.extend(row.note.iter().map(|note| format!("    {}", one_line(note))));
    lines.extend(row.error.iter().flat_map(|error| error.lines()).map(|line| format!("    {}", style::bad(line))));
    lines
}

/// Entry of the journal for `--json`.
pub fn document(row: &JournalRow) -> Value {
    json!({
        "id": row.id, "revision": row.revision, "operation": row.operation, "state": row.state,
        "started_at": row.started_at, "duration_ms": row.duration_ms, "checksum": row.checksum,
        "statements_done": row.statements_done, "statements_total": row.statements_total,
        "os_user": row.os_user, "host": row.host, "tool_version": row.tool_version, "error": row.error,
        "note": row.note,
    })
}
