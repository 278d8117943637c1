//! Rules of a dialect for schemas.

use std::collections::BTreeSet;

use super::{Key, Object, Options, Schema, SchemaEntry, Script, Statement};

/// Rules of one dialect for schemas: the statements that change one, and how their parts compare. Implemented in the
/// dialect's folder and found with [`crate::sql::Dialect::schema_rules`].
pub trait SchemaRules: Sync {
    /// Returns the statements that turn a database with the schema `from` into one with the schema `to`.
    fn script(&self, from: &Schema, to: &Schema, options: &Options) -> Script;

    /// Builds the schema from a catalog that consists of statements. Tables in `unread` are skipped. `None` for a dialect
    /// whose catalog is read otherwise.
    fn schema_of_entries(&self, _entries: &[SchemaEntry], _unread: &BTreeSet<&str>) -> Option<Schema> {
        None
    }

    /// Returns `true` if two statements of such a catalog create the same table but for the order of its columns.
    fn is_reordered(&self, _one: &str, _other: &str) -> bool {
        false
    }

    /// Returns a weaker form of a statement that the server refused with error `number`; `None` if there is none.
    fn fall_back(&self, _statement: &Statement, _number: Option<i64>) -> Option<Statement> {
        None
    }

    /// Returns `true` if the server may have chosen the name of a constraint or index from a name that was written: a
    /// column's, for example.
    fn may_be_server_name(&self, _object: &Object) -> bool {
        false
    }

    /// Returns the column that a sequence belongs to. `None` for an independent one.
    fn column_of_sequence(&self, _sequence: &Object) -> Option<Key> {
        None
    }
}
