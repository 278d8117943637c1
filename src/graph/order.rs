//! The one order of all revisions, from which plans and histories are cut: needs first, one line finished before the
//! next begins, ties by file order. A function of the graph alone.
//! Knows edges; must not know ids, rows or targets.

use std::collections::VecDeque;

use super::edges::Edges;

/// All positions in order, or a shortest cycle through one revision: each needs the next, the last the first.
pub(super) fn order(edges: &Edges) -> Result<Vec<usize>, Vec<usize>> {
    let tips: Vec<usize> = (0..edges.len()).filter(|index| edges.needed_by(*index).next().is_none()).collect();
    let listed = edges.needs_first(&tips);
    let mut place = vec![usize::MAX; edges.len()];
    for (at, index) in listed.iter().enumerate() {
        place[*index] = at;
    }
    // A cycle that no tip leads to is not listed; on one that is listed, somebody comes before what it needs.
    let suspect = (0..edges.len())
        .find(|index| place[*index] == usize::MAX || edges.needs(*index).any(|need| place[need] >= place[*index]));
    match suspect {
        None => Ok(listed),
        Some(_) => Err(edges.first_on_a_cycle().map_or_else(Vec::new, |start| shortest_cycle(edges, start))),
    }
}

/// The shortest way from a revision through what it needs back to itself.
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
