//! Made-up histories: a line, a ladder of merges, lines with dependencies; files with a table and an index each.

use std::fmt::Write as _;
use std::path::Path;

/// How revisions hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Each on the one before.
    Line,
    /// Two side by side, then their merge, and so on.
    Ladder,
    /// Four lines; three in ten revisions depend on an earlier one of another line.
    Dependencies,
}

impl Shape {
    pub const ALL: [Self; 3] = [Self::Line, Self::Ladder, Self::Dependencies];

    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Ladder => "ladder",
            Self::Dependencies => "30% dependencies",
        }
    }
}

/// A made-up revision; parents and dependencies are numbers of earlier ones.
pub struct Made {
    pub number: usize,
    pub id: String,
    pub parents: Vec<usize>,
    pub depends_on: Vec<usize>,
}

/// The id of revision `number`: twelve hexadecimal digits that look random, but always the same (splitmix64, whose
/// steps can all be undone, so that no two are equal; cut to 48 bits they still are not, for numbers this small).
pub fn id(number: usize) -> String {
    let mut x = number as u64 + 1;
    for _ in 0..3 {
        x = (x ^ x >> 25).wrapping_mul(0x9E37_79B9_7F4B) & 0xFFFF_FFFF_FFFF;
    }
    format!("{:012x}", x ^ x >> 25)
}

/// `count` revisions in an order in which parents come first.
pub fn history(shape: Shape, count: usize) -> Vec<Made> {
    (0..count)
        .map(|number| Made {
            number,
            id: id(number),
            parents: parents(shape, number),
            depends_on: dependencies(shape, number),
        })
        .collect()
}

fn parents(shape: Shape, number: usize) -> Vec<usize> {
    match (shape, number) {
        (_, 0) => vec![],
        (Shape::Line, n) => vec![n - 1],
        // 0, then 1 and 2 on it, 3 merges them, 4 and 5 on that, 6 merges them ...
        (Shape::Ladder, n) if n % 3 == 0 => vec![n - 2, n - 1],
        (Shape::Ladder, n) => vec![n - n % 3],
        (Shape::Dependencies, n) => n.checked_sub(4).into_iter().collect(),
    }
}

fn dependencies(shape: Shape, number: usize) -> Vec<usize> {
    if shape != Shape::Dependencies || number < 8 || number % 10 >= 3 {
        return Vec::new();
    }
    // Up to about a thousand revisions back, in another line.
    let back = (number * 7919 % 1021).min(number - 4);
    let to = number - back - 1;
    vec![if to % 4 == number % 4 { to + 1 } else { to }]
}

/// Where to plan to: all there is.
pub fn target(shape: Shape) -> &'static str {
    if shape == Shape::Dependencies { "heads" } else { "head" }
}

/// The statements of revision `number`: a table and an index.
pub fn statements(number: usize) -> [String; 2] {
    [
        format!(
            "CREATE TABLE t{number} (\n    id BIGINT PRIMARY KEY,\n    owner_id BIGINT NOT NULL,\n    name VARCHAR(200) NOT NULL,\n    \
             created_at TIMESTAMP NOT NULL\n)"
        ),
        format!("CREATE INDEX t{number}_owner ON t{number} (owner_id, created_at)"),
    ]
}

/// The text of a revision file.
pub fn text(made: &Made) -> String {
    let list = |numbers: &[usize]| match numbers {
        [] => "null".to_owned(),
        [one] => id(*one),
        many => format!("[{}]", many.iter().map(|number| id(*number)).collect::<Vec<_>>().join(", ")),
    };
    let mut text = format!("-- revision: {}\n-- down_revision: {}\n", made.id, list(&made.parents));
    let _ = writeln!(text, "-- message: Create table number {}\n-- created: 2026-01-01T12:00:00Z", made.number);
    if !made.depends_on.is_empty() {
        let _ = writeln!(text, "-- depends_on: {}", list(&made.depends_on));
    }
    let [table, index] = statements(made.number);
    let _ = write!(text, "\n-- @upgrade\n{table};\n\n{index};\n\n-- @downgrade\nDROP TABLE t{};\n", made.number);
    text
}

const CONFIG: &str = "services:\n  bench:\n    url: ${BENCH_URL}\n    revisions: revisions\n";

/// Writes the files of `count` revisions into `folder`, which is called `revisions`, and `aludel.yaml` beside it.
pub fn write(folder: &Path, shape: Shape, count: usize) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.with_file_name("aludel.yaml"), CONFIG).expect("aludel.yaml");
    for made in history(shape, count) {
        let name = format!("20260101_{:06}_{}_create_table.sql", made.number, made.id);
        std::fs::write(folder.join(name), text(&made)).expect("a revision file");
    }
}
