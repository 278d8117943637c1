//! Data lost by rebuilding a table, and reasons why its rows may not be copied. Source of the type rules:
//! <https://www.sqlite.org/datatype3.html>.

use super::table::{Column, ParsedTable};
use super::words;
use crate::schema::{Kind, StatementNote};

/// Type affinity of a column (<https://www.sqlite.org/datatype3.html>, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

fn affinity(column: &Column, is_strict: bool) -> Affinity {
    let contains = |part: &str| column.of_type.contains(part);
    match () {
        () if is_strict && column.of_type == "ANY" => Affinity::Blob,
        () if contains("INT") => Affinity::Integer,
        () if ["CHAR", "CLOB", "TEXT"].iter().any(|part| contains(part)) => Affinity::Text,
        () if column.of_type.is_empty() || contains("BLOB") => Affinity::Blob,
        () if ["REAL", "FLOA", "DOUB"].iter().any(|part| contains(part)) => Affinity::Real,
        () => Affinity::Numeric,
    }
}

/// Note for a dropped column.
pub(super) fn of_column(table: &str, column: &str) -> StatementNote {
    StatementNote::Loses(format!("the values of {}.{}", words::name(table), words::name(column)))
}

/// Notes for dropped columns and for irreversible conversions.
pub(super) fn of_columns(old: &ParsedTable, new: &ParsedTable) -> Vec<StatementNote> {
    let mut notes = Vec::new();
    for was in &old.columns {
        match new.column(&was.name) {
            None if was.generated.is_none() => notes.push(of_column(&old.name, &was.name)),
            None => {}
            Some(now) if now.generated.is_some() && was.generated.is_none() => {
                notes.push(of_column(&old.name, &was.name))
            }
            Some(now) => notes.extend(conversion(old, was, new, now)),
        }
    }
    notes
}

fn conversion(old: &ParsedTable, was: &Column, new: &ParsedTable, now: &Column) -> Option<StatementNote> {
    let place = format!("{}.{}", words::name(&new.name), words::name(&now.name));
    let from = affinity(was, old.is_strict);
    let to = affinity(now, new.is_strict);
    let lost = match (from, to) {
        (from, to) if from == to => return None,
        (Affinity::Text | Affinity::Blob, Affinity::Integer | Affinity::Real | Affinity::Numeric) => {
            format!("how texts of {place} that look like numbers were written ('007' becomes 7)")
        }
        (Affinity::Integer | Affinity::Numeric, Affinity::Real) => format!("digits of {place} beyond 2^53"),
        _ => return None,
    };
    Some(StatementNote::Loses(lost))
}

/// Notes for new constraints that existing rows may violate.
pub(super) fn refusals(old: &ParsedTable, new: &ParsedTable) -> Vec<StatementNote> {
    let is_new = |definition: &str| !old.constraints.iter().any(|was| was.definition == definition);
    let mut notes: Vec<_> = new
        .constraints
        .iter()
        .filter(|constraint| is_new(&constraint.definition))
        .filter_map(|constraint| match constraint.kind {
            Kind::PrimaryKey | Kind::Unique => {
                let columns = words::names(constraint.columns.iter().map(String::as_str));
                Some(StatementNote::Remark(format!("fails when two rows have the same {columns}")))
            }
            Kind::Check => Some(StatementNote::Remark(format!("fails when a row breaks {}", constraint.definition))),
            _ => None,
        })
        .collect();
    notes.extend(becomes_rowid(old, new).map(StatementNote::Remark));
    if new.is_strict && !old.is_strict {
        notes.push(StatementNote::Remark("fails when a value is not of its column's type".to_owned()));
    }
    notes
}

/// Returns a remark on a column that becomes the rowid, which accepts integers only and numbers the rows without one.
fn becomes_rowid(old: &ParsedTable, new: &ParsedTable) -> Option<String> {
    let now = new.rowid_column()?;
    let was = old.column(&now.name)?;
    if old.rowid_column().is_some_and(|rowid| rowid.name == was.name) {
        return None;
    }
    let place = format!("{}.{}", words::name(&new.name), words::name(&now.name));
    let is_integer = old.is_strict && affinity(was, true) == Affinity::Integer;
    let fails = (!is_integer).then(|| format!("fails when a value of {place} is not an integer"));
    let numbered = (!old.refuses_null(was)).then(|| format!("a row with NULL in {place} gets a new number"));
    let parts: Vec<String> = fails.into_iter().chain(numbered).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
