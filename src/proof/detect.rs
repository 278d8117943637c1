//! Which revision makes a given schema: a history replayed step by step and compared at each.

use std::collections::BTreeSet;

use super::error::ProofError;
use super::shadow::Shadow;
use super::workbench::Workbench;
use crate::id::RevisionId;
use crate::project::History;
use crate::schema::{Schema, difference};

/// A place in a history, and how far its schema is from the one that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The version rows there.
    pub rows: Vec<RevisionId>,
    /// How many objects differ.
    pub differences: usize,
}

/// All places of a history, in its order: `base` first, each revision with what it needs, and the heads together.
///
/// # Errors
/// Those of [`Shadow::open`] and of a replay.
pub fn places(workbench: &Workbench<'_>, history: &History, sought: &Schema) -> Result<Vec<Place>, ProofError> {
    let mut walk = Walk { workbench, history, sought, shadow: Shadow::open(&workbench.grounds)?, at: Vec::new() };
    let mut places = vec![walk.place()?];
    for id in history.graph.ordered() {
        walk.go(&[id])?;
        places.push(walk.place()?);
    }
    let heads = history.graph.effective_heads();
    if heads.len() > 1 {
        walk.go(&heads)?;
        places.push(walk.place()?);
    }
    walk.shadow.close()?;
    Ok(places)
}

struct Walk<'a> {
    workbench: &'a Workbench<'a>,
    history: &'a History,
    sought: &'a Schema,
    shadow: Shadow,
    at: Vec<RevisionId>,
}

impl Walk<'_> {
    fn place(&mut self) -> Result<Place, ProofError> {
        let schema = self.shadow.catalog(&self.workbench.request)?;
        Ok(Place { rows: self.at.clone(), differences: difference(&schema, self.sought).changes.len() })
    }

    /// On from here where that leads there, else from nothing in a new shadow.
    fn go(&mut self, rows: &[RevisionId]) -> Result<(), ProofError> {
        let graph = &self.history.graph;
        let wanted: BTreeSet<RevisionId> = graph.applied(rows).into_iter().collect();
        let leads_there = graph.applied(&self.at).iter().all(|id| wanted.contains(id));
        if !leads_there {
            self.shadow = Shadow::open(&self.workbench.grounds)?;
            self.at.clear();
        }
        self.workbench.replay.run(&mut self.shadow, self.history, &self.at, rows)?;
        self.at = rows.to_vec();
        Ok(())
    }
}
