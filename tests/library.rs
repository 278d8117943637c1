//! aludel in a Rust program: what it does to databases, and what it leaves alone.
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
