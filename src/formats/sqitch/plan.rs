//! Parser for a Sqitch plan: pragmas, changes with their requirements, tags. Computes the ids that Sqitch assigns.
//!
//! Source: Sqitch's manual page `sqitchplan`, and its `App::Sqitch::Plan`, `Plan::Change` and `Plan::Tag` for the ids,
//! which are SHA-1 hashes of a text, like the names of git objects.

use std::collections::BTreeMap;

use sha1::{Digest, Sha1};

use crate::formats::imported::{ForeignError, Problem};
use crate::hexadecimal::hexadecimal;

/// A parsed plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::formats) struct SqitchPlan {
    pub(in crate::formats) project: String,
    uri: Option<String>,
    /// Changes and tags in the order of the file.
    pub(in crate::formats) entries: Vec<PlanEntry>,
}

/// A change or a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::formats) enum PlanEntry {
    Change(SqitchChange),
    Tag(Tag),
}

/// A change of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::formats) struct SqitchChange {
    pub(in crate::formats) id: String,
    pub(in crate::formats) name: String,
    pub(in crate::formats) requires: Vec<SqitchDependency>,
    pub(in crate::formats) conflicts: Vec<SqitchDependency>,
    pub(in crate::formats) at: String,
    pub(in crate::formats) note: String,
    /// Line number in the plan, from 1.
    pub(in crate::formats) line: usize,
}

/// A tag: a name for everything up to its position in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::formats) struct Tag {
    pub(in crate::formats) id: String,
    /// Name without the `@`.
    pub(in crate::formats) name: String,
    pub(in crate::formats) at: String,
    pub(in crate::formats) note: String,
}

/// A required or conflicting change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::formats) struct SqitchDependency {
    /// Project of the change, if it is another one.
    pub(in crate::formats) project: Option<String>,
    /// Reference: `change`, `change@tag` or `@tag`.
    pub(in crate::formats) what: String,
}

impl SqitchDependency {
    fn parse(text: &str, own: &str) -> Self {
        match text.split_once(':') {
            Some((project, what)) if project != own => {
                Self { project: Some(project.to_owned()), what: what.to_owned() }
            }
            Some((_, what)) => Self { project: None, what: what.to_owned() },
            None => Self { project: None, what: text.to_owned() },
        }
    }
}

impl std::fmt::Display for SqitchDependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.project {
            Some(project) => write!(f, "{project}:{}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// Common end of change and tag lines.
struct Tail<'t> {
    at: &'t str,
    planner: String,
    note: String,
}

impl SqitchPlan {
    /// Parses the plan; `path` is used in errors.
    pub(in crate::formats) fn parse(text: &str, path: &str) -> Result<Self, ForeignError> {
        let mut plan = Self::default();
        let mut last_change: Option<String> = None;
        for (index, line) in text.lines().enumerate() {
            let wrong = |message: &str| ForeignError::at(path, index + 1, Problem::Plan(message.to_owned()));
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(pragma) = line.strip_prefix('%') {
                let (key, value) = pragma.split_once('=').unwrap_or((pragma, ""));
                plan.pragma(key.trim(), value.trim());
                continue;
            }
            if plan.project.is_empty() {
                return Err(wrong("the plan has no %project above its changes"));
            }
            if let Some(rest) = line.strip_prefix('@') {
                let (name, rest) = word(rest);
                let tail = tail(rest).ok_or_else(|| wrong("a tag has a time and its planner after its name"))?;
                let change = last_change.clone().ok_or_else(|| wrong("a tag comes after the change that it tags"))?;
                plan.add_tag(name, &tail, &change);
                continue;
            }
            let line = line.strip_prefix('+').map_or(line, str::trim_start);
            if line.starts_with('-') {
                return Err(wrong("a line that reverts has no meaning in a plan"));
            }
            let (name, rest) = word(line);
            let (needs, rest) = needs(rest).ok_or_else(|| wrong("the list of requirements has no `]`"))?;
            let tail = tail(rest).ok_or_else(|| wrong("a change has a time and its planner after its name"))?;
            last_change = Some(plan.add_change(name, &needs, &tail, last_change.as_deref(), index + 1));
        }
        Ok(plan)
    }

    fn pragma(&mut self, key: &str, value: &str) {
        match key {
            "project" => value.clone_into(&mut self.project),
            "uri" => self.uri = Some(canonical(value)),
            _ => {}
        }
    }

    /// Returns the first lines of the text that ids are computed from.
    fn origin(&self) -> String {
        let uri = self.uri.as_ref().map(|uri| format!("uri {uri}\n")).unwrap_or_default();
        format!("project {}\n{uri}", self.project)
    }

