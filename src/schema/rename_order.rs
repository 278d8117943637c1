//! Order in which renames are applied, and temporary names for objects that swap their names.

use std::collections::BTreeSet;

use super::key::{Key, Kind};
use super::model::Schema;
use super::rename::Rename;

/// Returns the renames by level: schemas, then top-level objects, then parts of tables, each with the key that the
/// object has after the levels before. A request may list a column under the old or the new name of its table.
pub(crate) fn rename_levels(
    from: &Schema,
    renames: &[Rename],
    moved_key: fn(&Key, &Rename) -> Key,
) -> [Vec<Rename>; 3] {
    let mut levels: [Vec<Rename>; 3] = Default::default();
    for number in 0..levels.len() {
        let wanted = renames.iter().filter(|rename| level(&rename.from) == number);
        let resolved: Vec<Rename> = wanted
            .map(|rename| {
                let is_old = from.get(&rename.from).is_some();
                let applied = levels.iter().filter(|_| is_old);
                let key = applied.fold(rename.from.clone(), |key, level| key_after(&key, level, moved_key));
                Rename { from: key, to: rename.to.clone() }
            })
            .collect();
        if let Some(level) = levels.get_mut(number) {
            *level = resolved;
        }
    }
    levels
}

const fn level(key: &Key) -> usize {
    match key.kind {
        Kind::Namespace | Kind::Database => 0,
        _ if key.table.is_none() => 1,
        _ => 2,
    }
}

/// Returns the key after all renames of one level. At most one of them moves it.
fn key_after(key: &Key, level: &[Rename], moved_key: fn(&Key, &Rename) -> Key) -> Key {
    level.iter().map(|rename| moved_key(key, rename)).find(|moved| moved != key).unwrap_or_else(|| key.clone())
}

/// Returns the renames of one level as steps that can be run one after the other. An object whose new name still
/// belongs to another one of the level gets a temporary name first.
pub(crate) fn with_temporary_names(
    level: Vec<Rename>,
    schema: &Schema,
    temporary_name: impl Fn(&Rename) -> String,
) -> Vec<Rename> {
    let mut pending: BTreeSet<Key> = level.iter().map(|rename| rename.from.clone()).collect();
    let (mut steps, mut last) = (Vec::new(), Vec::new());
    for rename in level {
        pending.remove(&rename.from);
        let target = rename.new_key();
        if pending.contains(&target) && schema.get(&target).is_some() {
            let aside = Rename { to: temporary_name(&rename), from: rename.from };
            last.push(Rename { from: aside.new_key(), to: rename.to });
            steps.push(aside);
        } else {
            steps.push(rename);
        }
    }
    steps.extend(last);
    steps
}
