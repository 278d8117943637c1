//! Division of a history among walks that run at the same time. A walk that has finished takes over the second half of
//! the revisions that another one still has before it, because later revisions take longer: there are more tables.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Minimum number of revisions that are taken over: those before them have to be applied first.
const MIN_TAKEN: usize = 8;

/// Places in the order of the history that each walk has still to do.
pub(super) struct Shares(Mutex<Vec<Range<usize>>>);

impl Shares {
    /// Divides `length` places into `count` shares of equal length.
    pub(super) fn new(length: usize, count: usize) -> Self {
        let each = length.div_ceil(count.max(1)).max(1);
        Self(Mutex::new((0..length).step_by(each).map(|start| start..length.min(start + each)).collect()))
    }

    /// Returns the place at which each share begins.
    pub(super) fn starts(&self) -> Vec<usize> {
        self.locked().iter().map(|share| share.start).collect()
    }

    /// Takes the next place of a share; `None` at its end.
    pub(super) fn next(&self, number: usize) -> Option<usize> {
        self.locked().get_mut(number)?.next()
    }

    /// Takes over the later half of the longest share behind `place`, up to which the walk has come. Returns where it
    /// begins.
    pub(super) fn take_over(&self, number: usize, place: usize) -> Option<usize> {
        let mut shares = self.locked();
        let longest = shares.iter_mut().filter(|share| share.start >= place).max_by_key(|share| share.len())?;
        let taken = longest.len() / 2;
        if taken < MIN_TAKEN {
            return None;
        }
        let taken = longest.end - taken..longest.end;
        longest.end = taken.start;
        let start = taken.start;
        *shares.get_mut(number)? = taken;
        Some(start)
    }

    /// Ends all shares: nothing more has to be done.
    pub(super) fn end(&self) {
        self.locked().iter_mut().for_each(|share| share.start = share.end);
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Range<usize>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    #[test]
    fn each_place_is_taken_once_whoever_is_faster() {
        let shares = Shares::new(100, 3);
        assert_eq!(shares.starts(), [0, 34, 68]);
        let (mut taken, mut places) = (Vec::new(), [0, 34, 68]);
        // The first walk does four places while each of the others does one.
        for turn in 0.. {
            let number = [0, 0, 0, 0, 1, 2][turn % 6];
            if let Some(place) = shares.next(number) {
                taken.push(place);
                places[number] = place + 1;
            } else if shares.take_over(number, places[number]).is_none() && taken.len() == 100 {
                break;
            }
        }
        taken.sort_unstable();
        assert_eq!(taken, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_before_a_walk_or_short_is_not_taken_over() {
        let shares = Shares::new(40, 2);
        while shares.next(1).is_some() {}
        assert_eq!(shares.take_over(1, 40), None);
        let shares = Shares::new(2 * super::MIN_TAKEN, 1);
        shares.next(0);
        assert_eq!(shares.take_over(0, 0), None);
    }
}
