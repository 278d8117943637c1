//! docs/commands.md equals clap's help texts (`UPDATE_DOCS=1 cargo test --test docs` rewrites it).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;
use std::path::Path;

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
    assert!(written == now, "docs/commands.md is out of date: UPDATE_DOCS=1 cargo test --test docs");
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let own = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(|name| root.join(name));
    let is_page = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let is_written = |path: &std::path::PathBuf| !path.ends_with("docs/commands.md");
    let long: Vec<_> = pages.chain(own).filter(is_page).filter(is_written).flat_map(|page| long_lines(&page)).collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
