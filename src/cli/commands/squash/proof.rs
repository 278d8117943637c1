//! Proof of a squash: old and new revisions give the same schema and the same rows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::by_schema::rows_before;
use crate::autogenerate::Summary;
use crate::cli::context::Context;
use crate::cli::diff_view;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::graph::{Operation, SquashPlan};
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Section;
use crate::schema::Schema;
use crate::shadow::{Contents, VaryingCells};

/// Maximum number of rows that are shown.
const SHOWN_ROWS: usize = 20;

/// Result of a proof.
pub struct SquashProof {
    schema: Vec<Summary>,
    /// Rows that only one of the two databases has, as lines.
    rows: Vec<String>,
    /// Tables that had rows.
    tables: Vec<String>,
    /// Columns with cells whose values differ from one run of the old revisions to the next. Only these cells are left out.
    volatile: Vec<String>,
}

impl SquashProof {
    pub fn is_equal(&self) -> bool {
        self.schema.is_empty() && self.rows.is_empty()
    }

    /// Lines of the differences: `-` is what only the old revisions give.
    pub fn lines(&self) -> Vec<String> {
        let more = self.rows.len().saturating_sub(SHOWN_ROWS);
        let rows = self.rows.iter().take(SHOWN_ROWS).cloned();
        let more = (more > 0).then(|| format!("... and {more} more rows"));
        diff_view::lines(&self.schema).into_iter().chain(rows).chain(more).collect()
    }

    pub fn document(&self) -> Value {
        json!({
            "verdict": if self.is_equal() { "equal" } else { "differ" },
            "schema": diff_view::document(&self.schema),
            "rows": self.rows,
            "tables": self.tables,
            "volatile": self.volatile,
        })
    }
}

/// Runs the old and the new revisions from nothing, and compares the results.
pub fn prove(
    (history, squashed): (&History, &History),
    plan: &SquashPlan,
    new: &RevisionId,
    context: &Context<'_>,
) -> Result<SquashProof, CommandError> {
    let name = &history.service.name;
    let last: Vec<RevisionId> = plan.replaced.last().cloned().into_iter().collect();
    let old_schemas = Schemas::new(history, context)?;
    let new_schemas = Schemas::new(squashed, context)?;
    let (old, old_rows) = made(&old_schemas, &last)?;
    let mut shadow = new_schemas.shadow(std::slice::from_ref(new))?;
    let schema = shadow.catalog(new_schemas.request())?;
    let new_rows = shadow.contents(&schema)?;
    let (changes, unmodelled) = diff_view::compared(&old, &schema, &[]);
    if let Some(line) = diff_view::unmodelled_line(&unmodelled) {
        context.status(&format!("{name}: {line}"));
    }
    let mut proof = SquashProof {
        schema: changes,
        rows: Vec::new(),
        tables: old_rows.tables.keys().map(ToString::to_string).collect(),
        volatile: Vec::new(),
    };
    if proof.schema.is_empty() && old_rows != new_rows {
        // Values such as now() vary by themselves, so a difference is one only if it is none between two old runs.
        let (_, again) = made(&old_schemas, &last)?;
        let varying = VaryingCells::new(&old_rows, &again, &old);
        proof.rows = row_differences(&varying.left_out_of(&old_rows), &varying.left_out_of(&new_rows));
        proof.volatile = varying.columns();
    }
    if proof.is_equal() {
        let rows = match proof.tables.len() {
            0 => "no table has rows".to_owned(),
            tables => format!("and the same rows in {}", crate::cli::text::count(tables, "table")),
        };
        let volatile = match proof.volatile.as_slice() {
            [] => String::new(),
            columns => format!("; not compared where the old revisions vary from run to run: {}", columns.join(", ")),
        };
        context.status(&format!("{name}: old and new revisions give the same schema, {rows}{volatile}"));
        prove_downgrade((&old_schemas, &new_schemas), plan, new, &mut shadow, context)?;
    }
    shadow.close()?;
    Ok(proof)
}

/// Schema and rows that a history makes.
fn made(schemas: &Schemas<'_>, rows: &[RevisionId]) -> Result<(Schema, Contents), CommandError> {
    let mut shadow = schemas.shadow(rows)?;
    let schema = shadow.catalog(schemas.request())?;
    let contents = shadow.contents(&schema)?;
    shadow.close()?;
    Ok((schema, contents))
}

/// Warns if the downgrade of the new revision does not lead to the schema before the range.
fn prove_downgrade(
    (old, new): (&Schemas<'_>, &Schemas<'_>),
    plan: &SquashPlan,
    id: &RevisionId,
    shadow: &mut crate::shadow::Shadow,
    context: &Context<'_>,
) -> Result<(), CommandError> {
    let name = &old.history.service.name;
    if new.history.read(id)?.section(Section::Downgrade).is_none() {
        return Ok(());
    }
    let reader = new.schema_reader();
    if let Err(error) = reader.replay.run_one(shadow, new.history, id, Operation::Downgrade) {
        let report = CommandError::from(error);
        context.warn(&format!("{name}: the downgrade of the new revision does not run: {}", report.report.message));
        return Ok(());
    }
    let (left, _) = diff_view::compared(&old.at(&rows_before(plan))?, &shadow.catalog(new.request())?, &[]);
    if !left.is_empty() {
        context
            .warn(&format!("{name}: the downgrade of the new revision does not lead to the schema before the range:"));
        diff_view::lines(&left).iter().for_each(|line| context.status(&format!("  {line}")));
    }
    Ok(())
}

/// Lines of the rows and counters that differ.
fn row_differences(old: &Contents, new: &Contents) -> Vec<String> {
    let mut lines = Vec::new();
    for table in old.row_differences(new) {
        for (mark, rows) in [('-', &table.one), ('+', &table.other)] {
            let cells = |row: &Vec<String>| {
                let cells = table.columns.iter().zip(row).map(|(column, value)| format!("{column} = {value}"));
                cells.collect::<Vec<_>>().join(", ")
            };
            lines.extend(rows.iter().map(|row| format!("{mark} row of {}: {}", table.table, cells(row))));
        }
    }
    let names: BTreeSet<&String> = old.counters.keys().chain(new.counters.keys()).collect();
    for name in names {
        let (before, after) = (old.counters.get(name), new.counters.get(name));
        if before != after {
            let value = |value: Option<&String>| value.map_or("unused", String::as_str).to_owned();
            lines.push(format!("counter of {name}: {} -> {}", value(before), value(after)));
        }
    }
    lines
}
