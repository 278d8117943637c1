//! Queries of a running application: each one is prepared, and not run, in every state that an upgrade passes through
//! while that application is still there.

use super::error::{MissingExtension, ProofError};
use super::schema_reader::{SchemaReader, with_missing};
use super::shadow_database::Shadow;
use crate::database::{DatabaseError, ServerError};
use crate::engine;
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Phase;

/// Result of the check of several queries.
#[derive(Debug, PartialEq, Eq)]
pub struct QueryCheck {
    /// First revision after which all queries can be prepared, or the one that was given; `None` if there is none.
    pub start: Option<RevisionId>,
    /// Number of states in which the queries were prepared, from that revision to the heads.
    pub states: usize,
    /// A verdict for each query, in order.
    pub verdicts: Vec<QueryVerdict>,
}

/// Finding about one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryVerdict {
    /// It can be prepared in every state.
    Prepares,
    /// It can be prepared up to a revision of the contract phase, which runs when the application is gone.
    Contracted(RevisionId),
    /// It cannot be prepared after this revision any more.
    Broken(RevisionId, ServerError),
    /// There is no state in which it can be prepared together with the others, or not in the first one.
    Never(ServerError),
}

/// Prepares the queries after each revision of the history. They are checked from the revision `from` on; without it,
/// from the first one after which all of them can be prepared: what was before it was made for another release.
///
/// # Errors
/// No shadow can be had, or a revision cannot be replayed.
pub fn check_queries(
    schema_reader: &SchemaReader<'_>,
    history: &History,
    queries: &[&str],
    from: Option<&RevisionId>,
) -> Result<QueryCheck, ProofError> {
    let (shadow, missing) = schema_reader.provisioned(&[])?;
    let mut walk = QueryWalk { schema_reader, history, shadow, missing, queries };
    let mut start = None;
    let mut states = 0;
    let mut verdicts = vec![QueryVerdict::Prepares; queries.len()];
    // Errors in the state in which the most queries could be prepared.
    let mut nearest: Option<Vec<Option<ServerError>>> = None;
    let order = history.graph.ordered();
    let phases = engine::phases(history, &order);
    for id in &order {
        walk.apply(id)?;
        if start.is_none() && from.is_some_and(|from| from != id) {
            continue;
        }
        let errors = walk.prepare()?;
        if start.is_none() {
            let is_whole = errors.iter().all(Option::is_none);
            if is_whole || from.is_some() {
                start = Some(id.clone());
                states = 1;
                for (verdict, error) in verdicts.iter_mut().zip(errors) {
                    *verdict = error.map_or(QueryVerdict::Prepares, QueryVerdict::Never);
                }
            } else if nearest.as_ref().is_none_or(|nearest| count(&errors) <= count(nearest)) {
                nearest = Some(errors);
            }
            continue;
        }
        states += 1;
        let is_contract = phases.get(id) == Some(&Phase::Contract);
        for (verdict, error) in verdicts.iter_mut().zip(errors) {
            if let (QueryVerdict::Prepares, Some(error)) = (&*verdict, error) {
                *verdict = match is_contract {
                    true => QueryVerdict::Contracted(id.clone()),
                    false => QueryVerdict::Broken(id.clone(), error),
                };
            }
        }
    }
    if start.is_none() {
        for (verdict, error) in verdicts.iter_mut().zip(nearest.into_iter().flatten()) {
            *verdict = error.map_or(QueryVerdict::Prepares, QueryVerdict::Never);
        }
    }
    walk.shadow.close()?;
    Ok(QueryCheck { start, states, verdicts })
}

fn count(errors: &[Option<ServerError>]) -> usize {
    errors.iter().flatten().count()
}

struct QueryWalk<'a> {
    schema_reader: &'a SchemaReader<'a>,
    history: &'a History,
    shadow: Shadow,
    /// Extensions of the service's database that the shadow lacks.
    missing: Vec<MissingExtension>,
    queries: &'a [&'a str],
}

impl QueryWalk<'_> {
    fn apply(&mut self, id: &RevisionId) -> Result<(), ProofError> {
        let replayed = self.schema_reader.replay.run_one(&mut self.shadow, self.history, id, Operation::Upgrade);
        replayed.map_err(|error| with_missing(error, &self.missing))
    }

    /// Prepares all queries. Returns the server's error of each one that it refuses.
    fn prepare(&mut self) -> Result<Vec<Option<ServerError>>, ProofError> {
        let queries = self.queries;
        queries.iter().map(|query| self.prepare_one(query)).collect()
    }

    fn prepare_one(&mut self, query: &str) -> Result<Option<ServerError>, ProofError> {
        match self.shadow.attempt(|shadow| shadow.prepare(query)) {
            Ok(()) => Ok(None),
            Err(ProofError::Database(DatabaseError::Server(error))) => Ok(Some(error)),
            Err(error) => Err(error),
        }
    }
}
