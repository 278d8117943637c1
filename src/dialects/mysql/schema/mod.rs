//! SQL of MySQL and MariaDB that creates, alters and drops objects.
//!
//! Neither server has transactional DDL: each statement commits by itself, and a script is one part. Sources: MariaDB's
//! pages "ALTER TABLE" and "InnoDB Online DDL Operations", and "Online DDL Operations" in MySQL's manual.

mod algorithm;
mod alter;
mod column;
mod create;
mod fill;
mod fits;
mod flavour;
mod names;
mod partition;
mod plan;
mod program;
mod rename;

pub use self::algorithm::fall_back_to_weaker_algorithm;
use crate::schema::{Options, Schema, Script};

/// Returns the statements that turn `from` into `to`.
#[must_use]
pub fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    plan::script(from, to, options)
}
