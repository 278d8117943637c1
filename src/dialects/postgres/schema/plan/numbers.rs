//! Columns that take numbers of a sequence for the first time, in tables that may have rows: the sequence is moved past
//! the numbers of these rows, because the next row would otherwise get one that is taken.

use super::build::Builder;
use super::ownership::same_above;
use super::step::{PlannedStatement, StepMode, StepPhase};
use crate::dialects::postgres::schema::alter;
use crate::schema::{Attribute, Kind, Object, Schema};

impl<'s> Builder<'_, 's> {
    /// Adds the steps that move sequences. They come in the transaction of the new default, whose lock keeps others from
    /// adding rows in between, and before NULLs get that default.
    pub(super) fn continue_numbers(&mut self) {
        let columns: Vec<&'s Object> =
            self.actions.to.objects().filter(|object| self.begins_to_take_numbers(object)).collect();
        for column in columns {
            // The table above contains the rows of this one.
            if same_above(column, self.actions.to).any(|above| self.begins_to_take_numbers(above)) {
                continue;
            }
            let Some(line) = self.sequence_continues(column) else { continue };
            let key = &column.key;
            let step = self.steps.add(StepMode::Plain, StepPhase::Tables, key, vec![line]);
            let sequence = sequence_of(column, self.actions.to).map(|sequence| &sequence.key);
            let ready = [sequence, Some(key)].into_iter().flatten();
            for ready in ready.filter_map(|key| self.created_at.get(key).copied()).collect::<Vec<_>>() {
                self.steps.order(ready, step);
            }
            if let Some(fill) = self.fills.get(&crate::dialects::postgres::schema::name::table(key)) {
                self.steps.order(step, fill.step);
            }
        }
    }

    /// Returns whether the rows of an existing column did not get their numbers from the sequence of its default.
    fn begins_to_take_numbers(&self, column: &Object) -> bool {
        let Some(before) = self.actions.from.get(&column.key).filter(|_| !self.actions.is_created(&column.key)) else {
            return false;
        };
        let Some(sequence) = sequence_of(column, self.actions.to) else { return false };
        let old = sequence_of(before, self.actions.from).filter(|old| old.key == sequence.key);
        old.is_none_or(|old| self.actions.is_created(&old.key))
    }

    /// Returns the statement that moves the sequence of the column's default past the column's rows.
    pub(super) fn sequence_continues(&self, column: &Object) -> Option<PlannedStatement> {
        let sequence = sequence_of(column, self.actions.to)?;
        let of_type = number_type(column, self.actions.to)?;
        Some(alter::sequence_continues(sequence, column, of_type))
    }
}

/// Returns the sequence whose next number is the default of the column.
fn sequence_of<'s>(column: &Object, schema: &'s Schema) -> Option<&'s Object> {
    let default = column.text(Attribute::Default).filter(|_| column.key.kind == Kind::Column)?;
    let is_number = default.starts_with("nextval('") && default.ends_with("'::regclass)");
    let sequence = column.needs.iter().find(|need| need.kind == Kind::Sequence && is_number)?;
    schema.get(sequence)
}

/// Returns the type of a column of numbers: its own, or that of its domain.
fn number_type<'s>(object: &'s Object, schema: &'s Schema) -> Option<&'s str> {
    let of_type = object.text(Attribute::Type)?;
    let is_number = matches!(of_type, "smallint" | "integer" | "bigint") || of_type.starts_with("numeric");
    if is_number && !of_type.ends_with(']') {
        return Some(of_type);
    }
    let domain = object.needs.iter().find(|need| need.kind == Kind::Domain)?;
    number_type(schema.get(domain)?, schema)
}
