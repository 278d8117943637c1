//! Statements that move a sequence past the numbers that existing rows have. Without them the next row gets a number
//! that is taken.

use crate::dialects::postgres::schema::name::{self, identifier, literal};
use crate::dialects::postgres::schema::plan::PlannedStatement;
use crate::schema::{Attribute, Object, StatementNote};

use super::types::{Bounds, lowest_and_highest};

/// Returns the statement that moves the new sequence of an identity column past the existing rows.
pub(in crate::dialects::postgres::schema) fn identity_continues(column: &Object) -> PlannedStatement {
    let table = name::table(&column.key);
    let sequence = format!("pg_get_serial_sequence({}, {})", literal(&table), literal(&column.key.name));
    let of_type = column.text(Attribute::Type);
    let bounds = Bounds::new(of_type, column.list(Attribute::IdentityOptions));
    let start = bounds.start.to_string();
    continues(column, of_type, &sequence, &start, &bounds)
}

/// Returns the statement that moves a sequence past the rows of `column`, a column of the type `of_type` whose default
/// takes its numbers. The sequence never moves back.
pub(in crate::dialects::postgres::schema) fn sequence_continues(
    sequence: &Object,
    column: &Object,
    of_type: &str,
) -> PlannedStatement {
    let own = name::own(&sequence.key);
    let bounds = Bounds::new(sequence.text(Attribute::Type), sequence.list(Attribute::Options));
    let reached = format!("(SELECT last_value FROM {own})");
    continues(column, Some(of_type), &literal(&own), &reached, &bounds)
}

/// Returns a `setval` to the number of the last row, in the sequence's direction. Without rows the argument is NULL, and
/// `setval`, a strict function, changes nothing. Rows with numbers outside the sequence's bounds are excluded, because
/// `setval` rejects such numbers.
fn continues(
    column: &Object,
    of_type: Option<&str>,
    sequence: &str,
    reached: &str,
    bounds: &Bounds,
) -> PlannedStatement {
    let own = identifier(&column.key.name);
    let is_rising = bounds.increment > 0;
    let (lowest, highest) = lowest_and_highest(of_type);
    let (pick, beyond, within, last, is_narrower) = if is_rising {
        ("max", ">=", "<=", bounds.maximum, bounds.maximum < highest)
    } else {
        ("min", "<=", ">=", bounds.minimum, bounds.minimum > lowest)
    };
    let is_numeric = of_type.is_some_and(|of_type| of_type.starts_with("numeric"));
    let is_limited = is_numeric || is_narrower;
    let limit = if is_limited { format!(" AND {own} {within} {last}") } else { String::new() };
    let cast = if is_numeric { "::bigint" } else { "" };
    PlannedStatement::new(format!(
        "SELECT setval({sequence}, {pick}({own}){cast}) FROM {} WHERE {own} {beyond} {reached}{limit}",
        name::table(&column.key)
    ))
    .note(StatementNote::Remark(format!("the numbers of {} continue after the existing rows", column.key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Key, Kind};

    fn sequence(of_type: Option<&str>, options: &[&str]) -> Object {
        let mut sequence = Object::new(Key::new(Kind::Sequence, Some("public"), "s"));
        sequence.set_some(Attribute::Type, of_type.map(str::to_owned));
        sequence.set(Attribute::Options, options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>());
        sequence
    }

    fn statement(sequence: &Object, of_type: &str) -> String {
        let column = Object::new(Key::of_table(Kind::Column, Some("public"), "t", "c"));
        sequence_continues(sequence, &column, of_type).into_statement().sql
    }

    #[test]
    fn a_sequence_continues_in_its_direction_and_within_its_bounds() {
        let reached = "(SELECT last_value FROM public.s)";
        for (options, of_type, number, condition) in [
            (&[][..], "bigint", "max(c)", ">= "),
            (&["maxvalue=99"], "integer", "max(c)", ">= "),
            (&["increment=-1"], "bigint", "min(c)", "<= "),
            (&[], "numeric(10,0)", "max(c)::bigint", ">= "),
        ] {
            let sql = statement(&sequence(None, options), of_type);
            let head = format!("SELECT setval('public.s', {number}) FROM public.t WHERE c {condition}{reached}");
            assert!(sql.starts_with(&head), "{sql}");
        }
        assert!(statement(&sequence(None, &["maxvalue=99"]), "integer").ends_with(" AND c <= 99"));
        assert!(statement(&sequence(Some("integer"), &[]), "bigint").ends_with(" AND c <= 2147483647"));
        assert!(statement(&sequence(Some("integer"), &[]), "integer").ends_with(&reached));
        assert!(statement(&sequence(None, &[]), "integer").ends_with(&reached));
    }
}
