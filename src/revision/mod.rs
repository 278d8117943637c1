//! Revision files: parsing their text into a [`Revision`], rendering it back, and the templates of new files. Works on
//! text only; folders, the graph and databases are out of scope.

mod body;
mod case_file;
mod conflict;
mod error;
mod file_name;
mod header;
mod include;
mod include_tag;
mod lines;
mod render;
mod section;
mod skeleton;
mod source_text;
mod starter;
mod template;
#[cfg(test)]
mod tests;

use crate::diagnostic::Span;
use crate::sql::{self, Dialect};

pub use body::{BodyContext, Rendered, render_section};
pub use case_file::{
    CaseFile, CaseFileError, CaseMarker, CaseStep, CaseTarget, ExpectedTable, Fixture, TestCase, has_case_marker,
};
pub use conflict::{find as find_conflict, is_conflict_marker};
pub use error::{ExpectedValue, RevisionError};
pub use file_name::{FileNameError, file_name, slug};
pub use header::{Header, HeaderKey, Phase};
pub use include::{IncludeError, IncludeProblem, IncludeReader, IncludedFile, expand_template, may_include};
pub use render::{RenderError, render, render_header};
pub use section::Section;
pub use skeleton::{Skeleton, SkeletonContext, SkeletonError, Skeletons};
pub use source_text::{FileLines, SourceText};
pub use starter::Starter;
pub use template::TemplateError;

/// Entry of `depends_on`: a revision or label of the same service, or of another one (`auth:91be55c20c11`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DependencyReference {
    /// Name of the other service; `None` for the same service.
    pub service: Option<String>,
    /// Complete id or label.
    pub symbol: String,
}

/// Parsed revision file. Spans are byte ranges of `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Parsed header.
    pub header: Header,
    /// Complete text of the file, with what it includes.
    pub text: SourceText,
    /// Body of the require section.
    pub require: Option<Span>,
    /// Body of the upgrade section: the bytes between the `-- @upgrade` line and the next section or the end of the
    /// file.
    pub upgrade: Option<Span>,
    /// Body of the downgrade section; `None` if the revision cannot be downgraded.
    pub downgrade: Option<Span>,
    /// Body of the verify section.
    pub verify: Option<Span>,
}

impl Revision {
    /// Parses a complete file.
    ///
    /// # Errors
    /// [`RevisionError`], with spans of `text`.
    pub fn parse(text: &str) -> Result<Self, RevisionError> {
        let empty = || RevisionError::NoHeader { span: Span::default() };
        let block = header::block(text, true)?.ok_or_else(empty)?;
        let header = header::parse(text, &block)?;
        if let Some(span) = conflict::find(text, block.span.end) {
            return Err(RevisionError::GitConflict { span });
        }
        let sections = section::split(text, &block, &header.options.section_prefix)?;
        Ok(Self {
            header,
            text: text.into(),
            require: sections.span(Section::Require),
            upgrade: sections.span(Section::Upgrade),
            downgrade: sections.span(Section::Downgrade),
            verify: sections.span(Section::Verify),
        })
    }

    /// Returns the header line that contains `key`, for diagnostics; `None` if the header is invalid or the key is not
    /// at the start of a line.
    #[must_use]
    pub fn place_of(text: &str, key: HeaderKey) -> Option<Span> {
        header::place_of(text, key)
    }

    /// Byte range of a section's body; `None` if the file has no such section.
    #[must_use]
    pub const fn section(&self, section: Section) -> Option<Span> {
        match section {
            Section::Require => self.require,
            Section::Upgrade => self.upgrade,
            Section::Downgrade => self.downgrade,
            Section::Verify => self.verify,
        }
    }

    /// Text of a section's body; `None` if the file has no such section.
    #[must_use]
    pub fn body(&self, section: Section) -> Option<&str> {
        self.section(section).map(|span| span.slice(&self.text))
    }

    /// Returns the fingerprint of a section as written in the file. For a template that is its source, so other values
    /// of its variables do not count as an edit.
    #[must_use]
    pub fn fingerprint(&self, section: Section, dialect: Dialect) -> String {
        sql::fingerprint(self.body(section).unwrap_or_default(), dialect)
    }
}
