//! Header of a revision file: the leading run of `--` lines, whose content is a YAML mapping. Simple headers are parsed
//! by a fast scanner; anything that the scanner does not accept is parsed as YAML. Both produce the same fields.

mod assemble;
mod fields;
mod options;
mod phase;
mod scan;
#[cfg(test)]
mod tests;
mod yaml;

pub use fields::HeaderKey;
pub use options::{BoxedHeaderOptions, HeaderOptions};
pub use phase::Phase;
pub(super) use scan::{is_plain, is_plain_in_list, is_printable};

use crate::diagnostic::Span;
use crate::id::RevisionId;

use super::DependencyReference;
use super::conflict::is_conflict_marker;
use super::error::RevisionError;
use super::lines::{Line, lines_from};
use super::section::{is_section_prefix, section_line};

/// Parsed header of a revision file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Id of the revision.
    pub revision: RevisionId,
    /// Down revisions: empty for a base, several for a merge.
    pub down_revisions: Vec<RevisionId>,
    /// Revisions or labels that must be applied first, possibly of other services.
    pub depends_on: Vec<DependencyReference>,
    /// Purpose of the revision, in one line.
    pub message: Option<String>,
    /// Creation time in RFC 3339 format, as written in the file.
    pub created: Option<String>,
    /// `true` (the default) if the revision runs in a transaction.
    pub transaction: bool,
    /// `true` if its sections are minijinja templates.
    pub template: bool,
    /// Phase of a deploy to which the revision belongs.
    pub phase: Phase,
    /// `true` (the default) if the journal keeps its downgrade section, for a downgrade without its file.
    pub keep_downgrade: bool,
    /// Fields that few revisions have.
    pub options: BoxedHeaderOptions,
}

impl Header {
    /// Returns a header with this id and defaults for everything else.
    #[must_use]
    pub const fn new(revision: RevisionId) -> Self {
        Self {
            revision,
            down_revisions: Vec::new(),
            depends_on: Vec::new(),
            message: None,
            created: None,
            transaction: true,
            template: false,
            phase: Phase::Expand,
            keep_downgrade: true,
            options: BoxedHeaderOptions::NONE,
        }
    }

    /// Sets the branch labels that the revision declares.
    pub fn set_branch_labels(&mut self, labels: Vec<String>) {
        // Access for a change allocates the options.
        if labels != self.options.branch_labels {
            self.options.branch_labels = labels;
        }
    }

    /// Parses the header of a file. `text` is the beginning of the file, or all of it if `complete` is set. Returns
    /// `None` if the header may continue after `text`; the caller has to read more then.
    ///
    /// # Errors
    /// [`RevisionError`], with spans of `text`. Of the text after the header, only the next line is checked.
    pub fn read(text: &str, complete: bool) -> Result<Option<Self>, RevisionError> {
        match block(text, complete)? {
            Some(block) => parse(text, &block).map(Some),
            None => Ok(None),
        }
    }
}

/// Position of the header's lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderBlock {
    /// From the first `--` line up to the first line that is not part of the header.
    pub span: Span,
    /// First line of the header, without the line terminator.
    pub first_line: Span,
}

impl HeaderBlock {
    fn lines<'t>(&self, text: &'t str) -> impl Iterator<Item = Line<'t>> {
        lines_from(&text[..self.span.end], self.span.start)
    }
}

/// Locates the header; `None` if it may continue after the end of an incomplete `text`.
pub(super) fn block(text: &str, complete: bool) -> Result<Option<HeaderBlock>, RevisionError> {
    let after_mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut found: Option<HeaderBlock> = None;
    let mut prefix = "";
    for line in lines_from(text, after_mark) {
        if !line.ended && !complete {
            return Ok(None);
        }
        if is_conflict_marker(line.text) {
            // Checked here because a conflict marker ends the run of `--` lines: the header would be cut in half
            // without an error.
            return Err(RevisionError::GitConflict { span: line.span() });
        }
        prefix = prefix_of(&line).unwrap_or(prefix);
        let ends = !line.text.starts_with("--") || section_line(&line, prefix)?.is_some();
        match &mut found {
            Some(block) if ends => return Ok(Some(*block)),
            Some(block) => block.span.end = line.next,
            // Blank lines may precede the header.
            None if line.is_blank() => {}
            None if ends => return Err(RevisionError::NoHeader { span: line.span() }),
            None => found = Some(HeaderBlock { span: Span::new(line.start, line.next), first_line: line.span() }),
        }
    }
    match found {
        _ if !complete => Ok(None),
        Some(block) => Ok(Some(block)),
        None => Err(RevisionError::NoHeader { span: Span::new(after_mark, after_mark) }),
    }
}

/// Returns the section prefix that a header line declares. It is needed before the values are parsed, because a section
/// marker may follow the header directly, and only the prefix tells it from a header line.
fn prefix_of<'t>(line: &Line<'t>) -> Option<&'t str> {
    let content = content(line);
    let (HeaderKey::SectionPrefix, _, value) = fields::key_line(content, 0)? else { return None };
    let value = value.slice(content).trim_matches(['"', '\'']);
    is_section_prefix(value).then_some(value)
}

/// Parses the lines of `block`.
pub(super) fn parse(text: &str, block: &HeaderBlock) -> Result<Header, RevisionError> {
    let fields = match scan::fields(text, block) {
        Some(fields) => fields,
        None => yaml::fields(text, block)?,
    };
    assemble::header(text, fields, block)
}

/// Returns the line that contains `key`.
pub(super) fn place_of(text: &str, key: HeaderKey) -> Option<Span> {
    let block = block(text, true).ok()??;
    let line = block.lines(text).find(|line| {
        content(line).trim_start().strip_prefix(key.name()).is_some_and(|rest| rest.trim_start().starts_with(':'))
    })?;
    Some(line.span())
}

/// Content of a header line: the text after the dashes and one optional space.
fn content<'t>(line: &Line<'t>) -> &'t str {
    let rest = line.text.strip_prefix("--").unwrap_or(line.text);
    rest.strip_prefix(' ').unwrap_or(rest)
}
