//! Which revision makes a given schema: a history replayed step by step and compared at each.

use std::collections::BTreeSet;

use super::error::ProofError;
use super::schema_reader::SchemaReader;
use super::shadow::Shadow;
use crate::id::RevisionId;
use crate::project::History;
use crate::schema::{Schema, difference};

/// A place in a history, and how far its schema is from the one that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryMatch {
    /// The version rows there.
    pub rows: Vec<RevisionId>,
    /// How many objects differ.
    pub differences: usize,
}

/// All places of a history, in its order: `base` first, each revision with what it needs, and the heads together.
///
/// # Errors
/// Those of [`Shadow::open`] and of a replay.
pub fn places(
    schema_reader: &SchemaReader<'_>,
    history: &History,
    sought: &Schema,
) -> Result<Vec<HistoryMatch>, ProofError> {
    let mut walk = DetectWalk {
        schema_reader,
        history,
        sought,
        shadow: Shadow::open(&schema_reader.shadow_config)?,
        at: Vec::new(),
    };
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
    at: Vec<RevisionId>,
}

impl DetectWalk<'_> {
    fn current_match(&mut self) -> Result<HistoryMatch, ProofError> {
        let schema = self.shadow.catalog(&self.schema_reader.request)?;
        Ok(HistoryMatch { rows: self.at.clone(), differences: difference(&schema, self.sought).changes.len() })
    }

    /// On from here where that leads there, else from nothing in a new shadow.
    fn go(&mut self, rows: &[RevisionId]) -> Result<(), ProofError> {
        let graph = &self.history.graph;
        let wanted: BTreeSet<RevisionId> = graph.applied(rows).into_iter().collect();
        let leads_there = graph.applied(&self.at).iter().all(|id| wanted.contains(id));
        if !leads_there {
            self.shadow = Shadow::open(&self.schema_reader.shadow_config)?;
            self.at.clear();
        }
        self.schema_reader.replay.run(&mut self.shadow, self.history, &self.at, rows)?;
        self.at = rows.to_vec();
        Ok(())
    }
}
