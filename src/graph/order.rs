//! Topological order of all revisions, used by every plan and history: prerequisites first, one branch completed before
//! the next one starts, ties broken by file order. Depends on the graph alone, never on what is applied, so the order
//! is the same on every database.

use std::collections::VecDeque;

use super::edges::Edges;

/// Returns all positions in topological order, or a shortest cycle in which each revision needs the next and the last
/// needs the first.
pub(super) fn order(edges: &Edges) -> Result<Vec<usize>, Vec<usize>> {
    let tips: Vec<usize> = (0..edges.len()).filter(|index| edges.needed_by(*index).next().is_none()).collect();
    let listed = edges.needs_first(&tips);
    let mut place = vec![usize::MAX; edges.len()];
    for (at, index) in listed.iter().enumerate() {
        place[*index] = at;
    }
    // A cycle that is not reachable from a tip is missing from the list. On a cycle that is listed, at least one
    // revision comes before one of its prerequisites.
    let suspect = (0..edges.len())
        .find(|index| place[*index] == usize::MAX || edges.needs(*index).any(|need| place[need] >= place[*index]));
    match suspect {
        None => Ok(listed),
        Some(_) => Err(edges.first_on_a_cycle().map_or_else(Vec::new, |start| shortest_cycle(edges, start))),
    }
}

/// Shortest path from a revision through prerequisites back to itself (breadth-first search).
fn shortest_cycle(edges: &Edges, start: usize) -> Vec<usize> {
    let mut reached_from = vec![usize::MAX; edges.len()];
    let mut waiting = VecDeque::from([start]);
    while let Some(index) = waiting.pop_front() {
        for need in edges.needs(index) {
            if need == start {
                return way_to(&reached_from, start, index);
            }
            if reached_from[need] == usize::MAX {
                reached_from[need] = index;
                waiting.push_back(need);
            }
        }
    }
    Vec::new()
}

fn way_to(reached_from: &[usize], start: usize, end: usize) -> Vec<usize> {
    let mut way = vec![end];
    let mut at = end;
    while at != start {
        at = reached_from[at];
        way.push(at);
    }
    way.reverse();
    way
}
