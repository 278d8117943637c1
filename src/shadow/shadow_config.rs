//! Settings of a shadow: server, form, name of its sessions. Values only.

use crate::config::DatabaseUrl;

/// Form of a shadow, where there is a choice (SQLite).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShadowKind {
    /// Fastest form: on SQLite an in-memory database, visible to this process only.
    #[default]
    Fast,
    /// Database that other programs can open by its URL: on SQLite a temporary file; never a scratch schema.
    ForOthers,
}

/// Settings of a shadow.
#[derive(Clone, Copy)]
pub struct ShadowConfig<'a> {
    /// The service's database. The shadow has its dialect, and is on its server unless `given` is set.
    pub url: &'a DatabaseUrl,
    /// Database to use as the shadow (it must be empty, and is emptied again), or, if the URL has no database name,
    /// another server to create a scratch database on.
    pub given: Option<&'a DatabaseUrl>,
    /// PostgreSQL schema that must exist before the first revision: the one of the version table.
    pub namespace: Option<&'a str>,
    /// Name of the service, for the server's list of sessions.
    pub service: &'a str,
    /// Required form.
    pub form: ShadowKind,
    /// Lookup of environment variables.
    pub environment: &'a (dyn Fn(&str) -> Option<String> + Sync),
}
