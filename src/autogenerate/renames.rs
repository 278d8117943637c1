//! Renames given by the user: `table.old=new`, `old_table=new_table`.

use crate::schema::{Kind, Rename, Schema};

/// Reason why a text is not a valid rename.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRename {
    /// There is no `=`, or nothing on one of its sides.
    #[error("a rename is written table.old=new or old_table=new_table")]
    Form,
    /// No object has the old name.
    #[error("there is no {0} to rename")]
    NoOld(String),
    /// No object of the same kind and namespace has the new name.
    #[error("there is no {0} in the desired schema")]
    NoNew(String),
    /// The old name still exists in the desired schema.
    #[error("{0} still exists under its old name")]
    StillThere(String),
}

/// Kinds that can be renamed, in the order in which they are searched.
const KINDS: [Kind; 13] = [
    Kind::Table,
    Kind::Column,
    Kind::View,
    Kind::MaterializedView,
    Kind::Index,
    Kind::Enum,
    Kind::Domain,
    Kind::Collation,
    Kind::Composite,
    Kind::Sequence,
    Kind::Check,
    Kind::Unique,
    Kind::ForeignKey,
];

/// Parses a rename. The old name refers to the schema `from`: `users.name`, `billing.users.name`, `users`. The new name
/// is given without its table.
///
/// # Errors
/// [`BadRename`] if the syntax is invalid, or the schemas do not match the rename.
/// [`BadRename`].
pub fn parse_rename(text: &str, from: &Schema, to: &Schema) -> Result<Rename, BadRename> {
    let (old, new) = text.split_once('=').ok_or(BadRename::Form)?;
    let (old, new) = (old.trim(), new.trim());
    if old.is_empty() || new.is_empty() {
        return Err(BadRename::Form);
    }
    // `users.name=users.full_name` is accepted as well.
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

/// Returns `true` if the key matches the new name. The table is not compared, because it may be renamed at the same
/// time.
fn arrived(rename: &Rename, key: &crate::schema::Key) -> bool {
    let new = rename.new_key();
    key.kind == new.kind && key.namespace == new.namespace && key.name == new.name
}

fn named(shown: &str, wanted: &str) -> bool {
    shown == wanted || shown.strip_prefix("public.") == Some(wanted) || wanted.strip_prefix("public.") == Some(shown)
}
