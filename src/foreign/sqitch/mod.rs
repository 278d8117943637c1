//! Sqitch: a plan with dependencies, and for each change a deploy, a revert and a verify script. It becomes a graph.
//!
//! What a change requires is what it comes after. A change that requires nothing has its place in the plan only, so it
//! comes after everything before it. A tag means everything up to it: it is a label of the one revision that stands for that,
//! or of a merge of those that do, and what is planned later comes after it.
//!
//! Source: Sqitch's manual pages `sqitchplan`, `sqitch-configuration`, `sqitch-verify`, and its scripts' templates.

mod plan;
mod scripts;

use std::collections::{BTreeMap, BTreeSet};

use super::Format;
use super::imported::{Caution, File, ForeignError, Imported, Problem, Reading, Warning};
use super::names;
use crate::id::RevisionId;
use crate::sql::Dialect;
use plan::{Change, Entry, Need, Plan, Tag};
use scripts::Folders;

/// Reads the history.
///
/// # Errors
/// A plan that Sqitch would refuse, a deploy script that is not there, a requirement that no change before it meets.
pub fn read(files: &[File], dialect: Dialect) -> Result<Reading, ForeignError> {
    let folders = Folders::of(files);
    let path = folders.plan.as_str();
    let file = files.iter().find(|file| file.path == path);
    let file = file.ok_or_else(|| ForeignError::of(path, Problem::NoFile(path.to_owned())))?;
    let plan = Plan::parse(file.content(), path)?;
    let mut weaver = Weaver::new(path, &plan.project);
    let mut warnings = Vec::new();
    let reworked = plan.reworked();
    for (index, entry) in plan.entries.iter().enumerate() {
        match entry {
            Entry::Change(change) => {
                let tags = reworked.get(&index).map(Vec::as_slice);
                let mut imported = scripts::read(change, tags, &folders, files, dialect, &mut warnings)?;
                imported.parents = weaver.change(change, &mut warnings)?;
                imported.message = Some(message(&change.name, &change.note));
                imported.created = Some(change.at.clone());
                imported.stem = Some(format!("{:04}_{}", weaver.revisions.len() + 1, plain(&change.name)));
                weaver.revisions.push(imported);
            }
            Entry::Tag(tag) => weaver.tag(tag)?,
        }
    }
    if weaver.revisions.is_empty() {
        return Err(ForeignError::empty(Format::Sqitch.name()));
    }
    Ok(Reading { revisions: weaver.revisions, warnings })
}

/// `users: Creates the table`.
fn message(name: &str, note: &str) -> String {
    match note.lines().next().unwrap_or_default().trim() {
        "" => name.to_owned(),
        note => format!("{name}: {note}"),
    }
}

/// A name as a part of a file's name.
fn plain(name: &str) -> String {
    name.replace(|c: char| c.is_control() || "/\\:*?\"<>|@".contains(c), "_")
}

/// Makes a graph of the lines of a plan.
struct Weaver<'p> {
    path: &'p str,
    project: &'p str,
    revisions: Vec<Imported>,
    /// The newest revision of each name, and each name at each tag: `users`, `users@v1`, `@v1`.
    known: BTreeMap<String, RevisionId>,
    /// The newest of each name.
    names: BTreeMap<String, RevisionId>,
    /// Those that nothing comes after so far, in order of the plan.
    heads: Vec<RevisionId>,
    /// Of those since the last tag: what each comes after.
    parents: BTreeMap<RevisionId, Vec<RevisionId>>,
    /// What stands for everything up to the last tag.
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

    /// What the change comes after.
    fn change(&mut self, change: &Change, warnings: &mut Vec<Warning>) -> Result<Vec<RevisionId>, ForeignError> {
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

    fn find(&self, need: &Need, line: usize) -> Result<RevisionId, ForeignError> {
        let found = self.known.get(&need.what).or_else(|| {
            // By its id.
            let by_id = |revision: &&Imported| revision.id.as_str() == need.what;
            self.revisions.iter().find(by_id).map(|revision| &revision.id)
        });
        let unknown = || Problem::Plan(format!("it requires {}, which is not planned above", need.what));
        found.cloned().ok_or_else(|| ForeignError::at(self.path, line, unknown()))
    }

    /// Without what others of them come after anyway. What was there at the last tag, all of it, is what stands for it.
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
