//! Order of the change sets: that of the root changelog and its includes; without a root, files of formatted SQL by name.

use std::collections::BTreeSet;

use super::super::imported::{Caution, File, ForeignError, Problem, Warning};
use super::super::script::Notes;
use super::tree::{self, ChangeNode};
use super::{ChangeSet, formatted};

/// Reads all change sets in the order in which Liquibase runs them.
pub(super) fn change_sets(files: &[File], warnings: &mut Vec<Warning>) -> Result<Vec<ChangeSet>, ForeignError> {
    let mut reader = ChangelogReader { files, warnings, used: BTreeSet::new(), open: Vec::new(), found: Vec::new() };
    match root(files)? {
        Some(root) => reader.changelog(root)?,
        None => {
            for file in files.iter().filter(|file| is_formatted(file)) {
                reader.changelog(file)?;
            }
        }
    }
    let unused: Vec<&File> =
        files.iter().filter(|file| file.path.ends_with(".sql") && !reader.used.contains(&*file.path)).collect();
    let found = std::mem::take(&mut reader.found);
    warnings.extend(unused.iter().map(|file| Warning { path: file.path.clone(), caution: Caution::Ignored }));
    Ok(found)
}

fn is_formatted(file: &File) -> bool {
    file.path.ends_with(".sql") && formatted::is_changelog(file.content())
}

fn parsed(file: &File) -> Result<Option<ChangeNode>, ForeignError> {
    if file.path.ends_with(".sql") {
        return Ok(None);
    }
    tree::parse(&file.path, file.content()).map_err(|reason| ForeignError::in_file(&file.path, Problem::Plan(reason)))
}

/// Returns the changelog that no other one includes; `None` if there is none but formatted SQL.
fn root(files: &[File]) -> Result<Option<&File>, ForeignError> {
    let mut changelogs = Vec::new();
    let mut included: BTreeSet<&str> = BTreeSet::new();
    for file in files {
        let Some(node) = parsed(file)? else { continue };
        for child in &node.children {
            match child.name.as_str() {
                "include" => included.extend(named(files, file, child, "file").map(|file| file.path.as_str())),
                "includeAll" => included.extend(in_folder(files, file, child).map(|file| file.path.as_str())),
                _ => {}
            }
        }
        changelogs.push(file);
    }
    let roots: Vec<&File> = changelogs.into_iter().filter(|file| !included.contains(&*file.path)).collect();
    match roots.as_slice() {
        [] => Ok(None),
        [root] => Ok(Some(root)),
        [first, ..] => {
            let names: Vec<&str> = roots.iter().map(|file| file.path.as_str()).collect();
            let reason = format!("no changelog includes all others: {} begin one each", names.join(", "));
            Err(ForeignError::in_file(&first.path, Problem::Plan(reason)))
        }
    }
}

/// Returns the file that an attribute names: relative to the changelog, or to a folder that may be above the imported
/// one.
fn named<'f>(files: &'f [File], from: &File, node: &ChangeNode, attribute: &str) -> Option<&'f File> {
    let path = resolve_path(from, node, node.attribute(attribute)?);
    let exact = files.iter().find(|file| file.path == path);
    exact.or_else(|| {
        files.iter().filter(|file| path.ends_with(&format!("/{}", file.path))).max_by_key(|file| file.path.len())
    })
}

/// Returns the files of a folder that an `includeAll` names, by path.
fn in_folder<'f>(files: &'f [File], from: &File, node: &ChangeNode) -> impl Iterator<Item = &'f File> {
    let path = resolve_path(from, node, node.attribute("path").unwrap_or_default());
    let path = path.trim_end_matches('/').to_owned();
    let from = from.path.clone();
    // The folder may be named from above the imported one.
    let is_below = move |file: &&File| {
        let folder = file.folder();
        let is_named = |folder: &str| folder == path || path.ends_with(&format!("/{folder}"));
        file.path != from && (folder.starts_with(&format!("{path}/")) || is_named(folder) || path.is_empty())
    };
    files.iter().filter(is_below)
}

