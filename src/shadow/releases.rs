//! Databases of earlier releases: the history of a release is replayed to its heads, then upgraded with today's files.

use super::error::ProofError;
use super::schema_reader::{SchemaReader, with_missing};
use crate::id::RevisionId;
use crate::project::{History, ProjectError};
use crate::schema::{Schema, difference};

/// Fault of the way from a release to today.
#[derive(Debug)]
pub enum ReleaseFailure {
    /// Revisions of the release that today's files lack, and those whose upgrade section is another one today.
    Rewritten {
        /// Revisions without a file today.
        gone: Vec<RevisionId>,
        /// Revisions that were edited.
        edited: Vec<RevisionId>,
    },
    /// The files of the release cannot be replayed.
    Then(ProofError),
    /// Today's files do not upgrade a database of the release.
    Upgrade(ProofError),
    /// The upgrade leads to another schema than an empty database: the schema of today's heads, and what was found.
    Differs(Box<[Schema; 2]>),
}

/// Upgrades a database of the release `then` with today's files. `heads` is the schema of today's heads. Returns everything
/// that is wrong.
///
/// # Errors
/// No shadow can be had, a file cannot be read, or the user stops the command.
pub fn check_release(
    schema_reader: &SchemaReader<'_>,
    now: &History,
    then: &History,
    heads: &Schema,
) -> Result<Vec<ReleaseFailure>, ProofError> {
    let mut failures = Vec::new();
    let (gone, edited) = rewritten(schema_reader, now, then)?;
    let is_complete = gone.is_empty();
    if !(gone.is_empty() && edited.is_empty()) {
        failures.push(ReleaseFailure::Rewritten { gone, edited });
    }
    let (mut shadow, missing) = schema_reader.provisioned(&[])?;
    let rows = then.graph.effective_heads();
    if let Err(error) = schema_reader.replay.run(&mut shadow, then, &[], &rows) {
        failures.push(ReleaseFailure::Then(unless_interrupted(with_missing(error, &missing))?));
        return Ok(failures);
    }
    // The rows of a revision without a file lead nowhere.
    if !is_complete {
        return Ok(failures);
    }
    if let Err(error) = schema_reader.replay.run(&mut shadow, now, &rows, &now.graph.effective_heads()) {
        failures.push(ReleaseFailure::Upgrade(unless_interrupted(with_missing(error, &missing))?));
        return Ok(failures);
    }
    let found = shadow.catalog(&schema_reader.request)?;
    if !difference(heads, &found).is_empty() {
        failures.push(ReleaseFailure::Differs(Box::new([heads.clone(), found])));
    }
    shadow.close()?;
    Ok(failures)
}

/// Returns the revisions of the release that have no file today, and those that were edited.
fn rewritten(
    schema_reader: &SchemaReader<'_>,
    now: &History,
    then: &History,
) -> Result<(Vec<RevisionId>, Vec<RevisionId>), Box<ProjectError>> {
    let dialect = schema_reader.shadow_config.url.dialect();
    let (known, gone): (Vec<_>, Vec<_>) =
        then.graph.ordered().into_iter().partition(|id| now.graph.index_of(id.as_str()).is_some());
    let mut edited = Vec::new();
    for id in known {
        if now.upgrade_fingerprint(&id, dialect)? != then.upgrade_fingerprint(&id, dialect)? {
            edited.push(id);
        }
    }
    Ok((gone, edited))
}

/// Passes a request to stop on as an error; everything else is a result.
fn unless_interrupted(error: ProofError) -> Result<ProofError, ProofError> {
    if error.is_interruption() { Err(error) } else { Ok(error) }
}
