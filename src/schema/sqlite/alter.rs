//! Whether a table's change is one that ALTER TABLE can make. Knows its restrictions
//! (<https://www.sqlite.org/lang_altertable.html>, 4 and 5); must not know how a table is built anew.

use std::collections::BTreeSet;

use super::table::{Column, Constraint, Table};
use super::words::folded;
use crate::schema::Kind;

/// Columns to add and to drop, in this order.
#[derive(Debug)]
pub(super) struct Alteration<'t> {
    pub(super) adds: Vec<&'t Column>,
    pub(super) drops: Vec<&'t Column>,
}

/// What leads from `old` to `new`, which differ in whole columns; none when it takes more than ALTER TABLE can.
pub(super) fn alteration<'t>(old: &'t Table, new: &'t Table) -> Option<Alteration<'t>> {
    let adds: Vec<&Column> = new.columns.iter().filter(|column| old.place(&column.name).is_none()).collect();
    let drops: Vec<&Column> = old.columns.iter().filter(|column| new.place(&column.name).is_none()).collect();
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
    (can_add && can_drop).then_some(Alteration { adds, drops })
}

/// The constraints that do not come or go with one of `columns`.
fn kept_constraints<'t>(table: &'t Table, columns: &[&Column]) -> Vec<&'t Constraint> {
    let is_one = |constraint: &Constraint| {
        let own = constraint.of_column.and_then(|place| table.columns.get(place));
        own.is_some_and(|own| columns.iter().any(|column| column.name == own.name))
    };
    table.constraints.iter().filter(|constraint| !is_one(constraint)).collect()
}

fn spelled(constraints: &[&Constraint]) -> Vec<(Kind, Option<String>, String, Option<String>)> {
    let mut all: Vec<_> = constraints
        .iter()
        .map(|constraint| {
            (constraint.kind, constraint.name.clone(), constraint.definition.clone(), constraint.deferrable.clone())
        })
        .collect();
    all.sort();
    all
}

fn own_constraints<'t>(table: &'t Table, column: &Column) -> impl Iterator<Item = &'t Constraint> {
    let place = table.place(&column.name);
    table.constraints.iter().filter(move |constraint| constraint.of_column == place)
}

/// `later` are the columns that are added behind it: it cannot read them yet.
fn can_add(table: &Table, column: &Column, later: &BTreeSet<String>) -> bool {
    let mut own = own_constraints(table, column);
    let fits = own.all(|constraint| match constraint.kind {
        Kind::Check => constraint.reads.is_disjoint(later),
        // With a default the rows that are there would point somewhere, which a session that enforces keys refuses.
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

/// A column that anything else in the table reads stays, as far as ALTER TABLE goes.
fn can_drop(table: &Table, column: &Column, kept: &[&Constraint], drops: &[&Column]) -> bool {
    let name = folded(&column.name);
    let is_same = |other: &String| other.eq_ignore_ascii_case(&column.name);
    let own_fit = own_constraints(table, column).all(|own| matches!(own.kind, Kind::Check | Kind::ForeignKey));
    let is_free = kept.iter().all(|other| !other.reads.contains(&name) && !other.columns.iter().any(is_same));
    let others = table.columns.iter().filter(|other| other.name != column.name);
    let is_unread = others.clone().all(|other| !other.reads.contains(&name));
    // A check at another column that goes too is still there when this one goes.
    let neighbours = others.filter(|other| drops.iter().any(|drop| drop.name == other.name));
    let mut checks = neighbours.flat_map(|other| own_constraints(table, other));
    own_fit && is_free && is_unread && checks.all(|check| !check.reads.contains(&name))
}

impl Table {
    fn refuses_null_by_key(&self, column: &Column) -> bool {
        self.refuses_null(column) && !column.is_not_null
    }
}
