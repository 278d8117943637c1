//! Generates revisions from the statements between two schemas: one for each part of a script, with the downgrade that
//! reverts it.

use std::collections::BTreeSet;

use crate::schema::{
    Attribute, Change, Kind, Options, Rename, Schema, Script, ScriptPart, Statement, StatementNote, difference, script,
};
use crate::sql::Dialect;

use super::text::{comment, part_text, placeholders};

/// Content of a revision to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionDraft {
    /// `true` if both directions can run in a transaction.
    pub transaction: bool,
    /// Text of the upgrade section.
    pub upgrade: String,
    /// Text of the downgrade section.
    pub downgrade: String,
    /// Placeholders that the user has to fill in.
    pub placeholders: Vec<String>,
    /// Data that the upgrade deletes irrecoverably.
    pub losses: Vec<String>,
}

/// Scratch database on which statements are tried before they are written to a file.
pub trait Trial {
    /// Error of the scratch database itself.
    type Error;

    /// Executes a part and reads the resulting schema. A statement that the database rejects is replaced by an
    /// alternative or becomes a placeholder: see [`Statement::is_refused`].
    ///
    /// # Errors
    /// Only if the scratch database cannot be used; a rejected statement is not an error.
    fn apply(&mut self, part: &mut ScriptPart) -> Result<Schema, Self::Error>;

    /// Deletes all rows, as far as the database allows it, so that statements tried afterwards are checked against the
    /// schema alone.
    ///
    /// # Errors
    /// If the scratch database cannot be used.
    fn delete_rows(&mut self, schema: &Schema) -> Result<(), Self::Error>;
}

/// Maximum number of additional scripts that are tried while the schemas still differ.
const MAX_ROUNDS: usize = 4;

/// Part that was executed on the scratch database, with the schema before and after it.
struct Tried {
    part: ScriptPart,
    before: Schema,
    after: Schema,
}

/// Generates the revisions that lead from `from` to `to` by means of `steps`. The result of each part, and of each
/// downgrade, is read from `trial`; as long as it differs from the expected schema, additional statements are tried.
/// Also returns the schema that was reached, which should be `to`.
///
/// # Errors
/// Those of `trial`.
pub fn drafts<T: Trial>(
    from: &Schema,
    to: &Schema,
    steps: &Script,
    options: &Options,
    trial: &mut T,
) -> Result<(Vec<RevisionDraft>, Schema), T::Error> {
    let tried = there(from, to, steps, options, trial)?;
    let reached = tried.last().map_or_else(|| from.clone(), |last| last.after.clone());
    trial.delete_rows(&reached)?;
    let mut drafts = Vec::new();
    let mut is_whole = true;
    // The scratch database has the last schema now, so the downgrades are tried from the last revision to the first.
    for Tried { part, before, after } in tried.into_iter().rev() {
        // After a rejected downgrade statement of a later revision, the scratch database is not in the state that
        // earlier revisions leave behind, so their downgrades can no longer be tried on it.
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

/// Script for the remaining differences; `None` if there are none, or if it contains only statements that were already
/// executed.
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

fn draft(part: ScriptPart, back: &WayBack, dialect: Dialect) -> RevisionDraft {
    let parts: Vec<_> = back.script.parts.iter().map(|part| part_text(part, dialect)).collect();
    let losses = part.statements.iter().flat_map(|statement| &statement.notes).filter_map(|note| match note {
        StatementNote::Loses(what) => Some(what.clone()),
        _ => None,
    });
    let is_open = part.statements.iter().any(Statement::is_refused);
    let open = if is_open { open_way_back() } else { String::new() };
    let refused = back.script.statements().filter(|statement| statement.is_refused());
    let refused =
        refused.flat_map(Statement::placeholders).map(|placeholder| format!("in the downgrade: {placeholder}"));
    RevisionDraft {
        transaction: part.transaction && back.script.parts.iter().all(|part| part.transaction),
        upgrade: part_text(&part, dialect),
        downgrade: format!("{open}{}{}", back.left, parts.join("\n")),
        placeholders: placeholders(&part).map(str::to_owned).chain(refused).collect(),
        losses: losses.collect(),
    }
}

/// Placeholder in the downgrade of a revision whose upgrade contains a rejected statement: how to revert it is unknown.
fn open_way_back() -> String {
    let placeholder = StatementNote::Placeholder("the reverse of the refused statement of the upgrade".to_owned());
    format!("{}{};\n\n", comment(&placeholder), Script::PLACEHOLDER)
}

/// Downgrade of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// Statements of the downgrade.
    pub script: Script,
    /// Comment lines that list the remaining differences.
    pub left: String,
}

/// Generates the downgrade from `after` to `before` as [`way_back`] does and executes it on `trial`, whose schema must
/// be `after`. For remaining differences, additional statements are tried; differences that persist are listed in
/// comments.
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
        comment(&StatementNote::Remark(format!("NOT BROUGHT BACK: {kind} {key}")))
    };
    Ok(WayBack { script: back, left: left.changes.iter().map(line).collect() })
}

/// Script of the downgrade from `after` to `before`, limited to transactional statements if `transaction` is set and
/// that is possible. Data deleted by the upgrade cannot be restored; a comment above the first statement lists it.
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
        first.notes.splice(0..0, remarks.into_iter().map(StatementNote::Remark));
    }
    back
}

/// Reverses a rename. Its table is looked up under the name that it has after the upgrade.
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

/// Tables and columns that the downgrade creates again: they are empty afterwards.
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

/// Objects that the schema model does not cover and that the upgrade dropped together with another object.
fn dropped_along_for_good(before: &Schema, after: &Schema) -> BTreeSet<String> {
    let named = |schema: &Schema| -> BTreeSet<String> {
        let entries = schema.objects().flat_map(|object| object.list(Attribute::DroppedAlong));
        entries.map(|entry| entry.lines().next().unwrap_or_default().to_owned()).collect()
    };
    let gone = &named(before) - &named(after);
    gone.into_iter().map(|words| format!("NOT BROUGHT BACK: {words}")).collect()
}
