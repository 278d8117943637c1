//! Keys `checks`, `hooks` and `on_failure`.

use super::MappingReader;
use crate::config::ConfigError;
use crate::config::runbook::{Check, DEFAULT_HOOK_TIMEOUT, Expect, Hook, Hooks, Moment, OnFailure};
use crate::diagnostic::nearest;
use crate::duration;
use crate::yaml::{ScalarKind, YamlNode};

pub(in crate::config) const CHECK_KEYS: [&str; 5] = ["name", "query", "expect", "value", "max_time"];
pub(in crate::config) const HOOK_KEYS: [&str; 3] = ["run", "timeout", "on_error"];

impl MappingReader<'_> {
    pub(super) fn checks(&self, key: &str, node: &YamlNode) -> Result<Vec<Check>, ConfigError> {
        let YamlNode::List(items) = node else { return Err(self.wrong(key, "a list of checks")) };
        items.iter().map(|item| self.check(key, item)).collect()
    }

    fn check(&self, key: &str, node: &YamlNode) -> Result<Check, ConfigError> {
        let entries = self.inner(key, node, &CHECK_KEYS)?;
        let text =
            |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, node)| self.text(key, node)).transpose();
        let name = text("name")?.filter(|name| !name.is_empty());
        let query = text("query")?.filter(|query| !query.trim().is_empty());
        let (Some(name), Some(query)) = (name, query) else {
            return Err(self.wrong(key, "a list of checks that have a name and a query each"));
        };
        let expect = match (text("expect")?.as_deref(), text("value")?) {
            (None | Some("empty"), None) => Expect::Empty,
            (Some("value"), Some(value)) => Expect::Value(value),
            (Some("at_most"), Some(value)) if value.parse::<f64>().is_ok() => Expect::AtMost(value),
            _ => {
                let expected = "a list of checks with `expect: empty`, `expect: value` and a `value`, or `expect: at_most` and a number as `value`";
                return Err(self.wrong(key, expected));
            }
        };
        let max_time = text("max_time")?
            .map(|time| duration::parse(&time).ok_or_else(|| self.wrong(key, duration::EXPECTED)))
            .transpose()?;
        Ok(Check { name, query, expect, max_time })
    }

    pub(super) fn hooks(&self, key: &str, node: &YamlNode) -> Result<Hooks, ConfigError> {
        let reader = self.below(key);
        let mut hooks = Hooks::default();
        for (name, node) in self.inner(key, node, &Moment::ALL.map(Moment::name))? {
            let Some(moment) = Moment::ALL.into_iter().find(|moment| moment.name() == name) else { continue };
            let items = match node {
                YamlNode::Scalar { kind: ScalarKind::Null, .. } => &[],
                YamlNode::List(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            let found: Result<Vec<_>, _> = items.iter().map(|item| reader.hook(moment, item)).collect();
            hooks.0.insert(moment, found?);
        }
        Ok(hooks)
    }

    fn hook(&self, moment: Moment, node: &YamlNode) -> Result<Hook, ConfigError> {
        let key = moment.name();
        let mut hook = Hook { command: Vec::new(), timeout: DEFAULT_HOOK_TIMEOUT, stops: moment.stops() };
        if !matches!(node, YamlNode::Map(_)) {
            hook.command = self.command(key, node)?;
            return Ok(hook);
        }
        for (name, node) in self.inner(key, node, &HOOK_KEYS)? {
            match name.as_str() {
                "run" => hook.command = self.command(key, node)?,
                "timeout" => hook.timeout = self.duration(key, node)?,
                _ => {
                    hook.stops = match self.text(key, node)?.as_str() {
                        "stop" => true,
                        "continue" => false,
                        _ => return Err(self.wrong(key, "a hook with `on_error: stop` or `on_error: continue`")),
                    }
                }
            }
        }
        if hook.command.is_empty() { Err(self.wrong(key, "a hook with a command as `run`")) } else { Ok(hook) }
    }

    pub(super) fn on_failure(&self, key: &str, node: &YamlNode) -> Result<OnFailure, ConfigError> {
        match self.text(key, node)?.as_str() {
            "stop" => Ok(OnFailure::Stop),
            "downgrade" => Ok(OnFailure::Downgrade),
            "restore" => Ok(OnFailure::Restore),
            _ => Err(self.wrong(key, "stop, downgrade or restore")),
        }
    }

    /// Returns the entries of the mapping in the value of `key`, all of whose keys must be in `known`.
    pub(super) fn inner<'n>(
        &self,
        key: &str,
        node: &'n YamlNode,
        known: &[&'static str],
    ) -> Result<&'n [(String, YamlNode)], ConfigError> {
        let YamlNode::Map(entries) = node else { return Err(self.wrong(key, "a mapping of keys to values")) };
        let place = |name: &str| self.below(key).key_span(name, 0).key;
        match entries.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => {
                let nearest = nearest(name, known.iter().copied());
                Err(ConfigError::UnknownKey { span: place(name), key: name.clone(), nearest })
            }
            None => Ok(entries),
        }
    }
}
