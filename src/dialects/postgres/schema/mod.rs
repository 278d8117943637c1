//! PostgreSQL's SQL for schemas.
//!
//! `create` returns the statements that create an object, and `alter` those that change or drop one. `plan` decides how
//! each object changes and orders the statements.

mod alter;
mod beyond_model;
mod bodies;
mod cast;
mod create;
mod name;
mod normalize;
mod not_null;
mod partition_keys;
mod plan;
mod rename;
mod temporary_name;
mod text;

pub use name::{identifier, identifiers, qualified};
pub use normalize::normalize_expression;
pub use text::owning_column;

use std::borrow::Cow;

use crate::schema::{Attribute, Key, Kind, Object, Options, Schema, Script};

/// Returns the statements that turn `from` into `to`.
#[must_use]
pub fn script(from: &Schema, to: &Schema, options: &Options) -> Script {
    // Rewrite both schemas first, so that their difference contains only changes that need a statement of the plan: the
    // old one to its state after the renames and after DETACH and ATTACH, which turn foreign keys of partitions into
    // independent ones and back.
    let original = from;
    let (mut from, mut renames) = rename::renamed(original, &options.renames);
    rename::attached(&mut from, to, &mut renames);
    partition_keys::follow_partitions(&mut from, to);
    let to = with_public(&mut from, to, options.owners);
    let to = beyond_model::with_missing_needs(&from, to);
    let to = not_null::follow_moved_tables(&mut from, to);
    let to = not_null::mark_taken_names(&from, to);
    let mut script = plan::plan(&from, &to, options, renames);
    plan::note_locks(&mut script, original, &from, &to);
    bodies::disable_check_function_bodies(&mut script);
    script
}

/// Adds the schema `public` to the side that lacks it. It exists in every database, and the catalog reader lists it
/// only if it differs from the default.
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
