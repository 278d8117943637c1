//! Differences between operating systems: permissions, identity and locks of files, process groups and signals. Other
//! code calls these functions and has no `cfg` for a system; `tests/pure/architecture.rs` names the exceptions.

pub mod file;
pub mod process;

/// True if this is a build for Windows.
pub const IS_WINDOWS: bool = cfg!(windows);
