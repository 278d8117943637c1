//! Keys `url_command`, `password_file` and `env_file`.

use super::MappingReader;
use crate::config::credentials::{CredentialSource, DEFAULT_URL_COMMAND_TIMEOUT, UrlCommand};
use crate::config::interpolate::Environment;
use crate::config::{ConfigError, DatabaseUrl, EnvFileSetting, EnvFileVariables, ServiceUrl, UrlError};
use crate::yaml::{ScalarKind, YamlNode};

/// Keys of the mapping `url_command`.
pub(in crate::config) const URL_COMMAND_KEYS: [&str; 2] = ["run", "timeout"];

/// Combines URL and credentials. A program prints a whole URL where the config has none, and a password otherwise.
pub(super) fn service_url(
    url: Option<Result<DatabaseUrl, UrlError>>,
    credentials: Option<CredentialSource>,
    environment: Environment<'_>,
) -> ServiceUrl {
    let source = match (&url, credentials) {
        (None, Some(CredentialSource::Command(command))) => return ServiceUrl::printed(command),
        (_, source) => source,
    };
    let from_environment =
        || environment("DATABASE_URL").map_or(Err(UrlError::Missing), |url| DatabaseUrl::parse(&url, None));
    let url = url.unwrap_or_else(from_environment);
    match source {
        // A file has no password; the credentials may be a default for the other services.
        Some(source) => url.and_then(|url| if url.path().is_some() { Ok(url) } else { url.with_password_from(source) }),
        None => url,
    }
    .into()
}

impl MappingReader<'_> {
    /// Reads `url_command`: a command, or a mapping with it and a timeout. The program runs in the config's folder; a
    /// `/` in its name makes it relative to that folder.
    pub(super) fn url_command(&self, key: &str, node: &YamlNode) -> Result<CredentialSource, ConfigError> {
        let mut command = UrlCommand {
            words: Vec::new(),
            folder: self.base.to_owned(),
            timeout: DEFAULT_URL_COMMAND_TIMEOUT,
            variables: EnvFileVariables::new(),
        };
        if matches!(node, YamlNode::Map(_)) {
            let reader = self.below(key);
            for (name, node) in self.inner(key, node, &URL_COMMAND_KEYS)? {
                match name.as_str() {
                    "run" => command.words = reader.command(name, node)?,
                    _ => command.timeout = reader.duration(name, node)?,
                }
            }
            if command.words.is_empty() {
                return Err(self.wrong(key, "a command, or a mapping with one as `run`"));
            }
        } else {
            command.words = self.command(key, node)?;
        }
        if let Some(program) = command.words.first_mut().filter(|program| program.contains('/')) {
            let path = self.base.join(&*program);
            *program = std::path::absolute(&path).unwrap_or(path).display().to_string();
        }
        Ok(CredentialSource::Command(command))
    }

    /// Reads `env_file`, a key of the file: a path relative to its folder, or `false`.
    pub(super) fn env_file(&self, entries: &[(String, YamlNode)]) -> Result<EnvFileSetting, ConfigError> {
        match entries.iter().find(|(key, _)| key == "env_file") {
            None | Some((_, YamlNode::Scalar { kind: ScalarKind::Null | ScalarKind::Bool(true), .. })) => {
                Ok(EnvFileSetting::Default)
            }
            Some((_, YamlNode::Scalar { kind: ScalarKind::Bool(false), .. })) => Ok(EnvFileSetting::Off),
            Some((_, YamlNode::Scalar { text, .. })) if !text.is_empty() => {
                Ok(EnvFileSetting::Path(self.base.join(text)))
            }
            Some((key, _)) => Err(self.wrong(key, "a path, or false for none")),
        }
    }

    /// Reads `password_file`: a path relative to the config's folder. An empty one counts as not set.
    pub(super) fn password_file(&self, key: &str, node: &YamlNode) -> Result<Option<CredentialSource>, ConfigError> {
        Ok(self.named(key, node)?.map(|path| CredentialSource::File(self.base.join(path))))
    }
}
