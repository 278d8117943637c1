//! Commands that read: `heads` against Alembic and against `cat`, also on Python revisions; growth from 1,000 to 100,000
//! revisions; memory.
//!
//! `cargo bench --bench commands [-- alembic|python|cat|growth|memory]`; `ALUDEL_BENCH_LARGEST` (default 100000) and
//! `ALUDEL_BENCH_RUNS` (default 11; growth 5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::measure::{Contender, in_turn, ratio, rows_of, show, table, verdict};
use harness::process::{aludel, output, peak_memory, time};
use harness::revisions::{self, Shape};
use harness::{alembic, folder, is_wanted, runs, setting};

fn main() {
    let parts: [(&str, fn()); 5] = [
        ("alembic", against_alembic),
        ("python", on_python_revisions),
        ("cat", against_cat),
        ("growth", growth),
        ("memory", memory),
    ];
    for (_, part) in parts.iter().filter(|(name, _)| is_wanted(name)) {
        part();
    }
}

/// A folder of revisions with a database that is at the last but one.
struct Project {
    revisions: PathBuf,
    url: String,
    shape: Shape,
}

impl Project {
    fn new(folder: &Path, shape: Shape, count: usize) -> Self {
        let revisions = folder.join("revisions");
        revisions::write(&revisions, shape, count);
        let url = format!("sqlite:{}", folder.join("bench.db").display());
        output(&mut aludel(&url, &revisions, &["stamp", &revisions::id(count - 2)]));
        Self { revisions, url, shape }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        aludel(&self.url, &self.revisions, arguments)
    }
}

fn against_alembic() {
    let folder = folder();
    let project = Project::new(folder.path(), Shape::Line, 1_000);
    let other = folder.path().join("alembic");
    alembic::write(&other, 1_000);
    let mut contenders = vec![Contender::new("aludel", || time(&mut project.command(&["heads"])))];
    if let Some((program, version)) = alembic::find() {
        let url = format!("sqlite:///{}", folder.path().join("alembic.db").display());
        let other = &other;
        contenders.push(Contender::new(&format!("Alembic {version}"), move || {
            time(&mut alembic::command(&program, other, &url, &["heads"]))
        }));
    }
    in_turn(runs(11), true, &mut contenders);
    table("heads, 1,000 revisions in a line", &contenders, "aludel");
    if let [aludel, alembic] = contenders.as_slice() {
        let times = ratio(alembic.median(), aludel.median());
        verdict("as fast as Alembic", times, " times", times >= 40.0, "at least 40");
    }
}

/// Both read the same 1,000 Python files; Alembic has compiled its own before (the first turn is not counted).
fn on_python_revisions() {
    let folder = folder();
    let (files, url) = (folder.path().join("alembic"), format!("sqlite:{}", folder.path().join("a.db").display()));
    alembic::write(&files, 1_000);
    let versions = files.join("migrations/versions");
    let config = "services:\n  bench:\n    url: ${BENCH_URL}\n    revisions: versions\n";
    std::fs::write(files.join("migrations/aludel.yaml"), config).unwrap();
    let mut contenders = vec![Contender::new("aludel", || time(&mut aludel(&url, &versions, &["heads"])))];
    if let Some((program, version)) = alembic::find() {
        let (files, url) = (&files, format!("sqlite:///{}", folder.path().join("a.db").display()));
        contenders.push(Contender::new(&format!("Alembic {version}"), move || {
            time(&mut alembic::command(&program, files, &url, &["heads"]))
        }));
    }
    in_turn(runs(11), true, &mut contenders);
    table("heads, 1,000 Python revisions in a line", &contenders, "aludel");
    if let [aludel, alembic] = contenders.as_slice() {
        let times = ratio(alembic.median(), aludel.median());
        verdict("as fast as Alembic", times, " times", times >= 30.0, "at least 30");
    }
}

fn against_cat() {
    let folder = folder();
    let project = Project::new(folder.path(), Shape::Line, 10_000);
    let mut contenders = [
        Contender::new("cat", || {
            time(Command::new("sh").args(["-c", "cat revisions/* > /dev/null"]).current_dir(folder.path()))
        }),
        Contender::new("aludel", || time(&mut project.command(&["heads"]))),
    ];
    in_turn(runs(11), true, &mut contenders);
    table("heads, 10,000 revisions in a line, against `cat revisions/* > /dev/null`", &contenders, "cat");
    let times = ratio(contenders[1].median(), contenders[0].median());
    verdict("heads / cat", times, "x", times <= 3.0, "at most 3");
}

