//! Replays a history on a shadow, up to given revisions.

use std::collections::BTreeMap;

use super::error::ProofError;
use super::shadow::Shadow;
use crate::database::StopSignal;
use crate::diagnostic::{Location, Span};
use crate::engine::{self, PreparedStep, Setting};
use crate::graph::Step;
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{self, Lexer, TokenKind};

/// What a replay has to know beside the history.
#[derive(Clone)]
pub struct Replay<'a> {
    /// What the user gave for templates as `KEY=VALUE`.
    pub variables: &'a BTreeMap<String, String>,
    /// Whether the user asked to stop.
    pub stop: StopSignal,
}

impl Replay<'_> {
    /// Runs on `shadow` what leads from the version rows `from` to the revisions `to` (with all they need). Verify
    /// sections are not asked: there are no rows that they could be about.
    ///
    /// # Errors
    /// A file that cannot be read, a statement that the shadow refuses.
    pub fn run(
        &self,
        shadow: &mut Shadow,
        history: &History,
        from: &[RevisionId],
        to: &[RevisionId],
    ) -> Result<(), ProofError> {
        let mut rows = from.to_vec();
        for target in to {
            let plan = history.graph.plan_upgrade(&rows, target.as_str()).map_err(engine::EngineError::from)?;
            let setting = Setting {
                dialect: shadow.url().dialect(),
                variables: self.variables,
                single_transaction: false,
                looking: false,
            };
            let prepared = engine::prepare(history, &plan, setting)?;
            self.steps(shadow, &plan.steps, &prepared)?;
            rows = plan.to;
        }
        Ok(())
    }

    /// Runs steps whose texts are known.
    ///
    /// # Errors
    /// A statement that the shadow refuses.
    pub fn steps(&self, shadow: &mut Shadow, steps: &[Step], prepared: &[PreparedStep]) -> Result<(), ProofError> {
        for prepared in prepared {
            if let Some((elsewhere, span)) = names_elsewhere(&prepared.section.text, shadow) {
                return Err(elsewhere.error(Box::new(prepared.locate(span))));
            }
        }
        let stage = shadow.stage();
        Ok(engine::rehearse(shadow.database()?, steps, prepared, &stage, &self.stop)?)
    }
}

/// What a text names that is not of the shadow, and would be touched there.
pub(super) enum ForeignReference {
    /// A schema beside the scratch schema.
    Schema(String),
    /// A database beside the scratch database; a file.
    Database(String),
}

impl ForeignReference {
    pub(super) fn error(self, location: Box<Location>) -> ProofError {
        match self {
            Self::Schema(schema) => ProofError::NamesSchema { schema, location },
            Self::Database(database) => ProofError::NamesDatabase { database, location },
        }
    }
}

/// The first name in `text` that leads away from the shadow, and where it stands.
pub(super) fn names_elsewhere(text: &str, shadow: &Shadow) -> Option<(ForeignReference, Span)> {
    let schema = named_schema(text, shadow).map(|(schema, span)| (ForeignReference::Schema(schema), span));
    schema.or_else(|| named_database(text, shadow).map(|(database, span)| (ForeignReference::Database(database), span)))
}

fn named_database(text: &str, shadow: &Shadow) -> Option<(String, Span)> {
    let dialect = shadow.url().dialect();
    let pieces = sql::split(text, dialect).ok()?;
    pieces.iter().find_map(|piece| {
        let (name, span) = sql::named_database(piece.sql.slice(text), dialect)?;
        (shadow.url().database() != Some(name.as_str())).then(|| (name, span.shifted(piece.sql.start)))
    })
}

/// The first name of another schema in front of a full stop, where there is only a scratch schema.
fn named_schema(text: &str, shadow: &Shadow) -> Option<(String, Span)> {
    if shadow.forbidden().is_empty() {
        return None;
    }
    let tokens = Lexer::new(text, shadow.url().dialect()).map_while(Result::ok).filter(|token| !token.kind.is_trivia());
    let mut before: Option<(String, Span)> = None;
    for token in tokens {
        let word = token.span.of(text);
        if word == "." {
            if let Some(named) = before.take() {
                return Some(named);
            }
            continue;
        }
        let name = match token.kind {
            TokenKind::Word => word.to_lowercase(),
            TokenKind::QuotedIdentifier => word.trim_matches('"').to_owned(),
            _ => String::new(),
        };
        before = shadow.forbidden().contains(&name).then_some((name, token.span));
    }
    None
}
