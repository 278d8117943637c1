//! aludel as a library in a Rust program: its effects on databases, and the absence of side effects on the program.
#![allow(clippy::print_stderr)]

mod copies;
mod edited;
mod features;
mod lent;
mod migrating;
mod panicking;
mod wording;
