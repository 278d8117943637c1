//! Operations around a run in production: verification, preflight, hooks, watching. Reads databases through
//! [`crate::database::Database::query`] and the driver's [`crate::database::HealthQueries`] and
//! [`crate::database::PrivilegeQueries`] only. Must not depend on a terminal or flags.

mod checks;
mod hooks;
mod losses;
mod preflight;
mod watch;

pub use checks::{Subject, Verdict, Wrong, run_checks, verify_revision};
pub use hooks::{Ran, run_hook};
pub use losses::{Amount, Lost, losses};
pub use preflight::{Item, Level, Limits, Preflight, preflight};
pub use watch::{Observation, WatchLimits, observe};
