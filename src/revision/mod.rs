//! A revision file's text to a [`Revision`] and back, and the skeletons that new files start from.
//! Knows text; must not know folders, graphs or databases.

mod body;
mod conflict;
mod error;
mod file_name;
mod header;
mod lines;
mod render;
mod section;
mod skeleton;
mod starter;
mod template;
#[cfg(test)]
mod tests;

use crate::diagnostic::Span;

pub use body::{BodyContext, Rendered, render_section};
pub use conflict::{find as find_conflict, is_conflict_marker};
pub use error::{Expected, RevisionError};
pub use file_name::{FileNameError, file_name, slug};
pub use header::{Header, Key, Phase};
pub use render::{RenderError, render, render_header};
pub use section::Section;
pub use skeleton::{Skeleton, SkeletonContext, SkeletonError, Skeletons};
pub use starter::Starter;
pub use template::TemplateError;

/// An entry of `depends_on`: a revision or label of this service, or of another (`auth:91be55c20c11`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The other service, when it is another.
    pub service: Option<String>,
    /// The full id or label.
    pub symbol: String,
}

/// A whole revision file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its header.
    pub header: Header,
    /// The file's text.
    pub text: String,
    /// The bytes between the `-- @upgrade` line and the next section or the end.
    pub upgrade: Option<Span>,
    /// The same of `-- @downgrade`; absent: the revision cannot be downgraded.
    pub downgrade: Option<Span>,
    /// The same of `-- @verify`.
    pub verify: Option<Span>,
}

impl Revision {
    /// Reads a whole file.
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
        let sections = section::split(text, &block, &header.section_prefix)?;
        Ok(Self {
            header,
            text: text.to_owned(),
            upgrade: sections.of(Section::Upgrade),
            downgrade: sections.of(Section::Downgrade),
            verify: sections.of(Section::Verify),
        })
    }

    /// Where the file says what `key` is, as far as that stands on one line.
    #[must_use]
    pub fn place_of(text: &str, key: Key) -> Option<Span> {
        header::place_of(text, key)
    }

    /// The bytes of a section's body; `None` when the file has no such section.
    #[must_use]
    pub const fn section(&self, section: Section) -> Option<Span> {
        match section {
            Section::Upgrade => self.upgrade,
            Section::Downgrade => self.downgrade,
            Section::Verify => self.verify,
        }
    }

    /// The text of a section's body.
    #[must_use]
    pub fn body(&self, section: Section) -> Option<&str> {
        self.section(section).map(|span| span.of(&self.text))
    }
}
