//! Keys whose value is one of a few words.

use super::MappingReader;
use crate::config::{AheadPolicy, ConfigError, Durable, Layout, LockKind, ProveMerges};
use crate::yaml::YamlNode;

impl MappingReader<'_> {
    pub(super) fn layout(&self, key: &str, node: &YamlNode) -> Result<Layout, ConfigError> {
        match self.text(key, node)?.as_str() {
            "revisions" => Ok(Layout::Revisions),
            "pairs" => Ok(Layout::Pairs),
            _ => Err(self.wrong(key, "revisions or pairs")),
        }
    }

    pub(super) fn lock(&self, key: &str, node: &YamlNode) -> Result<LockKind, ConfigError> {
        match self.text(key, node)?.as_str() {
            "advisory" => Ok(LockKind::Advisory),
            "lease" => Ok(LockKind::Lease),
            _ => Err(self.wrong(key, "advisory or lease")),
        }
    }

    pub(super) fn prove_merges(&self, key: &str, node: &YamlNode) -> Result<ProveMerges, ConfigError> {
        match (self.text(key, node)?.as_str(), self.boolean(key, node)) {
            ("require", _) => Ok(ProveMerges::Require),
            (_, Ok(true)) => Ok(ProveMerges::Yes),
            (_, Ok(false)) => Ok(ProveMerges::No),
            _ => Err(self.wrong(key, "true, false or require")),
        }
    }

    pub(super) fn ahead(&self, key: &str, node: &YamlNode) -> Result<AheadPolicy, ConfigError> {
        match self.text(key, node)?.as_str() {
            "allow" => Ok(AheadPolicy::Allow),
            "refuse" => Ok(AheadPolicy::Refuse),
            _ => Err(self.wrong(key, "allow or refuse")),
        }
    }

    pub(super) fn durable(&self, key: &str, node: &YamlNode) -> Result<Durable, ConfigError> {
        match self.text(key, node)?.as_str() {
            "run" => Ok(Durable::Run),
            "each" => Ok(Durable::Each),
            _ => Err(self.wrong(key, "run or each")),
        }
    }
}
