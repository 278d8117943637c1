//! `config show`: the resolved settings of each service.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{style, text};
use crate::config::keys::SERVICE_KEYS;
use crate::config::{
    AheadPolicy, Config, CredentialSource, DatabaseUrl, DesiredSchema, Durable, Layout, LockKind, OnFailure,
    ProveMerges, Service, UrlError, hide_secrets,
};
use crate::diagnostic::position;
use crate::duration::format_duration;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel config show -s auth\n  aludel config show --json")]
pub struct ConfigShowArgs {}

pub fn run(_: &ConfigShowArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let config = context.config()?;
    let source = config.path.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let mut answer = CommandOutput { text: files(&config), ..CommandOutput::default() };
    let services = context.chosen()?;
    let written = as_written(&config, &source);
    for service in &services {
        let commands = written.as_ref().and_then(|config| config.services.iter().find(|one| one.name == service.name));
        let settings = SettingsView { service, commands, config: &config, source: &source, context };
        let lines = settings.lines();
        answer.text += &text::section(true, &service.name, lines.iter().map(String::as_str));
        answer.services.push(settings.document());
    }
    let path = |path: &Option<PathBuf>| json!(path.as_ref().map(|path| path.display().to_string()));
    answer.extra.insert("config".to_owned(), path(&config.path));
    answer.extra.insert("env_file".to_owned(), path(&config.env_file_path));
    answer.extra.insert("env_file_variables".to_owned(), json!(config.env_file.keys().collect::<Vec<_>>()));
    Ok(answer)
}

/// Lines that name the files from which the settings come, with the names of variables but not their values.
fn files(config: &Config) -> String {
    let path = config.path.iter().map(|path| format!("config    {}\n", path.display()));
    let names: Vec<&str> = config.env_file.keys().map(String::as_str).collect();
    let env = config.env_file_path.iter().map(|path| format!("env file  {}: {}\n", path.display(), names.join(", ")));
    path.chain(env).collect()
}

/// Reads the config with `${NAME}` for the value of each variable: a command may contain a secret that only the
/// environment has. `None` if the config cannot be read that way, because a number comes from a variable.
fn as_written(config: &Config, source: &str) -> Option<Config> {
    let path = config.path.as_ref()?;
    Config::parse(source, path, &|name| Some(format!("${{{name}}}"))).ok()
}

/// Settings of one service.
struct SettingsView<'a> {
    service: &'a Service,
    /// The service with its commands as they are written.
    commands: Option<&'a Service>,
    config: &'a Config,
    source: &'a str,
    context: &'a Context<'a>,
}

