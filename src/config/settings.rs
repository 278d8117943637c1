//! Conversion of a config file's tree to services: known keys, their types, their defaults.

mod choices;
mod lint;
mod login;
mod python;
mod runbook;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::diagnostic::{Span, nearest};
use crate::duration;
use crate::yaml::{self, ScalarKind, YamlError, YamlNode};

#[cfg(test)]
pub(super) use {
    login::URL_COMMAND_KEYS,
    python::PYTHON_KEYS,
    runbook::{CHECK_KEYS, HOOK_KEYS},
};

use self::login::service_url;
use super::backup::{self, BackupKeys};
use super::interpolate::{Environment, InterpolationError, interpolate};
use super::key_span::{self, KeySpan};
use super::lint::LintConfig;
use super::runbook::{Check, Hooks, OnFailure};
use super::safety::{self, GentleSettings};
use super::schema::{self as schema_keys, SchemaSettings};
use super::{
    ConfigError, CredentialSource, DEFAULT_FILE_TEMPLATE, DEFAULT_VERSION_TABLE, DatabaseUrl, EnvFileSetting,
    EnvFileVariables, Layout, MAXIMUM_VERSION_TABLE, Python, Service, UrlError,
};

/// Keys of a service. All except `revisions` may also be at the top level of the file, as defaults for all services.
const OWN_KEYS: [&str; 19] = [
    "url",
    "url_command",
    "password_file",
    "revisions",
    "recursive",
    "layout",
    "version_table",
    "version_schema",
    "templates",
    "file_template",
    "post_write_hooks",
    "env",
    "checks",
    "hooks",
    "on_failure",
    "backup",
    "python",
    "constants",
    "lint",
];

/// Keys of the file that are not settings of a service.
pub(super) const FILE_KEYS: [&str; 2] = ["services", "env_file"];

pub(super) fn service_keys() -> impl Iterator<Item = &'static str> {
    OWN_KEYS.into_iter().chain(safety::KEYS).chain(schema_keys::KEYS)
}

/// Settings of a service in one mapping; `None` for keys that are not set.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceSettings {
    pub url: Option<Result<DatabaseUrl, UrlError>>,
    pub credentials: Option<CredentialSource>,
    pub revisions: Option<Vec<PathBuf>>,
    pub recursive: Option<bool>,
    pub layout: Option<Layout>,
    pub version_table: Option<String>,
    pub version_schema: Option<String>,
    pub templates: Option<PathBuf>,
    pub file_template: Option<String>,
    pub post_write_hooks: Option<Vec<Vec<String>>>,
    pub env: Option<String>,
    pub gentle: GentleSettings,
    pub checks: Option<Vec<Check>>,
    pub hooks: Option<Hooks>,
    pub on_failure: Option<OnFailure>,
    pub backup: BackupKeys,
    pub python: Option<Python>,
    pub constants: Option<BTreeMap<String, Vec<String>>>,
    pub lint: Option<LintConfig>,
    pub schema: SchemaSettings,
}

impl ServiceSettings {
    fn or(self, defaults: &Self) -> Self {
        let defaults = defaults.clone();
        Self {
            url: self.url.or(defaults.url),
            credentials: self.credentials.or(defaults.credentials),
            revisions: self.revisions.or(defaults.revisions),
            recursive: self.recursive.or(defaults.recursive),
            layout: self.layout.or(defaults.layout),
            version_table: self.version_table.or(defaults.version_table),
            version_schema: self.version_schema.or(defaults.version_schema),
            templates: self.templates.or(defaults.templates),
            file_template: self.file_template.or(defaults.file_template),
            post_write_hooks: self.post_write_hooks.or(defaults.post_write_hooks),
            env: self.env.or(defaults.env),
            gentle: self.gentle.or(defaults.gentle),
            checks: self.checks.or(defaults.checks),
            hooks: self.hooks.or(defaults.hooks),
            on_failure: self.on_failure.or(defaults.on_failure),
            backup: self.backup.or(defaults.backup),
            python: self.python.or(defaults.python),
            constants: self.constants.or(defaults.constants),
            lint: self.lint.or(defaults.lint),
            schema: self.schema.or(defaults.schema),
        }
    }

