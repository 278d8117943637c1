//! Renames that a person names: `table.old=new`, `old_table=new_table`.

use crate::schema::{Kind, Rename, Schema};

/// Why a text names no rename.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRename {
    /// There is no `=` in it, or nothing on one of its sides.
    #[error("a rename is written table.old=new or old_table=new_table")]
    Form,
    /// Nothing has the old name.
    #[error("there is no {0} to be renamed")]
    NoOld(String),
    /// Nothing of the kind has the new name, in the same place.
    #[error("there is no {0} in the desired schema")]
    NoNew(String),
    /// Both names are there before, or both after.
    #[error("{0} is still there under its old name")]
    StillThere(String),
}

/// What can be renamed, in the order in which it is looked for.
const KINDS: [Kind; 12] = [
    Kind::Table,
    Kind::Column,
    Kind::View,
    Kind::MaterializedView,
    Kind::Index,
    Kind::Enum,
    Kind::Domain,
    Kind::Composite,
    Kind::Sequence,
    Kind::Check,
    Kind::Unique,
    Kind::ForeignKey,
];

/// Reads a rename. The old name is that of the schema `from`: `users.name`, `billing.users.name`, `users`; the new name
/// goes without its table.
///
/// # Errors
/// [`BadRename`].
pub fn parse_rename(text: &str, from: &Schema, to: &Schema) -> Result<Rename, BadRename> {
    let (old, new) = text.split_once('=').ok_or(BadRename::Form)?;
    let (old, new) = (old.trim(), new.trim());
    if old.is_empty() || new.is_empty() {
        return Err(BadRename::Form);
    }
    // `users.name=users.full_name` means the same.
    let new = new.rsplit('.').next().unwrap_or(new);
    let found = KINDS
        .into_iter()
        .find_map(|kind| from.objects().find(|object| object.key.kind == kind && named(&object.key.to_string(), old)));
    let object = found.ok_or_else(|| BadRename::NoOld(old.to_owned()))?;
    let rename = Rename { from: object.key.clone(), to: new.to_owned() };
    let arrives = |rename: &Rename| to.objects().any(|object| arrived(rename, &object.key));
    if !arrives(&rename) {
        return Err(BadRename::NoNew(rename.new_key().to_string()));
    }
    if to.get(&rename.from).is_some() {
        return Err(BadRename::StillThere(old.to_owned()));
    }
    Ok(rename)
}

/// Whether the object is what the rename made; its table may have another name too.
fn arrived(rename: &Rename, key: &crate::schema::Key) -> bool {
    let new = rename.new_key();
    key.kind == new.kind && key.namespace == new.namespace && key.name == new.name
}

fn named(shown: &str, wanted: &str) -> bool {
    shown == wanted || shown.strip_prefix("public.") == Some(wanted) || wanted.strip_prefix("public.") == Some(shown)
}
