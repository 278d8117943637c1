//! PostgreSQL's SQL for schemas: what makes, changes and drops objects. Knows the dialect's rules; must not know connections.

mod create;
mod name;

pub use name::{identifier, qualified};

use super::{Options, Schema, Script};

/// The statements that lead from `from` to `to`.
#[must_use]
pub fn script(_from: &Schema, _to: &Schema, _options: &Options) -> Script {
    Script::default()
}
