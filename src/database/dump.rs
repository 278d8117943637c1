//! Dumps and restores with a database's own programs or API.

/// Dumps and restores with a database's own programs or API.
pub trait Dumper {}
