//! History of the objects of a schema: what each revision changes, found by replaying a history revision by revision and
//! comparing what the database holds before and after each.
//!
//! The result is kept in the cache. A later call replays only the revisions from the first one whose text, or any text
//! before it, is another: usually the new ones at the end.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::cache::CacheKey;
use super::error::ProofError;
use super::schema_reader::{SchemaReader, with_missing};
use super::shadow_database::Shadow;
use crate::autogenerate::renames_done;
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::History;
use crate::schema::{
    Key, Object, ObjectChange, Rename, Schema, StoredStep, changes_from_json, changes_to_json, object_changes,
};
use crate::sql::{self, Dialect, StatementKind};

/// Changes of each revision of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHistory {
    /// Contents of a database before the first revision: extensions, and what the setup of the shadow creates.
    base: Vec<ObjectChange>,
    /// Revisions in the order in which they were replayed: each after those that it depends on.
    pub steps: Vec<RevisionChanges>,
}

/// Changes of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionChanges {
    pub revision: RevisionId,
    /// Its changes, sorted by the key afterwards; also silent ones ([`ObjectChange::is_silent`]).
    pub changes: Vec<ObjectChange>,
}

impl ObjectHistory {
    /// Returns what a database holds with exactly these revisions applied.
    #[must_use]
    pub fn objects_at(&self, applied: &HashSet<&RevisionId>) -> BTreeMap<&Key, &Object> {
        let mut objects = BTreeMap::new();
        let steps = self.steps.iter().filter(|step| applied.contains(&step.revision)).map(|step| &step.changes);
        // Step by step: one may move an object to the key that another one leaves.
        for changes in [&self.base].into_iter().chain(steps) {
            for before in changes.iter().filter_map(|change| change.before.as_ref()) {
                objects.remove(&before.key);
            }
            objects.extend(changes.iter().filter_map(|change| change.after.as_ref()).map(|after| (&after.key, after)));
        }
        objects
    }

    /// Returns the state before a revision and after it, of the objects that it changes, and the renames between them;
    /// `None` for a revision that is not in the history.
    #[must_use]
    pub fn effect_of(&self, revision: &RevisionId, dialect: Dialect) -> Option<(Schema, Schema, Vec<Rename>)> {
        let step = self.steps.iter().find(|step| step.revision == *revision)?;
        let (mut before, mut after) = (Schema::new(dialect), Schema::new(dialect));
        step.changes.iter().filter_map(|change| change.before.clone()).for_each(|object| before.add(object));
        step.changes.iter().filter_map(|change| change.after.clone()).for_each(|object| after.add(object));
        let renames = step.changes.iter().filter_map(|change| {
            let (from, to) = (change.renamed_from()?, &change.key().name);
            (from.name != *to).then(|| Rename { from: from.clone(), to: to.clone() })
        });
        Some((before, after, renames.collect()))
    }

    /// Returns the keys of all objects that there ever were, with exactly these revisions applied.
    #[must_use]
    pub fn keys(&self, applied: &HashSet<&RevisionId>) -> BTreeSet<&Key> {
        self.changes(applied).map(ObjectChange::key).collect()
    }

    /// Returns the key that an object of an earlier name has at the end.
    #[must_use]
    pub fn latest_key<'h>(&'h self, key: &'h Key, applied: &HashSet<&RevisionId>) -> &'h Key {
        let renamed =
            |key, change: &'h ObjectChange| if change.renamed_from() == Some(key) { change.key() } else { key };
        self.changes(applied).fold(key, renamed)
    }

    fn changes<'h>(&'h self, applied: &HashSet<&RevisionId>) -> impl Iterator<Item = &'h ObjectChange> {
        let steps = self.steps.iter().filter(|step| applied.contains(&step.revision)).map(|step| &step.changes);
        [&self.base].into_iter().chain(steps).flatten()
    }

    /// Returns the revisions that change an object or a part of it, newest first. `key` is as in
    /// [`ObjectHistory::changes_of`].
    #[must_use]
    pub fn revisions_of<'h>(&'h self, key: &Key, applied: &HashSet<&RevisionId>) -> Vec<&'h RevisionId> {
        let mut key = key.clone();
        let mut found = Vec::new();
        for step in self.steps.iter().rev().filter(|step| applied.contains(&step.revision)) {
            let changes = || step.changes.iter().filter(|change| !change.is_silent());
            let is_meant = |other: &Key| *other == key || is_part(other, &key);
            if changes().any(|change| is_meant(change.key())) {
                found.push(&step.revision);
            }
            let renamed = changes().find(|change| *change.key() == key).and_then(ObjectChange::renamed_from);
            key = renamed.cloned().unwrap_or(key);
        }
        found
    }

    /// Returns the changes of one object, newest first, under all names that it had. `key` is its key at the end, or the
    /// last one of a dropped object. Only the revisions in `applied` count.
    #[must_use]
    pub fn changes_of<'h>(
        &'h self,
        key: &Key,
        applied: &HashSet<&RevisionId>,
    ) -> Vec<(&'h RevisionId, &'h ObjectChange)> {
        let mut key = key;
        let mut found = Vec::new();
        for step in self.steps.iter().rev().filter(|step| applied.contains(&step.revision)) {
            // One revision may drop an object and make another one of that name.
            let changes = step.changes.iter().rev().filter(|change| !change.is_silent());
            if let Some(change) =
                changes.filter(|change| change.key() == key).min_by_key(|change| change.after.is_none())
            {
                found.push((&step.revision, change));
                key = change.before.as_ref().map_or(key, |before| &before.key);
            }
        }
        found
    }
}

