//! Builds and validates the graph. Every check of a history is made here, so all commands apply the same ones. Version
//! rows and targets are out of scope.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::edges::{Edges, Needs};
use super::names::RevisionNames;
use super::{Graph, GraphError, GraphNode, order};

/// Builds the graph, or returns the first problem found.
pub(super) fn build(mut nodes: Vec<GraphNode>) -> Result<Graph, GraphError> {
    let names = names(&nodes)?;
    let needs = needs(&nodes, &names)?;
    let edges = Edges::new(&needs);
    let order = order::order(&edges).map_err(|cycle| cycle_error(&nodes, &needs, cycle))?;
    resolve_dependencies(&mut nodes, &names);
    let files = nodes.len();
    Ok(Graph { nodes, names, edges, order, files, coverage: OnceLock::new() })
}

fn names(nodes: &[GraphNode]) -> Result<RevisionNames, GraphError> {
    let mut names = RevisionNames::with_capacity(nodes.len());
    let mut twice = None;
    for (index, node) in nodes.iter().enumerate() {
        if names.add_id(&node.id, index).is_some() {
            twice = twice.or(Some(node));
        }
    }
    if let Some(node) = twice {
        return Err(cycle_through_duplicates(nodes, &names).unwrap_or_else(|| duplicate_revision(nodes, node)));
    }
    for (index, node) in nodes.iter().enumerate() {
        // All ids are known by now, so that a label can be compared with the ids of later files as well.
        for label in &node.branch_labels {
            check_label(nodes, &names, index, label)?;
            if let Some(first) = names.add_label(label, index) {
                return Err(duplicate_label(nodes, label, first, index));
            }
        }
    }
    Ok(names)
}

fn duplicate_revision(nodes: &[GraphNode], twice: &GraphNode) -> GraphError {
    let same = nodes.iter().enumerate().filter(|(_, node)| node.id == twice.id);
    GraphError::DuplicateRevision { id: twice.id.clone(), nodes: same.map(|(index, _)| index).collect() }
}

/// Looks for a cycle through duplicate ids, treating all files with the same id as one revision. Duplicate ids often
/// close a cycle. The cycle error is preferred then: it names all files involved, not only the duplicates.
fn cycle_through_duplicates(nodes: &[GraphNode], names: &RevisionNames) -> Option<GraphError> {
    let mut needs: Vec<Needs> = nodes.iter().map(|_| Needs::default()).collect();
    for node in nodes {
        // Prerequisites of all files with the same id are collected at the first of them.
        let first = &mut needs[names.id(node.id.as_str())?];
        first.down.extend(node.down_revisions.iter().filter_map(|id| names.id(id.as_str())));
        first.dependencies.extend(node.depends_on.iter().filter_map(|name| names.exact(name)));
    }
    let cycle = order::order(&Edges::new(&needs)).err()?;
    let files = |index: &usize| {
        let id = &nodes[*index].id;
        (0..nodes.len()).filter(move |other| nodes[*other].id == *id)
    };
    let places = cycle.iter().flat_map(files).collect();
    match cycle_error(nodes, &needs, cycle) {
        GraphError::Cycle { revisions, by_dependency, .. } => {
            Some(GraphError::Cycle { revisions, nodes: places, by_dependency })
        }
        other => Some(other),
    }
}

fn check_label(nodes: &[GraphNode], names: &RevisionNames, index: usize, label: &str) -> Result<(), GraphError> {
    let (label_owned, revision) = (label.to_owned(), nodes[index].id.clone());
    let stranger = |c: char| matches!(c, '@' | ':') || c.is_control();
    if matches!(label, "" | "head" | "heads" | "base" | "current") || label.contains(stranger) {
        return Err(GraphError::InvalidLabel { label: label_owned, revision, node: index });
    }
    match names.id(label) {
        Some(other) => Err(GraphError::LabelIsRevision { label: label_owned, revision, nodes: [index, other] }),
        None => Ok(()),
    }
}

fn duplicate_label(nodes: &[GraphNode], label: &str, first: usize, second: usize) -> GraphError {
    GraphError::DuplicateLabel {
        label: label.to_owned(),
        first: nodes[first].id.clone(),
        second: nodes[second].id.clone(),
        nodes: [first, second],
    }
}

/// Direct prerequisites of each revision in file order, without duplicates. A down revision that is also listed as a
/// dependency counts as a down revision only.
fn needs(nodes: &[GraphNode], names: &RevisionNames) -> Result<Vec<Needs>, GraphError> {
    nodes.iter().enumerate().map(|(index, node)| needs_of(index, node, names)).collect()
}

fn needs_of(index: usize, node: &GraphNode, names: &RevisionNames) -> Result<Needs, GraphError> {
    let mut needs = Needs::default();
    for id in &node.down_revisions {
        needs.down.push(names.id(id.as_str()).ok_or_else(|| GraphError::MissingDownRevision {
            revision: node.id.clone(),
            node: index,
            missing: id.clone(),
            nearest: names.nearest_id(id.as_str()),
        })?);
    }
    for name in &node.depends_on {
        needs.dependencies.push(names.exact(name).ok_or_else(|| GraphError::MissingDependency {
            revision: node.id.clone(),
            node: index,
            missing: name.clone(),
            nearest: names.nearest(name).into_iter().next(),
        })?);
    }
    sort_once(&mut needs.down);
    sort_once(&mut needs.dependencies);
    needs.dependencies.retain(|need| needs.down.binary_search(need).is_err());
    Ok(needs)
}

fn sort_once(needs: &mut Vec<usize>) {
    needs.sort_unstable();
    needs.dedup();
}

fn cycle_error(nodes: &[GraphNode], needs: &[Needs], cycle: Vec<usize>) -> GraphError {
    let by_dependency =
        cycle.iter().zip(cycle.iter().cycle().skip(1)).any(|(child, parent)| !needs[*child].down.contains(parent));
    let revisions = cycle.iter().map(|index| nodes[*index].id.clone()).collect();
    GraphError::Cycle { revisions, nodes: cycle, by_dependency }
}

/// Replaces labels in `depends_on` by ids and removes duplicates, keeping the order of the file.
fn resolve_dependencies(nodes: &mut [GraphNode], names: &RevisionNames) {
    for index in 0..nodes.len() {
        if nodes[index].depends_on.is_empty() {
            continue;
        }
        let mut seen = BTreeSet::new();
        let resolved = nodes[index].depends_on.iter().filter_map(|name| names.exact(name));
        let ids = resolved.filter(|need| seen.insert(*need)).map(|need| nodes[need].id.to_string()).collect();
        nodes[index].depends_on = ids;
    }
}
