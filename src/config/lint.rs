//! Settings of `lint`. Values only; [`super::settings`] reads them from a config file.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Keys of the mapping `lint`.
pub(super) const KEYS: [&str; 5] = ["rules", "small_table", "own", "gate", "server"];

/// Settings of `lint`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LintConfig {
    /// Levels of rules by their codes: `error`, `warning`, `info` or `off`.
    pub rules: BTreeMap<String, String>,
    /// Size in bytes up to which a table counts as small; `None` for the default.
    pub small_table: Option<u64>,
    /// Folder of the team's own rules.
    pub own: Option<PathBuf>,
    /// `upgrade` and `deploy` are refused while a revision that they would run has an error.
    pub gate: bool,
    /// Product and version of the server, if none is asked: `mariadb 10.11`.
    pub server: Option<String>,
}
