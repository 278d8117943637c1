//! Arrangement of the help: commands in groups, and the global options in full only in the help of `aludel` itself.

use std::fmt::Write as _;

use clap::{Arg, Command};

/// Groups of commands in the help of `aludel`, in the order in which they are printed.
const GROUPS: [(&str, &[&str]); 7] = [
    ("Start a project", &["init", "list-templates", "config", "create-database", "ensure-version"]),
    ("Write revisions", &["revision", "merge", "prove", "rebase", "squash", "edit"]),
    (
        "Show revisions and databases",
        &["status", "current", "history", "heads", "branches", "show", "blame", "log", "report", "open"],
    ),
    ("Move databases", &["upgrade", "downgrade", "stamp", "repair", "seed", "push", "reset", "drop-database"]),
    ("Compare schemas", &["check", "lint", "test", "diff", "inspect"]),
    ("Operate", &["deploy", "preflight", "verify", "wait", "watch", "backup", "restore"]),
    ("Work with other tools", &["import", "completions", "man"]),
];

/// Arranges the help of `root` and of its commands. What is parsed does not change.
pub fn arrange(root: Command) -> Command {
    let header = *root.get_styles().get_header();
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{header}Global options:{header:#}\n\
         {{options}}{{after-help}}",
        groups(&root)
    );
    let globals: Vec<Arg> = root.get_arguments().filter(|argument| argument.is_global_set()).cloned().collect();
    let hint = hint(&globals);
    root.help_template(template).mut_subcommands(|command| with_hidden_globals(command, &globals, &hint))
}

/// The list of commands, each group below its title.
fn groups(root: &Command) -> String {
    let (header, literal) = (root.get_styles().get_header(), root.get_styles().get_literal());
    let names = GROUPS.iter().flat_map(|(_, names)| *names);
    let width = names.map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (title, names) in GROUPS {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "{header}{title}:{header:#}");
        for command in names.iter().filter_map(|name| root.find_subcommand(name)) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {literal}{:width$}{literal:#}  {about}", command.get_name());
        }
        text.push('\n');
    }
    text
}

/// Names the global options in the help of a command, which explains only its own.
fn hint(globals: &[Arg]) -> String {
    let name = |argument: &Arg| match (argument.get_short(), argument.get_long()) {
        (Some(short), _) => Some(format!("-{short}")),
        (None, long) => long.map(|long| format!("--{long}")),
    };
    let names: Vec<String> = globals.iter().filter_map(name).collect();
    format!("Global options, explained by `aludel --help`:\n  {}", names.join(", "))
}

/// Gives the command the global options as hidden ones; clap adds them only where a command has none of that name.
fn with_hidden_globals(command: Command, globals: &[Arg], hint: &str) -> Command {
    let after_help = match command.get_after_help() {
        Some(text) => format!("{hint}\n\n{text}"),
        None => hint.to_owned(),
    };
    command.args(globals.iter().map(|argument| argument.clone().hide(true))).after_help(after_help)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width of a terminal that shows each command on one line.
    const COLUMNS: usize = 80;

    #[test]
    fn every_command_is_in_exactly_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        grouped.sort_unstable();
        let root = crate::cli::command();
        let mut commands: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
        commands.sort_unstable();
        assert_eq!(grouped, commands);
    }

    #[test]
    fn every_command_has_one_line_in_the_list() {
        for line in groups(&crate::cli::command().styles(clap::builder::Styles::plain())).lines() {
            assert!(line.len() <= COLUMNS, "{line}");
        }
    }

    #[test]
    fn the_help_of_a_command_names_the_global_options_and_explains_only_its_own() {
        let mut root = crate::cli::command();
        let help = root.render_long_help().to_string();
        assert!(help.contains("Folder of revisions to use instead"), "{help}");
        for command in root.get_subcommands_mut().filter(|command| command.get_name() != "help") {
            let help = command.render_long_help().to_string();
            assert!(
                help.contains(
                    "\n  -c, -s, --all, --url, --revisions, --no-env-file, -x, --json, -q, -v, --color, --yes\n"
                ),
                "{help}"
            );
            assert!(!help.contains("Folder of revisions to use instead"), "{help}");
        }
    }

    #[test]
    fn the_global_options_work_before_and_after_the_command() {
        for words in [["aludel", "--json", "-s", "a", "status"], ["aludel", "status", "--json", "-s", "a"]] {
            let line = crate::cli::arguments::CommandLine::read(&mut crate::cli::command(), words);
            assert!(line.is_ok_and(|line| line.global.json && line.global.service == ["a"]), "{words:?}");
        }
    }
}
