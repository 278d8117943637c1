//! SQLite's SQL for schemas: parsing of the statements in its catalog, and SQL that creates, alters and drops objects.
//!
//! SQLite stores the text of the statements. Objects are compared by their parsed statements and created with the
//! original text.

mod alter;
mod broken;
mod change;
mod clause;
mod index;
mod loss;
mod read;
mod rebuild;
mod rename;
mod reordered;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

pub use change::script;
pub use index::Index;
pub use read::{read, read_checked};
pub(super) use reordered::is_reordered;
pub use table::{Column, ParsedTable, TableConstraint};
