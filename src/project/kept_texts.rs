//! Texts of revision files that a history keeps in memory, with their fingerprints, and how many. The limits are shared
//! by the threads that read the files.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::revision::{Revision, Section};
use crate::sql::Dialect;

/// Maximum size of all texts. Beyond it only headers are read, so that the memory of a large history stays small.
const TOTAL: usize = 8 * 1024 * 1024;

/// Maximum size of one text: a large file is read when its text is needed, if it is.
const LARGEST: usize = 64 * 1024;

/// Maximum number of files whose texts are kept. Those of more files would not fit, and a part of them spares little time.
pub(super) const MAX_FILES: usize = 20_000;

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

/// Text of a file.
#[derive(Debug)]
pub(super) struct KeptText {
    text: Box<str>,
    /// Fingerprint of the upgrade section, with the dialect that it is for.
    upgrade: Option<(Dialect, String)>,
}

impl KeptText {
    /// Wraps a text, and computes its fingerprint for a known dialect: commands that keep texts compare them with what was
    /// applied, and while they are read the connection is still being made.
    pub(super) fn new(text: Box<str>, dialect: Option<Dialect>) -> Self {
        // A text that cannot be parsed is reported when it is read.
        let fingerprint =
            |dialect| Some((dialect, Revision::parse(&text).ok()?.fingerprint(Section::Upgrade, dialect)));
        let upgrade = dialect.and_then(fingerprint);
        Self { text, upgrade }
    }
}

/// Texts of a history's files, until they may be out of date.
#[derive(Debug, Default)]
pub(super) struct KeptTexts {
    /// One item for each entry of the history; empty if none were to be kept.
    texts: Vec<Option<Box<KeptText>>>,
    is_outdated: AtomicBool,
}

impl KeptTexts {
    pub(super) fn new(texts: Vec<Option<Box<KeptText>>>) -> Self {
        Self { texts, is_outdated: AtomicBool::new(false) }
    }

    /// Returns the text of an entry; `None` if its file has to be read.
    pub(super) fn get(&self, entry: usize) -> Option<&str> {
        self.kept(entry).map(|kept| &*kept.text)
    }

    /// Returns the fingerprint of the upgrade section in [`KeptTexts::get`]'s text; `None` if it has to be computed.
    pub(super) fn upgrade_fingerprint(&self, entry: usize, dialect: Dialect) -> Option<&str> {
        let (known, fingerprint) = self.kept(entry)?.upgrade.as_ref()?;
        (*known == dialect).then_some(fingerprint.as_str())
    }

    fn kept(&self, entry: usize) -> Option<&KeptText> {
        let kept = self.texts.get(entry)?.as_deref()?;
        (!self.is_outdated.load(Ordering::Relaxed)).then_some(kept)
    }

    /// Makes [`KeptTexts::get`] return nothing any more.
    pub(super) fn expire(&self) {
        self.is_outdated.store(true, Ordering::Relaxed);
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
