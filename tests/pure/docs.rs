//! docs/commands.md equals clap's help texts (`UPDATE_DOCS=1 cargo test --test pure docs::` rewrites it).

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn commands() -> String {
    let mut text =
        String::from("# Commands\n\nGenerated from `aludel --help`; every command accepts the global options.\n");
    let mut root = aludel::cli::command().term_width(100).color(clap::ColorChoice::Never);
    root.build();
    write!(text, "\n## aludel\n\n```text\n{}```\n", help(&mut root.clone())).unwrap();
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        let mut command = command.clone().term_width(100);
        let help = help(&mut command);
        write!(text, "\n## aludel {}\n\n```text\n{help}```\n", command.get_name()).unwrap();
    }
    text
}

/// Returns the long help without the global options, which the page lists once at the top.
fn help(command: &mut clap::Command) -> String {
    let help = command.render_long_help().to_string();
    let is_root = command.get_name() == "aludel";
    let mut kept = String::new();
    let mut skipping = false;
    for line in help.lines() {
        skipping = match line {
            _ if line.starts_with("Global options") => !is_root,
            _ if !line.is_empty() && !line.starts_with(' ') => false,
            _ => skipping,
        };
        if !skipping {
            kept.push_str(line.trim_end());
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn the_command_reference_is_what_the_help_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    let now = commands();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == now, "docs/commands.md is out of date: UPDATE_DOCS=1 cargo test --test pure docs::");
}

/// Lines of the pages that are too long; code, tables and the generated reference of the commands are exempt.
fn long_lines(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut is_code = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let is_exempt = is_code || line.starts_with('|') || line.starts_with("    ");
        if !is_exempt && line.chars().count() > 120 {
            found.push(format!("{}:{}", page.display(), number + 1));
        }
    }
    found
}

#[test]
fn lines_of_pages_have_at_most_120_columns() {
    let is_written = |path: &PathBuf| !path.ends_with("docs/commands.md");
    let long: Vec<_> = pages().into_iter().filter(is_written).flat_map(|page| long_lines(&page)).collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn a_part_of_the_guide_has_at_most_250_lines() {
    let is_guide = |page: &PathBuf| page.file_name().is_some_and(|name| name.to_string_lossy().starts_with("guide"));
    let lines = |page: PathBuf| (std::fs::read_to_string(&page).unwrap().lines().count(), page);
    let parts: Vec<_> = pages().into_iter().filter(is_guide).map(lines).collect();
    assert!(parts.len() >= 5, "{parts:?}");
    let long: Vec<_> = parts.iter().filter(|(lines, _)| *lines > 250).collect();
    assert!(long.is_empty(), "{long:?}");
}

/// Returns the pages: those of `docs/`, and those beside the code.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "tests/README.md"];
    let folders = ["docs", "docs/scenarios"].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let files = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    files.chain(beside.map(|name| root.join(name))).filter(is_page).collect()
}

#[test]
fn the_paths_that_pages_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_path =
        |word: &&str| ["src/", "tests/", "docs/", "templates/", "benches/"].iter().any(|top| word.starts_with(top));
    // Placeholders are in capitals: `tests/cases/DATABASE/NAME/`.
    let is_whole = |word: &&str| !word.contains(|c: char| c.is_ascii_uppercase() || "{ *".contains(c));
    let (mut count, mut missing) = (0, Vec::new());
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for path in text.split('`').skip(1).step_by(2).filter(is_path).filter(is_whole) {
            count += 1;
            if !root.join(path).exists() {
                missing.push(format!("{}: {path}", page.display()));
            }
        }
    }
    assert!(count > 40 && missing.is_empty(), "{count} paths; missing: {missing:#?}");
}

/// Returns the names of the Rust files in `folder`, without `.rs`.
fn rust_files(folder: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().file_name());
    names.filter_map(|name| name.to_str()?.strip_suffix(".rs").map(str::to_owned)).collect()
}

