//! Where a shadow is to be made. Values only.

use crate::config::DatabaseUrl;

/// What a shadow is to be, where there is a choice (SQLite).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShadowKind {
    /// What is fastest: on SQLite memory. Only this process sees it.
    #[default]
    Fast,
    /// One that other programs can open by its URL: on SQLite a temporary file; never a scratch schema.
    ForOthers,
}

/// Where a shadow is to be made.
#[derive(Clone, Copy)]
pub struct ShadowConfig<'a> {
    /// The service's database: the shadow speaks its dialect, and is on its server unless `given` says otherwise.
    pub url: &'a DatabaseUrl,
    /// Another database to be used as it is (it has to be empty, and is emptied again), or, when it names none, another
    /// server to make a scratch database on.
    pub given: Option<&'a DatabaseUrl>,
    /// A PostgreSQL schema that has to be there before the first revision: that of the version table.
    pub namespace: Option<&'a str>,
    /// The service's name, for the server's list of sessions.
    pub service: &'a str,
    /// What it has to be.
    pub form: ShadowKind,
    /// Answers for environment variables.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}
