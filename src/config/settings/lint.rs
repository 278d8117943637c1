//! The mapping `lint` of a config file.

use std::collections::BTreeMap;

use super::MappingReader;
use crate::config::ConfigError;
use crate::config::lint::{KEYS, LintConfig};
use crate::diagnostic::nearest;
use crate::units;
use crate::yaml::YamlNode;

/// Levels of a rule.
const LEVELS: [&str; 4] = ["error", "warning", "info", "off"];

impl MappingReader<'_> {
    /// Reads the mapping.
    pub(super) fn lint(&self, node: &YamlNode) -> Result<LintConfig, ConfigError> {
        let entries = self.mapping(node)?;
        self.no_duplicates(entries)?;
        let mut lint = LintConfig::default();
        for (key, node) in entries {
            match key.as_str() {
                "rules" => lint.rules = self.below(key).levels(node)?,
                "small_table" => {
                    let size = units::parse_bytes(&self.text(key, node)?);
                    lint.small_table = Some(size.ok_or_else(|| self.wrong(key, "a size such as 10MB"))?);
                }
                "own" => lint.own = Some(self.base.join(self.text(key, node)?)),
                "gate" => lint.gate = self.boolean(key, node)?,
                "server" => lint.server = Some(self.text(key, node)?),
                _ => {
                    let nearest = nearest(key, KEYS);
                    return Err(ConfigError::UnknownKey { span: self.key_span(key, 0).key, key: key.clone(), nearest });
                }
            }
        }
        Ok(lint)
    }

    fn levels(&self, node: &YamlNode) -> Result<BTreeMap<String, String>, ConfigError> {
        let entries = self.mapping(node)?;
        self.no_duplicates(entries)?;
        let level = |(rule, node): &(String, YamlNode)| {
            let level = self.text(rule, node)?;
            // YAML 1.1 reads a plain `off` as false.
            let level = if level == "false" { "off".to_owned() } else { level };
            if LEVELS.contains(&level.as_str()) {
                Ok((rule.clone(), level))
            } else {
                Err(self.wrong(rule, "error, warning, info or off"))
            }
        };
        entries.iter().map(level).collect()
    }
}