    fn add_change(&mut self, name: &str, needs: &[&str], tail: &Tail<'_>, parent: Option<&str>, line: usize) -> String {
        let (conflicts, requires): (Vec<&str>, Vec<&str>) = needs.iter().partition(|need| need.starts_with('!'));
        let requires: Vec<SqitchDependency> =
            requires.iter().map(|need| SqitchDependency::parse(need, &self.project)).collect();
        let conflicts: Vec<SqitchDependency> =
            conflicts.iter().map(|need| SqitchDependency::parse(need.trim_start_matches('!'), &self.project)).collect();
        let list = |title: &str, mark: char, needs: &[SqitchDependency]| {
            let lines: String = needs.iter().map(|need| format!("\n  {mark} {need}")).collect();
            if lines.is_empty() { lines } else { format!("\n{title}{lines}") }
        };
        let info = format!(
            "{}change {name}{}\nplanner {}\ndate {}{}{}{}",
            self.origin(),
            parent.map(|id| format!("\nparent {id}")).unwrap_or_default(),
            tail.planner,
            tail.at,
            list("requires", '+', &requires),
            list("conflicts", '-', &conflicts),
            note_of(&tail.note),
        );
        let id = object_id("change", &info);
        let (name, at, note) = (name.to_owned(), tail.at.to_owned(), tail.note.clone());
        self.entries.push(PlanEntry::Change(SqitchChange {
            id: id.clone(),
            name,
            requires,
            conflicts,
            at,
            note,
            line,
        }));
        id
    }

    fn add_tag(&mut self, name: &str, tail: &Tail<'_>, change: &str) {
        let (origin, note) = (self.origin(), note_of(&tail.note));
        let info = format!("{origin}tag @{name}\nchange {change}\nplanner {}\ndate {}{note}", tail.planner, tail.at);
        let (name, at, note) = (name.to_owned(), tail.at.to_owned(), tail.note.clone());
        self.entries.push(PlanEntry::Tag(Tag { id: object_id("tag", &info), name, at, note }));
    }

    /// Returns the changes that are reworked later, by their index among the entries, with the tags that name their
    /// scripts: those between a change and its next rework.
    pub(in crate::formats) fn reworked(&self) -> BTreeMap<usize, Vec<&str>> {
        let mut found: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        let mut latest: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let PlanEntry::Change(change) = entry else { continue };
            if let Some(before) = latest.insert(&change.name, index) {
                let between = &self.entries[before..index];
                let tags = between.iter().filter_map(|entry| match entry {
                    PlanEntry::Tag(tag) => Some(&*tag.name),
                    PlanEntry::Change(_) => None,
                });
                found.insert(before, tags.collect());
            }
        }
        found
    }
}

fn word(line: &str) -> (&str, &str) {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    (word, rest.trim_start())
}

/// Parses a list like `[users !lists]`. Returns its items and the rest of the line; without a list there are no items.
fn needs(text: &str) -> Option<(Vec<&str>, &str)> {
    match text.strip_prefix('[') {
        None => Some((Vec::new(), text)),
        Some(inside) => {
            let (list, rest) = inside.split_once(']')?;
            Some((list.split_whitespace().collect(), rest.trim_start()))
        }
    }
}

/// Parses `2013-12-31T22:34:42Z Marge N. O’Vera <marge@example.com> # a note`.
fn tail(text: &str) -> Option<Tail<'_>> {
    let (at, rest) = word(text);
    at.parse::<jiff::Timestamp>().ok()?;
    let (planner, rest) = rest.split_at_checked(rest.find('>')? + 1)?;
    let note = rest.trim_start().strip_prefix('#').unwrap_or_default().trim();
    Some(Tail { at, planner: planner.split_whitespace().collect::<Vec<_>>().join(" "), note: unescaped(note) })
}

/// Replaces the escape sequences `\n` and `\\` of a note.
fn unescaped(note: &str) -> String {
    let mut result = String::with_capacity(note.len());
    let mut characters = note.chars();
    while let Some(character) = characters.next() {
        match (character, characters.clone().next()) {
            ('\\', Some('n')) => result.push('\n'),
            ('\\', Some('\\')) => result.push('\\'),
            _ => {
                result.push(character);
                continue;
            }
        }
        characters.next();
    }
    result
}

fn note_of(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!("\n\n{note}") }
}

/// Normalizes a URI like Perl's `URI->canonical`: lower-case scheme and host, and a path.
fn canonical(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let (host, path) = rest.split_once('/').map_or((rest, "/".to_owned()), |(host, path)| (host, format!("/{path}")));
    format!("{}://{}{path}", scheme.to_lowercase(), host.to_lowercase())
}

fn object_id(kind: &str, info: &str) -> String {
    hexadecimal(Sha1::digest(format!("{kind} {}\0{info}", info.len())))
}
