//! Keys of a header and their raw values, before types are checked.

use std::borrow::Cow;

use crate::diagnostic::Span;
use crate::yaml::ScalarKind;

/// Key of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HeaderKey {
    /// Id of the revision.
    Revision,
    /// Ids of the down revisions.
    DownRevision,
    /// Purpose of the revision.
    Message,
    /// Creation time.
    Created,
    /// Branch labels.
    BranchLabels,
    /// Revisions or labels that must be applied first.
    DependsOn,
    /// Revisions that it replaces.
    Replaces,
    /// `false` to run outside a transaction.
    Transaction,
    /// `true` if the sections are templates.
    Template,
    /// Phase of a deploy.
    Phase,
    /// Lock timeout of its statements.
    LockTimeout,
    /// Timeout of each of its statements.
    StatementTimeout,
    /// `false` to keep its downgrade section out of the journal.
    KeepDowngrade,
    /// Prefix of its section markers.
    SectionPrefix,
    /// Rules of lint that it may break.
    Lint,
}

impl HeaderKey {
    /// All keys, in the order in which they are written.
    pub const ALL: [Self; 15] = [
        Self::Revision,
        Self::DownRevision,
        Self::Message,
        Self::Created,
        Self::BranchLabels,
        Self::DependsOn,
        Self::Replaces,
        Self::Transaction,
        Self::Template,
        Self::Phase,
        Self::LockTimeout,
        Self::StatementTimeout,
        Self::KeepDowngrade,
        Self::SectionPrefix,
        Self::Lint,
    ];

    /// Name of the key in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revision => "revision",
            Self::DownRevision => "down_revision",
            Self::Message => "message",
            Self::Created => "created",
            Self::BranchLabels => "branch_labels",
            Self::DependsOn => "depends_on",
            Self::Transaction => "transaction",
            Self::Template => "template",
            Self::Phase => "phase",
            Self::LockTimeout => "lock_timeout",
            Self::StatementTimeout => "statement_timeout",
            Self::KeepDowngrade => "keep_downgrade",
            Self::SectionPrefix => "section_prefix",
            Self::Replaces => "replaces",
            Self::Lint => "lint",
        }
    }

    /// Returns the key with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// Scalar with its unprocessed text: `0123` stays `0123`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar<'t> {
    pub text: Cow<'t, str>,
    pub kind: ScalarKind,
}

/// Untyped value of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raw<'t> {
    Scalar(Scalar<'t>),
    List(Vec<Scalar<'t>>),
    /// A mapping, or a list that contains anything but scalars.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field<'t> {
    pub key: HeaderKey,
    pub value: Raw<'t>,
    /// Position of the key in the file.
    pub key_span: Span,
    /// Position of the value in the file, as far as it is on the key's line.
    pub value_span: Span,
}

/// Splits a line `key: value` into a known key, its span and the span of its value, without a YAML parser. The key has
/// to be at the start of the line.
pub(super) fn key_line(content: &str, offset: usize) -> Option<(HeaderKey, Span, Span)> {
    let (name, rest) = content.split_once(':')?;
    let key = HeaderKey::named(name)?;
    // Spaces only: other white space is not separation in YAML, or not allowed.
    let value = rest.trim_matches(' ');
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    if !rest.is_empty() && blanks == 0 {
        return None;
    }
    let start = offset + name.len() + 1 + blanks;
    Some((key, Span::new(offset, offset + name.len()), Span::new(start, start + value.len())))
}
