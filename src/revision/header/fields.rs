//! The keys of a header and their raw values, before anybody asks what they mean.

use std::borrow::Cow;

use crate::diagnostic::Span;
use crate::yaml::Kind;

/// A key of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// The revision's id.
    Revision,
    /// Its parents.
    DownRevision,
    /// What it is for.
    Message,
    /// When it was written.
    Created,
    /// Labels it declares.
    BranchLabels,
    /// What must be applied first.
    DependsOn,
    /// Whether it runs in a transaction.
    Transaction,
    /// Whether its sections are templates.
    Template,
    /// When it may be applied in a deploy.
    Phase,
    /// How long its statements wait for a lock.
    LockTimeout,
    /// How long a statement of it may take.
    StatementTimeout,
    /// Prefix of the words of its section lines.
    SectionPrefix,
}

impl Key {
    /// All keys, in the order in which they are written.
    pub const ALL: [Self; 12] = [
        Self::Revision,
        Self::DownRevision,
        Self::Message,
        Self::Created,
        Self::BranchLabels,
        Self::DependsOn,
        Self::Transaction,
        Self::Template,
        Self::Phase,
        Self::LockTimeout,
        Self::StatementTimeout,
        Self::SectionPrefix,
    ];

    /// The key as it is written.
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
            Self::SectionPrefix => "section_prefix",
        }
    }

    /// The key that is written so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// A scalar, letter for letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar<'t> {
    pub text: Cow<'t, str>,
    pub kind: Kind,
}

/// A value of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raw<'t> {
    Scalar(Scalar<'t>),
    List(Vec<Scalar<'t>>),
    /// A mapping, or a list of something else than scalars.
    Other,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field<'t> {
    pub key: Key,
    pub value: Raw<'t>,
    /// The key in the file.
    pub key_span: Span,
    /// The value in the file, as far as it stands on the key's line.
    pub value_span: Span,
}

/// Splits a line's content into a known key, its span and its value's span, without knowing YAML:
/// `key: value`, the key at the very start.
pub(super) fn key_line(content: &str, offset: usize) -> Option<(Key, Span, Span)> {
    let (name, rest) = content.split_once(':')?;
    let key = Key::named(name)?;
    // Blanks only: YAML gives other white space another meaning, or none.
    let value = rest.trim_matches(' ');
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    if !rest.is_empty() && blanks == 0 {
        return None;
    }
    let start = offset + name.len() + 1 + blanks;
    Some((key, Span::new(offset, offset + name.len()), Span::new(start, start + value.len())))
}
