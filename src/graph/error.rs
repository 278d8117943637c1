//! Why revisions form no graph, and why a target means nothing or cannot be reached: facts, and one short sentence each.
//! Must not know files (positions in file order stand for them) nor the words of the command line.

use crate::graph::Operation;
use crate::id::RevisionId;

/// Why revisions form no graph. Positions are those of the `nodes` given to [`Graph::build`](super::Graph::build),
/// so that a caller can name the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Several revisions have the same id.
    #[error("the revision id \"{id}\" is used {} times", nodes.len())]
    DuplicateRevision {
        /// The id.
        id: RevisionId,
        /// All that use it, in file order.
        nodes: Vec<usize>,
    },
    /// Two revisions declare the same label.
    #[error("the branch label \"{label}\" is declared by both {first} and {second}")]
    DuplicateLabel {
        /// The label.
        label: String,
        /// The revision that comes first in file order.
        first: RevisionId,
        /// The other one.
        second: RevisionId,
        /// The positions of the two.
        nodes: [usize; 2],
    },
    /// A label is also the id of a revision.
    #[error("the branch label \"{label}\" of {revision} is also a revision id")]
    LabelIsRevision {
        /// The label and id.
        label: String,
        /// The revision that declares it.
        revision: RevisionId,
        /// The positions of the revision that declares it and of the one that has it as its id.
        nodes: [usize; 2],
    },
    /// A label that no target could ever mean.
    #[error("\"{label}\" of {revision} cannot be a branch label")]
    InvalidLabel {
        /// The label: empty, `head`, `heads`, `base` or `current`, or with `@`, `:` or a control character in it.
        label: String,
        /// The revision that declares it.
        revision: RevisionId,
        /// Its position.
        node: usize,
    },
    /// A down revision that no file has.
    #[error("revision {revision} comes after {missing}, which does not exist")]
    MissingDownRevision {
        /// The revision that names it.
        revision: RevisionId,
        /// Its position.
        node: usize,
        /// The id it names.
        missing: RevisionId,
        /// The existing id that is written most alike.
        nearest: Option<RevisionId>,
    },
    /// A dependency that is neither an id nor a label.
    #[error("revision {revision} depends on \"{missing}\", which does not exist")]
    MissingDependency {
        /// The revision that names it.
        revision: RevisionId,
        /// Its position.
        node: usize,
        /// What it names.
        missing: String,
        /// The existing id or label that is written most alike.
        nearest: Option<String>,
    },
    /// Revisions that need each other in a circle; one alone needs itself.
    #[error("{}", describe_cycle(revisions))]
    Cycle {
        /// The revisions on it: each needs the next, the last needs the first. Begins with the first in file order.
        revisions: Vec<RevisionId>,
        /// Their positions, in the same order; an id that is used several times stands there as often.
        nodes: Vec<usize>,
        /// Whether an edge of it is a dependency (else all are down revisions).
        by_dependency: bool,
    },
}

impl GraphError {
    /// The error code, in kebab-case, as `docs/errors.md` lists it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DuplicateRevision { .. } => "duplicate-revision",
            Self::DuplicateLabel { .. } | Self::LabelIsRevision { .. } => "duplicate-label",
            Self::InvalidLabel { .. } => "label-invalid",
            Self::MissingDownRevision { .. } => "missing-down-revision",
            Self::MissingDependency { .. } => "missing-dependency",
            Self::Cycle { .. } => "cycle",
        }
    }

    /// The positions of all revisions concerned; the one to show first comes first.
    #[must_use]
    pub fn nodes(&self) -> Vec<usize> {
        match self {
            Self::DuplicateRevision { nodes, .. } | Self::Cycle { nodes, .. } => nodes.clone(),
            Self::DuplicateLabel { nodes, .. } | Self::LabelIsRevision { nodes, .. } => nodes.to_vec(),
            Self::InvalidLabel { node, .. }
            | Self::MissingDownRevision { node, .. }
            | Self::MissingDependency { node, .. } => vec![*node],
        }
    }
}

