//! MySQL's and MariaDB's SQL for schemas: what makes, changes and drops objects. Knows the dialect's rules; must not know connections.
//!
//! Neither server has DDL in transactions: each statement stands for itself, and a script is one part.
//! Sources: MariaDB's "ALTER TABLE" and "InnoDB Online DDL Operations" pages, and MySQL's manual, "Online DDL Operations".

mod algorithm;
mod alter;
mod column;
mod create;
mod fill;
mod names;
mod partition;
mod plan;
mod program;
mod rename;

pub use self::algorithm::weaker;
use super::{Options, Schema, Script};

/// The statements that lead from `from` to `to`.
#[must_use]
pub fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    plan::script(from, to, options)
}
