//! Runs in turn, medians, tables, verdicts.

use std::time::Duration;

/// One who is measured: a name and what a run of it takes.
pub struct Contender<'a> {
    pub name: String,
    run: Box<dyn FnMut() -> Duration + 'a>,
    at_most: usize,
    pub times: Vec<Duration>,
}

impl<'a> Contender<'a> {
    /// `run` prepares what it needs and gives the time of what counts.
    pub fn new(name: &str, run: impl FnMut() -> Duration + 'a) -> Self {
        Self { name: name.to_owned(), run: Box::new(run), at_most: usize::MAX, times: Vec::new() }
    }

    /// Runs no more often than this: for company that is slow and is not what a goal is about.
    pub fn at_most(self, runs: usize) -> Self {
        Self { at_most: runs, ..self }
    }

    pub fn median(&self) -> Duration {
        median(&self.times)
    }
}

/// The middle one.
pub fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Each runs once to warm up when `warm`, then all in turn, `runs` times; the order is turned round every other time.
pub fn in_turn(runs: usize, warm: bool, contenders: &mut [Contender<'_>]) {
    if warm {
        for contender in contenders.iter_mut() {
            (contender.run)();
        }
    }
    for run in 0..runs {
        let count = contenders.len();
        for index in 0..count {
            let contender = &mut contenders[if run % 2 == 0 { index } else { count - 1 - index }];
            if contender.times.len() < contender.at_most {
                let took = (contender.run)();
                contender.times.push(took);
            }
        }
    }
}

/// Milliseconds with as many digits as mean something.
pub fn show(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    match milliseconds {
        m if m < 10.0 => format!("{m:.2} ms"),
        m if m < 100.0 => format!("{m:.1} ms"),
        m if m < 10_000.0 => format!("{m:.0} ms"),
        m => format!("{:.2} s", m / 1000.0),
    }
}

pub fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(1e-9)
}

/// The median of what each turn says of `a` against `b`: what slows the machine for a while hits both in a turn.
pub fn turn_ratio(a: &Contender<'_>, b: &Contender<'_>) -> f64 {
    let mut ratios: Vec<f64> = a.times.iter().zip(&b.times).map(|(a, b)| ratio(*a, *b)).collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or_default()
}

/// A table of all contenders against the one named `floor`.
pub fn table(title: &str, contenders: &[Contender<'_>], floor: &str) {
    let base = contenders.iter().find(|contender| contender.name == floor).map(Contender::median).unwrap_or_default();
    let runs = contenders.first().map_or(0, |contender| contender.times.len());
    println!("\n{title} (median of {runs}, in turn)");
    let rows = contenders.iter().map(|contender| {
        let (low, high) = (contender.times.iter().min(), contender.times.iter().max());
        let range =
            format!("{} .. {}", show(low.copied().unwrap_or_default()), show(high.copied().unwrap_or_default()));
        vec![
            contender.name.clone(),
            show(contender.median()),
            format!("{:.2}x", ratio(contender.median(), base)),
            range,
        ]
    });
    rows_of(&["", "median", &format!("against {floor}"), "range"], rows.collect());
}

/// Prints rows in aligned columns: the first to the left, the others to the right.
pub fn rows_of(head: &[&str], rows: Vec<Vec<String>>) {
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&head).chain(&rows).collect();
    let width = |column: usize| all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    for row in &all {
        let cells = row.iter().enumerate().map(|(column, cell)| match (column, width(column).unwrap_or(0)) {
            (0, width) => format!("{cell:<width$}"),
            (_, width) => format!("{cell:>width$}"),
        });
        println!("  {}", cells.collect::<Vec<_>>().join("   ").trim_end());
    }
}

/// Says whether a goal was met.
pub fn verdict(what: &str, value: f64, unit: &str, met: bool, goal: &str) {
    println!("  -> {what}: {value:.2}{unit} (goal: {goal}): {}", if met { "met" } else { "MISSED" });
}
