//! Section markers: lines that consist of `-- @require`, `-- @upgrade`, `-- @downgrade` or `-- @verify`. Misspelled
//! markers are detected, because they would otherwise become part of the previous section.

use std::ops::ControlFlow;

use crate::diagnostic::Span;

use super::error::RevisionError;
use super::header::{HeaderBlock, HeaderKey};
use super::lines::{Line, lines_from};

/// Section of a revision file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// Queries that return a row for everything that is in the way of the upgrade.
    Require,
    /// Statements executed by `upgrade`.
    Upgrade,
    /// Statements executed by `downgrade`.
    Downgrade,
    /// Queries that return a row for everything that is wrong after the upgrade.
    Verify,
}

impl Section {
    /// All sections, in the order in which they are written.
    pub const ALL: [Self; 4] = [Self::Require, Self::Upgrade, Self::Downgrade, Self::Verify];

    /// Returns `require`, `upgrade`, `downgrade` or `verify`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Require => "require",
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Verify => "verify",
        }
    }

    /// Marker line of the section in a file without a section prefix, without the line terminator.
    #[must_use]
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Require => "-- @require",
            Self::Upgrade => "-- @upgrade",
            Self::Downgrade => "-- @downgrade",
            Self::Verify => "-- @verify",
        }
    }

    /// Marker line of the section in a file with this `section_prefix`.
    #[must_use]
    pub fn marker_with(self, prefix: &str) -> String {
        format!("-- @{prefix}{}", self.name())
    }
}

/// Returns `true` if `text` is a valid `section_prefix`.
pub(super) fn is_section_prefix(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Returns the section that `line` starts in a file with this prefix, or an error if the line is a misspelled marker.
pub(super) fn section_line(line: &Line<'_>, prefix: &str) -> Result<Option<Section>, RevisionError> {
    let trimmed = line.text.trim();
    let Some(word) =
        trimmed.strip_prefix("--").and_then(|rest| rest.trim_start_matches(['-', ' ', '\t']).strip_prefix('@'))
    else {
        return Ok(None);
    };
    // The word was found despite indentation or extra dashes, in order to report ` -- @upgrade` and `--- @upgrade` as
    // misspelled. Only `--` at the start of the line, followed by optional white space, is a marker.
    let exact = line.text.strip_prefix("--").is_some_and(|rest| rest.trim_start().starts_with('@'));
    let is_named = |section: &Section| word.strip_prefix(prefix) == Some(section.name());
    if let Some(section) = Section::ALL.into_iter().find(is_named)
        && exact
    {
        return Ok(Some(section));
    }
    let slip = if prefix.is_empty() { slip_of(word) } else { prefixed_slip_of(word, prefix) };
    match slip {
        Some(nearest) => Err(RevisionError::MisspeltSection {
            span: line.span(),
            line: trimmed.to_owned(),
            nearest,
            marker: nearest.marker_with(prefix),
        }),
        None => Ok(None),
    }
}

/// Detects a misspelled marker in a file with a prefix: an error in the prefix or after it. A marker without the prefix
/// is ordinary text there.
fn prefixed_slip_of(word: &str, prefix: &str) -> Option<Section> {
    let behind = word.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix));
    let rest = behind.and_then(|_| word.get(prefix.len()..)).and_then(slip_of);
    let near = |section: &Section| strsim::damerau_levenshtein(&format!("{prefix}{}", section.name()), word) <= 2;
    // With a prefix of one or two letters, a marker without it would be within the edit distance.
    rest.or_else(|| {
        Section::ALL.into_iter().find(|section| section.name() != word && prefix.len() > 2 && near(section))
    })
}

/// Detects a misspelled `@word`: an edit distance of at most 2, an abbreviation (`@down`), another case, a trailing
/// colon.
fn slip_of(word: &str) -> Option<Section> {
    let word = word.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if word.contains(char::is_whitespace) || word.chars().count() < 2 {
        return None;
    }
    let near = |section: &Section| {
        section.name().starts_with(&word) || strsim::damerau_levenshtein(section.name(), &word) <= 2
    };
    Section::ALL.into_iter().filter(near).min_by_key(|section| strsim::damerau_levenshtein(section.name(), &word))
}

