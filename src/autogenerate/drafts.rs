//! The statements between two schemas as revisions: each part of a script is one, with the way back from what it made.

use crate::schema::{Change, Kind, Note, Options, Part, Rename, Schema, Script, difference, script};

use super::text::{gaps, part_text};

/// A revision that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Whether it can run in a transaction, up and down.
    pub transaction: bool,
    /// The text of its upgrade section.
    pub upgrade: String,
    /// The text of its downgrade section.
    pub downgrade: String,
    /// What a person has to fill in.
    pub gaps: Vec<String>,
    /// What the upgrade loses for good.
    pub losses: Vec<String>,
}

/// Runs a part where nothing is kept, and reads what is there then. A statement that is refused may be written another way.
pub type Apply<'a, E> = dyn FnMut(&mut Part) -> Result<Schema, E> + 'a;

/// The revisions that lead along `steps`, which starts at `from`. After each part `apply` says what there is; so the
/// way back of each revision is that from where it led. The last schema is returned too: it should be the desired one.
///
/// # Errors
/// Those of `apply`.
pub fn drafts<E>(
    from: &Schema,
    steps: &Script,
    options: &Options,
    apply: &mut Apply<'_, E>,
) -> Result<(Vec<Draft>, Schema), E> {
    let mut drafts = Vec::new();
    let mut before = from.clone();
    for part in &steps.parts {
        let mut part = part.clone();
        let after = apply(&mut part)?;
        drafts.push(draft(&before, &after, &part, options));
        before = after;
    }
    Ok((drafts, before))
}

fn draft(before: &Schema, after: &Schema, part: &Part, options: &Options) -> Draft {
    let back = way_back(before, after, options, part.transaction);
    let parts: Vec<_> = back.parts.iter().map(|part| part_text(part, before.dialect)).collect();
    let losses = part.statements.iter().flat_map(|statement| &statement.notes).filter_map(|note| match note {
        Note::Loses(what) => Some(what.clone()),
        _ => None,
    });
    Draft {
        transaction: part.transaction && back.parts.iter().all(|part| part.transaction),
        upgrade: part_text(part, before.dialect),
        downgrade: parts.join("\n"),
        gaps: gaps(part).map(str::to_owned).collect(),
        losses: losses.collect(),
    }
}

/// The way back from `after` to `before`. It keeps to a transaction when `transaction`, where it can. What dropped rows
/// or values held does not come back: that is said over the statement that makes the object anew.
#[must_use]
pub fn way_back(before: &Schema, after: &Schema, options: &Options, transaction: bool) -> Script {
    let there = options.renames.iter().filter(|rename| before.get(&rename.from).is_some());
    let renames =
        there.map(|rename| reversed(rename, &options.renames)).filter(|rename| after.get(&rename.from).is_some());
    let options =
        Options { online: options.online && !transaction, owners: options.owners, renames: renames.collect() };
    let mut back = script(after, before, &options);
    let remarks = lost_for_good(before, after, &options);
    if let (Some(first), false) =
        (back.parts.first_mut().and_then(|part| part.statements.first_mut()), remarks.is_empty())
    {
        first.notes.splice(0..0, remarks.into_iter().map(Note::Remark));
    }
    back
}

/// The way back of a rename; its table is found under the name that it has by then.
fn reversed(rename: &Rename, renames: &[Rename]) -> Rename {
    let mut back = rename.reversed();
    let is_table = |other: &&Rename| {
        other.from.table.is_none()
            && other.from.namespace == rename.from.namespace
            && Some(&other.from.name) == rename.from.table.as_ref()
    };
    if let Some(table) = renames.iter().find(is_table) {
        back.from.table = Some(table.to.clone());
    }
    back
}

/// The tables and columns that the way back makes anew: they come back empty.
fn lost_for_good(before: &Schema, after: &Schema, options: &Options) -> Vec<String> {
    let is_renamed = |key: &crate::schema::Key| options.renames.iter().any(|rename| rename.new_key() == *key);
    let difference = difference(after, before);
    let made = difference.changes.iter().filter_map(|change| match change {
        Change::Add(object) if !is_renamed(&object.key) => Some(&object.key),
        _ => None,
    });
    let made: Vec<_> = made.collect();
    let table_is_new = |key: &crate::schema::Key| {
        key.parent(Kind::Table).is_some_and(|table| made.contains(&&table) || is_renamed(&table))
    };
    let line = |key: &&crate::schema::Key| match key.kind {
        Kind::Table => Some(format!("NOT BROUGHT BACK: all rows of {key}")),
        Kind::Column if !table_is_new(key) => Some(format!("NOT BROUGHT BACK: the values of {key}")),
        _ => None,
    };
    made.iter().filter_map(line).collect()
}
