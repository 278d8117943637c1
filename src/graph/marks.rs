//! Sets of revisions as one flag per position, and reachability along edges. Ids, rows and targets are out of scope.

use super::edges::Edges;

/// Set of positions.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    set: Vec<bool>,
}

impl Marks {
    /// Returns the empty set over `count` positions.
    pub(super) fn none(count: usize) -> Self {
        Self { set: vec![false; count] }
    }

    /// Returns `true` if the position is in the set.
    pub(super) fn has(&self, index: usize) -> bool {
        self.set.get(index).copied().unwrap_or(false)
    }

    /// Adds a position. Returns `true` if it was not in the set before.
    pub(super) fn add(&mut self, index: usize) -> bool {
        match self.set.get_mut(index) {
            Some(mark) => !std::mem::replace(mark, true),
            None => false,
        }
    }

    pub(super) fn remove(&mut self, index: usize) {
        if let Some(mark) = self.set.get_mut(index) {
            *mark = false;
        }
    }
}

impl Edges {
    /// `starts` and everything reachable from them through `next`. Each revision is visited once.
    pub(super) fn reach<I: Iterator<Item = usize>>(
        &self,
        starts: impl IntoIterator<Item = usize>,
        next: impl Fn(usize) -> I,
    ) -> Marks {
        let mut marks = Marks::none(self.len());
        let mut waiting: Vec<usize> = starts.into_iter().filter(|start| marks.add(*start)).collect();
        while let Some(index) = waiting.pop() {
            waiting.extend(next(index).filter(|found| marks.add(*found)));
        }
        marks
    }

    /// `starts` and their prerequisites (down revisions and dependencies, transitively).
    pub(super) fn needed_for(&self, starts: impl IntoIterator<Item = usize>) -> Marks {
        self.reach(starts, |index| self.needs(index))
    }

    /// `starts` and their ancestors by down revision.
    pub(super) fn ancestors(&self, starts: impl IntoIterator<Item = usize>) -> Marks {
        self.reach(starts, |index| self.parents(index))
    }

    /// `starts` and their descendants by down revision.
    pub(super) fn descendants(&self, starts: impl IntoIterator<Item = usize>) -> Marks {
        self.reach(starts, |index| self.children(index))
    }
}