impl SettingsView<'_> {
    fn lines(&self) -> Vec<String> {
        let shown: Vec<_> = self.settings().into_iter().filter(|(_, value, _)| !value.is_null()).collect();
        let width = shown.iter().map(|(key, ..)| key.len()).max().unwrap_or_default();
        let line = |(key, value, origin): &(&str, Value, String)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{key:width$}  {value}  {}", style::faint(&format!("# {origin}")))
        };
        shown.iter().map(line).collect()
    }

    fn document(&self) -> Value {
        let settings = self.settings().into_iter();
        let settings = settings.map(|(key, value, origin)| (key.to_owned(), json!({ "value": value, "from": origin })));
        json!({ "service": self.service.name, "settings": Value::Object(settings.collect()) })
    }

    /// Every key with its value, `null` if it has none, and where that comes from.
    fn settings(&self) -> Vec<(&'static str, Value, String)> {
        SERVICE_KEYS.iter().map(|key| (key.name, self.value(key.name), self.origin(key.name))).collect()
    }

    fn origin(&self, key: &str) -> String {
        let global = self.context.global;
        let from_flag = match key {
            "url" => global.url.as_ref().map(|_| "--url"),
            "revisions" => global.revisions.as_ref().map(|_| "--revisions"),
            _ => None,
        };
        if let Some(flag) = from_flag {
            return flag.to_owned();
        }
        if self.value(key).is_null() {
            return "default".to_owned();
        }
        let span = Config::value_span(self.source, &self.service.name, key);
        match (span, &self.config.path) {
            (Some(span), Some(path)) => format!("{}:{}", path.display(), position(self.source, span.start).line),
            _ => match key {
                "url" if self.service.url.is_set() => "DATABASE_URL".to_owned(),
                "env" => "ALUDEL_ENV".to_owned(),
                _ => "default".to_owned(),
            },
        }
    }

    fn value(&self, key: &str) -> Value {
        let (service, schema) = (self.service, &self.service.schema);
        match key {
            "url" => self.url(),
            "url_command" | "password_file" => self.credentials(key),
            "revisions" => paths(&service.revisions),
            "recursive" => json!(service.recursive),
            "layout" => json!(if service.layout == Layout::Pairs { "pairs" } else { "revisions" }),
            "version_table" => json!(service.version_table),
            "version_schema" => json!(service.version_schema),
            "templates" => json!(service.templates.as_ref().map(|path| path.display().to_string())),
            "file_template" => json!(service.file_template),
            "env" => json!(service.env),
            "on_failure" => json!(match service.on_failure {
                OnFailure::Stop => "stop",
                OnFailure::Downgrade => "downgrade",
                OnFailure::Restore => "restore",
            }),
            "schema" => self.desired(),
            "schema_file" => json!(schema.file.as_ref().map(|path| path.display().to_string())),
            "shadow_url" => schema.shadow.as_ref().map_or(Value::Null, |url| url_value(url.as_ref())),
            "shadow_extensions" => list(&schema.shadow_extensions),
            "shadow_setup" => paths(&schema.shadow_setup),
            "protected" => json!(schema.protected),
            "seed" => paths(&schema.seed),
            "tests" => schema.tests.as_deref().map_or(Value::Null, paths),
            "online" => json!(schema.online),
            "owners" => json!(schema.owners),
            "snapshot" => json!(schema.snapshot),
            "require_downgrade" => json!(schema.require_downgrade),
            _ => self.safety(key).unwrap_or_else(|| self.commands(key)),
        }
    }

    fn url(&self) -> Value {
        match self.service.url.source() {
            Some(source) if self.service.url.is_printed() => json!(source.describe()),
            _ => url_value(self.service.url()),
        }
    }

    fn credentials(&self, key: &str) -> Value {
        match (key, self.service.url.source()) {
            ("url_command", Some(CredentialSource::Command(command))) => json!(command.program()),
            ("password_file", Some(CredentialSource::File(path))) => json!(path.display().to_string()),
            _ => Value::Null,
        }
    }

    fn desired(&self) -> Value {
        match &self.service.schema.desired {
            None => Value::Null,
            Some(DesiredSchema::Files(files)) => paths(files),
            Some(DesiredSchema::Url(url)) => url_value(url.as_ref()),
            Some(DesiredSchema::Command { words, .. }) => match self.commands.map(|service| &service.schema.desired) {
                Some(Some(DesiredSchema::Command { words, .. })) => command(words),
                _ => json!(words.first()),
            },
        }
    }

    fn safety(&self, key: &str) -> Option<Value> {
        let gentle = &self.service.gentle;
        Some(match key {
            "lock_timeout" => duration(gentle.lock_timeout),
            "statement_timeout" => gentle.statement_timeout.map_or(Value::Null, duration),
            "lock_retries" => json!(gentle.lock_retries),
            "durable" => json!(if gentle.durable == Durable::Each { "each" } else { "run" }),
            "pipeline" => json!(gentle.pipeline),
            "lock" => json!(if gentle.lock == LockKind::Lease { "lease" } else { "advisory" }),
            "lease_time" => duration(gentle.lease_time),
            "batch_target" => duration(gentle.batch_target),
            "max_replica_lag" => duration(gentle.max_replica_lag),
            "replicas" => list(&gentle.replicas.iter().map(DatabaseUrl::redacted).collect::<Vec<_>>()),
            "max_waiting" => json!(gentle.max_waiting),
            "ahead" => json!(if gentle.ahead == AheadPolicy::Refuse { "refuse" } else { "allow" }),
            "keep_downgrades" => json!(gentle.keep_downgrades),
            "prove_merges" => match gentle.prove_merges {
                ProveMerges::Yes => json!(true),
                ProveMerges::No => json!(false),
                ProveMerges::Require => json!("require"),
            },
            _ => return None,
        })
    }

    /// Values with commands or texts in which a variable may have put a secret.
    fn commands(&self, key: &str) -> Value {
        let Some(service) = self.commands else {
            return if Config::value_span(self.source, &self.service.name, key).is_some() {
                json!("***")
            } else {
                Value::Null
            };
        };
        let filled = |value: Value| if value == json!([]) || value == json!({}) { Value::Null } else { value };
        filled(match key {
            "post_write_hooks" => service.post_write_hooks.iter().map(|words| command(words)).collect(),
            "checks" => service.checks.iter().map(|check| check.name.clone()).collect(),
            "hooks" => {
                let hooks = service.hooks.0.iter().map(|(moment, hooks)| {
                    (moment.name().to_owned(), hooks.iter().map(|hook| command(&hook.command)).collect())
                });
                Value::Object(hooks.collect())
            }
            "backup" => backup(service),
            "python" => service.python.as_ref().map_or(Value::Null, |python| command(&python.command)),
            "lint" => lint(service),
            "constants" => service.constants.keys().cloned().collect(),
            _ => Value::Null,
        })
    }
}

fn backup(service: &Service) -> Value {
    let backup = &service.backup;
    let chain = |chain: &[Vec<String>]| match chain {
        [] => Value::Null,
        programs => json!(programs.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join(" | ")),
    };
    json!({
        "folder": backup.folder.display().to_string(),
        "keep": backup.keep,
        "program": backup.program.as_ref().map(|path| path.display().to_string()),
        "pipe": chain(&backup.pipe),
        "unpipe": chain(&backup.unpipe),
        "jobs": backup.jobs,
    })
}

fn lint(service: &Service) -> Value {
    let lint = &service.lint;
    let mut settings = serde_json::Map::new();
    let rules = (!lint.rules.is_empty()).then(|| json!(lint.rules));
    let own = lint.own.as_ref().map(|path| json!(path.display().to_string()));
    let values = [
        ("rules", rules),
        ("small_table", lint.small_table.map(|size| json!(size))),
        ("own", own),
        ("gate", lint.gate.then(|| json!(true))),
        ("server", lint.server.as_ref().map(|server| json!(server))),
    ];
    settings.extend(values.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    Value::Object(settings)
}

fn url_value(url: Result<&DatabaseUrl, &UrlError>) -> Value {
    json!(url.map_or_else(|error| format!("none: {error}"), DatabaseUrl::redacted))
}

fn duration(time: Duration) -> Value {
    json!(format_duration(time))
}

/// A command line with the values of its secret-looking options hidden.
fn command(words: &[String]) -> Value {
    json!(words.iter().map(|word| hide_secrets(word)).collect::<Vec<_>>().join(" "))
}

fn paths(paths: &[PathBuf]) -> Value {
    list(&paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>())
}

/// One value by itself, several as a list; none for an empty list.
fn list(values: &[String]) -> Value {
    match values {
        [] => Value::Null,
        [one] => json!(one),
        several => json!(several),
    }
}
