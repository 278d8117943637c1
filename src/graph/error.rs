//! Errors of the graph and of targets. They carry facts only: files appear as positions in file order, and flags of the
//! command line are not mentioned.

use crate::error_code::ErrorCode;
use crate::graph::Operation;
use crate::id::RevisionId;

/// Reason why revisions do not form a graph. Positions are indexes into the `nodes` given to
/// [`Graph::build`](super::Graph::build), so that a caller can name the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Several revisions have the same id.
    #[error("the revision id \"{id}\" is used {} times", nodes.len())]
    DuplicateRevision {
        /// Id used more than once.
        id: RevisionId,
        /// Positions of all revisions with this id, in file order.
        nodes: Vec<usize>,
    },
    /// Two revisions declare the same label.
    #[error("the branch label \"{label}\" is declared by both {first} and {second}")]
    DuplicateLabel {
        /// Label declared twice.
        label: String,
        /// Revision that comes first in file order.
        first: RevisionId,
        /// Revision that comes second in file order.
        second: RevisionId,
        /// Positions of `first` and `second`.
        nodes: [usize; 2],
    },
    /// A label is also the id of a revision.
    #[error("the branch label \"{label}\" of {revision} is also a revision id")]
    LabelIsRevision {
        /// Text of both the label and the id.
        label: String,
        /// Revision that declares the label.
        revision: RevisionId,
        /// Positions of the revision that declares the label and of the one that has it as its id.
        nodes: [usize; 2],
    },
    /// A label that cannot be used in a target.
    #[error("\"{label}\" of {revision} cannot be a branch label")]
    InvalidLabel {
        /// Rejected label: empty, `head`, `heads`, `base` or `current`, or containing `@`, `:` or a control character.
        label: String,
        /// Revision that declares the label.
        revision: RevisionId,
        /// Position of `revision`.
        node: usize,
    },
    /// A down revision does not exist.
    #[error("revision {revision} comes after {missing}, which does not exist")]
    MissingDownRevision {
        /// Revision with the unresolved down revision.
        revision: RevisionId,
        /// Position of `revision`.
        node: usize,
        /// Id that no revision has.
        missing: RevisionId,
        /// Most similar existing id.
        nearest: Option<RevisionId>,
    },
    /// A dependency is neither an id nor a label.
    #[error("revision {revision} depends on \"{missing}\", which does not exist")]
    MissingDependency {
        /// Revision with the unresolved dependency.
        revision: RevisionId,
        /// Position of `revision`.
        node: usize,
        /// Text of the dependency.
        missing: String,
        /// Most similar existing id or label.
        nearest: Option<String>,
    },
    /// A revision lists itself, or an id twice, as what it replaces.
    #[error("revision {revision} cannot replace {id}: it {}", if revision == id { "is that revision" } else { "lists it twice" })]
    InvalidReplaces {
        /// Revision with the list.
        revision: RevisionId,
        /// Position of `revision`.
        node: usize,
        /// Item of the list.
        id: RevisionId,
    },
    /// Two revisions replace the same one, and neither of them replaces the other.
    #[error("both {first} and {second} replace revision {id}")]
    OverlappingReplaces {
        /// Revision replaced twice.
        id: RevisionId,
        /// Revision that comes first in file order.
        first: RevisionId,
        /// Revision that comes second in file order.
        second: RevisionId,
        /// Positions of `first` and `second`.
        nodes: [usize; 2],
    },
    /// A revision needs one in the middle of those that another one replaces.
    #[error("revision {revision} needs {id}, which {replaced_by} replaces")]
    ReplacedPrerequisite {
        /// Revision with the reference.
        revision: RevisionId,
        /// Position of `revision`.
        node: usize,
        /// Replaced revision.
        id: RevisionId,
        /// Revision that replaces it.
        replaced_by: RevisionId,
    },
    /// Revisions require each other in a cycle, or one revision requires itself.
    #[error("{}", describe_cycle(revisions))]
    Cycle {
        /// Revisions on the cycle, starting with the first in file order: each needs the next, the last needs the
        /// first.
        revisions: Vec<RevisionId>,
        /// Positions of `revisions`, in the same order. An id that several files use contributes a position for each of
        /// them.
        nodes: Vec<usize>,
        /// `true` if at least one edge of the cycle is a dependency; otherwise all are down revisions.
        by_dependency: bool,
    },
}

