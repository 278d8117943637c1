//! The module rules of docs/architecture.md, checked by reading the source.

use std::path::{Path, PathBuf};

/// Each module with its layer and what it is for. A module may use itself and lower layers, and in layer 0 the other
/// modules of that layer. docs/architecture.md shows the same table.
const FLOORS: [(&str, u8, &str); 30] = [
    ("cli", 7, "clap, terminal, progress, JSON, exit status; a file for each command in cli/commands/"),
    (
        "migrator",
        7,
        "aludel for Rust programs: a config or embedded revisions, a program's own connection; never prints",
    ),
    ("report", 6, "errors in words: message, place, notes and hints, for the command line and the library"),
    ("import", 6, "Alembic's Python revisions as SQL, proved on two shadow databases"),
    ("operations", 5, "what surrounds a run: checks, preflight, hooks, watching"),
    ("shadow", 5, "shadow databases: a history or a schema file replayed and read back; results are cached in files"),
    ("engine", 4, "runs a plan on a database: survey, lock, schedule, resume; engine/execute/ is the order of a run"),
    ("autogenerate", 4, "the statements between two schemas as revisions, both ways; renames; a difference in words"),
    ("backup", 4, "dump and restore: the folder of backups, pipes, checks. Called under the lock"),
    ("drivers", 3, "connections to databases, a folder for each; mod.rs is the only list of them"),
    ("lint", 3, "what revisions would do to a busy database: a file for each rule, settings, allowances"),
    ("dialects", 2, "what is true of one database's SQL, a folder for each; mod.rs is the only list of them"),
    ("project", 2, "config and folders on disk to services and their graphs; the only reader and writer of files"),
    ("database", 2, "traits and values of a connection, without any driver's name"),
    ("revision", 1, "text of a file to a revision and back; templates of new files and projects"),
    ("graph", 1, "the graph of revisions: targets, ranges, plans, rows. Knows ids and edges, nothing else"),
    ("schema", 1, "what a database holds, and the difference of two. No connections"),
    (
        "formats",
        1,
        "other tools' histories: texts and names of their files, rows of their version tables, to revisions",
    ),
    ("ddl", 1, "statements as structures, and what a database holds as far as statements reveal it"),
    ("config", 1, "YAML, environment and flags to services; database URLs"),
    ("sql", 0, "lexer, split into statements, kinds, quoting, fingerprint, what a statement locks and loses"),
    ("yaml", 0, "YAML to a tree in which every scalar keeps its text"),
    ("hexadecimal", 0, "bytes as hexadecimal digits"),
    ("id", 0, "ids of revisions"),
    ("diagnostic", 0, "spans of text, and the nearest of several names"),
    ("error_code", 0, "codes of errors"),
    ("duration", 0, "durations as users write them"),
    ("units", 0, "sizes, counts and durations as people read them"),
    ("parallel", 0, "work in parallel, in order"),
    ("system", 0, "what differs between operating systems: permissions and locks of files, process groups, signals"),
];

