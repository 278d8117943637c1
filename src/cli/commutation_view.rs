//! Differences between two orders of revisions, and what a proof left out, as lines and as documents.

use serde_json::{Value, json};

use super::report::CommandError;
use super::{diff_view, style};
use crate::id::RevisionId;
use crate::schema::Unmodelled;
use crate::shadow::{Conflict, ProofError, Remarks, RowDifference, StateDifference};

/// Maximum number of rows of a table that are shown for each order.
const ROWS: usize = 20;

/// Maximum number of names in a remark.
const NAMES: usize = 10;

/// Lines and document of a conflict of two revisions.
pub fn conflict([one, other]: [&RevisionId; 2], conflict: Conflict) -> (Vec<String>, Value) {
    match conflict {
        Conflict::Differs(difference) => (differs([one, other], &difference), difference_document(&difference)),
        Conflict::OneOrder { first_comes_first, error } => {
            let (first, then) = if first_comes_first { (one, other) } else { (other, one) };
            let (lines, document) = refused(first, then, *error);
            let errors = if first_comes_first { [document, Value::Null] } else { [Value::Null, document] };
            (lines, json!({ "differs": "refused", "errors": errors }))
        }
        Conflict::NoOrder(first, second) => {
            let (mut lines, document) = refused(one, other, *first);
            let (more, other_document) = refused(other, one, *second);
            lines.extend(more);
            (lines, json!({ "differs": "refused", "errors": [document, other_document] }))
        }
    }
}

fn refused(first: &RevisionId, then: &RevisionId, error: ProofError) -> (Vec<String>, Value) {
    let mut report = CommandError::from(error);
    // They are about a history that cannot be replayed; what helps here is an order.
    report.report.hints.clear();
    let mut lines = vec![format!("with {first} before {then}, the database refuses:")];
    lines.extend(report.render(console::colors_enabled()).lines().map(|line| format!("  {line}")));
    (lines, report.json()["error"].take())
}

fn differs([one, other]: [&RevisionId; 2], difference: &StateDifference) -> Vec<String> {
    let only = |first: &RevisionId| format!("only where {first} runs first:");
    match difference {
        StateDifference::Schemas(schemas) => {
            let (changes, _) = diff_view::compared(&schemas[0], &schemas[1], &[]);
            let head = format!("the schema where {other} runs first, compared with the one where {one} does:");
            [head].into_iter().chain(diff_view::lines(&changes).into_iter().map(|line| format!("  {line}"))).collect()
        }
        StateDifference::Unmodelled(found) => {
            let lines = |first: &RevisionId, found: &[Unmodelled]| {
                let names = found.iter().map(|found| format!("  {} {}", found.kind, found.name));
                (!found.is_empty()).then(|| only(first)).into_iter().chain(names).collect::<Vec<_>>()
            };
            [lines(one, &found[0]), lines(other, &found[1])].concat()
        }
        StateDifference::Rows(tables) => tables.iter().flat_map(|table| rows([one, other], table)).collect(),
        StateDifference::Counters(counters) => {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "never used".to_owned());
            let line = |(name, first, second): &(String, Option<String>, Option<String>)| {
                format!("  {name}: {} where {one} runs first, {} where {other} does", value(first), value(second))
            };
            ["the last values of counters differ:".to_owned()].into_iter().chain(counters.iter().map(line)).collect()
        }
    }
}

fn rows([one, other]: [&RevisionId; 2], table: &RowDifference) -> Vec<String> {
    let shown = |first: &RevisionId, rows: &[Vec<String>]| {
        let head = format!("rows of {} only where {first} runs first:", table.table);
        let line = |row: &Vec<String>| {
            let cells = table.columns.iter().zip(row).map(|(column, value)| format!("{column} = {value}"));
            format!("  {}", cells.collect::<Vec<_>>().join(", "))
        };
        let more = (rows.len() > ROWS).then(|| format!("  and {} more", rows.len() - ROWS));
        let head = (!rows.is_empty()).then_some(head);
        head.into_iter().chain(rows.iter().take(ROWS).map(line)).chain(more).collect::<Vec<_>>()
    };
    [shown(one, &table.one), shown(other, &table.other)].concat()
}

fn difference_document(difference: &StateDifference) -> Value {
    match difference {
        StateDifference::Schemas(schemas) => {
            let (changes, _) = diff_view::compared(&schemas[0], &schemas[1], &[]);
            json!({ "differs": "schema", "changes": diff_view::document(&changes) })
        }
        StateDifference::Unmodelled(found) => {
            json!({ "differs": "unmodelled", "only": [diff_view::unmodelled(&found[0]), diff_view::unmodelled(&found[1])] })
        }
        StateDifference::Rows(tables) => {
            let table = |table: &RowDifference| {
                let first = |rows: &[Vec<String>]| rows.iter().take(ROWS).cloned().collect::<Vec<_>>();
                json!({
                    "table": table.table,
                    "columns": table.columns,
                    "only": [first(&table.one), first(&table.other)],
                    "rows": [table.one.len(), table.other.len()],
                })
            };
            json!({ "differs": "rows", "tables": tables.iter().map(table).collect::<Vec<_>>() })
        }
        StateDifference::Counters(counters) => {
            let counter = |(name, first, second): &(String, Option<String>, Option<String>)| json!({ "name": name, "values": [first, second] });
            json!({ "differs": "counters", "counters": counters.iter().map(counter).collect::<Vec<_>>() })
        }
    }
}

/// Lines about what a proof left out, and about its rows.
pub fn remarks(remarks: &Remarks, is_conflict: bool) -> Vec<String> {
    let list = |names: &mut dyn Iterator<Item = String>| shortened(names.collect());
    let mut lines = Vec::new();
    if !is_conflict {
        lines.push(match remarks.with_rows.len() {
            0 => "no table had rows: statements that change rows did nothing".to_owned(),
            _ => format!("tables that had rows: {}", list(&mut remarks.with_rows.iter().cloned())),
        });
    }
    if !remarks.column_order.is_empty() {
        lines.push(format!(
            "the order of columns depends on the order of revisions: {}",
            list(&mut remarks.column_order.iter().cloned())
        ));
    }
    if !remarks.server_names.is_empty() {
        lines.push(format!(
            "the server names these in the order in which they are made: {}",
            list(&mut remarks.server_names.iter().cloned())
        ));
    }
    if !remarks.volatile.is_empty() {
        let cells = remarks.volatile.iter().map(|(table, column)| format!("{table}.{column}"));
        lines.push(format!("left out, because they vary in each order: {}", list(&mut cells.into_iter())));
    }
    lines.extend(diff_view::unmodelled_line(&remarks.unmodelled));
    lines.into_iter().map(|line| format!("  {}", style::faint(&line))).collect()
}

/// Joins up to ten names.
fn shortened(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let shown = names.into_iter().take(NAMES).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Document of [`remarks`].
pub fn remarks_document(remarks: &Remarks) -> Value {
    json!({
        "with_rows": remarks.with_rows,
        "column_order": remarks.column_order,
        "server_names": remarks.server_names,
        "volatile": remarks.volatile.iter().map(|(table, column)| json!({ "table": table, "column": column })).collect::<Vec<_>>(),
        "unmodelled": diff_view::unmodelled(&remarks.unmodelled),
    })
}
