//! Reader for Sqitch: a plan with dependencies, and a deploy, a revert and a verify script for each change. The plan is
//! converted to a graph.
//!
//! The parents of a change are the changes it requires. A change that requires nothing is defined only by its position
//! in the plan, so its parents are all heads before it. A tag stands for everything up to it: it becomes a label of the
//! only head, or of a merge of all heads, and later changes descend from that.
//!
//! Source: Sqitch's manual pages `sqitchplan`, `sqitch-configuration`, `sqitch-verify`, and the templates of its
//! scripts.

mod plan;
mod scripts;

use std::collections::{BTreeMap, BTreeSet};

use super::Format;
use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
use super::names;
use crate::id::RevisionId;
use crate::sql::Dialect;
use plan::{PlanEntry, SqitchChange, SqitchDependency, SqitchPlan, Tag};
use scripts::Folders;

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if Sqitch would reject the plan, if a deploy script is missing, or if a requirement is not planned
/// earlier.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let folders = Folders::new(files);
    let path = folders.plan.as_str();
    let file = files.iter().find(|file| file.path == path);
    let file = file.ok_or_else(|| ForeignError::in_file(path, Problem::NoFile(path.to_owned())))?;
    let plan = SqitchPlan::parse(file.content(), path)?;
    let mut weaver = Weaver::new(path, &plan.project);
    let mut warnings = Vec::new();
    let reworked = plan.reworked();
    for (index, entry) in plan.entries.iter().enumerate() {
        match entry {
            PlanEntry::Change(change) => {
                let tags = reworked.get(&index).map(Vec::as_slice);
                let mut imported = scripts::read(change, tags, &folders, files, dialect, &mut warnings)?;
                imported.parents = weaver.change(change, &mut warnings)?;
                imported.message = Some(message(&change.name, &change.note));
                imported.created = Some(change.at.clone());
                imported.stem = Some(format!("{:04}_{}", weaver.revisions.len() + 1, plain(&change.name)));
                weaver.revisions.push(imported);
            }
            PlanEntry::Tag(tag) => weaver.tag(tag)?,
        }
    }
    if weaver.revisions.is_empty() {
        return Err(ForeignError::empty(Format::Sqitch.name()));
    }
    Ok(ImportedHistory { revisions: weaver.revisions, warnings })
}

/// Returns the message of a change: `users: Creates the table`.
fn message(name: &str, note: &str) -> String {
    match note.lines().next().unwrap_or_default().trim() {
        "" => name.to_owned(),
        note => format!("{name}: {note}"),
    }
}

/// Makes a name safe for use in a file name.
fn plain(name: &str) -> String {
    name.replace(|c: char| c.is_control() || "/\\:*?\"<>|@".contains(c), "_")
}

/// Builds a graph from the entries of a plan.
struct Weaver<'p> {
    path: &'p str,
    project: &'p str,
    revisions: Vec<Imported>,
    /// Latest revision for each reference: a name, a name at a tag, or a tag (`users`, `users@v1`, `@v1`).
    known: BTreeMap<String, RevisionId>,
    /// Latest revision of each name.
    names: BTreeMap<String, RevisionId>,
    /// Revisions without children so far, in the order of the plan.
    heads: Vec<RevisionId>,
    /// Parents of each revision added since the last tag.
    parents: BTreeMap<RevisionId, Vec<RevisionId>>,
    /// Revision that stands for everything up to the last tag.
    tagged: Option<RevisionId>,
}

impl<'p> Weaver<'p> {
    fn new(path: &'p str, project: &'p str) -> Self {
        Self {
            path,
            project,
            revisions: Vec::new(),
            known: BTreeMap::new(),
            names: BTreeMap::new(),
            heads: Vec::new(),
            parents: BTreeMap::new(),
            tagged: None,
        }
    }

    /// Adds a change and returns its parents.
    fn change(&mut self, change: &SqitchChange, warnings: &mut Vec<Warning>) -> Result<Vec<RevisionId>, ForeignError> {
        let mut warn = |caution| warnings.push(Warning { path: self.path.to_owned(), caution });
        for conflict in &change.conflicts {
            warn(Caution::Conflict { with: format!("{conflict} ({})", change.name) });
        }
        let mut own = Vec::new();
        for need in &change.requires {
            match &need.project {
                Some(project) => {
                    let what = format!("{} ({})", need.what, change.name);
                    warn(Caution::OtherProject { project: project.clone(), change: what });
                }
                None => own.push(self.find(need, change.line)?),
            }
        }
        let id = names::id(&change.id, self.path)?;
        let parents = if own.is_empty() { self.heads.clone() } else { self.newest(own) };
        self.heads.retain(|head| !parents.contains(head));
        self.heads.push(id.clone());
        self.parents.insert(id.clone(), parents.clone());
        for name in [change.name.clone(), format!("{}:{}", self.project, change.name)] {
            self.known.insert(name, id.clone());
        }
        self.names.insert(change.name.clone(), id);
        Ok(parents)
    }

    fn find(&self, need: &SqitchDependency, line: usize) -> Result<RevisionId, ForeignError> {
        let found = self.known.get(&need.what).or_else(|| {
            // A change may be required by its id.
            let by_id = |revision: &&Imported| revision.id.as_str() == need.what;
            self.revisions.iter().find(by_id).map(|revision| &revision.id)
        });
        let unknown = || Problem::Plan(format!("it requires {}, which is not planned above", need.what));
        found.cloned().ok_or_else(|| ForeignError::at(self.path, line, unknown()))
    }

    /// Reduces requirements to parents: drops those that others of them descend from. Everything after the last tag
    /// descends from the revision of the tag, which therefore stands for all requirements up to it, and is itself
    /// dropped if there are newer ones.
    fn newest(&self, needed: Vec<RevisionId>) -> Vec<RevisionId> {
        let since: Vec<RevisionId> = needed.into_iter().filter(|id| self.parents.contains_key(id)).collect();
        if since.is_empty() {
            return self.tagged.clone().into_iter().collect();
        }
        let mut below = BTreeSet::new();
        let mut waiting: Vec<&RevisionId> = since.iter().filter_map(|id| self.parents.get(id)).flatten().collect();
        while let Some(id) = waiting.pop() {
            if below.insert(id) {
                waiting.extend(self.parents.get(id).into_iter().flatten());
            }
        }
        let mut seen = BTreeSet::new();
        since.iter().filter(|id| !below.contains(id) && seen.insert((*id).clone())).cloned().collect()
    }

    fn tag(&mut self, tag: &Tag) -> Result<(), ForeignError> {
        if self.heads.len() > 1 {
            let mut merge = Imported::new(names::id(&tag.id, self.path)?, self.path);
            merge.parents = std::mem::take(&mut self.heads);
            merge.message = Some(message(&format!("@{}", tag.name), &tag.note));
            merge.created = Some(tag.at.clone());
            // A merge runs nothing, but it can be reverted.
            merge.downgrade = Some(String::new());
            merge.stem = Some(format!("{:04}_tag_{}", self.revisions.len() + 1, plain(&tag.name)));
            self.heads = vec![merge.id.clone()];
            self.revisions.push(merge);
        }
        self.tagged = self.heads.first().cloned();
        self.parents.clear();
        if let Some(revision) =
            self.revisions.iter_mut().rev().find(|revision| Some(&revision.id) == self.tagged.as_ref())
        {
            revision.labels.push(tag.name.clone());
        }
        self.known.extend(self.tagged.clone().map(|id| (format!("@{}", tag.name), id)));
        for (name, id) in &self.names {
            self.known.insert(format!("{name}@{}", tag.name), id.clone());
        }
        Ok(())
    }
}
