//! Limits on the texts of revision files that a history keeps in memory. They are shared by the threads that read the
//! files.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Maximum size of all texts. Beyond it only headers are read, so that the memory of a large history stays small.
const TOTAL: usize = 8 * 1024 * 1024;

/// Maximum size of one text: a large file is read when its text is needed, if it is.
const LARGEST: usize = 64 * 1024;

/// Number of bytes that may still be kept.
#[derive(Debug)]
pub(super) struct TextBudget {
    left: AtomicUsize,
}

impl TextBudget {
    pub(super) const fn new() -> Self {
        Self { left: AtomicUsize::new(TOTAL) }
    }

    /// Returns the maximum size of the next text; 0 if none is to be kept.
    pub(super) fn limit(&self) -> usize {
        self.left.load(Ordering::Relaxed).min(LARGEST)
    }

    /// Reserves the memory of a text. Returns `false` if another thread has taken it meanwhile.
    pub(super) fn take(&self, size: usize) -> bool {
        let rest = |left: usize| left.checked_sub(size);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_until_the_memory_for_them_is_used_up() {
        let budget = TextBudget::new();
        assert_eq!(budget.limit(), LARGEST);
        let kept = std::iter::repeat_with(|| budget.take(LARGEST)).take_while(|is_kept| *is_kept).count();
        assert_eq!(kept, TOTAL / LARGEST);
        assert_eq!(budget.limit(), 0);
        assert!(!budget.take(1));
    }
}
