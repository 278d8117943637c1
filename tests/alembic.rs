//! Comparison with a real Alembic: both read the same files, migrate the same databases; Alembic projects are imported.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "alembic/adopting.rs"]
mod adopting;
#[path = "alembic/import.rs"]
mod import;
#[path = "alembic/online.rs"]
mod online;
#[path = "alembic/random.rs"]
mod random;
#[path = "alembic/reading.rs"]
mod reading;
#[path = "transcript/redact.rs"]
mod redact;
#[path = "alembic/running.rs"]
mod running;
#[path = "alembic/shapes.rs"]
mod shapes;
#[path = "alembic/switch.rs"]
mod switch;
