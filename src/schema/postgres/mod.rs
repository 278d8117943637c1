//! PostgreSQL's SQL for schemas: what makes, changes and drops objects. Knows the dialect's rules; must not know connections.
//!
//! [`create`] has the statements that make an object, [`alter`] those that change or drop one, `plan` decides what becomes of
//! each object and brings the statements into an order.

mod alter;
mod cast;
mod create;
mod name;
mod plan;
mod rename;
mod text;

pub use name::{identifier, qualified};

use super::{Options, Schema, Script};

/// The statements that lead from `from` to `to`.
#[must_use]
pub fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    let (from, renames) = rename::renamed(from, &options.renames);
    let mut script = plan::plan(&from, to, options, renames);
    plan::note_locks(&mut script, &from);
    script
}
