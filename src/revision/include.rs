//! Files that others include: `-- @include path.sql` in a section, and `{% include "path.sql" %}` in a template. Both
//! are replaced by the text of the file, as if it was written there. Which files may be read is the caller's rule.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Location, Span};

use super::conflict;
use super::error::RevisionError;
use super::include_tag::{TagInclusion, inclusions_of_tags};
use super::lines::{Line, lines_from};
use super::section::section_line;
use super::source_text::{SourceText, TextOrigin, TextPart};
use super::template::Newlines;
use super::{Revision, Section};

/// Word of the line that includes a file.
const INCLUDE: &str = "include";

/// Maximum number of files that include one another.
const MAX_DEPTH: usize = 8;

/// Maximum size of a text with all that it includes, in bytes.
const MAX_SIZE: usize = 64 * 1024 * 1024;

/// Access to the files that others include.
pub trait IncludeReader {
    /// Reads the file that `from` names as `path`.
    ///
    /// # Errors
    /// [`IncludeProblem`] if the file must not be included, or cannot be read.
    fn read(&self, from: &Path, path: &str) -> Result<IncludedFile, IncludeProblem>;
}

/// A file that another one includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedFile {
    /// Path for messages.
    pub path: PathBuf,
    /// Path that is equal for two names of one file.
    pub identity: PathBuf,
    /// Content of the file.
    pub text: String,
}

/// Reason why a file cannot be included.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncludeProblem {
    /// The line names no file.
    #[error("no file is named here")]
    NoPath,
    /// The word is misspelt, or the line does not begin with it.
    #[error("`{0}` includes no file")]
    Misspelt(String),
    /// The path is absolute.
    #[error("an absolute path cannot be included")]
    Absolute,
    /// The file is outside of the project.
    #[error("the file is outside of the project")]
    Outside,
    /// The file cannot be read.
    #[error("the included file cannot be read: {0}")]
    Unreadable(String),
    /// It is a folder or a device.
    #[error("this is not a file")]
    NotAFile,
    /// The file is not UTF-8.
    #[error("the included file is not UTF-8")]
    NotUtf8,
    /// The file includes itself, directly or through others.
    #[error("{} includes itself", .0.display())]
    Cycle(PathBuf),
    /// Too many files include one another.
    #[error("more than {MAX_DEPTH} files include one another")]
    TooDeep,
    /// The text becomes too large.
    #[error("with this file the revision is larger than {} MiB", MAX_SIZE / 1024 / 1024)]
    TooLarge,
    /// The included file has a line that begins a section.
    #[error("a section begins in an included file")]
    SectionLine,
}

/// Error in a revision file or in one that it includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludeError {
    /// Position in the file that has the error.
    pub location: Location,
    /// Cause.
    pub error: RevisionError,
}

/// Returns `false` if the text of a revision file certainly includes no other file.
#[must_use]
pub fn may_include(text: &str) -> bool {
    text.contains(INCLUDE)
}

/// Returns `true` if a line of a section is read as one that includes a file.
pub(super) fn has_include_line(revision: &Revision) -> bool {
    let prefix = &revision.header.options.section_prefix;
    let is_one = |line: Line<'_>| !matches!(include_line(&line, prefix), Ok(None));
    Section::ALL.iter().filter_map(|section| revision.body(*section)).any(|body| lines_from(body, 0).any(is_one))
}

impl Revision {
    /// Parses the text of the file `path`, with the files that its sections include.
    ///
    /// # Errors
    /// [`IncludeError`], with the position in the file that has the error.
    pub fn parse_with_included(text: &str, path: &Path, reader: &dyn IncludeReader) -> Result<Self, Box<IncludeError>> {
        let failed = |text: &SourceText, error: RevisionError| {
            let location = text.locate(path, error.span());
            Box::new(IncludeError { location, error })
        };
        let revision = Self::parse(text).map_err(|error| failed(&text.into(), error))?;
        if !may_include(text) {
            return Ok(revision);
        }
        let mut syntax = IncludeSyntax { prefix: Some(&revision.header.options.section_prefix), tags: None };
        if revision.header.template {
            syntax.tags = Some(Newlines::Keep);
        }
        let mut expander = Expander::new(syntax, path, text, reader);
        // Sections are next to each other, with their markers between them.
        let sections =
            revision.require.iter().chain(&revision.upgrade).chain(&revision.downgrade).chain(&revision.verify);
        let mut sections: Vec<Span> = sections.copied().collect();
        sections.sort_by_key(|section| section.start);
        let mut copied = 0;
        for section in sections {
            expander.copy(0, Span::new(copied, section.start));
            expander.append(0, section)?;
            copied = section.end;
        }
        expander.copy(0, Span::new(copied, text.len()));
        let Some(expanded) = expander.finish() else { return Ok(revision) };
        let read = Self::parse(&expanded).map_err(|error| failed(&expanded, error))?;
        Ok(Self { text: expanded, ..read })
    }

