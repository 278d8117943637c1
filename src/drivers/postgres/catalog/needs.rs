//! Dependencies between objects, from the rows of `pg_depend`.

use super::builder::{CatalogAddress, Dependency, SchemaBuilder};
use crate::schema::{Attribute, Key, Kind, Object};

/// Adds the dependencies to the objects that depend on others.
pub(super) fn set(draft: &mut SchemaBuilder) {
    for dependency in std::mem::take(&mut draft.dependencies) {
        let Some(from) = draft.object_index(dependency.from) else { continue };
        let Some(to) = draft.object_index(dependency.to) else {
            need_foreign_table(draft, from, &dependency);
            continue;
        };
        if from == to {
            continue;
        }
        let (Some(object), Some(need)) = (draft.objects.get(from), draft.objects.get(to)) else { continue };
        if goes_without_saying(&dependency, object, need) {
            continue;
        }
        let need = need.key.clone();
        if let Some(object) = draft.objects.get_mut(from) {
            object.needs.insert(need);
        }
    }
}

fn need_foreign_table(draft: &mut SchemaBuilder, from: usize, dependency: &Dependency) {
    let whole = CatalogAddress { column: 0, ..dependency.to };
    let Some(name) = draft.foreign_tables.get(&whole).map(|name| format!("foreign table {name}")) else { return };
    let Some(object) = draft.objects.get_mut(from) else { return };
    let mut needed = object.list(Attribute::NeedsUnmodelled).to_vec();
    if !needed.contains(&name) {
        needed.push(name);
        object.set(Attribute::NeedsUnmodelled, needed);
    }
}

fn goes_without_saying(dependency: &Dependency, object: &Object, need: &Object) -> bool {
    let is_owned_sequence = object.key.kind == Kind::Sequence && dependency.kind == b'a';
    is_owned_sequence || belongs(&object.key, &need.key) || belongs(&need.key, &object.key)
}

/// Returns whether `part` belongs to the table (or view, or type) `whole`.
fn belongs(part: &Key, whole: &Key) -> bool {
    whole.table.is_none()
        && part.namespace == whole.namespace
        && part.table.as_ref() == Some(&whole.name)
        && matches!(whole.kind, Kind::Table | Kind::View | Kind::MaterializedView | Kind::Composite | Kind::Domain)
}