    /// Builds the service from these settings, the built-in defaults and the environment. `base` is the config file's
    /// folder.
    pub(super) fn service(self, name: &str, base: &Path, environment: Environment<'_>) -> Service {
        Service {
            name: name.to_owned(),
            url: service_url(self.url, self.credentials, environment),
            folder: base.to_owned(),
            revisions: self.revisions.unwrap_or_default(),
            recursive: self.recursive.unwrap_or(false),
            layout: self.layout.unwrap_or_default(),
            version_table: self.version_table.unwrap_or_else(|| DEFAULT_VERSION_TABLE.to_owned()),
            version_schema: self.version_schema,
            templates: self.templates,
            file_template: self.file_template.unwrap_or_else(|| DEFAULT_FILE_TEMPLATE.to_owned()),
            post_write_hooks: self.post_write_hooks.unwrap_or_default(),
            env: self.env.or_else(|| environment("ALUDEL_ENV").filter(|env| !env.is_empty())),
            gentle: self.gentle.gentle(),
            checks: self.checks.unwrap_or_default(),
            hooks: self.hooks.unwrap_or_default(),
            on_failure: self.on_failure.unwrap_or_default(),
            backup: self.backup.backup(base.join("backups")),
            python: self.python,
            constants: self.constants.unwrap_or_default(),
            variables: EnvFileVariables::new(),
            lint: self.lint.unwrap_or_default(),
            schema: self.schema.schema(),
        }
    }
}

/// Reads the services of a config file. Without a `services` key the file itself describes one, named `default`.
pub(super) fn services(text: &str, base: &Path, environment: Environment<'_>) -> Result<Vec<Service>, ConfigError> {
    let node = yaml::parse(text).map_err(|error| yaml_error(text, error))?;
    let reader = MappingReader { text, base, environment, path: Vec::new() };
    let entries = reader.mapping(&node)?;
    reader.env_file(entries)?;
    let Some((_, services)) = entries.iter().find(|(key, _)| key == "services") else {
        let known = service_keys().chain(FILE_KEYS);
        let settings = reader.settings(entries, known)?;
        if settings.revisions.is_none() {
            return Err(ConfigError::NoServices { span: Span::default() });
        }
        return Ok(vec![settings.service("default", base, environment)]);
    };
    // With a `services` key, `revisions` is unknown at the top level: each service must set its own folders.
    let known = service_keys().filter(|key| *key != "revisions").chain(FILE_KEYS);
    let defaults = reader.settings(entries, known)?;
    let reader = reader.below("services");
    let services = reader.mapping(services)?;
    if services.is_empty() {
        return Err(ConfigError::NoServices { span: reader.here().key });
    }
    reader.no_duplicates(services)?;
    services.iter().map(|(name, node)| service(&reader, name, node, &defaults)).collect()
}

/// Reads the key `env_file` of a file's text.
pub(super) fn env_file(text: &str, base: &Path) -> Result<EnvFileSetting, ConfigError> {
    let node = yaml::parse(text).map_err(|error| yaml_error(text, error))?;
    let reader = MappingReader { text, base, environment: &|_| None, path: Vec::new() };
    reader.env_file(reader.mapping(&node)?)
}

fn service(
    services: &MappingReader<'_>,
    name: &str,
    node: &YamlNode,
    defaults: &ServiceSettings,
) -> Result<Service, ConfigError> {
    let reader = services.below(name);
    if name.is_empty() || name.contains(|c: char| c == ':' || c.is_whitespace() || c.is_control()) {
        return Err(ConfigError::ServiceName { span: reader.here().key, name: name.to_owned() });
    }
    let settings = reader.settings(reader.mapping(node)?, service_keys())?.or(defaults);
    if settings.revisions.is_none() {
        return Err(ConfigError::NoRevisions { span: reader.here().key, service: name.to_owned() });
    }
    Ok(settings.service(name, services.base, services.environment))
}

fn yaml_error(text: &str, error: YamlError) -> ConfigError {
    let start = error.place.map_or(0, |(line, column)| {
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = &text[start..];
        start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
    });
    let end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| start + end);
    ConfigError::Yaml { span: Span::new(start, end), message: error.message }
}

/// Reader of the values of one mapping.
struct MappingReader<'r> {
    text: &'r str,
    base: &'r Path,
    environment: Environment<'r>,
    /// Keys that lead to the mapping, outermost first.
    path: Vec<&'r str>,
}