impl GraphError {
    /// Returns the error code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::DuplicateRevision { .. } => ErrorCode::DuplicateRevision,
            Self::DuplicateLabel { .. } | Self::LabelIsRevision { .. } => ErrorCode::DuplicateLabel,
            Self::InvalidLabel { .. } => ErrorCode::LabelInvalid,
            Self::MissingDownRevision { .. } => ErrorCode::MissingDownRevision,
            Self::MissingDependency { .. } => ErrorCode::MissingDependency,
            Self::InvalidReplaces { .. } | Self::OverlappingReplaces { .. } | Self::ReplacedPrerequisite { .. } => {
                ErrorCode::ReplacesInvalid
            }
            Self::Cycle { .. } => ErrorCode::Cycle,
        }
    }

    /// Positions of all revisions involved, the most relevant one first.
    #[must_use]
    pub fn nodes(&self) -> Vec<usize> {
        match self {
            Self::DuplicateRevision { nodes, .. } | Self::Cycle { nodes, .. } => nodes.clone(),
            Self::DuplicateLabel { nodes, .. }
            | Self::LabelIsRevision { nodes, .. }
            | Self::OverlappingReplaces { nodes, .. } => nodes.to_vec(),
            Self::InvalidLabel { node, .. }
            | Self::InvalidReplaces { node, .. }
            | Self::ReplacedPrerequisite { node, .. }
            | Self::MissingDownRevision { node, .. }
            | Self::MissingDependency { node, .. } => vec![*node],
        }
    }
}