/// Why a target means nothing here, or cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No id, label or beginning of one.
    #[error("there is no revision \"{symbol}\"")]
    NotFound {
        /// What was looked for.
        symbol: String,
        /// Ids and labels that are written alike, the most alike first; at most three.
        nearest: Vec<String>,
    },
    /// Several ids or labels begin so.
    #[error("\"{symbol}\" is the beginning of {} revision ids or labels", candidates.len())]
    Ambiguous {
        /// The beginning.
        symbol: String,
        /// What begins so, in order.
        candidates: Vec<String>,
    },
    /// One head is asked for and there are several.
    #[error("{}", describe_heads(heads, branch.as_deref()))]
    MultipleHeads {
        /// The heads, in file order.
        heads: Vec<RevisionId>,
        /// The branch that was named, if one was.
        branch: Option<String>,
    },
    /// `X@R`, and R is neither an ancestor nor a descendant of X.
    #[error("revision {revision} is not in the lineage of \"{branch}\"")]
    NotInLineage {
        /// R.
        revision: RevisionId,
        /// X, as it was written.
        branch: String,
    },
    /// A downgrade to a revision that nothing applied comes after, and that is no row either.
    #[error("cannot downgrade to {revision}: nothing that is applied comes after it")]
    NothingToDowngrade {
        /// The target revision.
        revision: RevisionId,
        /// Whether it is applied (then only because another revision depends on it).
        applied: bool,
        /// The version rows.
        rows: Vec<RevisionId>,
    },
    /// `X@-N`, and nothing of X's lineage is the newest of what is applied.
    #[error("no current row is in the lineage of \"{branch}\"")]
    NoRowInLineage {
        /// X, as it was written.
        branch: String,
        /// The version rows.
        rows: Vec<RevisionId>,
    },
    /// A downgrade along branch X to a place from which several lines go on, none of which leads to X.
    #[error("no line from {} leads to \"{branch}\"", after.as_ref().map_or("base", |id| id.as_str()))]
    NotOnTheLine {
        /// X, as it was written.
        branch: String,
        /// The place; `None` is before the bases.
        after: Option<RevisionId>,
        /// The revisions that come after it.
        lines: Vec<RevisionId>,
    },
    /// A range `A:B` in which B does not need A.
    #[error("{to} does not come after {from}")]
    NotARangeOfOneLine {
        /// A.
        from: RevisionId,
        /// B, as it was written.
        to: String,
    },
    /// There are not so many steps.
    #[error("\"{target}\" is out of range: there {} from {}", describe_steps(*possible), from.as_ref().map_or("base", |id| id.as_str()))]
    RelativeOutOfRange {
        /// The target.
        target: String,
        /// Where the steps are counted from; `None` is before the bases.
        from: Option<RevisionId>,
        /// How many steps were asked for.
        asked: usize,
        /// How many there are.
        possible: usize,
    },
    /// `+N` for a downgrade, `-N` for an upgrade.
    #[error("\"{target}\" leads the wrong way for {}", direction.name())]
    WrongDirection {
        /// The target.
        target: String,
        /// The direction of the command.
        direction: Operation,
    },
    /// Steps from the current row, and there are several rows.
    #[error("\"{target}\" is ambiguous: {} rows are current", rows.len())]
    SeveralRows {
        /// The target.
        target: String,
        /// The rows that it could count from.
        rows: Vec<RevisionId>,
        /// Targets that say which: `LABEL@-1`, or `ID@-1` where no label tells the rows apart.
        ways: Vec<String>,
    },
    /// Steps up, and several revisions come next.
    #[error("\"{target}\" is ambiguous: {} revisions come after {}", choices.len(), at.as_ref().map_or("base", |id| id.as_str()))]
    Fork {
        /// The target.
        target: String,
        /// Where the ways part; `None` is before the bases.
        at: Option<RevisionId>,
        /// The revisions that come next.
        choices: Vec<RevisionId>,
        /// Targets that say which: `LABEL@+2`, or `ID@+2` where no label tells the ways apart.
        ways: Vec<String>,
    },
    /// Steps down, and a merge point on the way has several down revisions.
    #[error("\"{target}\" is ambiguous: {at} merges {} revisions", parents.len())]
    MergePointOnTheWay {
        /// The target.
        target: String,
        /// The merge point.
        at: RevisionId,
        /// Its down revisions, each a target that says which way.
        parents: Vec<RevisionId>,
    },
    /// Version rows that no revision explains.
    #[error("the version table holds {}, which no revision file explains", list(rows))]
    UnknownRows {
        /// These rows, in order.
        rows: Vec<RevisionId>,
    },
    /// A version row whose revision another row's revision needs: the rows contradict each other.
    #[error("the version table holds {row} and also {needed_by}, which needs it")]
    OverlappingRows {
        /// The row that should not be there.
        row: RevisionId,
        /// The row that needs it.
        needed_by: RevisionId,
    },
    /// The target speaks of the database's rows, and they are not known here.
    #[error("\"{target}\" needs the version rows of a database")]
    RowsNotKnown {
        /// The target.
        target: String,
    },
    /// The text follows no form of targets.
    #[error("\"{target}\" is not a target: {reason}")]
    Malformed {
        /// The text.
        target: String,
        /// What is wrong with it.
        reason: Malformation,
    },
    /// A revision is asked for, and the target means the place before the bases.
    #[error("\"{target}\" names no revision")]
    NoRevision {
        /// The target.
        target: String,
    },
    /// One revision is asked for, and the target names several.
    #[error("\"{target}\" names {} revisions", revisions.len())]
    SeveralRevisions {
        /// The target.
        target: String,
        /// What it names.
        revisions: Vec<RevisionId>,
    },
    /// Of the rows that a purging stamp would write, one needs another.
    #[error("{needed_by} needs {needed}: both cannot be rows of the version table")]
    NeedsAnother {
        /// The one that is needed.
        needed: RevisionId,
        /// The one that needs it.
        needed_by: RevisionId,
    },
    /// A merge of fewer than two revisions.
    #[error("a merge joins at least two revisions")]
    MergeNeedsTwo,
    /// A merge of a revision with itself.
    #[error("revision {revision} cannot be merged with itself")]
    MergeWithItself {
        /// The revision.
        revision: RevisionId,
    },
    /// A merge of a revision with one of its ancestors.
    #[error("{ancestor} is an ancestor of {descendant}: there is nothing to merge")]
    MergeWithAncestor {
        /// The ancestor.
        ancestor: RevisionId,
        /// Its descendant.
        descendant: RevisionId,
    },
}

