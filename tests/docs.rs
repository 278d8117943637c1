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
