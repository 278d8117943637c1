//! What `aludel::embed!` needs from the compiler: the texts of a folder's revision files, and of those that they include.
//! Knows names of files, and of what is in them only the lines that include others. Uses no other crate, so that it costs a program's build next to nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro::{Literal, TokenStream, TokenTree};

/// `files!("revisions/auth")` or `files!("revisions", recursive)`: the folder's last name, the path and the text of each
/// revision file in it, and the same of the files that they include. The folder is looked for below the folder of the program's `Cargo.toml`.
#[proc_macro]
pub fn files(input: TokenStream) -> TokenStream {
    let expanded = Wanted::of(input).and_then(|wanted| expression(&wanted));
    let text = expanded.unwrap_or_else(|problem| format!("::core::compile_error!({})", literal(&problem)));
    text.parse().unwrap_or_default()
}

/// What the macro was asked for.
struct Wanted {
    folder: String,
    is_recursive: bool,
}

impl Wanted {
    fn of(input: TokenStream) -> Result<Self, String> {
        let words: Vec<String> = input.into_iter().map(word).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (folder, is_recursive) = match words.as_slice() {
            [folder] | [folder, ","] => (folder, false),
            [folder, ",", "recursive"] | [folder, ",", "recursive", ","] => (folder, true),
            _ => {
                return Err(
                    "expected a folder in quotes: embed!(\"revisions/auth\") or embed!(\"revisions\", recursive)"
                        .to_owned(),
                );
            }
        };
        let unquoted =
            folder.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|text| !text.contains('\\'));
        let folder = unquoted.ok_or("the folder is to stand in plain quotes, with / between its parts")?.to_owned();
        Ok(Self { folder, is_recursive })
    }
}

/// A token as text; macros wrap what they hand on into groups without brackets.
fn word(token: TokenTree) -> String {
    match token {
        TokenTree::Group(group) => group.stream().to_string(),
        other => other.to_string(),
    }
}

fn expression(wanted: &Wanted) -> Result<String, String> {
    let root =
        std::env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set: this is no build of cargo's")?;
    let folder = Path::new(&root).join(&wanted.folder);
    let mut files = Vec::new();
    collect(&folder, Path::new(&wanted.folder), wanted.is_recursive, &mut files)?;
    files.sort();
    let name = Path::new(&wanted.folder).file_name().and_then(|name| name.to_str()).unwrap_or("default");
    let mut included = BTreeMap::new();
    for (shown, path) in &files {
        collect_included(Path::new(&root), shown, path, &mut included);
    }
    let included: Vec<_> = included.into_iter().collect();
    Ok(format!("({}, &[{}], &[{}])", literal(name), items(&files)?, items(&included)?))
}

fn items(files: &[(String, PathBuf)]) -> Result<String, String> {
    let mut items = String::new();
    for (shown, path) in files {
        let text = path.to_str().ok_or_else(|| format!("{} has a name that is no text", path.display()))?;
        items += &format!("({}, ::core::include_str!({})), ", literal(shown), literal(text));
    }
    Ok(items)
}

/// Collects the files that a file includes and those that they include, as far as they are below `root`, by the path
/// that is shown. What is not found is reported by the program when it reads the revision.
fn collect_included(root: &Path, shown: &str, path: &Path, found: &mut BTreeMap<String, PathBuf>) {
    let Ok(text) = fs::read_to_string(path) else { return };
    for named in included_paths(&text) {
        let Some(name) = below(Path::new(shown).parent().unwrap_or(Path::new("")), named) else { continue };
        let file = root.join(&name);
        let is_below = || Some(file.canonicalize().ok()?.starts_with(root.canonicalize().ok()?));
        if !found.contains_key(&name) && file.is_file() && is_below() == Some(true) {
            found.insert(name.clone(), file.clone());
            collect_included(root, &name, &file, found);
        }
    }
}

/// Returns every text that may be the path of an included file: behind `-- @include` with any section prefix, and in
/// `{% include "..." %}`.
fn included_paths(text: &str) -> Vec<&str> {
    let mut paths = Vec::new();
    for line in text.lines() {
        if let Some((word, path)) = line
            .trim()
            .strip_prefix("--")
            .and_then(|rest| rest.trim_start().strip_prefix('@').and_then(|rest| rest.split_once(char::is_whitespace)))
        {
            paths.extend(word.ends_with("include").then(|| path.trim()));
        }
        for (at, _) in line.match_indices("include") {
            let rest = line[at + "include".len()..].trim_start();
            let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote));
            paths.extend(quote.and_then(|quote| rest[1..].split(quote).next()));
        }
    }
    paths
}

/// Returns the path of a file that is named in a file of `folder`, with `/`; `None` if it is not below the root.
fn below(folder: &Path, named: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.to_str()?.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    if named.starts_with(['/', '\\']) || named.contains(':') {
        return None;
    }
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The revision files, each as it is shown (with `/`) and where it is.
fn collect(folder: &Path, shown: &Path, is_recursive: bool, files: &mut Vec<(String, PathBuf)>) -> Result<(), String> {
    let unreadable = |error| format!("the folder {} cannot be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let shown = shown.join(name);
        if path.is_dir() {
            if is_recursive && !name.starts_with('.') && name != "__pycache__" {
                collect(&path, &shown, is_recursive, files)?;
            }
        } else if is_revision_file(name) {
            files.push((shown.to_string_lossy().replace('\\', "/"), path));
        }
    }
    Ok(())
}

/// Returns whether the library reads a file of this name from a folder: SQL, and the Python files that Alembic reads. This
/// crate has no dependencies, so that the rules of `project::walk` and `foreign::alembic` are repeated here.
fn is_revision_file(name: &str) -> bool {
    let is_sql = !name.starts_with('.') && name.to_ascii_lowercase().ends_with(".sql");
    let is_ignored = [".#", "__init__", "._"].iter().any(|start| name.starts_with(start));
    is_sql || name.ends_with(".py") && !is_ignored
}

fn literal(text: &str) -> String {
    Literal::string(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{below, included_paths, is_revision_file};

    #[test]
    fn included_files_are_named_in_lines_and_tags() {
        let text = "-- @include ../sql/a.sql\n--@x-include b.sql \n{%- include 'c.sql' %}\n-- include d.sql\n";
        assert_eq!(included_paths(text), ["../sql/a.sql", "b.sql", "c.sql"]);
        assert_eq!(below(Path::new("db/r"), "../sql/./a.sql").as_deref(), Some("db/sql/a.sql"));
        assert_eq!(below(Path::new("r"), "../../a.sql"), None);
    }

    #[test]
    fn the_files_of_a_folder_are_those_that_the_library_reads() {
        for name in ["a.sql", "a.SQL", "__init__.sql", "a.py", ".a.py", "_a.py"] {
            assert!(is_revision_file(name), "{name}");
        }
        for name in [".a.sql", "__init__.py", "__init__old.py", ".#a.py", "._a.py", "a.pyc", "a.PY", "a.md", "sql"] {
            assert!(!is_revision_file(name), "{name}");
        }
    }
}
