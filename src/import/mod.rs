//! Import of a history from another tool, with a proof that both histories create the same database.
//! Knows projects, databases and the engine; must not know flags or a terminal.

mod alembic;
mod cell;
mod compare;
mod error;
mod plan;
mod prove;
mod snapshot;

pub use alembic::RedirectedAlembic;
pub use compare::{ProofDifference, difference};
pub use error::ImportAlembicError;
pub use plan::{ImportPlan, ImportedFile, RemainingPython, draft, write};
pub use prove::{Proof, Prover};
pub use snapshot::{DatabaseSnapshot, SnapshotSource, snapshot};
