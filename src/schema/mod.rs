//! Schemas as values: the objects of a database, the difference of two schemas, and the statements that turn one into
//! the other. Pure: works on names, attributes and SQL text, without connections, files, revisions or services.
//!
//! A [`Schema`] is a set of [`Object`]s. Each has a [`Key`], [`Attribute`]s in the server's own spelling, and the keys
//! it depends on. Columns, constraints and indexes are objects too, so that comparing is the same for all kinds
//! ([`Difference`]). Turning changes into SQL is left to the folder of each dialect ([`SchemaRules`]).

mod attribute;
mod depends_on;
pub(crate) mod derived_name;
pub(crate) mod difference;
mod key;
mod model;
mod object_change;
pub(crate) mod rename;
pub(crate) mod rename_order;
mod rules;
mod script;
mod stored;
#[cfg(test)]
mod tests;

pub use attribute::{Attribute, Value};
pub use depends_on::{dependents, in_order};
pub use difference::{Change, Difference, difference};
pub use key::{Key, Kind};
pub use model::{Object, Schema, Unmodelled};
pub use object_change::{ObjectChange, object_changes};
pub use rename::{Rename, key_after, rename_candidates};
pub use rules::SchemaRules;
pub use script::{Options, Script, ScriptPart, Statement, StatementNote};
pub use stored::{
    FORMAT, SchemaEntry, StoredStep, are_equal_statements, changes_from_json, changes_to_json, statements_to_json,
    tables_of_statements, unmodelled_of_json,
};

/// Returns the statements that turn a database with the schema `from` into one with the schema `to`. Renames listed in
/// `options` become renames; any other change of a name is a drop and an add.
#[must_use]
pub fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    to.dialect.schema_rules().script(from, to, options)
}

/// Returns the statements that create the schema in an empty database. Their order depends only on the schema's
/// contents.
#[must_use]
pub fn ddl(schema: &Schema) -> Script {
    let nothing = Schema::new(schema.dialect);
    script(&nothing, schema, &Options { online: false, owners: true, ..Options::default() })
}