fn resolve_path(from: &File, node: &ChangeNode, path: &str) -> String {
    let path = path.trim_start_matches("classpath:").trim_start_matches("./").replace('\\', "/");
    let is_relative = node.is_set("relativeToChangelogFile");
    let mut parts: Vec<&str> = if is_relative { from.folder().split('/').collect() } else { Vec::new() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

struct ChangelogReader<'f, 'w> {
    files: &'f [File],
    warnings: &'w mut Vec<Warning>,
    /// Paths of the files that were read.
    used: BTreeSet<&'f str>,
    /// Changelogs that are being read.
    open: Vec<&'f str>,
    found: Vec<ChangeSet>,
}

impl<'f> ChangelogReader<'f, '_> {
    fn changelog(&mut self, file: &'f File) -> Result<(), ForeignError> {
        if self.open.contains(&&*file.path) {
            return Err(ForeignError::in_file(&file.path, Problem::Plan("it includes itself".to_owned())));
        }
        self.used.insert(&file.path);
        if is_formatted(file) {
            let mut notes = Notes::new(&file.path, self.warnings);
            self.found.extend(formatted::change_sets(file, &mut notes)?);
            return Ok(());
        }
        let Some(node) = parsed(file)? else {
            self.used.remove(&*file.path);
            return Ok(());
        };
        self.open.push(&file.path);
        for child in &node.children {
            self.element(file, child)?;
        }
        self.open.pop();
        Ok(())
    }

    fn element(&mut self, file: &'f File, node: &ChangeNode) -> Result<(), ForeignError> {
        match node.name.as_str() {
            "include" => {
                let path = node.attribute("file").unwrap_or_default();
                let missing = || ForeignError::in_file(&file.path, Problem::NoFile(path.to_owned()));
                self.changelog(named(self.files, file, node, "file").ok_or_else(missing)?)
            }
            "includeAll" => {
                let mut all: Vec<&File> = in_folder(self.files, file, node).collect();
                all.sort_by(|one, other| one.path.cmp(&other.path));
                all.into_iter().try_for_each(|file| self.changelog(file))
            }
            "changeSet" => {
                let change = self.change_set(file, node)?;
                self.found.push(change);
                Ok(())
            }
            "" => Ok(()),
            name => {
                let setting = name.to_owned();
                Notes::new(&file.path, self.warnings).add(Caution::Setting { setting });
                Ok(())
            }
        }
    }

    fn change_set(&mut self, file: &'f File, node: &ChangeNode) -> Result<ChangeSet, ForeignError> {
        let wrong =
            || ForeignError::in_file(&file.path, Problem::Plan("a change set has no author or no id".to_owned()));
        let (author, id) = node.attribute("author").zip(node.attribute("id")).ok_or_else(wrong)?;
        let mut change = ChangeSet::new(author, id, &file.path);
        let mut notes = Notes::new(&file.path, self.warnings);
        for (name, value) in node.attributes.iter().filter(|(name, _)| name != "author" && name != "id") {
            change.set(name, value, &mut notes);
        }
        for child in &node.children {
            match child.name.as_str() {
                "comment" => change.comment = Some(child.text.clone()),
                "rollback" => {
                    let text = self.sql(file, child, &change)?;
                    change.down.get_or_insert_default().push_str(&text);
                }
                "sql" | "sqlFile" => {
                    change.is_one_statement |= child.attribute("splitStatements") == Some("false");
                    let text = self.sql(file, child, &change)?;
                    change.up.push_str(&text);
                }
                "tagDatabase" => change.tag = child.attribute("tag").map(str::to_owned),
                "validCheckSum" => {}
                "preConditions" => {
                    let setting = format!("preConditions of {author}:{id}");
                    Notes::new(&file.path, self.warnings).add(Caution::Setting { setting });
                }
                name => return Err(not_sql(file, &change, name)),
            }
        }
        Ok(change)
    }

    /// Returns the SQL of a change, or of the changes in a rollback.
    fn sql(&mut self, file: &'f File, node: &ChangeNode, change: &ChangeSet) -> Result<String, ForeignError> {
        let ended = |text: &str| {
            let text = text.trim().trim_end_matches(';');
            if text.is_empty() { String::new() } else { format!("{text};\n") }
        };
        match node.name.as_str() {
            "sqlFile" => {
                let path = node.attribute("path").unwrap_or_default();
                let missing = || ForeignError::in_file(&file.path, Problem::NoFile(path.to_owned()));
                let script = named(self.files, file, node, "path").ok_or_else(missing)?;
                self.used.insert(&script.path);
                Ok(ended(script.content()))
            }
            "rollback" if !node.children.is_empty() => {
                let texts = node.children.iter().map(|child| self.sql(file, child, change));
                texts.collect::<Result<Vec<_>, _>>().map(|texts| texts.concat())
            }
            "sql" | "rollback" | "" => Ok(ended(&node.text)),
            name => Err(not_sql(file, change, name)),
        }
    }
}

fn not_sql(file: &File, change: &ChangeSet, name: &str) -> ForeignError {
    let reason = format!(
        "the change set {}:{} has {name}, which is not SQL: write what `liquibase update-sql` prints for it into <sql>",
        change.author, change.id
    );
    ForeignError::in_file(&file.path, Problem::Plan(reason))
}
