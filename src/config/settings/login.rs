//! Keys `url_command` and `password_file`.

use super::MappingReader;
use crate::config::credentials::{CredentialSource, DEFAULT_URL_COMMAND_TIMEOUT, UrlCommand};
use crate::config::{ConfigError, EnvFileVariables};
use crate::yaml::YamlNode;

/// Keys of the mapping `url_command`.
pub(in crate::config) const URL_COMMAND_KEYS: [&str; 2] = ["run", "timeout"];

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

    /// Reads `password_file`: a path relative to the config's folder. An empty one counts as not set.
    pub(super) fn password_file(&self, key: &str, node: &YamlNode) -> Result<Option<CredentialSource>, ConfigError> {
        Ok(self.named(key, node)?.map(|path| CredentialSource::File(self.base.join(path))))
    }
}