impl TargetError {
    /// The error code, in kebab-case, as `docs/errors.md` lists it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "revision-not-found",
            Self::Ambiguous { .. } => "revision-ambiguous",
            Self::MultipleHeads { .. } => "multiple-heads",
            Self::NotInLineage { .. }
            | Self::NoRowInLineage { .. }
            | Self::NothingToDowngrade { .. }
            | Self::NotOnTheLine { .. }
            | Self::NotARangeOfOneLine { .. } => "not-in-lineage",
            Self::RelativeOutOfRange { .. } | Self::WrongDirection { .. } => "relative-out-of-range",
            Self::SeveralRows { .. } | Self::Fork { .. } | Self::MergePointOnTheWay { .. } => "relative-ambiguous",
            Self::UnknownRows { .. } => "unknown-row",
            Self::OverlappingRows { .. } => "overlapping-rows",
            Self::RowsNotKnown { .. } => "rows-not-known",
            Self::Malformed { .. } | Self::NoRevision { .. } | Self::SeveralRevisions { .. } => "target-invalid",
            Self::NeedsAnother { .. } => "stamp-overlap",
            Self::MergeNeedsTwo | Self::MergeWithItself { .. } | Self::MergeWithAncestor { .. } => "merge-invalid",
        }
    }
}

/// What is wrong with the text of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformation {
    /// No text at all.
    #[error("it is empty")]
    Empty,
    /// Nothing before the `@`.
    #[error("a branch is missing before \"@\"")]
    NoBranch,
    /// Nothing after the `@`.
    #[error("a revision is missing after \"@\"")]
    NothingAfterAt,
    /// A character where none may be: a second `@`, a sign without a whole number after it, a `:`.
    #[error("{0:?} does not belong there")]
    Character(char),
    /// `+0` or `-0` alone.
    #[error("no steps")]
    NoSteps,
    /// A range where one place is wanted.
    #[error("a range is not possible here")]
    Range,
    /// One place where a range is wanted.
    #[error("a range is written \"A:B\", \"A:\" or \":B\"")]
    NoRange,
    /// Both ends of a range count from each other.
    #[error("both ends are relative")]
    BothEndsRelative,
}

fn describe_cycle(revisions: &[RevisionId]) -> String {
    match revisions {
        [alone] => format!("revision {alone} needs itself"),
        _ => format!("revisions need each other in a circle: {}", list(revisions)),
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
        0 => "is no step".to_owned(),
        1 => "is one step".to_owned(),
        many => format!("are {many} steps"),
    }
}

/// Names, with commas between them; of many only the first five, so that a message stays a sentence.
fn list(ids: &[RevisionId]) -> String {
    let shown: Vec<&str> = ids.iter().take(5).map(RevisionId::as_str).collect();
    match ids.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
