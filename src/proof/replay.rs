//! Replays a history on a shadow, up to given revisions.

use std::collections::BTreeMap;

use super::error::ProofError;
use super::shadow::Shadow;
use crate::database::StopSignal;
use crate::engine::{self, Prepared, Setting};
use crate::graph::Step;
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{Lexer, TokenKind};

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
    pub fn steps(&self, shadow: &mut Shadow, steps: &[Step], prepared: &[Prepared]) -> Result<(), ProofError> {
        for prepared in prepared {
            let forbidden = named_schema(&prepared.section.text, shadow);
            if let Some((schema, span)) = forbidden {
                return Err(ProofError::NamesSchema { schema, location: Box::new(prepared.locate(span)) });
            }
        }
        let stage = shadow.stage();
        Ok(engine::rehearse(shadow.database()?, steps, prepared, &stage, &self.stop)?)
    }
}

/// The first name of another schema in front of a full stop, where there is only a scratch schema.
pub(super) fn named_schema(text: &str, shadow: &Shadow) -> Option<(String, crate::diagnostic::Span)> {
    if shadow.forbidden().is_empty() {
        return None;
    }
    let tokens = Lexer::new(text, shadow.url().dialect()).map_while(Result::ok).filter(|token| !token.kind.is_trivia());
    let mut before: Option<(String, crate::diagnostic::Span)> = None;
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
