//! A server that takes no writes, as its driver found it.

/// Why the server takes no writes, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOnlyServer {
    /// The reason: `it is a replica`.
    pub reason: String,
    /// What helps, a line each: where the primary is, the statement that lifts a setting.
    pub remedies: Vec<String>,
}
