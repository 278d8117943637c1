//! Upgrades that leave out some revisions, and facts that spread along the edges. Must not know what the facts are about.

use std::collections::BTreeMap;

use super::plan::{Operation, Plan};
use super::rows::{Applied, PlanBuilder};
use super::{Graph, TargetError};
use crate::id::RevisionId;

impl Graph {
    /// The plan of `upgrade TARGET` without the revisions that `is_held` holds back, and without what needs them.
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

    /// For each of `ids` (what is needed before what needs it) the greatest of `own` of itself and of all that it needs
    /// among `ids`, at once or through others.
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
