//! Ordering of steps: a topological sort by dependencies, phase and mode, and the resulting script.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::step::{PlanStep, PlannedStatement, Sql, StepMode, StepPhase};
use crate::schema::{Key, Kind, Script, ScriptPart};

/// Index of a step in its plan.
pub(in crate::dialects::postgres::schema) type Number = usize;

/// Steps, and pairs of steps of which the first must run before the second.
#[derive(Debug, Default)]
pub(in crate::dialects::postgres::schema) struct StepGraph<'s> {
    steps: Vec<PlanStep<'s>>,
    before: Vec<(Number, Number)>,
}

/// Sort key of a step among those that may run next. Steps that drop are sorted by descending kind, because later kinds
/// depend on earlier ones.
type StepRank<'s> = (StepPhase, Option<Reverse<Kind>>, &'s Key, Number);

impl<'s> StepGraph<'s> {
    /// Adds a step. Returns its number.
    pub(in crate::dialects::postgres::schema) fn add(
        &mut self,
        mode: StepMode,
        phase: StepPhase,
        key: &'s Key,
        lines: Vec<PlannedStatement>,
    ) -> Number {
        self.steps.push(PlanStep { mode, phase, key, lines });
        self.steps.len() - 1
    }

    /// Appends statements to a step.
    pub(in crate::dialects::postgres::schema) fn extend(
        &mut self,
        number: Number,
        lines: impl IntoIterator<Item = PlannedStatement>,
    ) {
        if let Some(step) = self.steps.get_mut(number) {
            step.lines.extend(lines);
        }
    }

    /// Adds a note to the first statement of a step.
    pub(in crate::dialects::postgres::schema) fn note(&mut self, number: Number, note: crate::schema::StatementNote) {
        if let Some(line) = self.steps.get_mut(number).and_then(|step| step.lines.first_mut()) {
            line.notes.push(note);
        }
    }

    /// Requires `first` to run before `second`. Does nothing if they are the same step.
    pub(in crate::dialects::postgres::schema) fn order(&mut self, first: Number, second: Number) {
        if first != second {
            self.before.push((first, second));
        }
    }

    /// Returns the mode of a step.
    pub(in crate::dialects::postgres::schema) fn mode(&self, number: Number) -> Option<StepMode> {
        self.steps.get(number).map(|step| step.mode)
    }

    /// Changes the mode of a step.
    pub(in crate::dialects::postgres::schema) fn set_mode(&mut self, number: Number, mode: StepMode) {
        if let Some(step) = self.steps.get_mut(number) {
            step.mode = mode;
        }
    }

    /// Returns the script: each step after those that must precede it, in as few parts as possible. A dependency cycle
    /// is broken at the step with the smallest sort key. The statements `first` come before all steps. Takes O(n log
    /// n).
    pub(in crate::dialects::postgres::schema) fn into_script(mut self, first: Vec<PlannedStatement>) -> Script {
        let order = self.sorted();
        let mut writer = PartWriter::default();
        writer.write(StepMode::Plain, first);
        for number in order {
            if let Some(step) = self.steps.get_mut(number) {
                writer.write(step.mode, std::mem::take(&mut step.lines));
            }
        }
        writer.finish()
    }

