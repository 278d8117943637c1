//! Beside a real Alembic: the same files read, the same databases moved, its projects taken over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "alembic/import.rs"]
mod import;
#[path = "alembic/reading.rs"]
mod reading;
#[path = "alembic/running.rs"]
mod running;
