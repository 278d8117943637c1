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
//! Everything that this page lists follows Semantic Versioning. The other modules are public for the command line and the tests
//! only, and may change in any version; `docs/architecture.md` is their map.

#![cfg_attr(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")), allow(dead_code))]

// Hidden modules are public for the command line and the tests only.
#[doc(hidden)]
pub mod autogenerate;
#[cfg(feature = "backup")]
#[doc(hidden)]
pub mod backup;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod database;
#[doc(hidden)]
pub mod ddl;
#[doc(hidden)]
pub mod diagnostic;
#[doc(hidden)]
pub mod dialects;
#[doc(hidden)]
pub mod drivers;
#[doc(hidden)]
pub mod duration;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod error_code;
#[doc(hidden)]
pub mod formats;
#[doc(hidden)]
pub mod graph;
mod hexadecimal;
#[doc(hidden)]
pub mod id;
#[cfg(feature = "import")]
#[doc(hidden)]
pub mod import;
#[doc(hidden)]
pub mod lint;
pub mod migrator;
#[doc(hidden)]
pub mod operations;
mod parallel;
#[doc(hidden)]
pub mod project;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod revision;
#[doc(hidden)]
pub mod schema;
#[doc(hidden)]
pub mod shadow;
#[doc(hidden)]
pub mod sql;
#[doc(hidden)]
pub mod system;
#[doc(hidden)]
pub mod units;
#[doc(hidden)]
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
