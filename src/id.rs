//! Revision ids: text, letter for letter, whatever YAML or a database thinks of it.
//! Knows what an id may look like; must not know files, graphs or databases.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The id of a revision, as it stands in its file and in the version table.
///
/// Cheap to clone. Never empty, and free of `@ - + :` and white space, which targets need for themselves
/// (Alembic's rule, `alembic.script.revision._revision_illegal_chars`, and ours for white space).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RevisionId(Arc<str>);

/// Why a text is no revision id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// The text is empty.
    #[error("a revision id is empty")]
    Empty,
    /// The text holds a character that ids may not hold.
    #[error("the revision id \"{id}\" holds {character:?}")]
    Character {
        /// The whole text.
        id: String,
        /// The first character that does not belong.
        character: char,
    },
}

impl RevisionId {
    /// Takes `text` as an id.
    ///
    /// # Errors
    /// [`InvalidId`] when the text is empty or holds `@`, `-`, `+`, `:`, white space or a control character.
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

    /// Takes the text of a version row as it stands, even one that no revision file could have as its id:
    /// such a row has to be shown, and to be deleted by `stamp --purge`.
    #[must_use]
    pub fn from_row(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The id's text.
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
