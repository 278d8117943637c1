//! PostgreSQL's SQL for schemas: what makes, changes and drops objects. Knows the dialect's rules; must not know connections.
//!
//! `create` has the statements that make an object, `alter` those that change or drop one, `plan` decides what becomes of
//! each object and brings the statements into an order.

mod alter;
mod beyond_model;
mod bodies;
mod cast;
mod create;
mod name;
mod not_null;
mod partition_keys;
mod plan;
mod rename;
mod settled;
mod text;

pub use name::{identifier, identifiers, qualified};
pub use settled::settled;
pub use text::names;

use std::borrow::Cow;

use super::{Attribute, Key, Kind, Object, Options, Schema, Script};

/// The statements that lead from `from` to `to`.
#[must_use]
pub fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    let (mut from, mut renames) = rename::renamed(from, &options.renames);
    rename::attached(&mut from, to, &mut renames);
    partition_keys::follow_partitions(&mut from, to);
    let to = with_public(&mut from, to, options.owners);
    let to = beyond_model::with_missing_needs(&from, to);
    let to = not_null::follow_moved_tables(&mut from, to);
    let to = not_null::mark_taken_names(&from, to);
    let mut script = plan::plan(&from, &to, options, renames);
    plan::note_locks(&mut script, &from, &to);
    bodies::take_as_they_are(&mut script);
    script
}

/// The namespace `public` is in every database, and listed only where there is something to tell of it: where one side lists
/// it, the other has to.
fn with_public<'s>(from: &mut Schema, to: &'s Schema, owners: bool) -> Cow<'s, Schema> {
    let key = Key::new(Kind::Namespace, None, "public");
    let mut usual = Object::new(key.clone());
    if owners {
        usual.set(Attribute::Owner, "pg_database_owner");
        usual.set(Attribute::Grants, vec!["PUBLIC: USAGE".to_owned()]);
    }
    match (from.get(&key).is_some(), to.get(&key).is_some()) {
        (true, false) => {
            let mut to = to.clone();
            to.add(usual);
            Cow::Owned(to)
        }
        (false, true) => {
            from.add(usual);
            Cow::Borrowed(to)
        }
        _ => Cow::Borrowed(to),
    }
}
