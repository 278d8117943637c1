//! Shell completion of revisions, labels and services, read from the files at that moment. Connects to no database, and
//! offers nothing if a file cannot be read: a completion is no place for errors.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::Arg;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::cli::surroundings::environment;
use crate::config::Config;
use crate::project::{self, History};
use crate::report::printable::one_line;
use crate::revision::Header;

/// Targets that name no revision.
const SYMBOLS: [&str; 4] = ["head", "heads", "base", "current"];

/// Adds a completer to each argument that takes a revision, a target or a service, recognized by the name of its value.
pub fn with_completers(command: clap::Command) -> clap::Command {
    command.mut_args(with_completer).mut_subcommands(|command| command.mut_args(with_completer))
}

fn with_completer(argument: Arg) -> Arg {
    let name = argument.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str()).to_owned();
    match (name.as_str(), argument.get_id().as_str()) {
        ("REVISION" | "TARGET", _) => argument.add(ArgValueCompleter::new(revisions)),
        ("NAME", "service") => argument.add(ArgValueCompleter::new(services)),
        _ => argument,
    }
}

fn revisions(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let histories = histories();
    let entries = histories.iter().flat_map(|history| &history.entries);
    let ids = entries.map(|entry| {
        let Header { revision, message, .. } = &entry.header;
        (revision.to_string(), one_line(message.as_deref().unwrap_or_default()).into_owned())
    });
    let labels = histories.iter().flat_map(labels);
    let symbols = SYMBOLS.map(|symbol| (symbol.to_owned(), String::new()));
    candidates(symbols.into_iter().chain(labels).chain(ids), typed)
}

/// Candidates `LABEL@head`, one per label, with their help.
fn labels(history: &History) -> Vec<(String, String)> {
    let headers = history.entries.iter().map(|entry| &entry.header);
    let labels = headers.flat_map(|header| header.branch_labels.iter().map(|label| (&header.revision, label)));
    labels.map(|(revision, label)| (format!("{label}@head"), format!("the branch of {revision}"))).collect()
}

fn services(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some((typed, config)) = typed.to_str().zip(config(&words())) else { return Vec::new() };
    candidates(config.services.into_iter().map(|service| (service.name, String::new())), typed)
}

fn candidates(offers: impl Iterator<Item = (String, String)>, typed: &str) -> Vec<CompletionCandidate> {
    let fitting = offers.filter(|(value, _)| value.starts_with(typed));
    fitting
        .map(|(value, help)| {
            CompletionCandidate::new(value).help(Some(help).filter(|help| !help.is_empty()).map(Into::into))
        })
        .collect()
}

/// Loads the histories of the services that the words typed so far select.
fn histories() -> Vec<History> {
    let words = words();
    let Some(config) = config(&words) else { return Vec::new() };
    let named = values(&words, "-s", "--service");
    let wanted = |name: &str| named.is_empty() || named.iter().any(|wanted| wanted == name);
    let services = config.services.iter().filter(|service| wanted(&service.name));
    services.filter_map(|service| History::load(service).ok()).collect()
}

fn config(words: &[OsString]) -> Option<Config> {
    let last = |short, long| values(words, short, long).pop();
    let flags = project::ProjectFlags {
        config: last("-c", "--config").map(PathBuf::from),
        url: last("--url", "--url"),
        revisions: last("--revisions", "--revisions").map(PathBuf::from),
        services: Vec::new(),
        env_file: !words.iter().any(|word| word == "--no-env-file"),
    };
    project::open(&flags, &environment).ok()
}

/// Words of the command line that is being completed; the shell passes them after `--`.
fn words() -> Vec<OsString> {
    std::env::args_os().skip_while(|word| word != "--").skip(1).collect()
}

/// Values of a flag in all its spellings: `-s auth`, `--service auth`, `--service=auth`.
fn values(words: &[OsString], short: &str, long: &str) -> Vec<String> {
    let words: Vec<_> = words.iter().filter_map(|word| word.to_str()).collect();
    let apart = words.windows(2).filter_map(|pair| match pair {
        [flag, value] if *flag == short || *flag == long => Some((*value).to_owned()),
        _ => None,
    });
    let joined = words.iter().filter_map(|word| word.strip_prefix(long)?.strip_prefix('=').map(str::to_owned));
    apart.chain(joined).collect()
}
