//! PostgreSQL's SQL for schemas: what makes, changes and drops objects. Knows the dialect's rules; must not know connections.

mod create;
mod name;

pub use name::{identifier, qualified};

use std::collections::BTreeSet;

use super::{Options, Schema, Script, in_order};

/// The statements that lead from `from` to `to`.
#[must_use]
pub fn script(from: &Schema, to: &Schema, _options: &Options) -> Script {
    let mut script = Script::default();
    if !from.is_empty() {
        return script;
    }
    let carried: BTreeSet<_> =
        to.objects().flat_map(|object| create::carried(object, to)).map(|object| &object.key).collect();
    let order: Vec<_> = in_order(to.objects()).into_iter().filter(|object| !carried.contains(&object.key)).collect();
    let statements = order.iter().flat_map(|object| create::create(object, to));
    let later = order.iter().copied().chain(to.objects().filter(|object| carried.contains(&object.key)));
    statements
        .chain(later.flat_map(|object| create::later(object, to)))
        .for_each(|statement| script.push(true, statement));
    script
}
