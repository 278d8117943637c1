//! Statements that make an object, all of it: with its comment, owner and privileges. Knows each kind's CREATE; must not know
//! the order of objects among each other, nor what a change takes.
//!
//! How an object comes about takes up to three steps, and whoever orders them calls each function here:
//! 1. [`create`]. A CREATE TABLE carries some of the table's own objects with it ([`carried`]): these are not created again.
//! 2. Everything else that it needs is created.
//! 3. [`later`]: what ties it to things that come after it: a partition to its table (after the partition's own indexes when
//!    the partitioned table was there before; ATTACH adds what is missing under names of its own otherwise), an index to
//!    the partitioned index, a sequence to its column, a table to the index that clusters or identifies it.

use super::name::{described, literal};
use crate::schema::{Attribute, Object, Schema, Statement};

/// The statements that make `object`: what [`carried`] names comes along. Without what [`later`] adds.
pub(super) fn create(_object: &Object, _schema: &Schema) -> Vec<Statement> {
    Vec::new()
}

/// The objects that come with `object`: of a table its columns and the constraints that need nothing but them, of a composite
/// type its columns, of a domain its checks, of a view its columns.
pub(super) fn carried<'s>(_object: &Object, _schema: &'s Schema) -> Vec<&'s Object> {
    Vec::new()
}

/// What is said of `object` once all it is tied to is there; `SET` in front of each does no harm twice.
pub(super) fn later(_object: &Object, _schema: &Schema) -> Vec<Statement> {
    Vec::new()
}

/// The statement that sets or (`None`) removes the comment of `object`.
pub(super) fn comment(object: &Object, text: Option<&str>) -> Statement {
    let text = text.map_or_else(|| "NULL".to_owned(), literal);
    Statement::new(format!("COMMENT ON {} IS {text}", described(object)))
}

/// The comment that `object` has.
fn own_comment(object: &Object) -> Option<Statement> {
    object.text(Attribute::Comment).map(|text| comment(object, Some(text)))
}
