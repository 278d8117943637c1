//! Keys `python` and `constants`.

use std::collections::BTreeMap;

use super::MappingReader;
use crate::config::{ConfigError, Python};
use crate::yaml::YamlNode;

/// Keys of the mapping `python`.
pub(in crate::config) const PYTHON_KEYS: [&str; 4] = ["run", "folder", "online", "url_variable"];

impl MappingReader<'_> {
    /// Reads a command; a program with a `/` in its name is relative to the config file's folder.
    /// A mapping sets the command's folder too, and the settings for revisions that Alembic itself runs.
    pub(super) fn python(&self, key: &str, node: &YamlNode) -> Result<Python, ConfigError> {
        let mut python = Python { folder: self.base.to_owned(), ..Python::default() };
        match node {
            YamlNode::Map(_) => {
                let reader = self.below(key);
                for (name, node) in self.inner(key, node, &PYTHON_KEYS)? {
                    match name.as_str() {
                        "run" => python.command = reader.command(name, node)?,
                        "online" => python.online = reader.boolean(name, node)?,
                        "url_variable" => python.url_variables = reader.variables(name, node)?,
                        _ => python.folder = self.base.join(reader.text(name, node)?),
                    }
                }
                if python.command.is_empty() {
                    return Err(self.wrong(key, "a command, or a mapping with one as `run`"));
                }
            }
            _ => python.command = self.command(key, node)?,
        }
        if let Some(program) = python.command.first_mut().filter(|program| program.contains('/')) {
            *program = std::path::absolute(self.base.join(&*program))
                .unwrap_or_else(|_| self.base.join(&*program))
                .display()
                .to_string();
        }
        Ok(python)
    }

    /// Reads the name of an environment variable or a list of names, and looks up their values.
    fn variables(&self, key: &str, node: &YamlNode) -> Result<Vec<(String, Option<String>)>, ConfigError> {
        let names = match node {
            YamlNode::List(items) => items.iter().map(|item| self.text(key, item)).collect::<Result<Vec<_>, _>>()?,
            _ => vec![self.text(key, node)?],
        };
        Ok(names.into_iter().map(|name| (name.clone(), (self.environment)(&name))).collect())
    }

    /// Reads a mapping of names, as revisions refer to them, to a text or a list of texts.
    pub(super) fn constants(&self, key: &str, node: &YamlNode) -> Result<BTreeMap<String, Vec<String>>, ConfigError> {
        let reader = self.below(key);
        let entries = reader.mapping(node)?;
        reader.no_duplicates(entries)?;
        let texts = |name: &str, node: &YamlNode| match node {
            YamlNode::List(items) => items.iter().map(|item| reader.text(name, item)).collect(),
            _ => Ok(vec![reader.text(name, node)?]),
        };
        entries.iter().map(|(name, node)| Ok((name.clone(), texts(name, node)?))).collect()
    }
}
