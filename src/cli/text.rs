//! Texts for revisions, statements and sessions, each on one line.

use super::style;
use crate::database::ServerProgress;
use crate::engine;
use crate::id::RevisionId;
use crate::project::recorded::RecordedRevision;
use crate::project::{History, HistoryEntry};
use crate::report::printable::one_line;
use crate::revision::Phase;

pub use crate::report::text::{blocker, count, plural};

/// Entry of the revision, if the history has it.
pub fn entry<'h>(history: &'h History, id: &RevisionId) -> Option<&'h HistoryEntry> {
    history.entries.get(history.graph.index_of(id.as_str())?)
}

/// Names a revision with its marks: `3f2a9c1b7d40 (head) [billing] Add audit log`.
pub fn line(history: &History, id: &RevisionId, marks: &[&str]) -> String {
    let facts = history.graph.facts(id.as_str());
    let kinds =
        [(facts.is_head, "head"), (facts.is_branch_point, "branch point"), (facts.is_merge_point, "merge point")];
    let kinds = kinds.iter().filter(|(is, _)| *is).map(|(_, word)| *word);
    let mut words = vec![style::id(id.as_str())];
    words.extend(marks.iter().copied().chain(kinds).map(style::mark));
    let entry = entry(history, id);
    words.extend(
        entry.into_iter().flat_map(|entry| &entry.header.options.branch_labels).map(|label| style::label(label)),
    );
    words.extend(entry.and_then(|entry| Some(one_line(entry.header.message.as_deref()?).into_owned())));
    words.extend(entry.and_then(|entry| entry.recorded.as_deref()).map(recorded));
    words.join(" ")
}

/// Describes a revision without a file: when it was applied, and by whom.
fn recorded(revision: &RecordedRevision) -> String {
    let RecordedRevision { applied_at, os_user, host, .. } = revision;
    let second = applied_at.split_once(['.', 'Z']).map_or(&**applied_at, |(second, _)| second).replace('T', " ");
    style::faint(&format!("(ahead: no file; applied {second} by {}@{})", one_line(os_user), one_line(host)))
}

/// Lines of the pending revisions; those that wait for a phase after expand name it.
pub fn pending(history: &History, ids: &[RevisionId]) -> Vec<String> {
    let phases = engine::phases(history, ids);
    let line = |id: &RevisionId| {
        let line = line(history, id, &[]);
        match phases.get(id) {
            Some(phase) if *phase > Phase::Expand => {
                format!("{line} {}", style::faint(&format!("(waits for the phase {})", phase.name())))
            }
            _ => line,
        }
    };
    ids.iter().map(line).collect()
}

/// Lines of one service, below its name if there are several services.
pub fn section<L: AsRef<str>>(several: bool, service: &str, lines: impl IntoIterator<Item = L>) -> String {
    let mut text = String::new();
    if several {
        text.push_str(&style::bold(service));
        text.push('\n');
    }
    for line in lines {
        let line = line.as_ref();
        text.push_str(if several && !line.is_empty() { "  " } else { "" });
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Version rows on one line; `base` if there are none.
pub fn rows(ids: &[RevisionId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| one_line(id.as_str())).collect();
    if ids.is_empty() { "base".to_owned() } else { ids.join(", ") }
}

/// Maximum width in columns of a statement that is shown on one line.
const STATEMENT_WIDTH: usize = 90;

/// Statement on one line, with white space collapsed, truncated if it is long.
pub fn statement_line(statement: &str) -> String {
    let line = statement.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    console::truncate_str(&line, STATEMENT_WIDTH, "…").into_owned()
}

/// Describes how far the server is with a statement, in one line.
pub fn progress(progress: &ServerProgress) -> String {
    let ServerProgress { phase, done, total, unit } = progress;
    match done.saturating_mul(100).checked_div(*total) {
        Some(share) => format!("{phase}: {share}% ({done} of {total} {unit})"),
        None => format!("{phase}: {done} {unit}"),
    }
}
