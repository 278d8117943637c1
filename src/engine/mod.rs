//! Runs a plan on a database: lock, transactions, version rows, journal. Reports events to an observer.
//! Knows plans, revisions and the `Database` trait; must not know a particular database, a terminal or a flag.

mod changed;
mod check;
mod error;
mod external;
mod foreign;
mod gentle;
mod lock;
mod observer;
mod pace;
mod phase;
mod prepare;
mod python;
mod repair;
mod resume;
mod retry;
mod run;
mod schedule;
mod script;
mod sentry;
mod stamp;
mod survey;
mod unit;
mod verify;

pub use changed::{Change, Changed, changed_revisions};
pub use check::{known_rows, refuse_long_ids};
pub use error::{Difference, EngineError, NoRepair, Refusal};
pub use external::{Prerequisite, Waits};
pub use foreign::{ForeignState, fits, foreign_heads, foreign_rows};
pub use lock::{Patience, with_lock};
pub use observer::{Event, Observer};
pub use phase::phases;
pub use prepare::{Prepared, Setting, prepare};
pub use repair::{Repair, Repaired, half_prepared, repair};
pub use resume::{Resumption, hashes, resumption, resumptions};
pub use run::{Job, Operator, Options, Outcome, ServiceError, Surveyed, run_all, survey_all};
pub use script::{Frame, script};
pub use stamp::{Stamp, Stamped, stamp};
pub use survey::{Course, Survey, survey};
pub use verify::{Verify, ask, is_query, read_verify};
