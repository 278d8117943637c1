//! Comparison with a real Alembic: both read the same files, migrate the same databases; Alembic projects are imported.

mod adopting;
mod import;
mod online;
mod random;
mod reading;
mod running;
mod shapes;
mod switch;
