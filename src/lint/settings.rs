//! Settings of lint.

use std::collections::BTreeMap;

use super::finding::Severity;

/// Level of a rule in the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleLevel {
    /// The rule is not asked.
    Off,
    /// Its findings have this severity.
    At(Severity),
}

/// Settings of lint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintSettings {
    /// Levels of rules that differ from the rule's own.
    pub levels: BTreeMap<String, RuleLevel>,
    /// Size in bytes up to which a table counts as small.
    pub small_table: u64,
    /// A lock timeout is configured for all revisions.
    pub has_lock_timeout: bool,
    /// A statement timeout is configured for all revisions.
    pub has_statement_timeout: bool,
}

impl Default for LintSettings {
    fn default() -> Self {
        Self {
            levels: BTreeMap::new(),
            small_table: 10 * 1024 * 1024,
            has_lock_timeout: false,
            has_statement_timeout: false,
        }
    }
}
