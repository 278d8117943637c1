//! Parts of a history: revisions, or some statements of one.

use std::ops::Range;

use crate::id::RevisionId;

/// A revision, or some of its statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) revision: RevisionId,
    /// Indexes of the pieces of its upgrade section that run; `None` for all, as the revision runs.
    pub(super) pieces: Option<Range<usize>>,
}

impl Part {
    pub(super) fn whole(revision: &RevisionId) -> Self {
        Self { revision: revision.clone(), pieces: None }
    }

    pub(super) fn pieces(revision: &RevisionId, pieces: Range<usize>) -> Self {
        Self { revision: revision.clone(), pieces: Some(pieces) }
    }
}

/// Run of one side, which can be taken apart.
#[derive(Debug, Clone)]
pub(super) enum Run {
    /// Revisions, one after the other.
    Revisions(Vec<RevisionId>),
    /// Statements of one revision: the piece that the first prefix starts with, and the indexes of the pieces.
    Statements(RevisionId, usize, Vec<usize>),
}

impl Run {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Revisions(revisions) => revisions.len(),
            Self::Statements(_, _, pieces) => pieces.len(),
        }
    }

    /// Returns the first `count` of it, as one run: statements in one transaction.
    pub(super) fn first(&self, count: usize) -> Vec<Part> {
        match self {
            Self::Revisions(revisions) => revisions.iter().take(count).map(Part::whole).collect(),
            Self::Statements(revision, start, pieces) => {
                let end = count.checked_sub(1).and_then(|last| pieces.get(last)).map(|last| last + 1);
                end.map(|end| Part::pieces(revision, *start..end)).into_iter().collect()
            }
        }
    }

    /// Returns all of it.
    pub(super) fn all(&self) -> Vec<Part> {
        self.first(self.len())
    }

    /// Returns the first `count` of it as a run of its own.
    pub(super) fn prefix(&self, count: usize) -> Self {
        match self {
            Self::Revisions(revisions) => Self::Revisions(revisions.iter().take(count).cloned().collect()),
            Self::Statements(revision, start, pieces) => {
                Self::Statements(revision.clone(), *start, pieces.iter().take(count).copied().collect())
            }
        }
    }

    /// Returns the revision that comes last.
    #[allow(clippy::expect_used, reason = "only a run that conflicts is asked, and without a revision none does")]
    pub(super) fn last_revision(&self) -> &RevisionId {
        match self {
            Self::Revisions(revisions) => revisions.last().expect("a side that conflicts has a revision"),
            Self::Statements(revision, ..) => revision,
        }
    }

    /// Returns the indexes of the pieces; none for whole revisions.
    pub(super) fn pieces(&self) -> &[usize] {
        match self {
            Self::Revisions(_) => &[],
            Self::Statements(_, _, pieces) => pieces,
        }
    }

    /// Returns only the one at `index`.
    pub(super) fn only(&self, index: usize) -> Self {
        match self {
            Self::Revisions(revisions) => Self::Revisions(revisions.iter().skip(index).take(1).cloned().collect()),
            Self::Statements(revision, _, pieces) => {
                let piece = pieces.get(index).copied();
                Self::Statements(revision.clone(), piece.unwrap_or_default(), piece.into_iter().collect())
            }
        }
    }
}