/// Returns `true` if an object belongs to a table, a view or a domain.
fn is_part(part: &Key, whole: &Key) -> bool {
    part.kind.is_of_a_table()
        && whole.table.is_none()
        && part.table.as_ref() == Some(&whole.name)
        && part.namespace == whole.namespace
}

impl SchemaReader<'_> {
    /// Returns what each revision of a history changes, up to one that fails in the replay, and that failure. `progress`
    /// receives the number of revisions that were replayed and are known, and the number of all, before each revision
    /// that is replayed.
    ///
    /// # Errors
    /// Those before the replay. What was found is kept for the next call.
    pub fn object_history(
        &self,
        history: &History,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(ObjectHistory, Option<ProofError>), ProofError> {
        let order = history.graph.ordered();
        let labels = self.step_labels(history, &order)?;
        let mut steps = labels.as_ref().map(|labels| self.known_steps(history, labels)).unwrap_or_default();
        let mut failure = None;
        if steps.len() <= order.len() {
            failure = self.replay_stepwise(history, &order, &mut steps, progress).err();
            if let Some(labels) = labels {
                steps.iter_mut().zip(labels).for_each(|(step, label)| step.0 = label);
                self.cache.put_text(&self.object_history_key(history), &changes_to_json(&steps));
            }
        }
        let mut steps = steps.into_iter().map(|(_, changes)| changes);
        let base = steps.next().unwrap_or_default();
        let steps = order.into_iter().zip(steps).map(|(revision, changes)| RevisionChanges { revision, changes });
        Ok((ObjectHistory { base, steps: steps.collect() }, failure))
    }

    /// Returns the kept steps up to the first one that would be another now. Their number is at most that of the labels.
    fn known_steps(&self, history: &History, labels: &[String]) -> Vec<StoredStep> {
        let text = self.cache.text(&self.object_history_key(history));
        let mut steps = text.as_deref().and_then(changes_from_json).unwrap_or_default();
        let known = labels.iter().zip(&steps).take_while(|(label, step)| **label == step.0).count();
        steps.truncate(known);
        steps
    }

    /// Key of the one file for a service's history, whatever its texts are.
    fn object_history_key(&self, history: &History) -> CacheKey {
        let folders = history.service.revisions.iter().map(|folder| folder.display().to_string());
        let url = self.shadow_config.url.redacted();
        folders.fold(CacheKey::new("objects").with(&url).with(&history.service.name), |key, folder| key.with(&folder))
    }

    /// Returns a hash of everything that affects the state before the first revision, and behind each one of `order`;
    /// `None` while the server is not known.
    fn step_labels(&self, history: &History, order: &[RevisionId]) -> Result<Option<Vec<String>>, ProofError> {
        let Some(mut key) = self.replay_key("objects", history)? else { return Ok(None) };
        let mut labels = vec![key.digest()];
        for id in order {
            key = key.with(id.as_str()).with(&history.read(id)?.text);
            labels.push(key.digest());
        }
        Ok(Some(labels))
    }

    /// Adds the steps that are missing in `steps`, whose labels stay empty. What is there is replayed first, at once.
    fn replay_stepwise(
        &self,
        history: &History,
        order: &[RevisionId],
        steps: &mut Vec<StoredStep>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ProofError> {
        let (mut shadow, missing) = self.provisioned(&[])?;
        let with_missing = |error| with_missing(error, &missing);
        shadow.expect_repeated_reads()?;
        let known = steps.len().saturating_sub(1);
        self.replay.run_in_order(&mut shadow, history, &order[..known]).map_err(with_missing)?;
        let mut schema = shadow.catalog(&self.request)?;
        if steps.is_empty() {
            let nothing = Schema::new(schema.dialect);
            steps.push((String::new(), object_changes(&nothing, &schema, &[])));
        }
        for (index, id) in order.iter().enumerate().skip(known) {
            progress(index, order.len());
            self.replay.run_one(&mut shadow, history, id, Operation::Upgrade).map_err(with_missing)?;
            let changes = self.changes_of_step(&mut shadow, history, id, &mut schema)?;
            steps.push((String::new(), changes));
        }
        shadow.close()
    }

    /// Compares what the shadow holds with `schema`, which is that of the moment before the revision, and replaces it.
    fn changes_of_step(
        &self,
        shadow: &mut Shadow,
        history: &History,
        id: &RevisionId,
        schema: &mut Schema,
    ) -> Result<Vec<ObjectChange>, ProofError> {
        let dialect = schema.dialect;
        let prepared = self.replay.prepared(dialect, history, id)?;
        let text = &prepared.section.text;
        if changes_only_rows(text, dialect) {
            return Ok(Vec::new());
        }
        let after = shadow.catalog(&self.request)?;
        let renames = renames_done(text, dialect, schema, &after);
        let changes = object_changes(schema, &after, &renames);
        *schema = after;
        Ok(changes)
    }
}

/// Returns `true` if no statement can change the schema, so that it does not have to be read again. A query may call a
/// function that does, so queries do not count.
fn changes_only_rows(text: &str, dialect: Dialect) -> bool {
    let Ok(pieces) = sql::split(text, dialect) else { return false };
    pieces.iter().all(|piece| {
        let is_change = || ["INSERT", "UPDATE", "DELETE"].contains(&first_word(piece.sql.slice(text)).as_str());
        match piece.kind {
            StatementKind::Nothing | StatementKind::CopyFromStdin { .. } => true,
            StatementKind::Rows => is_change(),
            _ => false,
        }
    })
}

fn first_word(statement: &str) -> String {
    statement.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase()
}
