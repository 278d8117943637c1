//! Scratch databases, made, used and dropped by a command, and what is tried on them: histories and schema files.
//! Knows servers through the [`crate::database::Database`] trait; must not know flags or a terminal.
//!
//! A shadow is gone when its value is dropped, also after an error. What a killed process leaves behind is dropped by
//! the next one that opens a shadow on the server: a shadow's name says whose it is, and the server whether that
//! session still lives.

mod cache;
mod detect;
mod error;
mod load;
mod mysql;
mod postgres;
mod provided_shadow;
mod provision;
mod replay;
mod schema_reader;
mod scratch_file;
mod shadow;
mod shadow_config;

pub use cache::{Cache, CacheKey};
pub use detect::{HistoryMatch, places};
pub use error::{MissingExtension, ProofError};
pub use load::SqlText;
pub use provision::Provision;
pub use replay::Replay;
pub use schema_reader::{Desired, SchemaReader};
pub use shadow::{Shadow, shadow_table};
pub use shadow_config::{ShadowConfig, ShadowKind};
