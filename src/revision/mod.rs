//! A revision file's text to a [`Revision`] and back, and the skeletons that new files start from.
//! Knows text; must not know folders, graphs or databases.

use crate::diagnostic::Span;
use crate::id::RevisionId;

/// An entry of `depends_on`: a revision or label of this service, or of another (`auth:91be55c20c11`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The other service, when it is another.
    pub service: Option<String>,
    /// The full id or label.
    pub symbol: String,
}

/// What the header of a revision file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The revision's id.
    pub revision: RevisionId,
    /// None: a base; several: a merge.
    pub down_revisions: Vec<RevisionId>,
    /// What must be applied first.
    pub depends_on: Vec<Reference>,
    /// The labels that the revision declares.
    pub branch_labels: Vec<String>,
    /// What it is for, in a line.
    pub message: Option<String>,
    /// When it was written, RFC 3339, as it stands in the file.
    pub created: Option<String>,
    /// Whether it runs in a transaction (the default).
    pub transaction: bool,
    /// Whether its sections are minijinja templates.
    pub template: bool,
}

/// A whole revision file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its header.
    pub header: Header,
    /// The file's text.
    pub text: String,
    /// The bytes between the `-- @upgrade` line and the next section or the end.
    pub upgrade: Option<Span>,
    /// The same of `-- @downgrade`; absent: the revision cannot be downgraded.
    pub downgrade: Option<Span>,
    /// The same of `-- @verify`.
    pub verify: Option<Span>,
}
