//! The statements between two schemas as revisions: each part of a script is one, with the way back from what it made.

use std::collections::BTreeSet;

use crate::schema::{
    Attribute, Change, Kind, Note, Options, Part, Rename, Schema, Script, Statement, difference, script,
};
use crate::sql::Dialect;

use super::text::{comment, gaps, part_text};

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

/// Where statements are tried before they are written down: a scratch database.
pub trait Trial {
    /// Why nothing could be tried.
    type Error;

    /// Runs a part and reads what is there then. A statement that is refused is written another way, or becomes a gap: see
    /// [`Statement::is_refused`].
    ///
    /// # Errors
    /// When the scratch database cannot be used; not for a statement that it refuses.
    fn apply(&mut self, part: &mut Part) -> Result<Schema, Self::Error>;

    /// Deletes the rows, as far as the database lets it: what is tried then is tried on the schema alone.
    ///
    /// # Errors
    /// When the scratch database cannot be used.
    fn delete_rows(&mut self, schema: &Schema) -> Result<(), Self::Error>;
}

/// Scripts after the first one, at most, that are tried while something differs still.
const MAX_ROUNDS: usize = 4;

/// A part that was tried, with the schema before and after it.
struct Tried {
    part: Part,
    before: Schema,
    after: Schema,
}

/// The revisions that lead from `from` along `steps` to `to`. After each part `trial` tells what there is, and so does it for
/// each way back; while something differs, more statements are tried. The last schema is returned too: it should be `to`.
///
/// # Errors
/// Those of `trial`.
pub fn drafts<T: Trial>(
    from: &Schema,
    to: &Schema,
    steps: &Script,
    options: &Options,
    trial: &mut T,
) -> Result<(Vec<Draft>, Schema), T::Error> {
    let tried = there(from, to, steps, options, trial)?;
    let reached = tried.last().map_or_else(|| from.clone(), |last| last.after.clone());
    trial.delete_rows(&reached)?;
    let mut drafts = Vec::new();
    let mut is_whole = true;
    for Tried { part, before, after } in tried.into_iter().rev() {
        // Behind a statement of a later revision that was refused the database is not what an earlier one made.
        let trial = is_whole.then_some(&mut *trial);
        let back = tried_way_back(&before, &after, options, part.transaction, trial)?;
        is_whole &= !back.script.statements().any(Statement::is_refused);
        drafts.push(draft(part, &back, before.dialect));
    }
    drafts.reverse();
    Ok((drafts, reached))
}

fn there<T: Trial>(
    from: &Schema,
    to: &Schema,
    steps: &Script,
    options: &Options,
    trial: &mut T,
) -> Result<Vec<Tried>, T::Error> {
    let mut tried: Vec<Tried> = Vec::new();
    let mut before = from.clone();
    let mut next = steps.clone();
    for _ in 0..=MAX_ROUNDS {
        for mut part in std::mem::take(&mut next.parts) {
            let after = trial.apply(&mut part)?;
            tried.push(Tried { part, before, after: after.clone() });
            before = after;
        }
        let seen: Vec<&Statement> = tried.iter().flat_map(|tried| &tried.part.statements).collect();
        if seen.iter().any(|statement| statement.is_refused()) {
            break;
        }
        let Some(more) = more(&before, to, options, &seen) else { break };
        next = more;
    }
    Ok(tried)
}

/// The statements for what differs still; `None` when nothing does, or they ran already.
fn more(from: &Schema, to: &Schema, options: &Options, seen: &[&Statement]) -> Option<Script> {
    if difference(from, to).is_empty() {
        return None;
    }
    let renames = options.renames.iter().filter(|rename| from.get(&rename.from).is_some()).cloned().collect();
    let more = script(from, to, &Options { renames, ..options.clone() });
    let is_new = |statement: &Statement| !seen.iter().any(|seen| seen.sql == statement.sql);
    let has_new = more.statements().any(is_new);
    has_new.then_some(more)
}

fn draft(part: Part, back: &WayBack, dialect: Dialect) -> Draft {
    let parts: Vec<_> = back.script.parts.iter().map(|part| part_text(part, dialect)).collect();
    let losses = part.statements.iter().flat_map(|statement| &statement.notes).filter_map(|note| match note {
        Note::Loses(what) => Some(what.clone()),
        _ => None,
    });
    let is_open = part.statements.iter().any(Statement::is_refused);
    let open = if is_open { open_way_back() } else { String::new() };
    let refused = back.script.statements().filter(|statement| statement.is_refused());
    let refused = refused.flat_map(Statement::gaps).map(|gap| format!("in the downgrade: {gap}"));
    Draft {
        transaction: part.transaction && back.script.parts.iter().all(|part| part.transaction),
        upgrade: part_text(&part, dialect),
        downgrade: format!("{open}{}{}", back.left, parts.join("\n")),
        gaps: gaps(&part).map(str::to_owned).chain(refused).collect(),
        losses: losses.collect(),
    }
}

/// What stands in a downgrade whose upgrade has a statement that was refused: what undoes it is not known.
fn open_way_back() -> String {
    let gap = Note::Gap("what undoes the statement of the upgrade that was refused".to_owned());
    format!("{}{};\n\n", comment(&gap), Script::GAP)
}

/// A way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// The statements.
    pub script: Script,
    /// Comment lines that name what differs still behind them.
    pub left: String,
}

/// The way back from `after` to `before` as [`way_back`] has it, run on `trial`, which is at `after`. What differs still behind
/// it is tried with more statements, and named if that does not help.
///
/// # Errors
/// Those of `trial`.
pub fn tried_way_back<T: Trial>(
    before: &Schema,
    after: &Schema,
    options: &Options,
    transaction: bool,
    trial: Option<&mut T>,
) -> Result<WayBack, T::Error> {
    let mut next = way_back(before, after, options, transaction);
    let Some(trial) = trial else { return Ok(WayBack { script: next, left: String::new() }) };
    let options = Options { online: options.online && !transaction, renames: Vec::new(), ..options.clone() };
    let mut back = Script::default();
    let mut found = after.clone();
    for _ in 0..=MAX_ROUNDS {
        for mut part in std::mem::take(&mut next.parts) {
            found = trial.apply(&mut part)?;
            part.statements.into_iter().for_each(|statement| back.push(part.transaction, statement));
        }
        let seen: Vec<&Statement> = back.statements().collect();
        if seen.iter().any(|statement| statement.is_refused()) {
            break;
        }
        let Some(more) = more(&found, before, &options, &seen) else { break };
        next = more;
    }
    let left = difference(&found, before);
    let line = |change: &Change<'_>| {
        let (kind, key) = (change.key().kind.words(), change.key());
        comment(&Note::Remark(format!("NOT BROUGHT BACK: {kind} {key}")))
    };
    Ok(WayBack { script: back, left: left.changes.iter().map(line).collect() })
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
    let rows = made.iter().filter_map(line);
    rows.chain(dropped_along_for_good(before, after)).collect()
}

/// What the model does not cover, and fell with an object on the way there.
fn dropped_along_for_good(before: &Schema, after: &Schema) -> BTreeSet<String> {
    let named = |schema: &Schema| -> BTreeSet<String> {
        let entries = schema.objects().flat_map(|object| object.list(Attribute::DroppedAlong));
        entries.map(|entry| entry.lines().next().unwrap_or_default().to_owned()).collect()
    };
    let gone = &named(before) - &named(after);
    gone.into_iter().map(|words| format!("NOT BROUGHT BACK: {words}")).collect()
}
