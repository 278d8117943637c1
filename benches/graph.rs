//! How the graph grows: build, heads, history order, plans at 1,000, 10,000 and 100,000 revisions, for a line, a ladder
//! of merges, and a history in which 30 of 100 revisions depend on another line. `cargo bench --bench graph`.
//! The aim: ten times the revisions cost at most twelve times the time.
#![allow(clippy::print_stdout, clippy::expect_used, missing_docs)]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use aludel::graph::{Graph, GraphNode};
use aludel::id::RevisionId;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

type Shape = fn(usize) -> Vec<GraphNode>;
type Work = fn(&Graph) -> usize;

fn main() {
    let shapes: [(&str, Shape); 3] = [("line", line), ("ladder of merges", ladder), ("30% dependencies", dependencies)];
    let works: [(&str, Work); 8] = [
        ("heads", |graph| graph.heads().len() + graph.effective_heads().len()),
        ("history", history),
        ("labels of all", |graph| graph.nodes().iter().map(|n| graph.labels_covering(n.id.as_str()).len()).sum()),
        ("current", |graph| graph.applied(&graph.effective_heads()).len()),
        ("upgrade heads", |graph| graph.plan_upgrade(&[], "heads").expect("a plan").steps.len()),
        ("upgrade +1", |graph| graph.plan_upgrade(&[], "lead@+1").expect("a plan").steps.len()),
        ("downgrade base", |graph| graph.plan_downgrade(&graph.effective_heads(), "base").expect("a plan").steps.len()),
        ("stamp heads", |graph| graph.plan_stamp(&[], &["heads"], false).expect("a plan").to.len()),
    ];
    for (shape, make) in shapes {
        println!("{shape}");
        println!("  {:<16}{:>12}{:>12}{:>12}{:>9}{:>9}", "", "1,000", "10,000", "100,000", "x10", "x100");
        let inputs: Vec<(Graph, Vec<GraphNode>)> = SIZES
            .iter()
            .map(|size| make(*size))
            .map(|nodes| (Graph::build(nodes.clone()).expect("a graph"), nodes))
            .collect();
        let builds: Vec<Duration> = inputs.iter().map(|(_, nodes)| best_build(nodes)).collect();
        print_row("build", &builds);
        for (name, work) in works {
            let times: Vec<Duration> = inputs.iter().map(|(graph, _)| best(|| work(graph))).collect();
            print_row(name, &times);
        }
    }
}

/// Each revision with its down revisions, newest first, as a text.
fn history(graph: &Graph) -> usize {
    let mut text = String::new();
    for node in graph.in_order().rev() {
        let down: Vec<&str> = node.down_revisions.iter().map(RevisionId::as_str).collect();
        let _ = writeln!(text, "{} <- {}", node.id, down.join(", "));
    }
    text.len()
}

/// The best of many runs: the one that the rest of the machine disturbed least.
fn best(work: impl Fn() -> usize) -> Duration {
    let begin = Instant::now();
    let mut best = Duration::MAX;
    let mut runs = 0;
    while runs < 5 || (begin.elapsed() < Duration::from_millis(400) && runs < 500) {
        let start = Instant::now();
        black_box(work());
        best = best.min(start.elapsed());
        runs += 1;
    }
    best
}

/// The same for building, without the time to copy the nodes and to drop the graph.
fn best_build(nodes: &[GraphNode]) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let nodes = nodes.to_vec();
        let start = Instant::now();
        let graph = black_box(Graph::build(nodes).expect("a graph"));
        best = best.min(start.elapsed());
        drop(graph);
    }
    best
}

fn print_row(name: &str, times: &[Duration]) {
    let micros: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e6).collect();
    print!("  {name:<16}");
    micros.iter().for_each(|time| print!("{time:>9.0} us"));
    micros.windows(2).for_each(|pair| print!("{:>9.1}", pair[1] / pair[0]));
    println!();
}

fn id(number: usize) -> RevisionId {
    // Spread like random ids, and the same in every run.
    let spread = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
    RevisionId::new(&format!("{spread:012x}")).expect("an id")
}

fn node(number: usize, down: &[usize], depends_on: &[usize]) -> GraphNode {
    GraphNode {
        id: id(number),
        down_revisions: down.iter().map(|parent| id(*parent)).collect(),
        depends_on: depends_on.iter().map(|need| id(*need).to_string()).collect(),
        branch_labels: if number == 0 { vec!["lead".to_owned()] } else { Vec::new() },
    }
}

/// Each revision after the one before.
fn line(count: usize) -> Vec<GraphNode> {
    (0..count).map(|number| if number == 0 { node(0, &[], &[]) } else { node(number, &[number - 1], &[]) }).collect()
}

/// Two revisions side by side, then their merge, and again.
fn ladder(count: usize) -> Vec<GraphNode> {
    let rung = |number: usize| match number % 3 {
        _ if number == 0 => node(0, &[], &[]),
        1 => node(number, &[number - 1], &[]),
        2 => node(number, &[number - 2], &[]),
        _ => node(number, &[number - 2, number - 1], &[]),
    };
    (0..count).map(rung).collect()
}

/// Ten lines side by side; 30 of 100 revisions depend on an earlier one of another line.
fn dependencies(count: usize) -> Vec<GraphNode> {
    let one = |number: usize| {
        let down: Vec<usize> = number.checked_sub(10).into_iter().collect();
        let needs: Vec<usize> = if number > 20 && number % 10 < 3 { vec![number - 15] } else { Vec::new() };
        node(number, &down, &needs)
    };
    (0..count).map(one).collect()
}
