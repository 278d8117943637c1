//! A schema as a value: what a database holds, the difference of two, and the statements that lead from one to the other.
//! Knows names, attributes and SQL text; must not know connections, files, revisions or services.
//!
//! A [`Schema`] is a set of [`Object`]s, each with a [`Key`], [`Attribute`]s as the server itself spells them, and the keys
//! it needs. Every column, constraint and index is an object of its own, so that comparing is the same for all kinds
//! ([`Difference`]); what a change means in SQL is each dialect's own folder ([`script()`]).

mod attribute;
mod difference;
mod key;
mod model;
pub mod mysql;
mod needs;
pub mod postgres;
mod rename;
mod script;
pub mod sqlite;
mod stored;
#[cfg(test)]
mod tests;

pub use attribute::{Attribute, Value};
pub use difference::{Change, Difference, difference};
pub use key::{Key, Kind};
pub use model::{Object, Schema, Unmodelled};
pub use mysql::weaker;
pub use needs::{dependents, in_order};
pub use rename::{Rename, lookalikes};
pub use script::{Note, Options, Part, Script, Statement};
pub use stored::{FORMAT, statements_to_json};

use crate::sql::Dialect;

/// The statements that turn a database with the schema `from` into one with the schema `to`. Renames of `options` are
/// done as renames; without them, a name that is gone is a drop and a new one an add.
#[must_use]
pub fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    match to.dialect {
        Dialect::Postgres => postgres::script(from, to, options),
        Dialect::Mysql => mysql::script(from, to, options),
        Dialect::Sqlite => sqlite::script(from, to, options),
    }
}

/// The schema as statements that make it in an empty database, in an order that does not depend on how it came about.
#[must_use]
pub fn ddl(schema: &Schema) -> Script {
    let nothing = Schema::new(schema.dialect);
    script(&nothing, schema, &Options { online: false, owners: true, ..Options::default() })
}
