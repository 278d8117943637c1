//! SQLite's SQL for schemas: what its catalog's statements say, and what makes, changes and drops objects. Knows the
//! dialect's rules; must not know connections.
//!
//! SQLite keeps the statements themselves: an object is compared by what its statement says, and made as it was written.

mod clause;
mod index;
mod read;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

pub use index::Index;
pub use read::{Entry, read, read_checked};
pub use table::{Column, Constraint, Table};

use super::{Options, Schema, Script};

/// The statements that lead from `from` to `to`.
#[must_use]
pub fn script(_from: &Schema, _to: &Schema, _options: &Options) -> Script {
    Script::default()
}
