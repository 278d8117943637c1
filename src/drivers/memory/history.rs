//! Version rows and journal. They are read without SQL: the language has no joins.

use std::collections::BTreeSet;

use super::contents::{MemoryContents, MemoryTable};
use crate::database::journal::journal_name;
use crate::database::{HistoryState, JournalRow, Latest, VersionTable};

/// Reads the version rows, sorted; empty without a version table.
pub(super) fn version_rows(contents: &MemoryContents, table: &VersionTable) -> Vec<String> {
    let Some(table) = contents.tables.get(&table.name) else { return Vec::new() };
    let ids: BTreeSet<_> = table.rows.iter().filter_map(|row| table.value(row, "version_num")).collect();
    ids.into_iter().map(str::to_owned).collect()
}

/// Reads version rows and journal.
pub(super) fn state(contents: &MemoryContents, table: &VersionTable) -> HistoryState {
    let version = contents.tables.get(&table.name);
    let columns = version.into_iter().flat_map(|table| &table.definition.columns);
    let journal = contents.tables.get(&journal_name(table));
    let mut state = HistoryState {
        rows: version_rows(contents, table),
        version_table_exists: version.is_some(),
        journal_exists: journal.is_some(),
        keeps_definitions: journal.is_some(),
        id_capacity: columns.filter(|column| column.name == "version_num").find_map(|column| column.length),
        ..HistoryState::default()
    };
    journal.into_iter().flat_map(latest).for_each(|latest| state.add(latest));
    state
}

/// Returns the newest row of each revision that determines its state, newest first, as
/// [`crate::database::journal::select_latest`] does.
fn latest(table: &MemoryTable) -> Vec<Latest> {
    let rows = || table.rows.iter().rev().map(|row| JournalValues { table, row });
    let is_stamp =
        |row: &JournalValues<'_>| (row.text("operation"), row.text("state")) == ("stamp".into(), "done".into());
    let stamped = rows().find(is_stamp).map(|row| row.number("id"));
    let mut seen = BTreeSet::new();
    let counts = |row: &JournalValues<'_>| match row.text("state").as_str() {
        "done" | "running" => true,
        "failed" => {
            let is_set = |column| row.optional(column).is_some();
            row.number::<u32>("statements_done") > 0 || is_set("statement_running") || is_set("batch_cursor")
        }
        _ => false,
    };
    let newest = rows().filter(counts).filter(|row| seen.insert(row.text("revision")));
    newest
        .map(|row| Latest {
            id: row.number("id"),
            revision: row.text("revision"),
            operation: row.text("operation"),
            state: row.text("state"),
            checksum: row.optional("checksum"),
            parents: row.optional("parents"),
            done: row.number("statements_done"),
            total: row.number("statements_total"),
            running: row.optional("statement_running").map(|_| row.number("statement_running")),
            hashes: row.optional("statement_hashes"),
            error: row.optional("error"),
            stamped,
        })
        .collect()
}

/// Reads the newest `limit` rows of the journal, newest first.
pub(super) fn journal(contents: &MemoryContents, table: &VersionTable, limit: usize) -> Vec<JournalRow> {
    let Some(table) = contents.tables.get(&journal_name(table)) else { return Vec::new() };
    let rows = table.rows.iter().rev().take(limit).map(|row| JournalValues { table, row });
    rows.map(|row| JournalRow {
        id: row.number("id"),
        revision: row.text("revision"),
        operation: row.text("operation"),
        state: row.text("state"),
        started_at: row.text("started_at"),
        duration_ms: row.optional("duration_ms").map(|_| row.number("duration_ms")),
        checksum: row.optional("checksum"),
        statements_done: row.number("statements_done"),
        statements_total: row.number("statements_total"),
        os_user: row.text("os_user"),
        host: row.text("host"),
        tool_version: row.text("tool_version"),
        error: row.optional("error"),
        note: row.optional("note"),
    })
    .collect()
}

/// Row of the journal by the names of its columns.
struct JournalValues<'t> {
    table: &'t MemoryTable,
    row: &'t Vec<Option<String>>,
}

impl JournalValues<'_> {
    fn optional(&self, column: &str) -> Option<String> {
        self.table.value(self.row, column).map(str::to_owned)
    }

    fn text(&self, column: &str) -> String {
        self.optional(column).unwrap_or_default()
    }

    fn number<N: std::str::FromStr + Default>(&self, column: &str) -> N {
        self.text(column).parse().unwrap_or_default()
    }
}
