//! The header: the leading run of `--` lines, a YAML mapping with the dashes off.
//! Simple headers are scanned; what the scanner does not take for certain is read as YAML. Both give the same fields.

mod assemble;
mod fields;
mod phase;
mod scan;
#[cfg(test)]
mod tests;
mod yaml;

pub use fields::Key;
pub use phase::Phase;
pub(super) use scan::{is_plain, is_plain_in_list, is_printable};

use std::time::Duration;

use crate::diagnostic::Span;
use crate::id::RevisionId;

use super::Reference;
use super::conflict::is_conflict_marker;
use super::error::RevisionError;
use super::lines::{Line, lines_from};
use super::section::{is_section_prefix, section_line};

/// What the header of a revision file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The revision's id.
    pub revision: RevisionId,
    /// None: a base; several: a merge.
    pub down_revisions: Vec<RevisionId>,
    /// What must be applied first.
    pub depends_on: Vec<Reference>,
    /// The labels that the revision declares.
    pub branch_labels: Vec<String>,
    /// What it is for, in a line.
    pub message: Option<String>,
    /// When it was written, RFC 3339, as it stands in the file.
    pub created: Option<String>,
    /// Whether it runs in a transaction (the default).
    pub transaction: bool,
    /// Whether its sections are minijinja templates.
    pub template: bool,
    /// When it may be applied in a deploy.
    pub phase: Phase,
    /// How long its statements wait for a lock; zero: as long as it takes. None: as the service says.
    pub lock_timeout: Option<Duration>,
    /// How long a statement of it may take; zero: as long as it takes. None: as the service says.
    pub statement_timeout: Option<Duration>,
    /// Prefix of the words of its section lines: with `x-` they are `-- @x-upgrade` and so on, and a line `-- @upgrade` is text
    /// of a section like any other. Empty in nearly all files.
    pub section_prefix: String,
}

impl Header {
    /// A header with defaults for all but the id.
    #[must_use]
    pub const fn new(revision: RevisionId) -> Self {
        Self {
            revision,
            down_revisions: Vec::new(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
            message: None,
            created: None,
            transaction: true,
            template: false,
            phase: Phase::Expand,
            lock_timeout: None,
            statement_timeout: None,
            section_prefix: String::new(),
        }
    }

    /// Reads the header of a file of which `text` is the beginning, or all of it when `complete`.
    /// `None`: the header goes on after `text`; come back with more.
    ///
    /// # Errors
    /// [`RevisionError`], with spans of `text`. Of what follows the header only the next line is read.
    pub fn read(text: &str, complete: bool) -> Result<Option<Self>, RevisionError> {
        match block(text, complete)? {
            Some(block) => parse(text, &block).map(Some),
            None => Ok(None),
        }
    }
}

/// Where the header's lines are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// From the first `--` line up to the first line that is no part of it.
    pub span: Span,
    /// Its first line, without the line end.
    pub first_line: Span,
}

impl Block {
    /// The header's lines.
    fn lines<'t>(&self, text: &'t str) -> impl Iterator<Item = Line<'t>> {
        lines_from(text.get(..self.span.end).unwrap_or(text), self.span.start)
    }
}

/// Finds the header's lines; `None` when `text` may end before they do.
pub(super) fn block(text: &str, complete: bool) -> Result<Option<Block>, RevisionError> {
    let after_mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut found: Option<Block> = None;
    let mut prefix = "";
    for line in lines_from(text, after_mark) {
        if !line.ended && !complete {
            return Ok(None);
        }
        if is_conflict_marker(line.text) {
            // Git's lines in the middle of a header: what stands above them would be half of it.
            return Err(RevisionError::GitConflict { span: line.span() });
        }
        prefix = prefix_of(&line).unwrap_or(prefix);
        let ends = !line.text.starts_with("--") || section_line(&line, prefix)?.is_some();
        match &mut found {
            Some(block) if ends => return Ok(Some(*block)),
            Some(block) => block.span.end = line.next,
            None if line.is_blank() => {}
            None if ends => return Err(RevisionError::NoHeader { span: line.span() }),
            None => found = Some(Block { span: Span::new(line.start, line.next), first_line: line.span() }),
        }
    }
    match found {
        _ if !complete => Ok(None),
        Some(block) => Ok(Some(block)),
        None => Err(RevisionError::NoHeader { span: Span::new(after_mark, after_mark) }),
    }
}

/// The section prefix that a header line gives. The header's end is found before its values are read, since a section line may
/// follow it at once.
fn prefix_of<'t>(line: &Line<'t>) -> Option<&'t str> {
    let content = content(line);
    let (Key::SectionPrefix, _, value) = fields::key_line(content, 0)? else { return None };
    let value = value.of(content).trim_matches(['"', '\'']);
    is_section_prefix(value).then_some(value)
}

/// Reads the lines of `block`.
pub(super) fn parse(text: &str, block: &Block) -> Result<Header, RevisionError> {
    let fields = match scan::fields(text, block) {
        Some(fields) => fields,
        None => yaml::fields(text, block)?,
    };
    assemble::header(text, fields, block)
}

/// The line on which `key` stands.
pub(super) fn place_of(text: &str, key: Key) -> Option<Span> {
    let block = block(text, true).ok()??;
    let line = block.lines(text).find(|line| {
        content(line).trim_start().strip_prefix(key.name()).is_some_and(|rest| rest.trim_start().starts_with(':'))
    })?;
    Some(line.span())
}

/// What stands on a header line behind the dashes and one blank.
fn content<'t>(line: &Line<'t>) -> &'t str {
    let rest = line.text.strip_prefix("--").unwrap_or(line.text);
    rest.strip_prefix(' ').unwrap_or(rest)
}
