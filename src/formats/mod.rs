//! Readers for the histories of other tools, which work on the names and contents of their files and on the rows of
//! their version tables. Pure functions; must not depend on folders on disk, databases, or aludel's own revision files.

pub mod alembic;
pub mod applied;
mod applied_rows;
pub mod atlas;
pub mod dbmate;
pub mod diesel;
pub mod django;
pub mod drizzle;
pub mod flyway;
mod format;
pub mod golang_migrate;
pub mod goose;
mod imported;
pub mod liquibase;
mod names;
pub mod pairs;
pub mod placeholders;
pub mod prisma;
mod recognize;
pub mod refinery;
mod rules;
mod script;
mod sides;
pub mod sqitch;
pub mod sqlx;
pub mod supabase;
#[cfg(test)]
mod tests;

pub use format::Format;
pub use imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
pub use recognize::formats_of;
pub use rules::FormatRules;
pub use script::{Notes, SectionText, in_place};
