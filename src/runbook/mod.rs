//! What surrounds a run in production: verification, preflight, hooks, watching. Knows services, databases and the
//! engine; asks databases through [`crate::database::Database::query`] only. Must not know a terminal or a flag.

mod ask;
mod checks;
mod preflight;
pub mod units;

pub use checks::{Subject, Verdict, Wrong, run_checks, verify_revision};
pub use preflight::{Item, Level, Limits, Loses, Preflight, Table, losses, preflight};
