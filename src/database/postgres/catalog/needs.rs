//! Who needs whom, from the rows of `pg_depend`.

use super::draft::{Dependency, Draft};
use crate::schema::{Key, Kind, Object};

/// Turns the dependencies into needs.
pub(super) fn set(draft: &mut Draft) {
    for dependency in std::mem::take(&mut draft.dependencies) {
        let (Some(from), Some(to)) = (draft.place(dependency.from), draft.place(dependency.to)) else { continue };
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

fn goes_without_saying(dependency: &Dependency, object: &Object, need: &Object) -> bool {
    let is_owned_sequence = object.key.kind == Kind::Sequence && dependency.kind == b'a';
    is_owned_sequence || belongs(&object.key, &need.key) || belongs(&need.key, &object.key)
}

/// Whether `part` is of the table (or view, type) `whole`.
fn belongs(part: &Key, whole: &Key) -> bool {
    whole.table.is_none()
        && part.namespace == whole.namespace
        && part.table.as_ref() == Some(&whole.name)
        && matches!(whole.kind, Kind::Table | Kind::View | Kind::MaterializedView | Kind::Composite | Kind::Domain)
}
