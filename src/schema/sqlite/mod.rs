//! SQLite's SQL for schemas: what its catalog's statements say, and what makes, changes and drops objects. Knows the
//! dialect's rules; must not know connections.
//!
//! SQLite keeps the statements themselves: an object is compared by what its statement says, and made as it was written.

mod alter;
mod broken;
mod change;
mod clause;
mod index;
mod loss;
mod read;
mod rebuild;
mod rename;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

pub use change::script;
pub use index::Index;
pub use read::{Entry, read, read_checked};
pub use table::{Column, Constraint, Table};