/// Crates that may be named in one part of the source only: the crate, and the paths where it may be named.
const PRIVATE: [(&str, &[&str]); 11] = [
    ("rustix", &["system/"]),
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

    /// Returns the lines for which `is_meant` returns `true`, each with its place.
    fn lines_with(&self, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self.lines.iter().filter(|(_, line)| is_meant(line));
        lines.map(|(number, line)| format!("src/{}:{number}: {}", self.path, line.trim())).collect()
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
    FLOORS.iter().find(|(name, ..)| *name == module).map(|(_, floor, _)| *floor)
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

/// Names of dialects and drivers' crates belong into the folders of the databases: what is true of one is written there.
#[test]
fn a_dialect_is_named_in_the_folders_of_the_databases_only() {
    // The URL of a file is SQLite's: it is made where a path is all that is known.
    // A rule of lint says for which databases it holds: the lists of dialects are in one place.
    const ALLOWED: [(&str, usize); 2] = [("config/url.rs", 1), ("lint/rules/mod.rs", 6)];
    let names = |line: &str| {
        line.match_indices("Dialect::")
            .filter(|(at, name)| {
                let constant = &line[at + name.len()..];
                constant.starts_with(|c: char| c.is_ascii_uppercase()) && !constant.starts_with("ALL")
            })
            .count()
    };
    let mut wrong = Vec::new();
    for source in sources() {
        let is_home = source.path.starts_with("dialects/") || source.path.starts_with("drivers/");
        if is_home || source.path.contains("/tests") {
            continue;
        }
        let found: Vec<String> = source
            .lines
            .iter()
            .filter(|(_, line)| names(line) > 0 || line.contains("dialect.name() =="))
            .map(|(number, line)| format!("src/{}:{number}: {}", source.path, line.trim()))
            .collect();
        let allowed = ALLOWED.iter().find(|(path, _)| *path == source.path).map_or(0, |(_, count)| *count);
        if found.len() > allowed {
            wrong.extend(found);
        }
    }
    complain(&wrong);
}

/// Other code calls the functions of `system`, so that what a port has to look at is one folder.
#[test]
fn operating_systems_differ_in_one_module_only() {
    const WORDS: [&str; 5] = ["(unix)", "(windows)", "target_os", "std::os::", "target_family"];
    // Path, number of lines, reason.
    const ALLOWED: [(&str, usize, &str); 2] = [
        ("drivers/mysql/address.rs", 2, "options that the driver's crate has on some systems only"),
        ("drivers/postgres/cancel.rs", 2, "the type of a Unix socket in tokio"),
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        if source.module() == "system" || source.path.contains("/tests") {
            continue;
        }
        let is_named = |line: &str| WORDS.iter().any(|word| line.contains(word));
        let found = source.lines_with(is_named);
        let allowed = ALLOWED.iter().find(|(path, ..)| *path == source.path).map_or(0, |(_, count, _)| *count);
        if found.len() != allowed {
            wrong.extend(found);
        }
    }
    complain(&wrong);
}

/// What differs between the products of a dialect is written in its `flavour.rs`: other code requests the difference,
/// such as `has_create_or_replace_program`, and not the product.
#[test]
fn a_product_is_named_in_the_flavours_of_its_dialect_only() {
    const NAMES: [&str; 6] = ["mariadb", "percona", "citus", "cockroach", "tidb", "yugabyte"];
    // Path, number of lines, reason. Help and messages of the command line may name products too.
    const ALLOWED: [(&str, usize, &str); 6] = [
        ("report/database.rs", 1, "the hint that lists the variables of passwords"),
        ("dialects/mysql/advice.rs", 2, "hints, in the order of earlier versions"),
        ("config/url.rs", 1, "the message that lists the schemes of URLs"),
        ("database/mod.rs", 1, "the message that a setting is for these products only"),
        ("dialects/mysql/formats.rs", 3, "names in Alembic, SQLAlchemy and Liquibase"),
        ("dialects/postgres/formats.rs", 1, "names in Alembic"),
    ];
    let starts_word = |line: &str, name: &str| {
        line.match_indices(name).any(|(at, _)| !line[..at].ends_with(|before: char| before.is_ascii_alphabetic()))
    };
    // `MysqlFlavour::Mysql`, and not `MysqlFlavour::ALL` or `MysqlFlavour::from_handle`.
    let names_variant = |line: &str| {
        line.match_indices("Flavour::").any(|(at, prefix)| {
            let mut rest = line[at + prefix.len()..].chars();
            let (first, second) = (rest.next(), rest.next());
            first.is_some_and(|c| c.is_ascii_uppercase()) && second.is_some_and(|c| c.is_ascii_lowercase())
        })
    };
    let is_named = |line: &str| {
        let lower = line.to_ascii_lowercase();
        names_variant(line) || NAMES.iter().any(|name| starts_word(&lower, name))
    };
    let mut wrong = Vec::new();
    for source in sources() {
        let is_home = source.path.starts_with("dialects/") && source.path.ends_with("/flavour.rs");
        // The rules of lint are explained in sentences, as commands are.
        let is_text = source.module() == "cli" || source.path.starts_with("lint/rules/");
        if is_home || is_text || source.path.contains("/tests") {
            continue;
        }
        let found = source.lines_with(is_named);
        let allowed = ALLOWED.iter().find(|(path, ..)| *path == source.path).map_or(0, |(_, count, _)| *count);
        if found.len() != allowed {
            wrong.extend(found);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The worked example of CONTRIBUTING.md: a database is its two folders and its lines in the two lists.
#[test]
fn the_made_up_database_is_named_in_its_two_folders_and_the_two_lists_only() {
    const FOLDERS: [&str; 2] = ["dialects/memory/", "drivers/memory/"];
    const LISTS: [&str; 2] = ["dialects/mod.rs", "drivers/mod.rs"];
    const NAMES: [&str; 6] =
        ["MEMORY", "MemoryDialect", "MemoryDriver", "mod memory", "memory::", "feature = \"memory\""];
    let sources = sources();
    let is_at = |place: &str| sources.iter().any(|source| source.path.starts_with(place));
    assert!(FOLDERS.iter().chain(&LISTS).all(|place| is_at(place)));
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| !LISTS.contains(&&*source.path)) {
        if !FOLDERS.iter().any(|folder| source.path.starts_with(folder)) {
            let lines = source.lines.iter().filter(|(_, line)| NAMES.iter().any(|name| line.contains(name)));
            wrong.extend(lines.map(|(number, line)| format!("src/{}:{number}: {}", source.path, line.trim())));
        }
    }
    complain(&wrong);
}

#[test]
fn the_page_shows_every_module_on_its_floor() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut table = "roof  main.rs          calls cli::main, nothing else\n".to_owned();
    let mut above = u8::MAX;
    for (name, floor, purpose) in FLOORS {
        let number = if floor == above { String::new() } else { floor.to_string() };
        let is_folder = path.parent().unwrap().join("../src").join(name).is_dir();
        let name = if is_folder { format!("{name}/") } else { format!("{name}.rs") };
        table += &format!("{number:<6}{name:<17}{purpose}\n");
        above = floor;
    }
    let (before, rest) = page.split_once("```\n").unwrap();
    let (shown, after) = rest.split_once("```\n").unwrap();
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(&path, format!("{before}```\n{table}```\n{after}")).unwrap();
    } else {
        assert!(shown == table, "docs/architecture.md shows other floors; UPDATE_DOCS=1 writes these:\n{table}");
    }
}

/// A range that is out of bounds must not become an empty text: half a statement would be sent, or an error hidden. What
/// the code guarantees is indexed (`text[a..b]`); what comes from outside has a case of its own (`split_at_checked`).
#[test]
fn no_range_out_of_bounds_is_replaced_by_a_default() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.path.contains("/tests")) {
        let code: String = source.lines.iter().map(|(_, line)| line.trim()).collect::<Vec<_>>().concat();
        for (at, _) in code.match_indices(".get(") {
            let rest = &code[at + ".get(".len()..];
            let mut depth = 1;
            let is_end = |c: char| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            };
            let Some((range, behind)) = rest.find(is_end).map(|end| rest.split_at(end)) else { continue };
            if range.contains("..") && behind.trim_start_matches(')').starts_with(".unwrap_or") {
                wrong.push(format!("src/{}: get({range}) followed by unwrap_or", source.path));
            }
        }
    }
    complain(&wrong);
}

