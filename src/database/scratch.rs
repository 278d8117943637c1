//! Scratch databases: made for a moment, dropped afterwards.

/// Scratch databases: made for a moment, dropped afterwards.
pub trait ScratchHost {}
