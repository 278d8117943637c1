//! Fields of a header that few revisions have. A history of 100,000 revisions holds as many headers, so these take memory
//! only where one of them is set.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use crate::id::RevisionId;

/// Fields of a header that few revisions have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderOptions {
    /// Branch labels that the revision declares.
    pub branch_labels: Vec<String>,
    /// Lock timeout for its statements. Zero disables the timeout; with `None` the service's setting applies.
    pub lock_timeout: Option<Duration>,
    /// Timeout for each of its statements. Zero disables the timeout; with `None` the service's setting applies.
    pub statement_timeout: Option<Duration>,
    /// Prefix of its section markers: with `x-` they are `-- @x-upgrade` and so on, and a line `-- @upgrade` is
    /// ordinary text of a section.
    pub section_prefix: String,
    /// Revisions that it replaces, each after those that it needs; the last one is the newest.
    pub replaces: Vec<RevisionId>,
    /// Rules of lint that it may break, each as `allow RULE because REASON`.
    pub lint: Vec<String>,
}

impl HeaderOptions {
    const NONE: Self = Self {
        branch_labels: Vec::new(),
        lock_timeout: None,
        statement_timeout: None,
        section_prefix: String::new(),
        replaces: Vec::new(),
        lint: Vec::new(),
    };
}

impl Default for HeaderOptions {
    fn default() -> Self {
        Self::NONE
    }
}

static NONE: HeaderOptions = HeaderOptions::NONE;

/// The options of a header, which take memory only once they are accessed for a change. Options that were changed back
/// are equal to those that were never set.
#[derive(Debug, Clone, Eq)]
pub struct BoxedHeaderOptions(Option<Box<HeaderOptions>>);

impl BoxedHeaderOptions {
    pub(super) const NONE: Self = Self(None);
}

impl Deref for BoxedHeaderOptions {
    type Target = HeaderOptions;

    fn deref(&self) -> &HeaderOptions {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for BoxedHeaderOptions {
    fn deref_mut(&mut self) -> &mut HeaderOptions {
        self.0.get_or_insert_default()
    }
}

impl From<HeaderOptions> for BoxedHeaderOptions {
    fn from(options: HeaderOptions) -> Self {
        Self((options != NONE).then(|| Box::new(options)))
    }
}

impl PartialEq for BoxedHeaderOptions {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
