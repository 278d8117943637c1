//! Changes of existing rows: the UPDATE that a column needs before it can be NOT NULL, and data lost by a change of
//! type.

use super::fits::fits;
use super::names::{quoted, table};
use crate::schema::{Attribute, Kind, Object, Schema, Script, Statement, StatementNote};

/// Returns whether adding the column as NOT NULL would leave existing rows without a value.
pub(super) fn is_open(column: &Object) -> bool {
    let has_value = [Attribute::Default, Attribute::Identity, Attribute::Generated];
    column.has(Attribute::NotNull) && !has_value.into_iter().any(|attribute| column.has(attribute))
}

/// Returns a copy of the column without NOT NULL.
pub(super) fn opened(column: &Object) -> Object {
    let mut open = column.clone();
    open.attributes.remove(&Attribute::NotNull);
    open
}

/// Returns an UPDATE that replaces NULL by the column's default, or by a placeholder to fill in. `schema` holds the
/// table.
pub(super) fn statement(column: &Object, schema: &Schema) -> Statement {
    let name = quoted(&column.key.name);
    let kept = kept(column, schema);
    let update = |value: &str| {
        let sql = format!("UPDATE {} SET {name} = {value}{kept} WHERE {name} IS NULL", table(&column.key));
        fires(column, schema).into_iter().fold(Statement::new(sql), Statement::note)
    };
    match column.text(Attribute::Default) {
        Some(default) => update(default),
        None => update(Script::PLACEHOLDER)
            .note(StatementNote::Placeholder(format!("a value of {} for the existing rows", column.key))),
    }
}

/// Returns assignments that keep columns with `ON UPDATE CURRENT_TIMESTAMP` at their value, which the server would
/// overwrite.
pub(super) fn kept(column: &Object, schema: &Schema) -> String {
    let Some(table) = column.key.parent(Kind::Table) else { return String::new() };
    let moments = schema.of_table(&table, Kind::Column).filter(|other| other.has(Attribute::OnUpdate));
    let others = moments.filter(|other| other.key != column.key).map(|other| quoted(&other.key.name));
    others.map(|name| format!(", {name} = {name}")).collect()
}

/// Returns a remark that names the table's UPDATE triggers, which fire for each updated row.
fn fires(column: &Object, schema: &Schema) -> Option<StatementNote> {
    let table = column.key.parent(Kind::Table)?;
    let triggers = schema.of_table(&table, Kind::Trigger);
    let seeing = triggers.filter(|trigger| trigger.text(Attribute::Type).is_some_and(|of| of.ends_with("UPDATE")));
    let names: Vec<&str> = seeing.map(|trigger| trigger.key.name.as_str()).collect();
    (!names.is_empty())
        .then(|| StatementNote::Remark(format!("the trigger {} runs for each row of it", names.join(", "))))
}

/// Returns a remark on a column that becomes AUTO_INCREMENT: the server takes 0 for a number that is missing.
pub(super) fn renumbered(before: &Object, after: &Object) -> Option<StatementNote> {
    let begins = after.has(Attribute::Identity) && !before.has(Attribute::Identity);
    begins.then(|| {
        StatementNote::Remark(format!(
            "a row with 0 in {} gets a new number, unless the SQL mode has NO_AUTO_VALUE_ON_ZERO",
            after.key
        ))
    })
}

/// Returns the part of the values that a change of type truncates without an error.
pub(super) fn loss(before: &Object, after: &Object) -> Option<StatementNote> {
    let (old, new) = (before.text(Attribute::Type)?, after.text(Attribute::Type)?);
    let is_moment = |of_type: &str| of_type.starts_with("datetime") || of_type.starts_with("timestamp");
    let lost = if is_moment(old) && (new == "date" || new.starts_with("year")) {
        "the time"
    } else if is_moment(old) && new.starts_with("time") && !is_moment(new) {
        "the date"
    } else if is_timed(old) && is_timed(new) && number_in(old) > number_in(new) {
        "fractions of seconds"
    } else if scale(old) > scale(new) && is_number(new) {
        "decimal places"
    } else {
        return None;
    };
    Some(StatementNote::Loses(format!("{lost} of the values of {}", after.key)))
}

/// Returns a remark that existing values may not fit the new type, which is an error only in a strict SQL mode.
pub(super) fn may_not_fit(before: &Object, after: &Object) -> Option<StatementNote> {
    let changed = before.text(Attribute::Type) != after.text(Attribute::Type)
        || before.text(Attribute::Collation) != after.text(Attribute::Collation);
    (changed && !fits(before, after)).then(|| {
        StatementNote::Remark(format!("fails when a value of {} does not fit, if the SQL mode is strict", after.key))
    })
}

fn is_timed(of_type: &str) -> bool {
    of_type.starts_with("time") || of_type.starts_with("datetime")
}

fn is_number(of_type: &str) -> bool {
    of_type.contains("int") || of_type.starts_with("decimal")
}

fn number_in(of_type: &str) -> u32 {
    let digits = of_type.split_once('(').and_then(|(_, rest)| rest.split(')').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Digits after the decimal point; unlimited for binary floating-point types.
fn scale(of_type: &str) -> u32 {
    if of_type.starts_with("float") || of_type.starts_with("double") {
        return u32::MAX;
    }
    let inner = of_type.strip_prefix("decimal(").and_then(|rest| rest.split(')').next());
    inner.and_then(|inner| inner.split_once(',')).and_then(|(_, scale)| scale.parse().ok()).unwrap_or(0)
}
