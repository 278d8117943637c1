//! Revisions of a service for the page: header, place in the graph, author, sections.

use serde_json::{Map, Value, json};

use super::effects::{Effects, is_empty};
use crate::cli::json as documents;
use crate::config::Layout;
use crate::diagnostic::Span;
use crate::id::RevisionId;
use crate::project::{FileCommit, History, HistoryEntry, commits};
use crate::revision::{FileLines, Phase, Section};
use crate::units::format_elapsed;

/// Returns the documents of all revisions, newest first. What is empty is left out.
pub fn documents(history: &History, effects: &Effects) -> Vec<Value> {
    // Outside a repository the authors are not known.
    let commits = commits(history).unwrap_or_default();
    let document = |id: RevisionId| {
        let mut document = documents::revision(history, &id);
        if let (Some(map), Ok(entry)) = (document.as_object_mut(), history.entry(&id)) {
            map.append(&mut header(entry));
            map.append(&mut author(commits.get(&id)));
            map.insert("replaced_by".into(), json!(history.replaced_by(&id).map(ToString::to_string)));
            map.insert("sections".into(), sections(history, &id));
            map.insert("statements".into(), json!(effects.statements.get(&id)));
            map.insert("findings".into(), json!(effects.findings.get(&id)));
            map.retain(|_, value| !is_empty(value));
        }
        document
    };
    history.graph.ordered().into_iter().rev().map(document).collect()
}

/// Settings of a header beside the place in the graph.
fn header(entry: &HistoryEntry) -> Map<String, Value> {
    let header = &entry.header;
    let mut map = Map::new();
    let mut set = |key: &str, value: Value| drop(map.insert(key.to_owned(), value));
    set("no_transaction", json!(!header.transaction));
    set("is_template", json!(header.template));
    set("is_python", json!(entry.is_python()));
    set("phase", json!((header.phase != Phase::Expand).then(|| header.phase.name())));
    set("lock_timeout", json!(header.options.lock_timeout.map(format_elapsed)));
    set("statement_timeout", json!(header.options.statement_timeout.map(format_elapsed)));
    set("allowances", json!(header.options.lint));
    if let Some(recorded) = &entry.recorded {
        set(
            "recorded",
            json!({ "applied_at": recorded.applied_at, "os_user": recorded.os_user, "host": recorded.host }),
        );
    }
    map
}

fn author(commit: Option<&FileCommit>) -> Map<String, Value> {
    let Some(FileCommit { commit, author, date }) = commit else { return Map::new() };
    let fields = [("author", author), ("committed_at", date), ("commit", commit)];
    fields.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

/// Sections with their texts, and the files and numbers of their lines.
fn sections(history: &History, id: &RevisionId) -> Value {
    let mut sections = Map::new();
    let Ok((_, upgrade)) = history.read_section(id, Section::Upgrade) else { return Value::Null };
    // A pair has another file for the way back.
    let pair = (history.service.layout == Layout::Pairs).then(|| history.read_section(id, Section::Downgrade));
    let downgrade = pair.and_then(Result::ok).map(|(_, revision)| revision);
    for section in Section::ALL {
        let revision = downgrade.as_ref().filter(|_| section == Section::Downgrade).unwrap_or(&upgrade);
        let Some(span) = revision.section(section) else { continue };
        let body = span.slice(&revision.text);
        let text = body.trim_start_matches(['\n', '\r']);
        let lead = body.len() - text.len();
        let text = text.trim_end();
        if !text.is_empty() {
            let start = span.start + lead;
            let lines = revision.text.lines_by_file(Span::new(start, start + text.len()));
            let line = lines.first().map_or(1, |lines| lines.line);
            let mut document = json!({ "line": line, "text": text });
            if revision.text.has_included() {
                document["files"] = lines.iter().map(file_lines).collect();
            }
            sections.insert(section.name().to_owned(), document);
        }
    }
    Value::Object(sections)
}

/// Lines of a section from one file: that of the revision, or one that it includes.
fn file_lines(lines: &FileLines<'_>) -> Value {
    let path = lines.path.map(|path| path.display().to_string());
    json!({ "at": lines.index, "path": path, "line": lines.line })
}

/// Removes the texts of statements from the document of a service.
pub fn remove_sql(service: &mut Value) {
    for revision in service["revisions"].as_array_mut().into_iter().flatten() {
        if let Some(map) = revision.as_object_mut() {
            map.remove("sections");
        }
        for finding in revision.get_mut("findings").and_then(Value::as_array_mut).into_iter().flatten() {
            finding.as_object_mut().map(|finding| finding.remove("safe"));
        }
    }
    let halves = service["database"].get_mut("incomplete").and_then(Value::as_array_mut);
    for half in halves.into_iter().flatten() {
        half["sql"] = Value::Null;
    }
}
