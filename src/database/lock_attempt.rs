//! Result of an attempt to acquire the runners' lock.

/// Holder of the lock, as far as the database reports it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockHolder {
    /// Description in one line: pid, user, application, address, since when, current query.
    pub description: String,
    /// Statement that terminates the holder's session, if the lock belongs to a session.
    pub end: Option<String>,
}

/// Result of [`Database::try_lock`](super::Database::try_lock).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum LockAttempt {
    /// The lock is held by this connection.
    Acquired,
    /// Another runner holds the lock.
    HeldBy(LockHolder),
}

impl LockAttempt {
    /// Returns the other runner that holds the lock.
    #[must_use]
    pub fn holder(self) -> Option<LockHolder> {
        match self {
            Self::Acquired => None,
            Self::HeldBy(holder) => Some(holder),
        }
    }
}
