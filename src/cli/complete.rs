//! Shell completion of revisions, labels, services, templates and backups, read from the files at that moment. Connects to no database, and
//! offers nothing if a file cannot be read: a completion must not print errors.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Arg;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::backup;
use crate::cli::surroundings::environment;
use crate::config::{Config, Service};
use crate::formats::Format;
use crate::id::RevisionId;
use crate::project::{self, History};
use crate::report::printable::one_line;
use crate::revision::{Header, Skeletons, Starter};

/// Targets that name no revision.
const SYMBOLS: [&str; 4] = ["head", "heads", "base", "current"];

/// Words for a side of `diff`, with their meanings.
const SIDES: [(&str, &str); 4] = [
    ("database", "what is there"),
    ("schema", "the desired schema"),
    ("current", "the history up to where the database is"),
    ("base", "nothing"),
];

/// Adds a completer to each argument that takes a revision, a target, a service, a template, a backup or a tool,
/// recognized by the name of its value.
pub fn with_completers(command: clap::Command) -> clap::Command {
    command.mut_args(with_completer).mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        command.mut_args(move |argument| match (&*name, argument.get_id().as_str()) {
            ("diff", "from" | "to") => argument.add(ArgValueCompleter::new(sides)),
            ("revision", "template") => argument.add(ArgValueCompleter::new(templates)),
            ("init", "template") => argument.add(ArgValueCompleter::new(starters)),
            ("restore", "backup") => argument.add(ArgValueCompleter::new(backups)),
            _ => with_completer(argument),
        })
    })
}

fn with_completer(argument: Arg) -> Arg {
    let name = argument.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str()).to_owned();
    match (name.as_str(), argument.get_id().as_str()) {
        ("REVISION" | "TARGET", _) => argument.add(ArgValueCompleter::new(revisions)),
        ("REVISION|FORMAT", _) => argument.add(ArgValueCompleter::new(tools_and_revisions)),
        ("NAME", "service") => argument.add(ArgValueCompleter::new(services)),
        _ => argument,
    }
}

fn revisions(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    candidates(symbols_and_revisions(&histories()), typed)
}

fn symbols_and_revisions(histories: &[History]) -> impl Iterator<Item = (String, String)> {
    SYMBOLS.map(|symbol| (symbol.to_owned(), String::new())).into_iter().chain(labels_and_ids(histories))
}

/// Heads, then labels, then the other revisions, the newest file first.
fn labels_and_ids(histories: &[History]) -> impl Iterator<Item = (String, String)> {
    let heads: Vec<RevisionId> = histories.iter().flat_map(|history| history.graph.heads()).collect();
    let entries = histories.iter().flat_map(|history| history.entries.iter().rev());
    let id = |header: &Header| {
        let message = one_line(header.message.as_deref().unwrap_or_default()).into_owned();
        (header.revision.to_string(), message)
    };
    let (first, others): (Vec<_>, Vec<_>) =
        entries.map(|entry| &entry.header).partition(|header| heads.contains(&header.revision));
    first.into_iter().map(id).chain(histories.iter().flat_map(labels)).chain(others.into_iter().map(id))
}

/// The tools whose version tables `stamp --from` reads, and revisions.
fn tools_and_revisions(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let histories = histories();
    let tools = Format::ALL.into_iter().filter(|format| format.has_table());
    let tools = tools.map(|tool| (tool.name().to_owned(), "its version table".to_owned()));
    candidates(tools.chain(symbols_and_revisions(&histories)), typed)
}

/// Sides of `diff`: words, then revisions.
fn sides(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let histories = histories();
    let words = SIDES.map(|(word, meaning)| (word.to_owned(), meaning.to_owned()));
    let head = ("head".to_owned(), "the whole history".to_owned());
    candidates(words.into_iter().chain([head]).chain(labels_and_ids(&histories)), typed)
}

/// Templates of new revision files.
fn templates(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let mut found = Skeletons::built_in();
    let of_service = selected(&words()).iter().filter_map(|service| project::skeletons(service).ok()).next();
    if let Some(own) = of_service {
        found = own;
    }
    let offers = found.list().map(|template| (template.name.clone(), template.description.clone()));
    candidates(offers, typed)
}

/// Templates of new projects.
fn starters(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    candidates(Starter::ALL.iter().map(|starter| (starter.name.to_owned(), String::new())), typed)
}

/// Backups of the selected services, the newest first.
fn backups(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let words = words();
    let given = values(&words, "--folder", "--folder").pop().map(PathBuf::from);
    let stored = selected(&words).into_iter().flat_map(|service| {
        let folder = given.clone().unwrap_or_else(|| service.backup.folder.clone());
        backup::stored(&folder, &service.name)
    });
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let offers = stored.map(|backup| (name(&backup.path), backup.record.created));
    candidates([("latest".to_owned(), String::new())].into_iter().chain(offers), typed)
}

/// Candidates `LABEL@head`, one per label, with their help.
fn labels(history: &History) -> Vec<(String, String)> {
    let headers = history.entries.iter().map(|entry| &entry.header);
    let labels = headers.flat_map(|header| header.options.branch_labels.iter().map(|label| (&header.revision, label)));
    labels.map(|(revision, label)| (format!("{label}@head"), format!("the branch of {revision}"))).collect()
}

fn services(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some((typed, config)) = typed.to_str().zip(config(&words())) else { return Vec::new() };
    candidates(config.services.into_iter().map(|service| (service.name, String::new())), typed)
}

fn candidates(offers: impl Iterator<Item = (String, String)>, typed: &str) -> Vec<CompletionCandidate> {
    let fitting = offers.filter(|(value, _)| value.starts_with(typed));
    fitting
        .enumerate()
        .map(|(order, (value, help))| {
            let help = Some(help).filter(|help| !help.is_empty()).map(Into::into);
            CompletionCandidate::new(value).help(help).display_order(Some(order))
        })
        .collect()
}

/// Loads the histories of the services that the words typed so far select.
fn histories() -> Vec<History> {
    selected(&words()).iter().filter_map(|service| History::load(service).ok()).collect()
}

/// Services that the words typed so far select.
fn selected(words: &[OsString]) -> Vec<Service> {
    let Some(config) = config(words) else { return Vec::new() };
    let named = values(words, "-s", "--service");
    let wanted = |name: &str| named.is_empty() || named.iter().any(|wanted| wanted == name);
    config.services.into_iter().filter(|service| wanted(&service.name)).collect()
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
