//! The command line: the only module that prints or reads the terminal. It also reads the clock and the environment,
//! and passes them down as arguments.

mod arguments;
mod backup_progress;
mod check_view;
mod commands;
mod commutation;
mod commutation_view;
mod complete;
mod confirm;
mod connection_prefetch;
mod context;
mod context_hints;
mod database_creation;
mod diff_view;
mod dispatch;
mod draw;
mod each;
mod global;
mod help;
mod hint;
mod json;
mod junit;
mod lint;
mod losses;
mod markdown_report;
mod objects;
mod other_words;
mod output;
mod page;
mod progress;
mod question;
mod report;
mod schema_file;
mod schema_source;
mod schemas;
mod secrets;
mod shadow_trial;
mod stairway_progress;
mod style;
mod surroundings;
mod text;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;
use clap_complete::CompleteEnv;

use arguments::CommandLine;
use context::Context;
use output::{CommandOutput, unless_reader_gone, write_stderr, write_stdout, write_text};
use report::CommandError;

use crate::error_code::ErrorCode;
use crate::report::printable;

/// Runs the command line and returns the exit status of the process.
#[must_use]
pub fn main() -> ExitCode {
    // Completions offer the global options after a command too, so they do not hide them there.
    let completion = || complete::with_completers(CommandLine::command());
    CompleteEnv::with_factory(completion).var(commands::completions::VARIABLE).complete();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    secrets::remember_secrets(&arguments);
    match parse(&arguments) {
        Ok(line) => run(&line),
        Err(error) => refuse(&error, &arguments),
    }
}

/// Returns the `clap` definition of the command, for help, completions and the generated documentation.
#[must_use]
pub fn command() -> clap::Command {
    help::arrange(CommandLine::command())
}

fn parse(arguments: &[OsString]) -> Result<CommandLine, clap::Error> {
    // Arranging the help takes longer than reading the command line, and what is parsed does not depend on it. So it is
    // done only for what clap prints; the version is the same either way.
    match CommandLine::read(&mut CommandLine::command(), arguments) {
        Err(error) if error.kind() != ErrorKind::DisplayVersion => CommandLine::read(&mut command(), arguments),
        line => line,
    }
}

fn run(line: &CommandLine) -> ExitCode {
    style::set_up(line.global.color);
    let context = Context::new(&line.global, hint::with_service);
    match dispatch::run(&line.command, &context) {
        Ok(answer) => answered(answer, line.global.json),
        Err(report) => failed(&context.with_service_hints(report), line.global.json),
    }
}

fn answered(answer: CommandOutput, json: bool) -> ExitCode {
    let exit = if answer.negative { ExitCode::from(3) } else { ExitCode::SUCCESS };
    let written = match json {
        true => write_stdout(&document(&answer.json())),
        false => write_text(&answer.text, answer.is_script),
    };
    match written {
        Ok(()) => exit,
        Err(error) => failed(&output_unwritable(&error), false),
    }
}

/// Report of an answer that could not be written, or only in part.
fn output_unwritable(error: &std::io::Error) -> CommandError {
    CommandError::new(ErrorCode::OutputUnwritable, format!("the output cannot be written: {error}"))
        .note("what was written is incomplete; the command itself did its work")
        .hint("free some space, or write the output somewhere else; `aludel status` shows the state of the databases")
}

fn failed(report: &CommandError, json: bool) -> ExitCode {
    let written = match json {
        true => write_stdout(&document(&report.json())),
        false => write_text(&report.text, false),
    };
    if let Err(error) = written {
        write_stderr(&output_unwritable(&error).render(console::colors_enabled_stderr()));
    }
    write_stderr(&report.render(console::colors_enabled_stderr()));
    ExitCode::from(report.exit_code())
}

/// Prints what clap returned instead of a command line: help and version on stdout, anything else as a usage error.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let is_answer = !error.use_stderr();
    let meant = other_words::meant(error);
    if !is_answer && arguments.iter().any(|argument| argument == "--json") {
        // A failed write is ignored: the command line is wrong either way, and stderr has the same message.
        let report = CommandError::usage(first_paragraph(&error.to_string()));
        let _ = write_stdout(&document(&report.hints(meant.map(str::to_owned)).json()));
    }
    if is_answer {
        let printed = unless_reader_gone(error.print().and_then(|()| std::io::stdout().flush()));
        if let Err(error) = printed {
            return failed(&output_unwritable(&error), false);
        }
    } else {
        let rendered = error.render();
        let text = if console::colors_enabled_stderr() { rendered.ansi().to_string() } else { rendered.to_string() };
        write_stderr(text.trim_end_matches('\n'));
        if let Some(meant) = meant {
            write_stderr(&format!("  hint: {meant}"));
        }
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Joins the first paragraph of clap's message into one line: "the following required arguments were not provided:
/// `TARGET`".
fn first_paragraph(message: &str) -> String {
    let lines = message.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
    lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}

fn document(value: &serde_json::Value) -> String {
    printable::json(&format!("{value:#}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_takes_the_name_of_a_global_option() {
        let root = CommandLine::command();
        let globals: Vec<_> =
            root.get_arguments().filter(|argument| argument.is_global_set()).map(clap::Arg::get_id).collect();
        for command in root.get_subcommands() {
            let clashing = command.get_arguments().find(|argument| globals.contains(&argument.get_id()));
            assert!(clashing.is_none(), "{}: {clashing:?}", command.get_name());
        }
    }

    #[test]
    fn services_and_all_exclude_each_other_but_where_all_means_revisions() {
        let read = |words: &str| parse(&words.split(' ').map(OsString::from).collect::<Vec<_>>()).is_ok();
        assert!(read("aludel status --all") && read("aludel status -s auth"));
        assert!(!read("aludel status --all -s auth"));
        assert!(read("aludel repair --accept --all -s auth"));
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn what_clap_refuses_is_reported_in_one_line() {
        let error = parse(&["aludel".into(), "upgrade".into()])
            .map(|_| ())
            .map_err(|error| first_paragraph(&error.to_string()));
        assert_eq!(error, Err("the following required arguments were not provided: <TARGET>".to_owned()));
    }
}