    /// Returns the revision as its own file has it, without the text of included files.
    ///
    /// # Errors
    /// None for a revision that was parsed from a file.
    pub fn as_written(&self) -> Result<Self, RevisionError> {
        if self.text.has_included() { Self::parse(self.text.as_written()) } else { Ok(self.clone()) }
    }
}

/// Returns the text of the template of new files at `path`, with the files that it includes.
///
/// # Errors
/// [`IncludeError`].
pub fn expand_template(text: &str, path: &Path, reader: &dyn IncludeReader) -> Result<SourceText, Box<IncludeError>> {
    let syntax = IncludeSyntax { prefix: None, tags: Some(Newlines::Trim) };
    let mut expander = Expander::new(syntax, path, text, reader);
    expander.append(0, Span::new(0, text.len()))?;
    Ok(expander.finish().unwrap_or_else(|| text.into()))
}

/// Forms in which a file can be named.
#[derive(Clone, Copy)]
struct IncludeSyntax<'a> {
    /// Section prefix of lines; `None` if lines include nothing.
    prefix: Option<&'a str>,
    /// Treatment of newlines around template tags; `None` if there are no tags.
    tags: Option<Newlines>,
}

/// Part of a text that is replaced by a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Inclusion {
    /// Replaced bytes.
    replaced: Span,
    /// Bytes of the path.
    path: Span,
    before: &'static str,
    after: &'static str,
    /// `true` if the text ends with a newline in any case.
    is_line: bool,
}

/// Copies texts and replaces inclusions in them.
struct Expander<'a> {
    syntax: IncludeSyntax<'a>,
    path: &'a Path,
    reader: &'a dyn IncludeReader,
    text: String,
    origin: TextOrigin,
    /// Identities of the files that are being included.
    open: Vec<PathBuf>,
}

impl<'a> Expander<'a> {
    fn new(syntax: IncludeSyntax<'a>, path: &'a Path, text: &str, reader: &'a dyn IncludeReader) -> Self {
        let origin = TextOrigin { files: vec![(PathBuf::new(), text.into())], parts: Vec::new() };
        Self { syntax, path, reader, text: String::new(), origin, open: Vec::new() }
    }

    /// Returns the text; `None` if no file was included.
    fn finish(self) -> Option<SourceText> {
        (self.origin.files.len() > 1).then(|| SourceText::included(self.text, self.origin))
    }

    fn file(&self, file: usize) -> (&Path, Arc<str>) {
        match self.origin.files.get(file) {
            Some((path, text)) => (if file == 0 { self.path } else { path }, Arc::clone(text)),
            None => (self.path, "".into()),
        }
    }

    fn copy(&mut self, file: usize, span: Span) {
        let (_, text) = self.file(file);
        self.add(file, span.start, span.slice(&text));
    }

    fn add(&mut self, file: usize, at: usize, text: &str) {
        if !text.is_empty() {
            self.origin.parts.push(TextPart { start: self.text.len(), file, at });
            self.text.push_str(text);
        }
    }

