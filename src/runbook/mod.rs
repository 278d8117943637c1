//! What surrounds a run in production: verification, preflight, hooks, watching. Knows services, databases and the
//! engine; asks databases through [`crate::database::Database::query`] only. Must not know a terminal or a flag.

mod checks;

pub use checks::{Subject, Verdict, Wrong, run_checks, verify_revision};