/// Reason why a target cannot be resolved or reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No id or label matches, not even as a prefix.
    #[error("there is no revision \"{symbol}\"")]
    NotFound {
        /// Text that was searched for.
        symbol: String,
        /// Similar ids and labels, best match first; at most three.
        nearest: Vec<String>,
    },
    /// Several ids or labels start with this prefix.
    #[error("\"{symbol}\" is the beginning of {} revision ids or labels", candidates.len())]
    Ambiguous {
        /// Ambiguous prefix.
        symbol: String,
        /// Ids and labels that start with the prefix, sorted.
        candidates: Vec<String>,
    },
    /// One head is required, but there are several.
    #[error("{}", describe_heads(heads, branch.as_deref()))]
    MultipleHeads {
        /// Candidate heads, in file order.
        heads: Vec<RevisionId>,
        /// Branch of the target, if it has one.
        branch: Option<String>,
    },
    /// In `X@R`, R is neither an ancestor nor a descendant of X.
    #[error("revision {revision} is not in the lineage of \"{branch}\"")]
    NotInLineage {
        /// Revision R.
        revision: RevisionId,
        /// Branch X as typed.
        branch: String,
    },
    /// Downgrade to a revision that has no applied descendant and is not a version row either.
    #[error("cannot downgrade to {revision}: nothing that is applied comes after it")]
    NothingToDowngrade {
        /// Target revision.
        revision: RevisionId,
        /// `true` if the target is applied, which is then only because another revision depends on it.
        applied: bool,
        /// Current version rows.
        rows: Vec<RevisionId>,
    },
    /// In `X@-N`, no applied revision in the lineage of X is without an applied child.
    #[error("no current row is in the lineage of \"{branch}\"")]
    NoRowInLineage {
        /// Branch X as typed.
        branch: String,
        /// Current version rows.
        rows: Vec<RevisionId>,
    },
    /// Downgrade with a branch X to a revision that several revisions follow, none of which leads to X.
    #[error("no path from {} leads to \"{branch}\"", after.as_ref().map_or("base", |id| id.as_str()))]
    NotOnTheLine {
        /// Branch X as typed.
        branch: String,
        /// Destination of the downgrade; `None` for `base`.
        after: Option<RevisionId>,
        /// Revisions that follow the destination.
        lines: Vec<RevisionId>,
    },
    /// Range `A:B` in which A is not a prerequisite of B.
    #[error("{to} does not come after {from}")]
    NotARangeOfOneLine {
        /// Revision A.
        from: RevisionId,
        /// End B as typed.
        to: String,
    },
    /// A relative target goes beyond the end of the history.
    #[error("\"{target}\" is out of range: there {} from {}", describe_steps(*possible), from.as_ref().map_or("base", |id| id.as_str()))]
    RelativeOutOfRange {
        /// Target as typed.
        target: String,
        /// Revision that the steps are counted from; `None` for `base`.
        from: Option<RevisionId>,
        /// Number of steps requested.
        asked: usize,
        /// Number of steps available.
        possible: usize,
    },
    /// `+N` given to a downgrade, or `-N` to an upgrade.
    #[error("\"{target}\" has the wrong direction for {}", direction.name())]
    WrongDirection {
        /// Target as typed.
        target: String,
        /// Direction of the command.
        direction: Operation,
    },
    /// Relative steps with several version rows to count from.
    #[error("\"{target}\" is ambiguous: {} rows are current", rows.len())]
    SeveralRows {
        /// Target as typed.
        target: String,
        /// Rows that the steps could be counted from.
        rows: Vec<RevisionId>,
        /// Unambiguous targets, one per row: `LABEL@-1`, or `ID@-1` if no label covers only that row.
        ways: Vec<String>,
    },
    /// Steps up that reach a revision with several children.
    #[error("\"{target}\" is ambiguous: {} revisions come after {}", choices.len(), at.as_ref().map_or("base", |id| id.as_str()))]
    Fork {
        /// Target as typed.
        target: String,
        /// Revision with several children; `None` for `base`.
        at: Option<RevisionId>,
        /// Children to choose from.
        choices: Vec<RevisionId>,
        /// Unambiguous targets, one per child: `LABEL@+2`, or `ID@+2` if no label covers only that child.
        ways: Vec<String>,
    },
    /// Steps down that reach a merge point, which has several down revisions.
    #[error("\"{target}\" is ambiguous: {at} merges {} revisions", parents.len())]
    MergePointOnTheWay {
        /// Target as typed.
        target: String,
        /// Merge point that was reached.
        at: RevisionId,
        /// Its down revisions; each is an unambiguous target.
        parents: Vec<RevisionId>,
    },
    /// Version rows that match no revision.
    #[error("the version table contains {}, which has no revision file", list(rows))]
    UnknownRows {
        /// Unknown rows, sorted.
        rows: Vec<RevisionId>,
    },
    /// One version row is a prerequisite of another, so the rows contradict each other.
    #[error("the version table contains {row} and also {needed_by}, which needs it")]
    OverlappingRows {
        /// Row that should not exist.
        row: RevisionId,
        /// Row that needs it.
        needed_by: RevisionId,
    },
    /// The target depends on the version rows of a database, which are not available here.
    #[error("\"{target}\" needs the version rows of a database")]
    RowsNotKnown {
        /// Target as typed.
        target: String,
    },
    /// Syntax error in a target.
    #[error("\"{target}\" is not a target: {reason}")]
    Malformed {
        /// Target as typed.
        target: String,
        /// Kind of syntax error.
        reason: Malformation,
    },
    /// A revision is required, but the target is `base`.
    #[error("\"{target}\" names no revision")]
    NoRevision {
        /// Target as typed.
        target: String,
    },
    /// One revision is required, but the target resolves to several.
    #[error("\"{target}\" names {} revisions", revisions.len())]
    SeveralRevisions {
        /// Target as typed.
        target: String,
        /// Revisions that the target resolves to.
        revisions: Vec<RevisionId>,
    },
    /// One target of a `stamp --purge` is a prerequisite of another, so both cannot be version rows.
    #[error("{needed_by} needs {needed}: both cannot be rows of the version table")]
    NeedsAnother {
        /// Target that is a prerequisite.
        needed: RevisionId,
        /// Target that needs it.
        needed_by: RevisionId,
    },
    /// Merge of fewer than two revisions.
    #[error("a merge joins at least two revisions")]
    MergeNeedsTwo,
    /// Merge of a revision with itself.
    #[error("revision {revision} cannot be merged with itself")]
    MergeWithItself {
        /// Revision given twice.
        revision: RevisionId,
    },
    /// Merge of a revision with one of its ancestors.
    #[error("{ancestor} is an ancestor of {descendant}: there is nothing to merge")]
    MergeWithAncestor {
        /// Revision that is already contained in the other.
        ancestor: RevisionId,
        /// Revision that descends from it.
        descendant: RevisionId,
    },
}

