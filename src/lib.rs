//! aludel: schema migrations for several services, as a directed acyclic graph of plain SQL revisions.
//!
//! The house has floors; a floor uses only the floors below it. From the ground up:
//! `sql`, [`id`], [`diagnostic`], [`duration`], [`yaml`]; then [`revision`], [`graph`], [`schema`], [`config`]; then [`project`] and
//! [`database`]; then [`engine`] and [`backup`]; then [`runbook`]; and at the top `cli`, the only part that prints.

pub mod backup;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod database;
pub mod diagnostic;
pub mod duration;
pub mod engine;
pub mod foreign;
pub mod graph;
pub mod id;
pub mod migrator;
pub mod project;
pub mod revision;
pub mod runbook;
pub mod schema;
pub mod sql;
pub mod takeover;
pub mod yaml;

pub use migrator::{Embedded, Migrator};

#[doc(hidden)]
pub use aludel_macros::files as __embedded_files;

/// The crates whose connections [`Migrator::on`] takes: the versions that this library is built with.
pub mod drivers {
    #[cfg(feature = "mysql")]
    pub use mysql;
    #[cfg(feature = "postgres")]
    pub use postgres;
    #[cfg(feature = "sqlite")]
    pub use rusqlite;
}
