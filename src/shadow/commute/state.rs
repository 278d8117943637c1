//! Comparison of two databases: schema, rows, counters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rows::{self, RowVerdict};
use crate::database::TableColumns;
use crate::schema::{Kind, Schema, Unmodelled, difference};
use crate::shadow::{Contents, RowDifference};

/// Contents of a database.
#[derive(Debug, Clone)]
pub struct DatabaseState {
    pub schema: Arc<Schema>,
    /// Its tables, with their columns in their order.
    pub tables: Vec<TableColumns>,
    /// Its rows and counters.
    pub contents: Contents,
}

/// Difference of two databases that hold the same revisions, applied in two orders.
#[derive(Debug)]
pub enum StateDifference {
    Schemas(Box<[Schema; 2]>),
    /// Objects that the model does not cover are in one of the two only: those of the first, those of the second.
    Unmodelled([Vec<Unmodelled>; 2]),
    /// The schemas are equal, the rows are not.
    Rows(Vec<RowDifference>),
    /// Sequences or AUTO_INCREMENT have other values: name, value in the first, value in the second; `None` for one
    /// that was never used.
    Counters(Vec<(String, Option<String>, Option<String>)>),
}

/// Differences that are none of the schema, and what a comparison left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remarks {
    /// Tables whose columns are in another order.
    pub column_order: BTreeSet<String>,
    /// Constraints and indexes without a name, to which the server gave others.
    pub server_names: BTreeSet<String>,
    /// Cells that were left out because they vary in each order: table, column.
    pub volatile: BTreeSet<(String, String)>,
    /// Objects that the model does not cover, and that were compared by name only.
    pub unmodelled: BTreeSet<Unmodelled>,
    /// Tables that had rows.
    pub with_rows: BTreeSet<String>,
}

impl Remarks {
    /// Adds the remarks of another comparison.
    pub fn extend(&mut self, other: Self) {
        self.column_order.extend(other.column_order);
        self.server_names.extend(other.server_names);
        self.volatile.extend(other.volatile);
        self.unmodelled.extend(other.unmodelled);
        self.with_rows.extend(other.with_rows);
    }
}

/// Result of comparing two databases.
#[derive(Debug)]
pub enum StateVerdict {
    /// They are equal.
    Equal,
    /// They differ.
    Differs(StateDifference),
    /// Rows of these tables vary from run to run and cannot be told apart.
    Undecided(Vec<String>),
}

/// Compares the schemas; `None` if they are equal. A name counts only if `is_written` returns `true` for it; the others
/// were chosen by the server, in the order in which they were needed.
pub(super) fn compare_schemas(
    one: &DatabaseState,
    other: &DatabaseState,
    is_written: &dyn Fn(&str) -> bool,
    remarks: &mut Remarks,
) -> Option<StateDifference> {
    let [first, second] = [&one.schema, &other.schema];
    let only = |one: &Schema, other: &Schema| one.unmodelled.difference(&other.unmodelled).cloned().collect::<Vec<_>>();
    let unmodelled = [only(first, second), only(second, first)];
    if unmodelled.iter().any(|only| !only.is_empty()) {
        return Some(StateDifference::Unmodelled(unmodelled));
    }
    let found = difference(first, second);
    if !found.is_empty() {
        let named = |schema: &Schema| without_server_names(schema, is_written);
        if !difference(&named(first), &named(second)).is_empty() {
            return Some(StateDifference::Schemas(Box::new([(**first).clone(), (**second).clone()])));
        }
        remarks.server_names.extend(found.changes.iter().map(|change| change.key().to_string()));
    }
    remarks.unmodelled.extend(first.unmodelled.iter().cloned());
    remarks.column_order.extend(tables_in_other_order(&one.tables, &other.tables));
    remarks.with_rows.extend(one.contents.tables.keys().map(ToString::to_string));
    None
}

/// Returns the tables of both databases whose columns are in another order, given that they have the same.
pub(super) fn tables_in_other_order<'t>(
    one: &'t [TableColumns],
    other: &'t [TableColumns],
) -> impl Iterator<Item = String> + 't {
    let orders: BTreeMap<_, _> = other.iter().map(|table| (&table.key, &table.columns)).collect();
    let has_other_order =
        move |table: &&TableColumns| orders.get(&table.key).is_some_and(|columns| **columns != table.columns);
    one.iter().filter(has_other_order).map(|table| table.key.to_string())
}

/// Compares rows and counters of two databases with equal schemas. `again` makes both once more; it is called only if
/// something differs, which may be because it varies from run to run. Its argument is `true` if that may be a time of
/// day, which has to be another one then: MySQL and SQLite count in seconds.
///
/// # Errors
/// Those of `again`.
pub(super) fn compare_contents<E>(
    one: &DatabaseState,
    other: &DatabaseState,
    again: impl FnOnce(bool) -> Result<[DatabaseState; 2], E>,
    remarks: &mut Remarks,
) -> Result<StateVerdict, E> {
    if one.contents == other.contents {
        return Ok(StateVerdict::Equal);
    }
    let [one_again, other_again] = again(rows::may_hold_times(&one.contents, &other.contents))?;
    let rows = RowVerdict::new([one, &one_again], [other, &other_again]);
    remarks.volatile.extend(rows.volatile);
    if !rows.differences.is_empty() {
        return Ok(StateVerdict::Differs(StateDifference::Rows(rows.differences)));
    }
    if !rows.undecided.is_empty() {
        return Ok(StateVerdict::Undecided(rows.undecided));
    }
    let [first, second] = [&one.contents.counters, &other.contents.counters];
    let varies = |name: &String| {
        first.get(name) != one_again.contents.counters.get(name)
            && second.get(name) != other_again.contents.counters.get(name)
    };
    let names: BTreeSet<_> = first.keys().chain(second.keys()).collect();
    let counters: Vec<_> = names
        .into_iter()
        .filter(|name| first.get(*name) != second.get(*name) && !varies(name))
        .map(|name| (name.clone(), first.get(name).cloned(), second.get(name).cloned()))
        .collect();
    let difference = (!counters.is_empty()).then_some(StateDifference::Counters(counters));
    Ok(difference.map_or(StateVerdict::Equal, StateVerdict::Differs))
}

/// Returns the schema with a number in place of each name that the server chose, so that equal definitions have equal
/// names.
fn without_server_names(schema: &Schema, is_written: &dyn Fn(&str) -> bool) -> Schema {
    let rules = schema.dialect.schema_rules();
    let is_server_name = |object: &crate::schema::Object| {
        let has_name = object.key.kind.is_constraint() || object.key.kind == Kind::Index;
        has_name && (!is_written(&object.key.name) || rules.may_be_server_name(object))
    };
    let mut renamed = schema.clone();
    renamed.retain(|object| !is_server_name(object));
    for object in schema.objects().filter(|object| is_server_name(object)) {
        let mut object = object.clone();
        let compared = object.attributes.iter().filter(|(attribute, _)| attribute.is_compared());
        let definition = format!("{:?}", compared.collect::<Vec<_>>());
        let numbers = (1_usize..).map(|number| format!("{number} {definition}"));
        for name in numbers {
            object.key.name = name;
            if renamed.get(&object.key).is_none() {
                break;
            }
        }
        renamed.add(object);
    }
    renamed
}
