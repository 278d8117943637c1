//! Revision ids: plain text, never interpreted as a YAML number or boolean.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// Id of a revision, as written in its file and in the version table.
///
/// Cheap to clone. From a file, it is never empty and contains no `@`, `-`, `+`, `:` (Alembic's rule,
/// `alembic.script.revision._revision_illegal_chars`), white space or control characters, because targets use these.
/// From a version row ([`RevisionId::from_row`]), it may be any text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RevisionId(Arc<str>);

/// Reason why a text is not a valid revision id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Empty text.
    #[error("a revision id is empty")]
    Empty,
    /// Character that an id must not contain.
    #[error("the revision id \"{id}\" holds {character:?}")]
    Character {
        /// Complete text.
        id: String,
        /// First invalid character.
        character: char,
    },
}

impl RevisionId {
    /// Validates `text` as a revision id.
    ///
    /// # Errors
    /// [`InvalidId`] if the text is empty or contains `@`, `-`, `+`, `:`, white space or a control character.
    pub fn new(text: &str) -> Result<Self, InvalidId> {
        if text.is_empty() {
            return Err(InvalidId::Empty);
        }
        let stranger = |c: &char| matches!(c, '@' | '-' | '+' | ':') || c.is_whitespace() || c.is_control();
        match text.chars().find(stranger) {
            Some(character) => Err(InvalidId::Character { id: text.to_owned(), character }),
            None => Ok(Self(Arc::from(text))),
        }
    }

    /// Wraps the text of a version row without validation. Even a row that cannot be the id of any revision file has to
    /// be reported, and to be deleted by `stamp --purge`.
    #[must_use]
    pub fn from_row(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// Text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Borrow<str> for RevisionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for RevisionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_yaml_would_read_as_something_else_are_plain_text() {
        for text in ["0123", "1e5123456789", "12_34", "no", "null", "0x1f", "0.94.0rc0", "größe"] {
            assert_eq!(RevisionId::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn target_punctuation_and_white_space_are_refused() {
        assert_eq!(RevisionId::new(""), Err(InvalidId::Empty));
        for text in ["a@b", "a-b", "a+b", "a:b", "a b", "a\n"] {
            assert!(matches!(RevisionId::new(text), Err(InvalidId::Character { .. })), "{text:?}");
        }
    }
}