    /// Copies a part of a file, with what it includes.
    fn append(&mut self, file: usize, span: Span) -> Result<(), Box<IncludeError>> {
        let (path, text) = self.file(file);
        let path = path.to_owned();
        let failed = |error: RevisionError| {
            let location = Location { path: path.clone(), text: text.to_string(), span: error.span() };
            Box::new(IncludeError { location, error })
        };
        let mut copied = span.start;
        for inclusion in inclusions(&text, span, self.syntax).map_err(failed)? {
            self.copy(file, Span::new(copied, inclusion.replaced.start));
            copied = inclusion.replaced.end;
            let refused = |problem| failed(RevisionError::Include { span: inclusion.path, problem });
            let included = self.reader.read(&path, inclusion.path.slice(&text)).map_err(refused)?;
            if self.open.contains(&included.identity) {
                return Err(refused(IncludeProblem::Cycle(included.path)));
            }
            if self.open.len() >= MAX_DEPTH {
                return Err(refused(IncludeProblem::TooDeep));
            }
            if self.text.len() + included.text.len() > MAX_SIZE {
                return Err(refused(IncludeProblem::TooLarge));
            }
            self.open.push(included.identity);
            self.add(file, inclusion.replaced.start, inclusion.before);
            self.append_file(included.path, &included.text)?;
            self.add(file, inclusion.replaced.start, inclusion.after);
            if inclusion.is_line && !self.text.ends_with('\n') {
                self.add(file, inclusion.path.end, "\n");
            }
            self.open.pop();
        }
        self.copy(file, Span::new(copied, span.end));
        Ok(())
    }

    fn append_file(&mut self, path: PathBuf, text: &str) -> Result<(), Box<IncludeError>> {
        if let Some(error) = refusal(text, self.syntax.prefix) {
            let location = Location { path, text: text.to_owned(), span: error.span() };
            return Err(Box::new(IncludeError { location, error }));
        }
        let file = self.origin.files.len();
        self.origin.files.push((path, text.into()));
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        self.append(file, Span::new(start, text.len()))
    }
}

/// Returns the reason why a text cannot be a part of a section.
fn refusal(text: &str, prefix: Option<&str>) -> Option<RevisionError> {
    if let Some(span) = conflict::find(text, 0) {
        return Some(RevisionError::GitConflict { span });
    }
    let prefix = prefix?;
    lines_from(text, 0).find_map(|line| match section_line(&line, prefix) {
        Ok(None) => None,
        Ok(Some(_)) => Some(RevisionError::Include { span: line.span(), problem: IncludeProblem::SectionLine }),
        Err(error) => Some(error),
    })
}

/// Returns what a part of a text includes, in order.
fn inclusions(text: &str, span: Span, syntax: IncludeSyntax<'_>) -> Result<Vec<Inclusion>, RevisionError> {
    let mut found = Vec::new();
    if !may_include(span.slice(text)) {
        return Ok(found);
    }
    if let Some(prefix) = syntax.prefix {
        for line in lines_from(&text[..span.end], span.start) {
            if let Some(path) = include_line(&line, prefix)? {
                let replaced = Span::new(line.start, line.next);
                found.push(Inclusion { replaced, path, before: "", after: "", is_line: line.ended });
            }
        }
    }
    if let Some(newlines) = syntax.tags {
        for TagInclusion { replaced, path, before, after } in inclusions_of_tags(text, span, newlines) {
            found.push(Inclusion { replaced, path, before, after, is_line: false });
        }
    }
    found.sort_by_key(|inclusion| inclusion.replaced.start);
    // A tag in a line that is replaced is gone with it.
    found.dedup_by(|later, earlier| later.replaced.start < earlier.replaced.end);
    Ok(found)
}

/// Returns the path in a line that includes a file.
fn include_line(line: &Line<'_>, prefix: &str) -> Result<Option<Span>, RevisionError> {
    let trimmed = line.text.trim();
    let Some(rest) =
        trimmed.strip_prefix("--").and_then(|rest| rest.trim_start_matches(['-', ' ', '\t']).strip_prefix('@'))
    else {
        return Ok(None);
    };
    let (word, path) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let path = path.trim();
    let failed = |span, problem| Err(RevisionError::Include { span, problem });
    // As for sections: only `--` at the start of the line, followed by optional white space.
    let exact = line.text.strip_prefix("--").is_some_and(|rest| rest.trim_start().starts_with('@'));
    if word.strip_prefix(prefix) == Some(INCLUDE) && exact {
        if path.is_empty() {
            return failed(line.span(), IncludeProblem::NoPath);
        }
        let start = line.start + line.text.trim_end().len() - path.len();
        return Ok(Some(Span::new(start, start + path.len())));
    }
    let is_slip = word.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        && word.get(prefix.len()..).is_some_and(|name| {
            let name = name.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            strsim::damerau_levenshtein(&name, INCLUDE) <= 1
        });
    if is_slip && !path.is_empty() {
        return failed(line.span(), IncludeProblem::Misspelt(trimmed.to_owned()));
    }
    Ok(None)
}
