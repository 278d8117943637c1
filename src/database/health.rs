//! Queries about the state of a server: its load, sizes, sessions and replicas.

/// Queries about the state of a server: its load, sizes, sessions and replicas.
pub trait HealthQueries {}