/// What is measured as histories grow.
const COMMANDS: [(&str, &[&str]); 5] = [
    ("heads", &["heads"]),
    ("history", &["history"]),
    ("current", &["current"]),
    ("plan of the last", &["upgrade", "TARGET", "--dry-run"]),
    ("plan of all", &["upgrade", "TARGET", "--dry-run", "--from", "base"]),
];

fn growth() {
    let largest = setting("ALUDEL_BENCH_LARGEST", 100_000);
    let sizes: Vec<usize> = [1_000, 10_000, 100_000].into_iter().filter(|size| *size <= largest).collect();
    for shape in Shape::ALL {
        let folder = folder();
        let project = |size: &usize| Project::new(&folder.path().join(size.to_string()), shape, *size);
        let projects: Vec<Project> = sizes.iter().map(project).collect();
        let (mut rows, mut worst) = (Vec::new(), 0.0_f64);
        for (name, arguments) in COMMANDS {
            let (row, steepest) = growth_of(name, arguments, &projects);
            rows.push(row);
            worst = worst.max(steepest);
        }
        println!("\n{}: ten times the revisions (medians, sizes in turn)", shape.name());
        let mut head = vec![String::new()];
        for (index, size) in sizes.iter().enumerate() {
            head.push(size.to_string());
            if index > 0 {
                head.push("factor".to_owned());
            }
        }
        rows_of(&head.iter().map(String::as_str).collect::<Vec<_>>(), rows);
        verdict("steepest", worst, "x", worst <= 12.0, "at most 12");
    }
}

fn growth_of(name: &str, arguments: &[&str], projects: &[Project]) -> (Vec<String>, f64) {
    let run = |project: &Project| {
        let target = revisions::target(project.shape);
        let arguments: Vec<&str> = arguments.iter().map(|&word| if word == "TARGET" { target } else { word }).collect();
        time(&mut project.command(&arguments))
    };
    let mut contenders: Vec<Contender<'_>> =
        projects.iter().map(|project| Contender::new(name, move || run(project))).collect();
    in_turn(runs(5), true, &mut contenders);
    let (mut row, mut steepest) = (vec![name.to_owned()], 0.0_f64);
    for (index, contender) in contenders.iter().enumerate() {
        row.push(show(contender.median()));
        if index > 0 {
            let factor = ratio(contender.median(), contenders[index - 1].median());
            row.push(format!("{factor:.1}x"));
            steepest = steepest.max(factor);
        }
    }
    (row, steepest)
}

fn memory() {
    let largest = setting("ALUDEL_BENCH_LARGEST", 100_000);
    let goals = [(10_000, 64.0), (100_000, 128.0)];
    for (size, goal) in goals.into_iter().filter(|(size, _)| *size <= largest) {
        if !memory_of(size, goal) {
            return println!("\npeak memory is measured with GNU time:\n    sudo apt-get install -y time");
        }
    }
}

/// Measures the commands on `size` revisions of each shape. Returns `false` if that is not possible.
fn memory_of(size: usize, goal: f64) -> bool {
    let (mut rows, mut largest) = (Vec::new(), 0.0_f64);
    for shape in Shape::ALL {
        let folder = folder();
        let project = Project::new(folder.path(), shape, size);
        for (name, arguments) in COMMANDS {
            let target = revisions::target(shape);
            let arguments: Vec<&str> =
                arguments.iter().map(|&word| if word == "TARGET" { target } else { word }).collect();
            let Some(peak) = peak_memory(&project.command(&arguments)) else { return false };
            rows.push(vec![format!("{}, {name}", shape.name()), format!("{peak:.1} MiB")]);
            largest = largest.max(peak);
        }
    }
    println!("\npeak memory, {size} revisions");
    rows_of(&["", "peak"], rows);
    verdict("largest", largest, " MiB", largest <= goal, &format!("at most {goal}"));
    true
}