impl<'r> MappingReader<'r> {
    fn below<'s>(&'s self, key: &'s str) -> MappingReader<'s>
    where
        'r: 's,
    {
        let path = self.path.iter().copied().chain([key]).collect();
        MappingReader { text: self.text, base: self.base, environment: self.environment, path }
    }

    fn here(&self) -> KeySpan {
        key_span::find(self.text, &self.path, 0)
    }

    fn key_span(&self, key: &str, occurrence: usize) -> KeySpan {
        let path: Vec<_> = self.path.iter().copied().chain([key]).collect();
        key_span::find(self.text, &path, occurrence)
    }

    fn wrong(&self, key: &str, expected: &'static str) -> ConfigError {
        ConfigError::WrongType { span: self.key_span(key, 0).value, key: key.to_owned(), expected }
    }

    /// Returns the entries of a mapping. An empty value is an empty mapping.
    fn mapping<'n>(&self, node: &'n YamlNode) -> Result<&'n [(String, YamlNode)], ConfigError> {
        match node {
            YamlNode::Map(entries) => Ok(entries),
            YamlNode::Scalar { kind: ScalarKind::Null, .. } => Ok(&[]),
            _ => {
                let key = self.path.last().copied().unwrap_or_default().to_owned();
                Err(ConfigError::WrongType { span: self.here().value, key, expected: "a mapping of keys to values" })
            }
        }
    }

    fn no_duplicates(&self, entries: &[(String, YamlNode)]) -> Result<(), ConfigError> {
        let mut seen = std::collections::BTreeSet::new();
        match entries.iter().find(|(key, _)| !seen.insert(key)) {
            Some((key, _)) => Err(ConfigError::DuplicateKey { span: self.key_span(key, 1).key, key: key.clone() }),
            None => Ok(()),
        }
    }

    fn settings(
        &self,
        entries: &[(String, YamlNode)],
        known: impl IntoIterator<Item = &'static str>,
    ) -> Result<ServiceSettings, ConfigError> {
        let known: Vec<_> = known.into_iter().collect();
        self.no_duplicates(entries)?;
        let has = |key: &str| entries.iter().any(|(known, _)| known == key);
        if has("url_command") && has("password_file") {
            let expected = "for a mapping that has `url_command` too: one of the two gives the password";
            return Err(self.wrong("password_file", expected));
        }
        let mut settings = ServiceSettings::default();
        for (key, node) in entries {
            if !known.contains(&key.as_str()) {
                let nearest = nearest(key, known.iter().copied());
                return Err(ConfigError::UnknownKey { span: self.key_span(key, 0).key, key: key.clone(), nearest });
            }
            // A key without a value counts as not set, so that the shared default or the built-in one applies.
            if !matches!(node, YamlNode::Scalar { kind: ScalarKind::Null, .. }) {
                self.set(&mut settings, key, node)?;
            }
        }
        Ok(settings)
    }

    fn set(&self, settings: &mut ServiceSettings, key: &str, node: &YamlNode) -> Result<(), ConfigError> {
        match key {
            "url" => settings.url = Some(self.url(self.scalar(key, node)?)),
            "url_command" => settings.credentials = Some(self.url_command(key, node)?),
            "password_file" => settings.credentials = self.password_file(key, node)?.or(settings.credentials.take()),
            "revisions" => settings.revisions = Some(self.folders(key, node)?),
            "recursive" => settings.recursive = Some(self.boolean(key, node)?),
            "layout" => settings.layout = Some(self.layout(key, node)?),
            "version_table" => settings.version_table = Some(self.version_table(key, node)?),
            "version_schema" => settings.version_schema = self.named(key, node)?,
            "templates" => settings.templates = self.named(key, node)?.map(|folder| self.base.join(folder)),
            "file_template" => settings.file_template = self.named(key, node)?,
            "post_write_hooks" => settings.post_write_hooks = Some(self.commands(key, node)?),
            "env" => settings.env = self.named(key, node)?,
            "checks" => settings.checks = Some(self.checks(key, node)?),
            "hooks" => settings.hooks = Some(self.hooks(key, node)?),
            "backup" => settings.backup = self.below(key).backup(node)?,
            "python" => settings.python = Some(self.python(key, node)?),
            "lint" => settings.lint = Some(self.below(key).lint(node)?),
            "constants" => settings.constants = Some(self.constants(key, node)?),
            "on_failure" => settings.on_failure = Some(self.on_failure(key, node)?),
            _ if self.set_schema(&mut settings.schema, key, node)? => {}
            _ => self.set_gentle(&mut settings.gentle, key, node)?,
        }
        Ok(())
    }

    fn set_gentle(&self, settings: &mut GentleSettings, key: &str, node: &YamlNode) -> Result<(), ConfigError> {
        match key {
            "lock_timeout" => settings.lock_timeout = Some(self.duration(key, node)?),
            "statement_timeout" => settings.statement_timeout = Some(self.duration(key, node)?),
            "lock_retries" => settings.lock_retries = Some(self.number(key, node)?),
            "durable" => settings.durable = Some(self.durable(key, node)?),
            "pipeline" => settings.pipeline = Some(self.at_least_one(key, node)?),
            "lock" => settings.lock = Some(self.lock(key, node)?),
            "lease_time" => settings.lease_time = Some(self.lease_time(key, node)?),
            "batch_target" => settings.batch_target = Some(self.duration(key, node)?),
            "max_replica_lag" => settings.max_replica_lag = Some(self.duration(key, node)?),
            "replicas" => settings.replicas = Some(self.replicas(key, node)?),
            "max_waiting" => settings.max_waiting = Some(self.number(key, node)?),
            "ahead" => settings.ahead = Some(self.ahead(key, node)?),
            "keep_downgrades" => settings.keep_downgrades = Some(self.boolean(key, node)?),
            "prove_merges" => settings.prove_merges = Some(self.prove_merges(key, node)?),
            _ => {}
        }
        Ok(())
    }

    fn replicas(&self, key: &str, node: &YamlNode) -> Result<Vec<DatabaseUrl>, ConfigError> {
        let expected = "a list of URLs of replicas (mysql://user@host)";
        let YamlNode::List(items) = node else { return Err(self.wrong(key, expected)) };
        let url =
            |item| DatabaseUrl::parse(&self.text(key, item)?, Some(self.base)).map_err(|_| self.wrong(key, expected));
        items.iter().map(url).collect()
    }

    fn duration(&self, key: &str, node: &YamlNode) -> Result<Duration, ConfigError> {
        duration::parse(&self.text(key, node)?).ok_or_else(|| self.wrong(key, duration::EXPECTED))
    }

    /// Requires at least one second: each renewal takes a round trip, and three must fit into the lease time.
    fn lease_time(&self, key: &str, node: &YamlNode) -> Result<Duration, ConfigError> {
        let long_enough = |time: &Duration| *time >= Duration::from_secs(1);
        Some(self.duration(key, node)?).filter(long_enough).ok_or_else(|| self.wrong(key, "a second or more"))
    }

    fn number(&self, key: &str, node: &YamlNode) -> Result<u32, ConfigError> {
        self.text(key, node)?.trim().parse().map_err(|_| self.wrong(key, "a whole number"))
    }

    fn backup(&self, node: &YamlNode) -> Result<BackupKeys, ConfigError> {
        let entries = self.mapping(node)?;
        self.no_duplicates(entries)?;
        let mut settings = BackupKeys::default();
        for (key, node) in entries {
            match key.as_str() {
                "program" => settings.program = self.named(key, node)?.map(|name| self.program(&name)),
                "folder" => settings.folder = self.named(key, node)?.map(|folder| self.base.join(folder)),
                "keep" => settings.keep = Some(self.at_least_one(key, node)?),
                "pipe" => settings.pipe = Some(self.pipe(key, node)?),
                "unpipe" => settings.unpipe = Some(self.pipe(key, node)?),
                "jobs" => settings.jobs = Some(self.at_least_one(key, node)?),
                _ => {
                    let nearest = nearest(key, backup::KEYS);
                    return Err(ConfigError::UnknownKey { span: self.key_span(key, 0).key, key: key.clone(), nearest });
                }
            }
        }
        Ok(settings)
    }

    /// A bare name is later searched for on the PATH; a path is relative to the config file.
    fn program(&self, name: &str) -> PathBuf {
        if name.contains('/') { self.base.join(name) } else { PathBuf::from(name) }
    }

    fn at_least_one(&self, key: &str, node: &YamlNode) -> Result<usize, ConfigError> {
        let number = self.text(key, node)?.trim().parse().ok().filter(|number| *number > 0);
        number.ok_or_else(|| self.wrong(key, "a whole number from 1"))
    }

    fn pipe(&self, key: &str, node: &YamlNode) -> Result<Vec<Vec<String>>, ConfigError> {
        backup::chain(&self.command(key, node)?).ok_or_else(|| self.wrong(key, "a command, or several with | between"))
    }

    fn scalar<'n>(&self, key: &str, node: &'n YamlNode) -> Result<&'n str, ConfigError> {
        match node {
            YamlNode::Scalar { text, .. } => Ok(text),
            _ => Err(self.wrong(key, "text")),
        }
    }

    fn text(&self, key: &str, node: &YamlNode) -> Result<String, ConfigError> {
        interpolate(self.scalar(key, node)?, self.environment).map_err(|error| {
            let (span, key) = (self.key_span(key, 0).value, key.to_owned());
            match error {
                InterpolationError::Unset(name) => ConfigError::UnsetVariable { span, key, name },
                InterpolationError::Malformed => ConfigError::Interpolation { span, key },
            }
        })
    }

    /// Reads a text. An empty one, for example from an empty variable, counts as not set.
    fn named(&self, key: &str, node: &YamlNode) -> Result<Option<String>, ConfigError> {
        Ok(Some(self.text(key, node)?).filter(|text| !text.is_empty()))
    }

    fn url(&self, text: &str) -> Result<DatabaseUrl, UrlError> {
        match interpolate(text, self.environment) {
            Ok(text) => DatabaseUrl::parse(&text, Some(self.base)),
            Err(InterpolationError::Unset(name)) => Err(UrlError::UnsetVariable { name }),
            Err(InterpolationError::Malformed) => Err(UrlError::Interpolation),
        }
    }

    fn boolean(&self, key: &str, node: &YamlNode) -> Result<bool, ConfigError> {
        match node {
            YamlNode::Scalar { kind: ScalarKind::Bool(value), .. } => Ok(*value),
            // A value from the environment is text, even `true`.
            _ => match self.text(key, node)?.as_str() {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(self.wrong(key, "true or false")),
            },
        }
    }

    fn folders(&self, key: &str, node: &YamlNode) -> Result<Vec<PathBuf>, ConfigError> {
        let items = match node {
            YamlNode::List(items) if !items.is_empty() => items.as_slice(),
            YamlNode::Scalar { .. } => std::slice::from_ref(node),
            _ => return Err(self.wrong(key, "a folder or a list of folders")),
        };
        let folder = |item| match self.named(key, item)? {
            Some(folder) => Ok(self.base.join(folder)),
            None => Err(self.wrong(key, "a folder or a list of folders")),
        };
        items.iter().map(folder).collect()
    }

    fn version_table(&self, key: &str, node: &YamlNode) -> Result<String, ConfigError> {
        let name = self.text(key, node)?;
        if name.trim().is_empty() || name.len() > MAXIMUM_VERSION_TABLE || name.contains(char::is_control) {
            return Err(ConfigError::VersionTable { span: self.key_span(key, 0).value, name });
        }
        Ok(name)
    }

    /// Reads one command line or a list of them, each as a text that is split into words, or as a list of words.
    fn commands(&self, key: &str, node: &YamlNode) -> Result<Vec<Vec<String>>, ConfigError> {
        let YamlNode::List(items) = node else { return Ok(vec![self.command(key, node)?]) };
        items.iter().map(|item| self.command(key, item)).collect()
    }

    fn command(&self, key: &str, node: &YamlNode) -> Result<Vec<String>, ConfigError> {
        let words = match node {
            YamlNode::List(items) => items.iter().map(|item| self.text(key, item)).collect::<Result<_, _>>()?,
            _ => words(&self.text(key, node)?),
        };
        if words.is_empty() { Err(self.wrong(key, "a command or a list of commands")) } else { Ok(words) }
    }
}

/// Splits a command line at white space, except within quotes. There are no other special characters.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
