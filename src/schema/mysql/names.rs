//! Names and texts as SQL. Always quoted, as the servers show them.

use std::collections::BTreeSet;

use crate::schema::{Key, Kind, Note, Object};
use crate::sql::{Dialect, quote_identifier, quote_literal};

pub(super) fn quoted(name: &str) -> String {
    quote_identifier(name, Dialect::Mysql)
}

pub(super) fn literal(text: &str) -> String {
    quote_literal(text, Dialect::Mysql)
}

/// The quoted name of the table that the key is of, or of the object itself.
pub(super) fn table(key: &Key) -> String {
    quoted(key.table.as_deref().unwrap_or(&key.name))
}

/// The name of the table that the key is of, or of the object itself.
pub(super) fn table_name(key: &Key) -> &str {
    key.table.as_deref().unwrap_or(&key.name)
}

/// The columns that an index names: those it needs.
pub(super) fn columns_of(object: &Object) -> BTreeSet<&str> {
    object.needs.iter().filter(|need| need.kind == Kind::Column).map(|need| need.name.as_str()).collect()
}

pub(super) fn remark(text: impl Into<String>) -> Note {
    Note::Remark(text.into())
}
