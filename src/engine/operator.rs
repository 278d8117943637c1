//! User who runs aludel, for the journal.

/// Operator of a run, for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Name of the operating system's user.
    pub os_user: String,
    /// Host name.
    pub host: String,
    /// Version of aludel.
    pub tool_version: String,
}

impl Operator {
    /// Returns the user and the host that run the program, and its version.
    #[must_use]
    pub fn current() -> Self {
        Self {
            os_user: whoami::username().unwrap_or_else(|_| "unknown".to_owned()),
            host: whoami::hostname().unwrap_or_else(|_| "unknown".to_owned()),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