/// Words of one database are written in its folder; reports ask the dialects for them.
#[test]
fn reports_name_no_database() {
    // Lists of what each database has: places of passwords, kinds of databases.
    const ALLOWED: [(&str, usize); 1] = [("report/database.rs", 2)];
    const NAMES: [&str; 9] = ["PostgreSQL", "postgres", "psql", "pg_", "MySQL", "mysql", "MariaDB", "SQLite", "sqlite"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("report/")) {
        let named = |line: &&(usize, String)| NAMES.iter().any(|name| line.1.contains(name));
        let found: Vec<String> = source
            .lines
            .iter()
            .filter(named)
            .map(|(number, line)| format!("src/{}:{number}: {}", source.path, line.trim()))
            .collect();
        let allowed = ALLOWED.iter().find(|(path, _)| *path == source.path).map_or(0, |(_, count)| *count);
        if found.len() > allowed {
            wrong.extend(found);
        }
    }
    complain(&wrong);
}

/// Returns the files of `folder` that a file uses, by the paths of its `use` lines.
fn used_files<'s>(source: &Source, all: &'s [Source]) -> Vec<&'s str> {
    let module = |path: &str| path.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
    let own = module(&source.path);
    let code: String = source.lines.iter().map(|(_, line)| line.trim()).collect::<Vec<_>>().join(" ");
    let mut paths = Vec::new();
    for item in code.split(';').filter_map(|item| item.rsplit_once("use ").map(|(_, path)| path.trim().to_owned())) {
        // `a::{b, c::d}` names `a::b` and `a::c::d`; deeper braces name at least their module.
        let (head, list) = item.split_once('{').unwrap_or((item.as_str(), ""));
        paths.extend(list.split(',').map(|name| format!("{head}{}", name.trim().trim_end_matches('}'))));
        paths.push(head.to_owned());
    }
    let absolute = |path: &String| {
        if let Some(rest) = path.strip_prefix("crate::") {
            return Some(rest.to_owned());
        }
        let levels = path.matches("super::").count();
        let parts: Vec<&str> = own.split("::").collect();
        let base = parts.get(..parts.len().checked_sub(levels)?)?.join("::");
        (levels > 0).then(|| format!("{base}::{}", path.replace("super::", "")))
    };
    let mut used: Vec<&str> = Vec::new();
    for path in paths.iter().filter_map(absolute) {
        let fits = |other: &&Source| {
            let other = module(&other.path);
            path == other || path.starts_with(&format!("{other}::"))
        };
        let found = all.iter().filter(fits).max_by_key(|other| other.path.len());
        used.extend(found.filter(|found| found.path != source.path).map(|found| found.path.as_str()));
    }
    used
}