/// Returns the names that the file at `path` declares with `mod NAME;` or `#[path = ".../NAME.rs"]`.
fn declared(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let name = |line: &str| {
        let path = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix(".rs\"]"));
        let module = line.trim_start_matches("pub ").strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        path.map(|path| path.rsplit('/').next().unwrap_or(path)).or(module).map(str::to_owned)
    };
    text.lines().filter_map(name).collect()
}

/// The test programs, each a folder of `tests/`.
const PROGRAMS: [&str; 4] = ["pure", "cli", "databases", "slow"];

#[test]
fn no_file_of_the_tests_is_forgotten() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    assert_eq!(rust_files(&root), BTreeSet::new(), "a file here is a test program of its own");
    let mut forgotten = Vec::new();
    for program in PROGRAMS {
        let folder = root.join(program);
        let modules = declared(&folder.join("main.rs"));
        let of_program = rust_files(&folder).into_iter().filter(|name| name != "main" && !modules.contains(name));
        forgotten.extend(of_program.map(|name| format!("tests/{program}/{name}.rs")));
        for module in &modules {
            let parts = declared(&folder.join(format!("{module}.rs")));
            let of_module = rust_files(&folder.join(module)).into_iter().filter(|name| !parts.contains(name));
            forgotten.extend(of_module.map(|name| format!("tests/{program}/{module}/{name}.rs")));
        }
    }
    assert!(forgotten.is_empty(), "no `mod` names {forgotten:?}");
}

#[test]
fn the_map_of_the_tests_lists_every_module_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let page = std::fs::read_to_string(root.join("README.md")).unwrap();
    for program in PROGRAMS {
        let (_, section) = page.split_once(&format!("\n## {program}\n")).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
        let mut listed: Vec<String> = rows.map(|(name, _)| name.to_owned()).collect();
        listed.sort();
        let mut modules = rust_files(&root.join(program));
        modules.remove("main");
        assert_eq!(listed, modules.into_iter().collect::<Vec<_>>(), "tests/{program}");
    }
}

/// Removes what differs from run to run: times, dates in file names, the version of SQLite.
fn without_chance(text: &str) -> String {
    let mut words = Vec::new();
    for line in text.lines() {
        let line = line.split(' ').map(|word| match word {
            _ if word.starts_with("revisions/") => word.split_once('_').map_or(word, |(_, rest)| &rest[5..]).to_owned(),
            _ if !word.is_empty() && word.chars().all(|c| c.is_ascii_digit()) => "N".to_owned(),
            _ if word.starts_with("3.") => "VERSION".to_owned(),
            _ => word.to_owned(),
        });
        words.push(line.collect::<Vec<_>>().join(" "));
    }
    words.join("\n")
}

/// Types the commands of a page in `folder`, fills in the files that it shows, and returns what differs from the page.
fn typed(page: &str, folder: &Path) -> Vec<String> {
    let bin = Path::new(env!("CARGO_BIN_EXE_aludel")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let project = folder.join("shop");
    let run = |command: &str| {
        let here = if project.exists() { project.as_path() } else { folder };
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(format!("exec 2>&1; {command}")).current_dir(here);
        let output = shell.env_clear().env("PATH", &path).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut wrong = Vec::new();
    for block in page.split("\n```").skip(1).step_by(2) {
        let (kind, text) = block.split_once('\n').unwrap();
        if let Some(id) = text.strip_prefix("-- revision: ").and_then(|rest| rest.lines().next()) {
            let files = std::fs::read_dir(project.join("revisions")).unwrap().map(|entry| entry.unwrap().path());
            let file = files.into_iter().find(|file| file.display().to_string().contains(id)).unwrap();
            std::fs::write(file, format!("{text}\n")).unwrap();
        }
        let session = format!("\n{text}");
        for command in session.split("\n$ ").skip(1).filter(|_| kind == "console") {
            let (command, expected) = command.split_once('\n').unwrap_or((command, ""));
            let found = run(command);
            if without_chance(found.trim_end()) != without_chance(expected.trim_end()) {
                wrong.push(format!("$ {command}\n{found}\n--- on the page:\n{expected}"));
            }
        }
    }
    wrong
}

#[test]
fn the_first_ten_minutes_are_as_the_page_shows_them() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/first-ten-minutes.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let wrong = typed(&page, folder.path());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
