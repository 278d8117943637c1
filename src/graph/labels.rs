//! Coverage of branch labels: a label covers its revision, all descendants by down revision, and the ancestors down to,
//! but not including, the nearest branch point or merge point.

use std::sync::Arc;

use super::Graph;

/// Sorted set of labels; shared, because it rarely changes along a branch.
type Labels = Option<Arc<Vec<String>>>;

/// Labels that reach each revision from its ancestors (its own included) and from its descendants.
#[derive(Debug)]
pub(super) struct Coverage {
    from_below: Vec<Labels>,
    from_above: Vec<Labels>,
}

impl Graph {
    /// Labels that cover the revision at `index`, sorted.
    pub(super) fn labels_at(&self, index: usize) -> Vec<String> {
        let coverage = self.coverage.get_or_init(|| self.cover());
        let below = coverage.from_below.get(index).and_then(Option::as_ref);
        let above = coverage.from_above.get(index).and_then(Option::as_ref);
        let mut labels: Vec<String> = below.into_iter().chain(above).flat_map(|set| set.iter().cloned()).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    fn cover(&self) -> Coverage {
        let mut from_below: Vec<Labels> = vec![None; self.len()];
        let mut from_above: Vec<Labels> = vec![None; self.len()];
        // In topological order, the labels of the parents are complete before their children are visited.
        for index in &self.order {
            let parents = self.edges.parents(*index).map(|parent| from_below[parent].clone());
            let inherited = parents.reduce(join).flatten();
            from_below[*index] = join(self.declared_at(*index), inherited);
        }
        // In reverse order, the labels of the child are complete before its parent is visited.
        for index in self.order.iter().rev() {
            if let Some(child) = self.child_on_the_same_stretch(*index) {
                from_above[*index] = join(self.declared_at(child), from_above[child].clone());
            }
        }
        Coverage { from_below, from_above }
    }

    fn declared_at(&self, index: usize) -> Labels {
        let labels = &self.nodes[index].branch_labels;
        let mut sorted = labels.clone();
        sorted.sort_unstable();
        sorted.dedup();
        (!labels.is_empty()).then(|| Arc::new(sorted))
    }

    /// Returns the only child of a revision; `None` if there are several, or if either of the two is a merge point.
    fn child_on_the_same_stretch(&self, index: usize) -> Option<usize> {
        let mut children = self.edges.children(index);
        let child = children.next()?;
        let alone = children.next().is_none() && self.edges.parents(index).nth(1).is_none();
        (alone && self.edges.parents(child).nth(1).is_none()).then_some(child)
    }
}

fn join(one: Labels, other: Labels) -> Labels {
    match (one, other) {
        (Some(one), Some(other)) if Arc::ptr_eq(&one, &other) || one == other => Some(one),
        (Some(one), Some(other)) => {
            let mut all: Vec<String> = one.iter().chain(other.iter()).cloned().collect();
            all.sort_unstable();
            all.dedup();
            Some(Arc::new(all))
        }
        (one, other) => one.or(other),
    }
}
