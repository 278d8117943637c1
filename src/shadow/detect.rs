//! Search for the revision that has a given schema: replays a history step by step and compares the schema at each
//! step.

use std::collections::BTreeSet;

use super::error::{MissingExtension, ProofError};
use super::schema_reader::{SchemaReader, with_missing};
use super::shadow_database::Shadow;
use crate::id::RevisionId;
use crate::project::History;
use crate::schema::{Schema, difference};

/// Position in a history, with the distance of its schema from the given one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryMatch {
    /// Version rows at that position.
    pub rows: Vec<RevisionId>,
    /// Number of objects that differ.
    pub differences: usize,
}

/// Compares the schema at all positions of a history, in its order: `base`, each revision with its dependencies, and,
/// if there are several heads, all of them together.
///
/// # Errors
/// Those of [`Shadow::open`], of the setup and of a replay.
pub fn places(
    schema_reader: &SchemaReader<'_>,
    history: &History,
    sought: &Schema,
) -> Result<Vec<HistoryMatch>, ProofError> {
    let (shadow, missing) = schema_reader.provisioned(&[])?;
    let mut walk = DetectWalk { schema_reader, history, sought, shadow, missing, at: Vec::new() };
    let mut places = vec![walk.current_match()?];
    for id in history.graph.ordered() {
        walk.go(&[id])?;
        places.push(walk.current_match()?);
    }
    let heads = history.graph.effective_heads();
    if heads.len() > 1 {
        walk.go(&heads)?;
        places.push(walk.current_match()?);
    }
    walk.shadow.close()?;
    Ok(places)
}

struct DetectWalk<'a> {
    schema_reader: &'a SchemaReader<'a>,
    history: &'a History,
    sought: &'a Schema,
    shadow: Shadow,
    /// Extensions of the service's database that the shadow lacks.
    missing: Vec<MissingExtension>,
    at: Vec<RevisionId>,
}

impl DetectWalk<'_> {
    fn current_match(&mut self) -> Result<HistoryMatch, ProofError> {
        let schema = self.shadow.catalog(&self.schema_reader.request)?;
        Ok(HistoryMatch { rows: self.at.clone(), differences: difference(&schema, self.sought).changes.len() })
    }

    /// Replays on from the current position if it is an ancestor of `rows`, else from the start in a new shadow.
    fn go(&mut self, rows: &[RevisionId]) -> Result<(), ProofError> {
        let graph = &self.history.graph;
        let wanted: BTreeSet<RevisionId> = graph.applied(rows).into_iter().collect();
        let leads_there = graph.applied(&self.at).iter().all(|id| wanted.contains(id));
        if !leads_there {
            (self.shadow, self.missing) = self.schema_reader.provisioned(&[])?;
            self.at.clear();
        }
        let replayed = self.schema_reader.replay.run(&mut self.shadow, self.history, &self.at, rows);
        replayed.map_err(|error| with_missing(error, &self.missing))?;
        self.at = rows.to_vec();
        Ok(())
    }
}
