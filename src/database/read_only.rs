//! Detection results for servers that do not accept writes.

/// Reason why the server is read-only, and remedies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOnlyServer {
    /// Reason, as a clause: `it is a replica`.
    pub reason: String,
    /// Remedies, one line each: the address of the primary, the statement that changes a setting.
    pub remedies: Vec<String>,
}
