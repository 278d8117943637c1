//! Markers of case files: `-- @at REVISION` and the others, at the start of a line.

use crate::diagnostic::Span;

use super::CaseFileError;

/// Marker of a case file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseMarker {
    /// Begins a case and names it.
    Case,
    /// Position at which a case begins.
    At,
    /// Rows for every case, from a revision on.
    Fixture,
    /// Upgrades.
    Upgrade,
    /// Downgrades.
    Downgrade,
    /// Queries, and what they have to find.
    Expect,
}

impl CaseMarker {
    /// All markers, in the order in which the documentation lists them.
    pub const ALL: [Self; 6] = [Self::Case, Self::At, Self::Upgrade, Self::Downgrade, Self::Expect, Self::Fixture];

    /// Returns the word after `@`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::At => "at",
            Self::Fixture => "fixture",
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Expect => "expect",
        }
    }

    /// Returns the line as it has to be written.
    #[must_use]
    pub const fn usage(self) -> &'static str {
        match self {
            Self::Case => "-- @case NAME",
            Self::At => "-- @at REVISION",
            Self::Fixture => "-- @fixture REVISION",
            Self::Upgrade => "-- @upgrade TARGET",
            Self::Downgrade => "-- @downgrade TARGET",
            Self::Expect => "-- @expect",
        }
    }
}

/// Returns the marker that a comment is, with the span of its argument; `None` for any other comment.
///
/// Another word behind `@` is text, unless it is nearly a marker: a misspelled one would silently become part of the
/// step before it.
pub(super) fn marker_of(comment: Span, text: &str) -> Result<Option<(CaseMarker, Option<Span>)>, CaseFileError> {
    let line = comment.slice(text);
    let Some(rest) =
        line.strip_prefix("--").and_then(|rest| rest.trim_start_matches(['-', ' ', '\t']).strip_prefix('@'))
    else {
        return Ok(None);
    };
    let (word, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let argument = argument.trim();
    // The argument ends where the trimmed line does.
    let end = comment.start + line.trim_end().len();
    let span = (!argument.is_empty()).then(|| Span::new(end - argument.len(), end));
    let exact = line.strip_prefix("--").is_some_and(|rest| rest.trim_start().starts_with('@'));
    if let Some(marker) = CaseMarker::ALL.into_iter().find(|marker| marker.word() == word)
        && exact
    {
        return Ok(Some((marker, span)));
    }
    match nearest(word) {
        Some(nearest) => Err(CaseFileError::MisspeltMarker { span: comment, nearest }),
        None => Ok(None),
    }
}

fn nearest(word: &str) -> Option<CaseMarker> {
    let word = word.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let distance = |marker: &CaseMarker| strsim::damerau_levenshtein(marker.word(), &word);
    // A short word is near to many: `@at` must be exact but for its case and a colon.
    let is_near = |marker: &CaseMarker| distance(marker) <= marker.word().len() / 3;
    CaseMarker::ALL.into_iter().filter(is_near).min_by_key(distance)
}