    fn rank(&self, number: Number) -> Option<StepRank<'s>> {
        let step = self.steps.get(number)?;
        let clears = matches!(step.phase, StepPhase::DropBlockers | StepPhase::DestructiveDrops);
        Some((step.phase, clears.then_some(Reverse(step.key.kind)), step.key, number))
    }

    /// Picks the step with the smallest sort key from a dependency cycle; `None` if no step is waiting.
    fn first_of_a_circle(&self, waiting: &BTreeSet<StepRank<'s>>, required: &[Vec<Number>]) -> Option<Number> {
        let is_waiting = |number: &Number| self.rank(*number).is_some_and(|place| waiting.contains(&place));
        // Each waiting step waits for another waiting step: following these edges leads into a cycle.
        let waits_for = |step: Number| {
            let first = required.get(step).and_then(|steps| steps.iter().rev().copied().find(&is_waiting));
            first.unwrap_or(step)
        };
        let mut walked = BTreeSet::new();
        let mut step = waiting.first()?.3;
        while walked.insert(step) {
            step = waits_for(step);
        }
        let mut circle = BTreeSet::new();
        while circle.insert(step) {
            step = waits_for(step);
        }
        circle.iter().filter_map(|number| self.rank(*number)).min().map(|place| place.3)
    }

    /// Kahn's algorithm with a priority queue.
    fn sorted(&self) -> Vec<Number> {
        let count = self.steps.len();
        let mut waits = vec![0_usize; count];
        let mut after: Vec<Vec<Number>> = vec![Vec::new(); count];
        let mut required: Vec<Vec<Number>> = vec![Vec::new(); count];
        for (first, second) in self.before.iter().copied().collect::<BTreeSet<_>>() {
            if let (Some(list), Some(wait)) = (after.get_mut(first), waits.get_mut(second)) {
                list.push(second);
                *wait += 1;
            }
        }
        for (first, second) in &self.before {
            if let Some(list) = required.get_mut(*second) {
                list.push(*first);
            }
        }
        let mut queue = Queue::default();
        let mut waiting: BTreeSet<StepRank<'s>> = BTreeSet::new();
        for (number, wait) in waits.iter().enumerate() {
            let Some(place) = self.rank(number) else { continue };
            if *wait == 0 {
                queue.add(self.mode(number), place);
            } else {
                waiting.insert(place);
            }
        }
        let mut order = Vec::with_capacity(count);
        while let Some(place) = queue.next().or_else(|| self.first_of_a_circle(&waiting, &required)) {
            if let Some(place) = self.rank(place) {
                waiting.remove(&place);
            }
            order.push(place);
            for next in after.get(place).into_iter().flatten() {
                let Some(wait) = waits.get_mut(*next) else { continue };
                *wait = wait.saturating_sub(1);
                let Some(next_place) = self.rank(*next).filter(|_| *wait == 0) else { continue };
                if waiting.remove(&next_place) {
                    queue.add(self.mode(*next), next_place);
                }
            }
        }
        order
    }
}

/// Steps that may run next, by mode. One mode is exhausted before another starts, because each change of mode can start
/// a new part.
#[derive(Default)]
struct Queue<'s> {
    now: usize,
    ready: [BTreeSet<StepRank<'s>>; 5],
}

impl<'s> Queue<'s> {
    fn add(&mut self, mode: Option<StepMode>, place: StepRank<'s>) {
        let ready = mode.and_then(|mode| self.ready.get_mut(mode as usize));
        if let Some(ready) = ready {
            ready.insert(place);
        }
    }

    fn next(&mut self) -> Option<Number> {
        for _ in 0..=self.ready.len() {
            if let Some(place) = self.ready.get_mut(self.now).and_then(BTreeSet::pop_first) {
                return Some(place.3);
            }
            self.now = (self.now + 1) % self.ready.len();
        }
        None
    }
}

/// Groups statements into parts.
#[derive(Default)]
struct PartWriter {
    parts: Vec<(StepMode, Vec<PlannedStatement>)>,
}

impl PartWriter {
    fn write(&mut self, mode: StepMode, lines: Vec<PlannedStatement>) {
        for line in lines {
            match self.parts.last_mut() {
                Some((last, part)) if joins(*last, mode) => {
                    push(part, line);
                    *last = mode;
                }
                _ => self.parts.push((mode, vec![line])),
            }
        }
    }

    fn finish(self) -> Script {
        let part = |(mode, lines): (StepMode, Vec<PlannedStatement>)| ScriptPart {
            transaction: mode != StepMode::Concurrent,
            statements: lines.into_iter().map(PlannedStatement::into_statement).collect(),
        };
        Script { parts: self.parts.into_iter().map(part).collect() }
    }
}

/// Returns whether a step of mode `next` can join a part that ends with one of mode `last`. Steps after a validation
/// are short, so that they may share its transaction.
const fn joins(last: StepMode, next: StepMode) -> bool {
    matches!(
        (last, next),
        (StepMode::EnumValues, StepMode::EnumValues)
            | (StepMode::Backfill, StepMode::Backfill)
            | (StepMode::Plain | StepMode::Validate, StepMode::Plain)
            | (StepMode::Concurrent, StepMode::Concurrent)
            | (StepMode::Validate, StepMode::Validate)
    )
}

/// Appends a statement to a part, or merges it into the last statement if both alter the same table.
fn push(part: &mut Vec<PlannedStatement>, line: PlannedStatement) {
    if let Some(last) = part.last_mut()
        && let (
            Sql::AlterTable { head, sort, actions },
            Sql::AlterTable { head: next_head, sort: next_sort, actions: next_actions },
        ) = (&mut last.sql, &line.sql)
        && head == next_head
        && sort == next_sort
    {
        actions.extend(next_actions.iter().cloned());
        for note in line.notes {
            if !last.notes.contains(&note) {
                last.notes.push(note);
            }
        }
        return;
    }
    part.push(line);
}
