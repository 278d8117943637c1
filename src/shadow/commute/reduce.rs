//! Reduces a conflict of two runs to the pair of revisions, and of statements, that shows it.

use super::part::Run;
use super::square::{Conflict, SquareVerdict, square};
use super::state::Remarks;
use super::trials::{Start, Trials};
use crate::diagnostic::Location;
use crate::engine::PreparedStep;
use crate::id::RevisionId;
use crate::shadow::ProofError;
use crate::sql::StatementKind;

/// A statement of a revision.
#[derive(Debug, Clone)]
pub struct ConflictingStatement {
    pub revision: RevisionId,
    /// Statement, in its file; `None` for a revision whose text is not SQL.
    pub location: Option<Location>,
    /// Its place among the statements of the revision, from 1.
    pub number: usize,
    /// Number of statements of the revision.
    pub statements: usize,
}

/// Conflict of two statements.
#[derive(Debug)]
pub struct ConflictingPair {
    /// Statement of the first side.
    pub one: ConflictingStatement,
    /// Statement of the second side.
    pub other: ConflictingStatement,
    /// Difference, if each of the two runs before the other.
    pub conflict: Conflict,
    /// `true` if the two statements alone show it; `false` if it takes those before them in the same transaction.
    pub is_alone: bool,
}

/// Reduces a conflict of `one` and `other`, which start from `start`.
pub(super) fn reduce(
    trials: &mut Trials<'_>,
    start: Start,
    [one, other]: [Run; 2],
    conflict: Conflict,
    is_written: &dyn Fn(&str) -> bool,
) -> Result<ConflictingPair, ProofError> {
    let mut reduction = Reduction { trials, start, conflict, is_written, is_alone: true };
    let [one, other] = reduction.narrow([one, other])?;
    let [first, second] = [one.last_revision().clone(), other.last_revision().clone()];
    let [one_text, other_text] = [reduction.trials.text(&first)?, reduction.trials.text(&second)?];
    let statements = |revision: &RevisionId, text: &PreparedStep| {
        let sent = text.pieces.iter().enumerate().filter(|(_, piece)| piece.kind != StatementKind::Nothing);
        Run::Statements(revision.clone(), 0, sent.map(|(index, _)| index).collect::<Vec<_>>())
    };
    let [one, other] = reduction.narrow([statements(&first, &one_text), statements(&second, &other_text)])?;
    Ok(ConflictingPair {
        one: placed(&one, &one_text),
        other: placed(&other, &other_text),
        conflict: reduction.conflict,
        is_alone: reduction.is_alone,
    })
}

/// A conflict while it is reduced.
struct Reduction<'t, 'a> {
    trials: &'t mut Trials<'a>,
    start: Start,
    conflict: Conflict,
    is_written: &'t dyn Fn(&str) -> bool,
    is_alone: bool,
}

impl Reduction<'_, '_> {
    /// Returns the last item of the shortest prefix of `one`, and then of `other`, that conflict.
    ///
    /// Everything before that item commutes with all of the other side, so it can run before both. Then the item alone
    /// conflicts with the other side.
    fn narrow(&mut self, [one, other]: [Run; 2]) -> Result<[Run; 2], ProofError> {
        let one = self.last_needed(one, &other, false)?;
        let other = self.last_needed(other, &one, true)?;
        Ok([one, other])
    }

    /// Finds by bisection a prefix of `run` that conflicts with `against`, while the one shorter by an item does not.
    fn last_needed(&mut self, run: Run, against: &Run, is_second: bool) -> Result<Run, ProofError> {
        let (mut harmless, mut conflicting) = (0, run.len());
        while conflicting - harmless > 1 {
            let middle = usize::midpoint(harmless, conflicting);
            match self.conflicts(&run, middle, against, is_second)? {
                Some(conflict) => (conflicting, self.conflict) = (middle, conflict),
                None => harmless = middle,
            }
        }
        if harmless == 0 {
            return Ok(run.prefix(conflicting));
        }
        let only = run.only(harmless);
        let start = self.trials.after(&self.start, run.first(harmless))?;
        let whole = std::mem::replace(&mut self.start, start);
        if let Some(conflict) = self.conflicts(&only, 1, against, is_second)? {
            self.conflict = conflict;
            return Ok(only);
        }
        self.start = whole;
        self.is_alone = false;
        Ok(run.prefix(conflicting))
    }

    fn conflicts(
        &mut self,
        run: &Run,
        count: usize,
        against: &Run,
        is_second: bool,
    ) -> Result<Option<Conflict>, ProofError> {
        let (run, against) = (run.first(count), against.all());
        let sides: [&[_]; 2] = if is_second { [&against, &run] } else { [&run, &against] };
        let verdict = square(self.trials, &mut self.start, sides, self.is_written, &mut Remarks::default())?;
        Ok(match verdict {
            SquareVerdict::Conflicts(conflict) => Some(conflict),
            SquareVerdict::Commutes | SquareVerdict::Undecided(_) => None,
        })
    }
}

fn placed(run: &Run, text: &PreparedStep) -> ConflictingStatement {
    let pieces = run.pieces();
    let sent: Vec<_> = text.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).collect();
    let piece = pieces.last().and_then(|index| text.pieces.get(*index));
    let number = piece.and_then(|piece| sent.iter().position(|other| other.sql == piece.sql));
    ConflictingStatement {
        revision: run.last_revision().clone(),
        location: piece.map(|piece| text.locate(piece.sql)),
        number: number.map_or(0, |place| place + 1),
        statements: sent.len(),
    }
}
