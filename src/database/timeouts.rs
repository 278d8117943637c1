//! Timeouts of statements.

use std::time::Duration;

/// Timeouts for a unit's statements. `None` keeps the server's setting; zero means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// Maximum wait for a lock.
    pub lock: Option<Duration>,
    /// Maximum duration of a statement, including lock waits.
    pub statement: Option<Duration>,
}
