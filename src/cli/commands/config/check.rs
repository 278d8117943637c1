//! `config check`: validates the settings and the files that they name, without a connection.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{style, text};
use crate::config::{Config, CredentialSource, DesiredSchema, Service};
use crate::diagnostic::position;

#[derive(Debug, Args)]
#[command(
    after_help = "An unknown key or a wrong value is an error, as for every command. Exit status: 3 when a file, a \
    folder or a URL is wrong."
)]
pub struct ConfigCheckArgs {}

/// Problem with one setting.
struct SettingProblem {
    key: &'static str,
    message: String,
}

pub fn run(_: &ConfigCheckArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let config = context.config()?;
    let source = config.path.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let services = context.chosen()?;
    let mut answer = CommandOutput::default();
    for service in &services {
        let problems: Vec<SettingProblem> = problems(service).chain(shared_table(service, &config)).collect();
        answer.negative |= !problems.is_empty();
        for problem in &problems {
            let place = locate_key(&config, &source, service, problem.key).map(|place| format!(" ({place})"));
            let SettingProblem { key, message } = problem;
            let name = style::bold(&service.name);
            answer.text += &format!("{name}: {key}: {message}{}\n", place.unwrap_or_default());
        }
        answer.services.push(document(service, &problems, &config, &source));
    }
    if !answer.negative {
        let path = config.path.as_ref().map_or_else(|| "the flags".to_owned(), |path| path.display().to_string());
        context.status(&format!("{path}: nothing is wrong, {}", text::count(services.len(), "service")));
    }
    Ok(answer)
}

fn document(service: &Service, problems: &[SettingProblem], config: &Config, source: &str) -> Value {
    let problems = problems.iter().map(|problem| {
        let place = locate_key(config, source, service, problem.key);
        json!({ "key": problem.key, "message": problem.message, "place": place })
    });
    json!({ "service": service.name, "problems": problems.collect::<Vec<_>>() })
}

/// Returns file and line of a key; `None` if the file does not set it.
fn locate_key(config: &Config, source: &str, service: &Service, key: &str) -> Option<String> {
    let span = Config::value_span(source, &service.name, key)?;
    Some(format!("{}:{}", config.path.as_ref()?.display(), position(source, span.start).line))
}

fn problems(service: &Service) -> impl Iterator<Item = SettingProblem> {
    let schema = &service.schema;
    let desired = match &schema.desired {
        Some(DesiredSchema::Files(paths)) => paths.as_slice(),
        _ => &[],
    };
    let files = [("schema", desired), ("shadow_setup", &schema.shadow_setup), ("seed", &schema.seed)];
    let files = files.into_iter().chain(schema.tests.as_deref().map(|paths| ("tests", paths)));
    let files =
        files.flat_map(|(key, paths)| paths.iter().filter_map(move |path| missing(key, path, "file or folder")));
    let folders = service.revisions.iter().filter_map(|path| missing("revisions", path, "folder"));
    let templates = service.templates.iter().filter_map(|path| missing("templates", path, "folder"));
    let rules = service.lint.own.iter().filter_map(|path| missing("lint", path, "folder"));
    folders.chain(rules).chain(templates).chain(files).chain(urls(service))
}

fn missing(key: &'static str, path: &Path, kind: &str) -> Option<SettingProblem> {
    (!path.exists()).then(|| SettingProblem { key, message: format!("there is no {kind} {}", path.display()) })
}

/// Checks the URLs that are known without running a program.
fn urls(service: &Service) -> impl Iterator<Item = SettingProblem> {
    let url = match service.url.is_printed() {
        true => None,
        false => service.url().err().map(|error| SettingProblem { key: "url", message: error.to_string() }),
    };
    let shadow = service.schema.shadow.as_ref().and_then(|url| url.as_ref().err());
    let shadow = shadow.map(|error| SettingProblem { key: "shadow_url", message: error.to_string() });
    let desired = match &service.schema.desired {
        Some(DesiredSchema::Url(Err(error))) => Some(SettingProblem { key: "schema", message: error.to_string() }),
        _ => None,
    };
    let password = match service.url.source() {
        Some(CredentialSource::File(path)) => missing("password_file", path, "file"),
        _ => None,
    };
    [url, shadow, desired, password].into_iter().flatten()
}

fn shared_table(service: &Service, config: &Config) -> Option<SettingProblem> {
    let pairs = config.shared_version_tables();
    let (one, other) = pairs.into_iter().find(|(one, other)| [&one.name, &other.name].contains(&&service.name))?;
    let other = if one.name == service.name { other } else { one };
    let message = format!("the service {} has the same version table in the same database", other.name);
    Some(SettingProblem { key: "version_table", message })
}
