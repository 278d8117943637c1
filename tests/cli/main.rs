//! What a person types and reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod action;
mod alembic;
mod heads;
mod hints;
mod imports;
mod io;
mod lint;
mod redact;
mod report;
mod starting;
#[path = "../support/mod.rs"]
mod support;
mod transcripts;
