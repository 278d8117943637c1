//! Changes of a table that ALTER TABLE can make, under the restrictions of
//! <https://www.sqlite.org/lang_altertable.html>, sections 4 and 5. All other changes rebuild the table.

use std::collections::BTreeSet;

use super::table::{Column, ParsedTable, TableConstraint};
use super::words::folded;
use crate::schema::Kind;

/// Columns to add and then to drop. In this order, a table whose columns are all replaced never runs out of columns.
#[derive(Debug)]
pub(super) struct ColumnAlteration<'t> {
    pub(super) adds: Vec<&'t Column>,
    pub(super) drops: Vec<&'t Column>,
}

/// Returns the ALTER TABLE steps from `old` to `new`, which differ only in whole columns, or `None` if a rebuild is
/// needed.
pub(super) fn alteration<'t>(old: &'t ParsedTable, new: &'t ParsedTable) -> Option<ColumnAlteration<'t>> {
    let adds: Vec<&Column> = new.columns.iter().filter(|column| old.column_index(&column.name).is_none()).collect();
    let drops: Vec<&Column> = old.columns.iter().filter(|column| new.column_index(&column.name).is_none()).collect();
    let kept = kept_constraints(old, &drops);
    if spelled(&kept) != spelled(&kept_constraints(new, &adds)) {
        return None;
    }
    let mut later: BTreeSet<String> = adds.iter().map(|column| folded(&column.name)).collect();
    let can_add = adds.iter().all(|column| {
        later.remove(&folded(&column.name));
        can_add(new, column, &later)
    });
    let can_drop = drops.iter().all(|column| can_drop(old, column, &kept, &drops));
    (can_add && can_drop).then_some(ColumnAlteration { adds, drops })
}

/// Returns the constraints that are not attached to one of `columns`.
fn kept_constraints<'t>(table: &'t ParsedTable, columns: &[&Column]) -> Vec<&'t TableConstraint> {
    let is_one = |constraint: &TableConstraint| {
        let own = constraint.of_column.and_then(|place| table.columns.get(place));
        own.is_some_and(|own| columns.iter().any(|column| column.name == own.name))
    };
    table.constraints.iter().filter(|constraint| !is_one(constraint)).collect()
}

fn spelled(constraints: &[&TableConstraint]) -> Vec<(Kind, Option<String>, String, Option<String>)> {
    let mut all: Vec<_> = constraints
        .iter()
        .map(|constraint| {
            (constraint.kind, constraint.name.clone(), constraint.definition.clone(), constraint.deferrable.clone())
        })
        .collect();
    all.sort();
    all
}

fn own_constraints<'t>(table: &'t ParsedTable, column: &Column) -> impl Iterator<Item = &'t TableConstraint> {
    let place = table.column_index(&column.name);
    table.constraints.iter().filter(move |constraint| constraint.of_column == place)
}

/// Returns whether ADD COLUMN accepts the column. It cannot use the columns in `later`, which are added after it.
fn can_add(table: &ParsedTable, column: &Column, later: &BTreeSet<String>) -> bool {
    let mut own = own_constraints(table, column);
    let fits = own.all(|constraint| match constraint.kind {
        Kind::Check => constraint.reads.is_disjoint(later),
        // With a default other than NULL, existing rows would get a reference, which SQLite refuses while foreign keys
        // are enforced.
        Kind::ForeignKey => !has_value(column),
        _ => false,
    });
    let value_fits = match (&column.generated, &column.default) {
        (Some(_), _) => !column.is_stored && !column.is_not_null && column.reads.is_disjoint(later),
        (None, Some(default)) => is_constant(default) && (has_value(column) || !column.is_not_null),
        (None, None) => !column.is_not_null,
    };
    fits && value_fits && !table.refuses_null_by_key(column)
}

fn has_value(column: &Column) -> bool {
    column.default.as_deref().is_some_and(|default| default != "null")
}

fn is_constant(default: &str) -> bool {
    !default.starts_with('(') && !default.starts_with("current_")
}

/// Returns whether DROP COLUMN accepts the column: nothing else in the table may use it.
fn can_drop(table: &ParsedTable, column: &Column, kept: &[&TableConstraint], drops: &[&Column]) -> bool {
    let name = folded(&column.name);
    let is_same = |other: &String| other.eq_ignore_ascii_case(&column.name);
    let own_fit = own_constraints(table, column).all(|own| matches!(own.kind, Kind::Check | Kind::ForeignKey));
    let is_free = kept.iter().all(|other| !other.reads.contains(&name) && !other.columns.iter().any(is_same));
    let others = table.columns.iter().filter(|other| other.name != column.name);
    let is_unread = others.clone().all(|other| !other.reads.contains(&name));
    // Columns are dropped one at a time, so that the check of another dropped column may still exist and use this one.
    let neighbours = others.filter(|other| drops.iter().any(|drop| drop.name == other.name));
    let mut checks = neighbours.flat_map(|other| own_constraints(table, other));
    own_fit && is_free && is_unread && checks.all(|check| !check.reads.contains(&name))
}

impl ParsedTable {
    fn refuses_null_by_key(&self, column: &Column) -> bool {
        self.refuses_null(column) && !column.is_not_null
    }
}
