//! aludel: schema migrations for several services, as a directed acyclic graph of plain SQL revisions.
//!
//! In a program, start with [`Migrator`]: it upgrades databases with the revisions of a config file or with those that
//! the program [embeds](embed). `docs/library.md` is the guide.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite:{}", folder.path().join("auth.db").display());
//! let migrator = aludel::Migrator::embedded(aludel::embed!("revisions/auth").url(url))?;
//! let report = migrator.upgrade("head")?;
//! assert_eq!(report.steps().count(), 5);
//! # Ok(())
//! # }
//! ```
//!
//! Features: `sqlite`, `postgres` and `mysql` are the databases, `cli` is the command line; all are on by default.
//! [`Migrator`], [`Embedded`], [`embed!`](embed) and [`migrator`], with the types in their signatures, follow Semantic
//! Versioning; the other modules are public for the command line and the tests only, and may change in any version.
//!
//! The modules are layered; a module uses only the layers below its own. From the bottom up: `sql`, [`id`],
//! [`diagnostic`], [`duration`], `error_code`, [`yaml`], [`units`], `parallel`; then [`revision`], [`graph`], [`schema`], [`config`],
//! [`formats`]; then [`project`] and [`database`]; then [`drivers`]; then [`engine`], [`autogenerate`] and [`backup`]; then
//! [`shadow`] and [`operations`]; then [`import`] and [`report`];
//! and at the top [`migrator`] and `cli`, the only one that prints.

#![cfg_attr(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")), allow(dead_code))]

pub mod autogenerate;
#[cfg(feature = "backup")]
pub mod backup;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod database;
pub mod diagnostic;
pub mod dialects;
pub mod drivers;
pub mod duration;
pub mod engine;
#[doc(hidden)]
pub mod error_code;
pub mod formats;
pub mod graph;
pub mod id;
#[cfg(feature = "import")]
pub mod import;
pub mod migrator;
pub mod operations;
mod parallel;
pub mod project;
pub mod report;
pub mod revision;
pub mod schema;
pub mod shadow;
pub mod sql;
pub mod units;
pub mod yaml;

pub use migrator::{Embedded, Migrator};

/// The library guide, included so that its examples are compiled and run as doc tests.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../docs/library.md")]
pub struct LibraryPage;

#[doc(hidden)]
pub use aludel_macros::files as __embedded_files;

/// Driver crates whose connections [`Migrator::with_connection`] accepts, in the versions that this library is built with.
pub mod crates {
    #[cfg(feature = "mysql")]
    pub use mysql;
    #[cfg(feature = "postgres")]
    pub use postgres;
    #[cfg(feature = "sqlite")]
    pub use rusqlite;
}
