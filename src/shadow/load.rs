//! Loading of SQL texts into a shadow.

use std::path::Path;

use super::error::ProofError;
use super::replay::names_elsewhere;
use super::shadow_database::Shadow;
use crate::database::{FailureCause, RunFailure, StopSignal};
use crate::diagnostic::{Location, Span};
use crate::engine::{self, EngineError};
use crate::sql;

/// SQL text with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlText {
    /// Path of its file, or the command that printed it.
    pub path: std::path::PathBuf,
    /// Text of the file, or output of the command.
    pub text: String,
}

impl SqlText {
    fn at(&self, span: Span) -> Box<Location> {
        located(&self.path, &self.text, span)
    }

    /// Executes all statements on the shadow.
    ///
    /// # Errors
    /// The text cannot be split, or the shadow refuses a statement. Both have the position.
    pub fn load(&self, shadow: &mut Shadow, stop: &StopSignal) -> Result<(), ProofError> {
        let dialect = shadow.url().dialect();
        let pieces = sql::split(&self.text, dialect)
            .map_err(|error| ProofError::Split { location: self.at(error.span), error })?;
        if let Some((elsewhere, span)) = names_elsewhere(&self.text, shadow) {
            return Err(elsewhere.error(self.at(span)));
        }
        let stage = shadow.stage();
        engine::rehearse_text(shadow.database()?, &self.text, &pieces, &stage, stop).map_err(|failure| {
            if failure.cause == FailureCause::Interrupted {
                return ProofError::Replay(EngineError::Interrupted);
            }
            let span = failure_span(&failure, &pieces, &self.text);
            ProofError::Load { location: self.at(span), failure: Box::new(failure) }
        })
    }
}

/// Returns the span that the server reported, else the span of the statement.
pub(super) fn failure_span(failure: &RunFailure, pieces: &[sql::Piece], text: &str) -> Span {
    match (failure.offset, failure.piece.and_then(|index| pieces.get(index))) {
        (Some(offset), _) => Span::word_at(text, offset),
        (None, Some(piece)) => piece.sql,
        (None, None) => Span::default(),
    }
}

fn located(path: &Path, text: &str, span: Span) -> Box<Location> {
    Box::new(Location { path: path.to_owned(), text: text.to_owned(), span })
}
