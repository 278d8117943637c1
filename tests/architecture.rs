//! The module rules of docs/architecture.md, checked by reading the source.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

/// Each module with its layer. A module may use itself and lower layers, and in layer 0 the other modules of that
/// layer.
const FLOORS: [(&str, u8); 25] = [
    ("cli", 7),
    ("migrator", 7),
    ("operations", 5),
    ("import", 6),
    ("shadow", 5),
    ("engine", 4),
    ("backup", 4),
    ("autogenerate", 4),
    ("drivers", 3),
    ("dialects", 2),
    ("project", 2),
    ("database", 2),
    ("revision", 1),
    ("graph", 1),
    ("schema", 1),
    ("formats", 1),
    ("config", 1),
    ("sql", 0),
    ("yaml", 0),
    ("id", 0),
    ("diagnostic", 0),
    ("error_code", 0),
    ("duration", 0),
    ("units", 0),
    ("parallel", 0),
];

/// Crates that may be named in one part of the source only: the crate, and the paths where it may be named.
const PRIVATE: [(&str, &[&str]); 10] = [
    ("petgraph", &["graph/"]),
    ("serde_yaml", &["yaml.rs"]),
    ("rusqlite", &["drivers/sqlite/"]),
    ("tokio_postgres", &["drivers/postgres/"]),
    ("postgres", &["drivers/postgres/"]),
    ("rustls", &["drivers/postgres/"]),
    ("mysql", &["drivers/mysql/"]),
    ("clap", &["cli/"]),
    ("indicatif", &["cli/"]),
    ("annotate_snippets", &["cli/"]),
];

/// Code that prints, allowed in the command line only.
const ONLY_CLI: [&str; 7] = ["println!", "print!(", "eprintln!", "eprint!(", "dbg!(", "io::stdout", "io::stderr"];

/// Code that reads the environment or the clock, allowed in the top layer only.
const ONLY_TOP: [&str; 3] = ["env::var", "Timestamp::now", "SystemTime::now"];

struct Source {
    /// Path relative to src/, with `/` as the separator.
    path: String,
    /// Lines without comments, each with its number.
    lines: Vec<(usize, String)>,
}

impl Source {
    fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap()
    }

    /// Returns `true` if `name` is a module of the crate in this file: declared, or imported from the parent module.
    fn has_own(&self, name: &str) -> bool {
        let is_name = |word: &str| word == name;
        let code: String = self.lines.iter().map(|(_, line)| line.trim()).collect::<Vec<_>>().join(" ");
        code.split(';').map(str::trim).any(|item| {
            let from_parent = item.strip_prefix("use super::").unwrap_or_default();
            item.ends_with(&format!("mod {name}"))
                || from_parent.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(is_name)
        })
    }

    /// Returns the names of the types that the file declares.
    fn types(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|(_, line)| {
            let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
            // `pub(in crate::schema) struct Name`: the keyword follows at most a visibility.
            let keyword = words.position(|word| matches!(word, "struct" | "enum" | "trait" | "union"))?;
            let is_item = line.trim_start().starts_with(['p', 's', 'e', 't', 'u']) && keyword < 5;
            words.next().filter(|name| is_item && name.starts_with(|c: char| c.is_ascii_uppercase()))
        })
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
        // Unit tests at the end of a file may use any module.
        let lines = text
            .lines()
            .take_while(|line| *line != "mod tests {")
            .enumerate()
            .map(|(index, line)| (index + 1, code(line)))
            .collect();
        let path = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        Source { path, lines }
    };
    paths.iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    paths.sort();
}

/// Returns the names after each `crate::` in a line. Those in a macro (`$crate::`) belong to the macro's user.
fn used(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").filter(|(at, _)| !line[..*at].ends_with('$')).map(|(at, prefix)| {
        let rest = &line[at + prefix.len()..];
        &rest[..rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())]
    })
}

/// Returns `true` if `line` contains a path that starts with the crate: `name::`, not preceded by another path segment.
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn complain(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_floor_uses_only_floors_below_it() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = floor(source.module()) else { continue };
        for (number, line) in &source.lines {
            for other in used(line).filter(|other| *other != source.module()) {
                let may = floor(other).is_some_and(|other| other < own || (own, other) == (0, 0));
                if !may {
                    wrong.push(format!("src/{}:{number}: {} uses {other}", source.path, source.module()));
                }
            }
        }
    }
    complain(&wrong);
}

#[test]
fn every_module_has_a_floor() {
    let modules = sources().into_iter().map(|source| source.module().to_owned());
    let strangers: Vec<_> =
        modules.filter(|module| !matches!(module.as_str(), "lib" | "main") && floor(module).is_none()).collect();
    complain(&strangers);
}

#[test]
fn drivers_petgraph_yaml_and_the_terminal_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, homes) in PRIVATE {
            if homes.iter().any(|home| source.path.starts_with(home)) || source.has_own(name) {
                continue;
            }
            let lines = source.lines.iter().filter(|(_, line)| names_crate(line, name));
            wrong.extend(lines.map(|(number, _)| format!("src/{}:{number}: names {name}", source.path)));
        }
    }
    complain(&wrong);
}

#[test]
fn only_the_command_line_prints_and_only_the_top_floor_asks_the_world() {
    let mut wrong = Vec::new();
    let mut refuse = |words: &[&str], modules: &[&str]| {
        for source in sources().iter().filter(|source| !modules.contains(&source.module())) {
            for word in words {
                let lines = source.lines.iter().filter(|(_, line)| line.contains(word));
                wrong.extend(lines.map(|(number, _)| format!("src/{}:{number}: {word}", source.path)));
            }
        }
    };
    refuse(&ONLY_CLI, &["cli", "main"]);
    refuse(&ONLY_TOP, &["cli", "main", "migrator"]);
    complain(&wrong);
}

#[test]
fn no_two_types_have_the_same_name() {
    let sources = sources();
    let mut paths: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for source in sources.iter().filter(|source| !source.path.contains("/tests/")) {
        for name in source.types().filter(|name| !matches!(*name, "Error" | "Options")) {
            paths.entry(name).or_default().push(&source.path);
        }
    }
    let twice = paths.into_iter().filter(|(_, paths)| paths.len() > 1);
    complain(&twice.map(|(name, paths)| format!("{name}: {}", paths.join(", "))).collect::<Vec<_>>());
}

#[test]
fn no_file_has_more_than_500_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let lines = |path: &Path| std::fs::read_to_string(path).unwrap().lines().count();
    let long = paths.iter().map(|path| (path, lines(path))).filter(|(_, lines)| *lines > 500);
    complain(&long.map(|(path, lines)| format!("{}: {lines} lines", path.display())).collect::<Vec<_>>());
}
