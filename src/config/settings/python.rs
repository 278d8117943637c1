//! The keys `python` and `constants`.

use std::collections::BTreeMap;

use super::Reader;
use crate::config::{ConfigError, Python};
use crate::yaml::Node;

impl Reader<'_> {
    /// A command; a program that is named with a folder is relative to the config file's.
    /// Written as a mapping it says in which folder it runs.
    pub(super) fn python(&self, key: &str, node: &Node) -> Result<Python, ConfigError> {
        let (mut command, mut folder) = (Vec::new(), self.base.to_owned());
        match node {
            Node::Map(_) => {
                let reader = self.below(key);
                for (name, node) in self.inner(key, node, &["run", "folder"])? {
                    match name.as_str() {
                        "run" => command = reader.command(name, node)?,
                        _ => folder = self.base.join(reader.text(name, node)?),
                    }
                }
                if command.is_empty() {
                    return Err(self.wrong(key, "a command, or a mapping with one as `run`"));
                }
            }
            _ => command = self.command(key, node)?,
        }
        if let Some(program) = command.first_mut().filter(|program| program.contains('/')) {
            *program = std::path::absolute(self.base.join(&*program))
                .unwrap_or_else(|_| self.base.join(&*program))
                .display()
                .to_string();
        }
        Ok(Python { command, folder })
    }

    /// A mapping of names as they stand in revisions to a text or a list of texts.
    pub(super) fn constants(&self, key: &str, node: &Node) -> Result<BTreeMap<String, Vec<String>>, ConfigError> {
        let reader = self.below(key);
        let entries = reader.mapping(node)?;
        reader.no_duplicates(entries)?;
        let texts = |name: &str, node: &Node| match node {
            Node::List(items) => items.iter().map(|item| reader.text(name, item)).collect(),
            _ => Ok(vec![reader.text(name, node)?]),
        };
        entries.iter().map(|(name, node)| Ok((name.clone(), texts(name, node)?))).collect()
    }
}
