//! Upgrades that exclude some revisions, and values that propagate along the edges.

use std::collections::BTreeMap;

use super::plan::{Operation, Plan};
use super::rows::{Applied, PlanBuilder};
use super::{Graph, TargetError};
use crate::id::RevisionId;

impl Graph {
    /// Plan of `upgrade TARGET` without the revisions for which `is_held` returns `true`, and without those that need
    /// them.
    ///
    /// # Errors
    /// Those of [`Graph::plan_upgrade`].
    pub fn plan_upgrade_without(
        &self,
        rows: &[RevisionId],
        target: &str,
        is_held: &dyn Fn(&RevisionId) -> bool,
    ) -> Result<Plan, TargetError> {
        let whole = self.plan_upgrade(rows, target)?;
        let steps: Vec<RevisionId> = whole.steps.iter().map(|step| step.revision.clone()).collect();
        let held = self.spread(&steps, &|id| is_held(id));
        if !held.values().any(|held| *held) {
            return Ok(whole);
        }
        let rows = self.known_rows(rows)?;
        let mut applied = Applied::new(&self.edges, &rows);
        let mut plan = PlanBuilder::new(self, Operation::Upgrade, &rows, &applied);
        let runs = steps.iter().filter(|id| held.get(*id) == Some(&false));
        for index in runs.filter_map(|id| self.index_of(id.as_str())) {
            let change = applied.apply(&self.edges, index);
            plan.step(index, change);
        }
        Ok(plan.finish(&applied))
    }

    /// Maximum of `own` over each of `ids` and its prerequisites among `ids`, transitively. `ids` must be in
    /// topological order, prerequisites first. Unknown ids are ignored.
    #[must_use]
    pub fn spread<T: Ord + Clone>(
        &self,
        ids: &[RevisionId],
        own: &dyn Fn(&RevisionId) -> T,
    ) -> BTreeMap<RevisionId, T> {
        let mut found: BTreeMap<usize, T> = BTreeMap::new();
        let mut named = BTreeMap::new();
        for id in ids {
            let Some(index) = self.index_of(id.as_str()) else { continue };
            let needed = self.edges.needs(index).filter_map(|need| found.get(&need).cloned()).max();
            let value = needed.map_or_else(|| own(id), |needed| needed.max(own(id)));
            found.insert(index, value.clone());
            named.insert(id.clone(), value);
        }
        named
    }
}
