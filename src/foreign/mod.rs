//! Histories of other tools, read from the texts and names of their files, and what their version tables say.
//! Pure: texts and rows in, values out. Must not know folders on disk, databases, or revision files of our own.

pub mod alembic;
pub mod applied;
pub mod dbmate;
pub mod diesel;
pub mod flyway;
mod format;
pub mod golang_migrate;
pub mod goose;
mod imported;
mod names;
pub mod pairs;
mod placeholders;
pub mod prisma;
mod psql;
mod script;
mod sides;
pub mod sqitch;
pub mod sqlx;
#[cfg(test)]
mod tests;

pub use format::Format;
pub use imported::{Caution, File, ForeignError, Imported, Problem, Reading, Warning};
pub use script::in_place;