/// Shared values of the command line have files of their own, so that commands and what they share form no circle.
#[test]
fn the_files_of_the_command_line_form_no_circle() {
    let all: Vec<Source> = sources().into_iter().filter(|source| source.path.starts_with("cli/")).collect();
    // Files that use nothing of the rest are taken away until nothing changes; what is left is in a circle or uses one.
    let mut uses: Vec<(&str, Vec<&str>)> =
        all.iter().map(|source| (source.path.as_str(), used_files(source, &all))).collect();
    assert!(uses.iter().map(|(_, used)| used.len()).sum::<usize>() > 300, "the imports were not read");
    loop {
        let left: Vec<&str> = uses.iter().map(|(path, _)| *path).collect();
        uses.retain(|(_, used)| used.iter().any(|used| left.contains(used)));
        if uses.len() == left.len() {
            break;
        }
    }
    // `stamp --detect` is a form of `stamp`: it stamps what it finds.
    const KNOWN: [&str; 2] = ["cli/commands/detect.rs", "cli/commands/stamp.rs"];
    let in_circle = |path: &str| uses.iter().any(|(other, used)| *other != path && used.contains(&path));
    let circle: Vec<String> = uses
        .iter()
        .filter(|(path, _)| in_circle(path) && !KNOWN.contains(path))
        .map(|(path, used)| format!("src/{path} uses {used:?}"))
        .collect();
    complain(&circle);
}
