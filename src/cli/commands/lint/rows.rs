//! `lint --trace --rows`: made-up rows, and what the measured times mean for tables of other sizes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::lint::state::LintedSection;
use crate::cli::report::CommandError;
use crate::ddl::{self, DdlServer, Outline, Prediction};
use crate::lint::TableSizes;
use crate::shadow::{FilledTables, Shadow, TracedStatement, fill};
use crate::sql::{StatementKind, TableName, split};
use crate::units;

/// Fills the tables that the statements touch.
pub(super) fn filled(
    shadow: &mut Shadow,
    sections: &[LintedSection],
    (outline, server): (&Outline, &DdlServer),
    rows: u64,
) -> Result<FilledTables, CommandError> {
    let tables = touched(sections, outline, server);
    Ok(fill(shadow, (&tables, rows), outline, server)?)
}

/// Tables that exist before the statements, and that one of them locks, reads or writes.
fn touched(sections: &[LintedSection], outline: &Outline, server: &DdlServer) -> Vec<TableName> {
    let mut state = outline.clone();
    let mut tables: Vec<TableName> = Vec::new();
    for section in sections {
        let text = &section.text.text;
        for piece in split(text, server.dialect).unwrap_or_default() {
            if piece.kind == StatementKind::Nothing {
                continue;
            }
            let sql = piece.sql.slice(text);
            let parsed = ddl::parse(sql, server.dialect);
            let predicted = Prediction::new(sql, &parsed, &state, server);
            let read = ddl::table_gone_through(&parsed, &state, server);
            for table in predicted.locks.into_iter().map(|lock| lock.table).chain(predicted.rewritten).chain(read) {
                if outline.relation(&table).is_some() && !tables.contains(&table) {
                    tables.push(table);
                }
            }
            state.apply(&parsed);
        }
    }
    tables
}

pub(super) fn lines(filled: &FilledTables) -> Vec<String> {
    let mut lines = Vec::new();
    if !filled.rows.is_empty() {
        let tables: Vec<_> = filled.rows.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
        lines.push(format!("made-up rows: {}", tables.join(", ")));
    }
    lines.extend(filled.unfilled.iter().map(|(table, reason)| format!("not filled: {table}: {reason}")));
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

pub(super) fn document(filled: &FilledTables) -> Value {
    let rows = filled.rows.iter().map(|(table, rows)| (table.to_string(), json!(rows)));
    let unfilled = filled.unfilled.iter().map(|(table, reason)| (table.to_string(), json!(reason)));
    json!({ "rows": Value::Object(rows.collect()), "unfilled": Value::Object(unfilled.collect()) })
}

/// Rows that a statement went through, here and in production.
pub(super) struct Scale {
    pub(super) rows: u64,
    table: TableName,
    time: Duration,
    /// Rows in production, if they are known.
    wanted: Option<u64>,
}

/// Returns `None` for a statement whose time does not depend on rows that were made up.
pub(super) fn scale(traced: &TracedStatement, filled: &FilledTables, sizes: &TableSizes) -> Option<Scale> {
    let table = traced.gone_through.clone()?;
    let rows = *filled.rows.get(&table)?;
    let wanted = sizes.get(&table).and_then(|size| size.rows);
    Some(Scale { rows, table, time: traced.observed.time, wanted })
}

impl Scale {
    /// Time for the rows of production, as if it grew with them.
    pub(super) fn estimate(&self) -> Option<Duration> {
        let factor = self.wanted? as f64 / self.rows.max(1) as f64;
        Some(self.time.mul_f64(factor))
    }

    pub(super) fn text(&self) -> String {
        let here = format!(" for {} rows of {}", self.rows, self.table);
        match (self.estimate(), self.wanted) {
            (Some(time), Some(wanted)) => {
                let wanted = units::format_count(wanted);
                format!("{here}; estimate for {wanted}: {}, if it grows with them", units::format_elapsed(time))
            }
            _ => here,
        }
    }
}
