//! The pending plan: the locks of each statement, and the size of the locked tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Item, Level, Limits};
use crate::database::{QueryRows, TableFacts};
use crate::engine::PreparedStep;
use crate::graph::Plan;
use crate::sql::{Blocks, Dialect, Impact, StatementKind, TableName, Work, impact};
use crate::units::{format_bytes, format_count};

const COLUMNS: [&str; 7] = ["revision", "statement", "table", "lock", "blocks", "rows", "size"];

pub(super) fn item(
    (plan, prepared): (&Plan, &[Arc<PreparedStep>]),
    dialect: Dialect,
    known: &BTreeMap<TableName, TableFacts>,
    limits: Limits,
) -> Item {
    let steps = plan.steps.len();
    if steps == 0 {
        return Item::new("plan", Level::Ok, "nothing is pending");
    }
    let mut rows = QueryRows { columns: COLUMNS.map(str::to_owned).to_vec(), ..QueryRows::default() };
    let mut large = Vec::new();
    let mut opaque = 0;
    for (revision, impact) in impacts(plan, prepared, dialect) {
        opaque += usize::from(impact.is_opaque);
        if impact.locks.iter().all(|lock| !known.contains_key(&lock.table)) {
            let what = impact.makes.first().or(impact.locks.first().map(|lock| &lock.table)).map(ToString::to_string);
            rows.rows.push(row([&revision, &impact.verb], what, [None, None, None, None]));
        }
        for lock in impact.locks.iter().filter(|lock| known.contains_key(&lock.table)) {
            let table = known.get(&lock.table).cloned().unwrap_or_default();
            let is_large = table.rows.is_some_and(|rows| rows >= limits.large_table);
            if is_large && lock.blocks >= Blocks::Writes && lock.work >= Work::Scan {
                large.push(format!("{} of {} blocks {}", impact.verb, lock.table, lock.blocks.name()));
            }
            let cells = [
                Some(lock.name.to_owned()),
                Some(lock.blocks.name().to_owned()),
                table.rows.map(format_count),
                table.bytes.map(format_bytes),
            ];
            rows.rows.push(row([&revision, &impact.verb], Some(lock.table.to_string()), cells));
        }
    }
    let plural = if steps == 1 { "revision" } else { "revisions" };
    let mut text = format!("{steps} {plural} to run");
    if opaque > 0 {
        text += &format!("; of {opaque} statements (DO, CALL) the locks are not known");
    }
    let level = if large.is_empty() { Level::Ok } else { Level::Warning };
    if !large.is_empty() {
        text += &format!("; on a large table: {}", large.join(", "));
    }
    Item { rows: Some(rows), ..Item::new("plan", level, text) }
}

fn row(head: [&str; 2], table: Option<String>, cells: [Option<String>; 4]) -> Vec<Option<String>> {
    let empty = |cell: Option<String>| Some(cell.unwrap_or_default());
    head.map(|text| Some(text.to_owned())).into_iter().chain([empty(table)]).chain(cells.map(empty)).collect()
}

fn impacts(plan: &Plan, prepared: &[Arc<PreparedStep>], dialect: Dialect) -> impl Iterator<Item = (String, Impact)> {
    plan.steps.iter().zip(prepared).flat_map(move |(step, prepared)| {
        let pieces = prepared.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing);
        pieces.map(move |piece| (step.revision.to_string(), impact(piece.sql.slice(&prepared.section.text), dialect)))
    })
}
