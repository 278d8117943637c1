//! Runs a plan on a database: lock, transactions, version rows, journal. Reports events to an observer.
//! Knows plans, revisions and the `Database` trait; must not know a particular database, a terminal or a flag.

mod check;
mod error;
mod external;
mod lock;
mod observer;
mod prepare;
mod run;
mod schedule;
mod script;
mod stamp;
mod survey;
mod verify;

pub use check::{known_rows, refuse_long_ids};
pub use error::{EngineError, Refusal};
pub use external::{Prerequisite, Waits};
pub use lock::{Patience, with_lock};
pub use observer::{Event, Observer};
pub use prepare::{Prepared, Setting, prepare};
pub use run::{Job, Operator, Options, Outcome, ServiceError, Surveyed, run_all, survey_all};
pub use script::{Frame, script};
pub use stamp::{Stamp, stamp};
pub use survey::{Course, Survey, survey};
pub use verify::{Verify, ask, is_query, read_verify};
