//! Keys of a service's schema settings.

use crate::diagnostic::nearest;
use crate::yaml::YamlNode;

use super::super::schema::{DesiredSchema, SchemaSettings};
use super::super::{ConfigError, DatabaseUrl, UrlError};
use super::MappingReader;

/// Description of the values that `schema` accepts.
const SOURCE: &str = "SQL files, a folder, a database URL, or a mapping with `command`";

impl MappingReader<'_> {
    /// Sets the value of `key` if it is a key of the schema settings, and returns `true` in that case.
    pub(super) fn set_schema(
        &self,
        settings: &mut SchemaSettings,
        key: &str,
        node: &YamlNode,
    ) -> Result<bool, ConfigError> {
        match key {
            "schema" => settings.desired = Some(self.desired(key, node)?),
            "schema_file" => settings.file = self.named(key, node)?.map(|path| self.base.join(path)),
            "shadow_url" => settings.shadow = Some(self.url(self.scalar(key, node)?)).filter(is_said),
            "shadow_extensions" => settings.shadow_extensions = Some(self.extensions(key, node)?),
            "shadow_setup" => settings.shadow_setup = Some(self.folders(key, node)?),
            "protected" => settings.protected = Some(self.boolean(key, node)?),
            "seed" => settings.seed = Some(self.folders(key, node)?),
            "tests" => settings.tests = Some(self.folders(key, node)?),
            "online" => settings.online = Some(self.boolean(key, node)?),
            "owners" => settings.owners = Some(self.boolean(key, node)?),
            "snapshot" => settings.snapshot = Some(self.boolean(key, node)?),
            "require_downgrade" => settings.require_downgrade = Some(self.boolean(key, node)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extensions(&self, key: &str, node: &YamlNode) -> Result<Vec<String>, ConfigError> {
        let wrong = || self.wrong(key, "a list of extensions' names");
        let YamlNode::List(items) = node else { return Err(wrong()) };
        items.iter().map(|item| self.named(key, item)?.ok_or_else(wrong)).collect()
    }

    fn desired(&self, key: &str, node: &YamlNode) -> Result<DesiredSchema, ConfigError> {
        match node {
            YamlNode::Map(entries) => {
                let reader = self.below(key);
                reader.no_duplicates(entries)?;
                match entries.as_slice() {
                    [(name, node)] if name == "command" => {
                        let words = reader.command(name, node)?;
                        Ok(DesiredSchema::Command { words, folder: self.base.to_owned() })
                    }
                    _ => match entries.iter().find(|(name, _)| name != "command") {
                        Some((name, _)) => {
                            let nearest = nearest(name, ["command"]);
                            let span = reader.key_span(name, 0).key;
                            Err(ConfigError::UnknownKey { span, key: name.clone(), nearest })
                        }
                        None => Err(self.wrong(key, SOURCE)),
                    },
                }
            }
            YamlNode::Scalar { text, .. } if DatabaseUrl::has_scheme(text) => Ok(DesiredSchema::Url(self.url(text))),
            YamlNode::Scalar { .. } => {
                let text = self.named(key, node)?.ok_or_else(|| self.wrong(key, SOURCE))?;
                if DatabaseUrl::has_scheme(&text) {
                    return Ok(DesiredSchema::Url(DatabaseUrl::parse(&text, Some(self.base))));
                }
                Ok(DesiredSchema::Files(vec![self.base.join(text)]))
            }
            YamlNode::List(_) => Ok(DesiredSchema::Files(self.folders(key, node)?)),
        }
    }
}

/// Treats an empty variable as a key that is not set.
fn is_said(url: &Result<DatabaseUrl, UrlError>) -> bool {
    *url != Err(UrlError::Missing)
}
