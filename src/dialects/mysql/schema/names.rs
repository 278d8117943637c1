//! Quoted names and literals. Names are always quoted, as in the servers' own output.

use std::collections::BTreeSet;

use crate::schema::derived_name::NameLimit;
use crate::schema::{Key, Kind, Object, StatementNote};
use crate::sql::{Dialect, quote_identifier, quote_literal};

/// Identifiers have at most 64 characters (MySQL manual, 11.2.1 "Identifier Length Limits").
pub(super) const NAME_LIMIT: NameLimit = NameLimit::Characters(64);

pub(super) fn quoted(name: &str) -> String {
    quote_identifier(name, Dialect::MYSQL)
}

pub(super) fn literal(text: &str) -> String {
    quote_literal(text, Dialect::MYSQL)
}

/// Returns the quoted name of the object's table, or of the object itself if it is top-level.
pub(super) fn table(key: &Key) -> String {
    quoted(key.table.as_deref().unwrap_or(&key.name))
}

/// Returns the name of the object's table, or of the object itself if it is top-level.
pub(super) fn table_name(key: &Key) -> &str {
    key.table.as_deref().unwrap_or(&key.name)
}

/// Returns the columns of an index, including those in its expressions.
pub(super) fn columns_of(object: &Object) -> BTreeSet<&str> {
    object.needs.iter().filter(|need| need.kind == Kind::Column).map(|need| need.name.as_str()).collect()
}

pub(super) fn remark(text: impl Into<String>) -> StatementNote {
    StatementNote::Remark(text.into())
}
