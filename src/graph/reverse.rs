//! Reversal of an upgrade plan that was executed in part or in full.

use super::plan::{Operation, Plan, RowChange, Step};

impl Plan {
    /// Returns the plan that downgrades the first `done` steps of this upgrade plan in reverse order and restores the
    /// version rows from before it.
    #[must_use]
    pub fn reversed(&self, done: usize) -> Self {
        let from = done.checked_sub(1).and_then(|last| self.rows_after_steps().nth(last));
        let back = |step: &Step| Step {
            revision: step.revision.clone(),
            operation: Operation::Downgrade,
            change: RowChange { delete: step.change.insert.clone(), insert: step.change.delete.clone() },
        };
        Self {
            direction: Operation::Downgrade,
            from: from.unwrap_or_else(|| self.from.clone()),
            steps: self.steps.iter().take(done).rev().map(back).collect(),
            to: self.from.clone(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::graph::{Graph, GraphNode};
    use crate::id::RevisionId;

    fn graph() -> Graph {
        let id = |text: &str| RevisionId::new(text).unwrap();
        let node = |name: &str, down: &[&str]| GraphNode {
            id: id(name),
            down_revisions: down.iter().map(|down| id(down)).collect(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
        };
        Graph::build(vec![node("a", &[]), node("b", &["a"]), node("c", &["a"]), node("m", &["b", "c"])]).unwrap()
    }

    #[test]
    fn whatever_was_done_the_way_back_ends_where_it_began() {
        let plan = graph().plan_upgrade(&[], "head").unwrap();
        for done in 0..=plan.steps.len() {
            let back = plan.reversed(done);
            assert_eq!(back.steps.len(), done);
            let last = back.rows_after_steps().last().unwrap_or_else(|| back.from.clone());
            assert_eq!(last, plan.from, "{done}");
        }
    }
}