impl TargetError {
    /// Returns the error code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound { .. } => ErrorCode::RevisionNotFound,
            Self::Ambiguous { .. } => ErrorCode::RevisionAmbiguous,
            Self::MultipleHeads { .. } => ErrorCode::MultipleHeads,
            Self::NotInLineage { .. }
            | Self::NoRowInLineage { .. }
            | Self::NothingToDowngrade { .. }
            | Self::NotOnTheLine { .. }
            | Self::NotARangeOfOneLine { .. } => ErrorCode::NotInLineage,
            Self::RelativeOutOfRange { .. } | Self::WrongDirection { .. } => ErrorCode::RelativeOutOfRange,
            Self::SeveralRows { .. } | Self::Fork { .. } | Self::MergePointOnTheWay { .. } => {
                ErrorCode::RelativeAmbiguous
            }
            Self::UnknownRows { .. } => ErrorCode::UnknownRow,
            Self::OverlappingRows { .. } => ErrorCode::OverlappingRows,
            Self::RowsNotKnown { .. } => ErrorCode::RowsNotKnown,
            Self::Malformed { .. } | Self::NoRevision { .. } | Self::SeveralRevisions { .. } => {
                ErrorCode::TargetInvalid
            }
            Self::NeedsAnother { .. } => ErrorCode::StampOverlap,
            Self::MergeNeedsTwo | Self::MergeWithItself { .. } | Self::MergeWithAncestor { .. } => {
                ErrorCode::MergeInvalid
            }
        }
    }
}

/// Kind of syntax error in a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformation {
    /// Empty text.
    #[error("it is empty")]
    Empty,
    /// No branch before `@`.
    #[error("a branch is missing before \"@\"")]
    NoBranch,
    /// No revision after `@`.
    #[error("a revision is missing after \"@\"")]
    NothingAfterAt,
    /// Unexpected character: a second `@`, a sign that no whole number follows, a `:`.
    #[error("{0:?} does not belong there")]
    Character(char),
    /// `+0` or `-0` alone.
    #[error("no steps")]
    NoSteps,
    /// Range where a single target is required.
    #[error("a range is not possible here")]
    Range,
    /// Single target where a range is required.
    #[error("a range is written \"A:B\", \"A:\" or \":B\"")]
    NoRange,
    /// Range whose two ends are both relative, so that each counts from the other.
    #[error("both ends are relative")]
    BothEndsRelative,
}

fn describe_cycle(revisions: &[RevisionId]) -> String {
    match revisions {
        [alone] => format!("revision {alone} depends on itself"),
        _ => format!("revisions depend on each other in a cycle: {}", list(revisions)),
    }
}

fn describe_heads(heads: &[RevisionId], branch: Option<&str>) -> String {
    match branch {
        Some(branch) => format!("\"{branch}\" has {} heads: {}", heads.len(), list(heads)),
        None => format!("there are {} heads: {}", heads.len(), list(heads)),
    }
}

fn describe_steps(possible: usize) -> String {
    match possible {
        0 => "are no steps".to_owned(),
        1 => "is one step".to_owned(),
        many => format!("are {many} steps"),
    }
}

/// Joins ids with commas. Only the first five are listed, to keep the message short.
fn list(ids: &[RevisionId]) -> String {
    let shown: Vec<&str> = ids.iter().take(5).map(RevisionId::as_str).collect();
    match ids.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
