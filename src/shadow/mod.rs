//! Shadow databases: scratch databases that a command creates, uses and drops, to replay histories and load schema
//! files. Knows servers through the [`crate::database::Database`] trait; must not know flags or a terminal.
//!
//! A shadow is dropped with its value, also after an error. If the process is killed, the next one that opens a shadow
//! on the same server drops the leftovers ([`crate::database::scratch`]).

mod cache;
mod cases;
mod commute;
mod contents;
mod detect;
mod error;
mod fill;
mod load;
mod object_history;
mod provided_shadow;
mod provision;
mod queries;
mod releases;
mod replay;
mod row_difference;
mod rows_script;
mod schema_reader;
mod shadow_config;
mod shadow_database;
mod stairway;
mod trace;
mod varying_cells;

pub use cache::{Cache, CacheKey};
pub use cases::{CaseFailure, CaseResult, run_cases};
pub use commute::{
    Commutation, CommutationProof, Conflict, ConflictingPair, ConflictingStatement, Remarks, StateDifference,
};
pub use contents::{Contents, TableRows};
pub use detect::{HistoryMatch, places};
pub use error::{MissingExtension, ProofError};
pub use fill::{FilledTables, fill};
pub use load::SqlText;
pub use object_history::{ObjectHistory, RevisionChanges};
pub use provision::Provision;
pub use queries::{QueryCheck, QueryVerdict, check_queries};
pub use releases::{ReleaseFailure, check_release};
pub use replay::Replay;
pub use row_difference::RowDifference;
pub use rows_script::RowsScript;
pub use schema_reader::{Desired, SchemaReader, ShadowServer};
pub use shadow_config::{ShadowConfig, ShadowKind};
pub use shadow_database::Shadow;
pub use stairway::{StairResult, StairVerdict, StairwayPlan, stairway};
pub use trace::{TraceDifference, TraceStage, TracedStatement, TracedText, differences, trace};
pub use varying_cells::VaryingCells;
