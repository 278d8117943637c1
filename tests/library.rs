//! aludel as a library in a Rust program: its effects on databases, and the absence of side effects on the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "library/copies.rs"]
mod copies;
#[path = "library/features.rs"]
mod features;
#[path = "library/lent.rs"]
mod lent;
#[path = "library/migrating.rs"]
mod migrating;
#[path = "library/panicking.rs"]
mod panicking;
mod support;
#[path = "library/wording.rs"]
mod wording;