/// Bodies of the sections, indexed by [`Section`].
#[derive(Debug, Default)]
pub(super) struct Sections {
    bodies: [Option<Span>; 4],
}

impl Sections {
    pub(super) const fn span(&self, section: Section) -> Option<Span> {
        let [require, upgrade, downgrade, verify] = self.bodies;
        match section {
            Section::Require => require,
            Section::Upgrade => upgrade,
            Section::Downgrade => downgrade,
            Section::Verify => verify,
        }
    }
}

/// Splits the text after the header at its section markers.
pub(super) fn split(text: &str, header: &HeaderBlock, prefix: &str) -> Result<Sections, RevisionError> {
    let first_line = header.first_line;
    let mut splitter = SectionSplitter { text, first_line, prefix, found: Vec::new(), second: SecondHeader::default() };
    for line in lines_from(text, header.span.end) {
        splitter.take(&line)?;
    }
    Ok(splitter.finish())
}

struct SectionSplitter<'t> {
    text: &'t str,
    first_line: Span,
    prefix: &'t str,
    /// Each section with its marker and the start of its body.
    found: Vec<(Section, Span, usize)>,
    second: SecondHeader,
}

impl SectionSplitter<'_> {
    fn take(&mut self, line: &Line<'_>) -> Result<(), RevisionError> {
        if let Some(section) = section_line(line, self.prefix)? {
            return self.start(section, line);
        }
        // In a file with a prefix, a section may contain complete revision files as text.
        let is_watched = self.prefix.is_empty() || self.found.is_empty();
        if is_watched && let ControlFlow::Break(span) = self.second.take(line, self.found.is_empty()) {
            return Err(RevisionError::SecondHeader { span, first: self.first_line });
        }
        if self.found.is_empty() && !line.is_blank() {
            return Err(RevisionError::OutsideSection { span: line.span() });
        }
        Ok(())
    }

    fn start(&mut self, section: Section, line: &Line<'_>) -> Result<(), RevisionError> {
        if let Some((_, first, _)) = self.found.iter().find(|(known, _, _)| *known == section) {
            return Err(match self.second.seen {
                Some(span) => RevisionError::SecondHeader { span, first: self.first_line },
                None => RevisionError::DuplicateSection { span: line.span(), first: *first, section },
            });
        }
        self.found.push((section, line.span(), line.next));
        Ok(())
    }

    fn finish(self) -> Sections {
        let mut sections = Sections::default();
        let ends = self.found.iter().skip(1).map(|(_, marker, _)| marker.start).chain([self.text.len()]);
        for ((section, _, start), end) in self.found.iter().zip(ends) {
            sections.bodies[*section as usize] = Some(Span::new(*start, end));
        }
        sections
    }
}

/// Detects the header of another revision file among the lines, as left behind by concatenated files or a bad merge. A
/// `-- revision:` line counts as one if another header key is in the same run of comments, if it comes before the first
/// section, or if a section occurs a second time after it. On its own it may be an ordinary comment.
#[derive(Default)]
struct SecondHeader {
    seen: Option<Span>,
    run: Option<Span>,
    other_key_in_run: bool,
}

impl SecondHeader {
    fn take(&mut self, line: &Line<'_>, before_sections: bool) -> ControlFlow<Span> {
        let Some(comment) = line.text.strip_prefix("--") else {
            self.run = None;
            self.other_key_in_run = false;
            return ControlFlow::Continue(());
        };
        match comment.split_once(':').and_then(|(key, _)| HeaderKey::named(key.trim())) {
            Some(HeaderKey::Revision) => self.run = Some(line.span()),
            Some(_) => self.other_key_in_run = true,
            None => return ControlFlow::Continue(()),
        }
        self.seen = self.seen.or(self.run);
        match self.run {
            Some(span) if self.other_key_in_run || before_sections => ControlFlow::Break(span),
            _ => ControlFlow::Continue(()),
        }
    }
}
