//! Queries about what the connected user may do.

/// Queries about what the connected user may do.
pub trait PrivilegeQueries {}
