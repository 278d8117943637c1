//! `prove` on random pairs of lines. The judge runs every interleaving of the two lines with `upgrade` on databases of
//! its own, and compares what the database's own programs print after each step.
//!
//! `ALUDEL_TEST_PAIRS=300 tests/run --test databases commuting_random` tries as many pairs of each database.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    no_verdict_on_random_pairs_is_wrong,
}

/// Statements, many of which meet others of them. `#` is a number that differs.
const STATEMENTS: [&str; 24] = [
    "CREATE TABLE n# (id int);",
    "CREATE TABLE n1 (id int);",
    "ALTER TABLE t ADD COLUMN c# int;",
    "ALTER TABLE t ADD COLUMN c1 int;",
    "ALTER TABLE t ADD COLUMN c2 int DEFAULT 7;",
    "ALTER TABLE t DROP COLUMN w;",
    "ALTER TABLE t RENAME COLUMN w TO x;",
    "ALTER TABLE log RENAME TO logs;",
    "DROP TABLE log;",
    "CREATE INDEX i# ON t (v);",
    "CREATE INDEX i1 ON t (v);",
    "CREATE VIEW s# AS SELECT id, v FROM t;",
    "CREATE TABLE k# AS SELECT * FROM t;",
    "UPDATE t SET v = v + #;",
    "UPDATE t SET v = v * 2;",
    "UPDATE t SET v = 0 WHERE id = 1;",
    "UPDATE t SET v = 5 WHERE id = 2;",
    "UPDATE t SET w = '#' WHERE v > 15;",
    "INSERT INTO t (id, v) VALUES (1#, #);",
    "INSERT INTO t (id, v) VALUES (10, 1);",
    "INSERT INTO log VALUES ('#');",
    "INSERT INTO log SELECT v FROM t WHERE id = 1;",
    "DELETE FROM log;",
    "DELETE FROM t WHERE v > 15;",
];

const BASE: &str = "CREATE TABLE t (id int PRIMARY KEY, v int, w varchar(40)); \
    INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y'); CREATE TABLE log (note varchar(60)); INSERT INTO log VALUES ('old');";

/// Numbers that are the same in each run (Knuth's linear congruential generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn no_verdict_on_random_pairs_is_wrong(kind: Kind) {
    let pairs = std::env::var("ALUDEL_TEST_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_usize);
    let mut numbers = Numbers(14);
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut runs: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    while verdicts.values().sum::<usize>() < pairs {
        let mut side = |first: usize| -> Vec<String> {
            let count = if numbers.below(3) == 0 { 2 } else { 1 };
            let mut one =
                |place: usize| STATEMENTS[numbers.below(STATEMENTS.len())].replace('#', &(first + place).to_string());
            (0..count).map(&mut one).collect()
        };
        let sides = [side(3), side(6)];
        let Some(verdict) = judged(kind, &sides) else { continue };
        let found = proved(kind, &sides);
        *verdicts.entry(verdict).or_default() += 1;
        runs.entry(verdict).or_default().push(found["runs"].as_u64().unwrap_or_default());
        assert_eq!(found["verdict"].as_str().unwrap_or_default(), verdict, "{sides:#?} {found:#}");
    }
    println!("{verdicts:?}");
    for (verdict, runs) in runs {
        let (all, most) = (runs.iter().sum::<u64>(), runs.iter().max().copied().unwrap_or_default());
        println!("{verdict}: {all} runs of a revision in {} proofs, at most {most}", runs.len());
    }
}

/// Writes the base and both lines.
fn lines(kind: Kind, sides: &[Vec<String>; 2]) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision("a111", "", BASE, "SELECT 1;");
    for (side, statements) in ["b", "c"].iter().zip(sides) {
        let mut down = "a111".to_owned();
        for (index, sql) in statements.iter().enumerate() {
            let id = format!("{side}{}", 111 * (index + 1));
            project.revision(&id, &down, sql, "SELECT 1;");
            down = id;
        }
    }
    (project, url)
}

fn proved(kind: Kind, sides: &[Vec<String>; 2]) -> Value {
    let (project, _) = lines(kind, sides);
    let run = project.run(&["prove", "--json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["services"][0]["proofs"][0].clone()
}

/// Runs every interleaving, each on a database of its own. Two of them are in conflict if, after the same revisions, the
/// databases differ, or if one cannot run. `None` if a line cannot run by itself.
fn judged(kind: Kind, sides: &[Vec<String>; 2]) -> Option<&'static str> {
    let counts = [sides[0].len(), sides[1].len()];
    let mut states: BTreeMap<[usize; 2], BTreeSet<String>> = BTreeMap::new();
    let mut is_refused = false;
    for (number, order) in interleavings(counts).into_iter().enumerate() {
        let (project, url) = lines(kind, sides);
        project.ok(&["upgrade", "a111"]);
        let mut done = [0, 0];
        for side in &order {
            let id = format!("{}{}", ["b", "c"][*side], 111 * (done[*side] + 1));
            if project.run(&["upgrade", &id]).status != 0 {
                is_refused = true;
                break;
            }
            done[*side] += 1;
            states.entry(done).or_default().insert(contents(&project, kind, &url));
        }
        // The first two orders are one line after the other: each begins with a line by itself.
        if number < 2 && done[order[0]] < counts[order[0]] {
            return None;
        }
    }
    Some(if is_refused || states.values().any(|states| states.len() > 1) { "conflict" } else { "commute" })
}

/// Returns the orders of the sides' steps; the two in which one side comes as a whole are first.
fn interleavings(counts: [usize; 2]) -> Vec<Vec<usize>> {
    let whole = |first: usize| [vec![first; counts[first]], vec![1 - first; counts[1 - first]]].concat();
    let mut orders = vec![whole(0), whole(1)];
    let steps = counts[0] + counts[1];
    for bits in 0..1_u32 << steps {
        let order: Vec<usize> = (0..steps).map(|step| (bits >> step & 1) as usize).collect();
        if order.iter().filter(|side| **side == 0).count() == counts[0] && !orders.contains(&order) {
            orders.push(order);
        }
    }
    orders
}

/// Returns what the database's own programs print, whatever the order of columns.
fn contents(project: &Project, kind: Kind, url: &str) -> String {
    let made = match kind {
        Kind::Sqlite => project.shell(
            kind,
            url,
            "SELECT name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'aludel%' AND name NOT LIKE 'sqlite%';",
        ),
        Kind::Postgres => support::postgres().dump(url, &["--exclude-table=aludel*", "--exclude-table=*_aludel*"]),
        Kind::Mariadb => {
            let tables = project.shell(kind, url, "SHOW TABLES;");
            let own = tables.split_whitespace().filter(|name| !name.starts_with("aludel"));
            own.map(|name| project.shell(kind, url, &format!("SHOW CREATE TABLE {name};"))).collect()
        }
    };
    // SQLite and MariaDB print columns between commas, pg_dump on lines.
    let parts = made.replace("\\n", "\n").replace(',', "\n").replace(['(', ')'], "\n");
    let mut parts: Vec<_> = parts.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    parts.retain(|line| !line.contains("restrict ") && !line.starts_with("--"));
    parts.sort_unstable();
    format!("{}\n{}", parts.join("\n"), rows(project, kind, url))
}

/// Returns the rows of all tables, with their columns by name.
fn rows(project: &Project, kind: Kind, url: &str) -> String {
    let columns = match kind {
        Kind::Sqlite => {
            "SELECT m.name || '|' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table';"
        }
        Kind::Postgres => {
            "SELECT table_name || '|' || column_name FROM information_schema.columns WHERE table_schema = 'public';"
        }
        Kind::Mariadb => {
            "SELECT CONCAT(TABLE_NAME, '|', COLUMN_NAME) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE();"
        }
    };
    let columns = project.shell(kind, url, columns);
    let mut tables: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (table, column) in columns.lines().filter_map(|line| line.trim().split_once('|')) {
        if !table.starts_with("aludel") && !table.starts_with('s') {
            tables.entry(table).or_default().insert(column);
        }
    }
    let query = |(table, columns): (&&str, &BTreeSet<&str>)| {
        let places = (1..=columns.len()).map(|place| place.to_string()).collect::<Vec<_>>().join(", ");
        let columns = columns.iter().copied().collect::<Vec<_>>().join(", ");
        format!("SELECT '{table}'; SELECT {columns} FROM {table} ORDER BY {places};")
    };
    let script: String = tables.iter().map(query).collect();
    project.shell(kind, url, &script)
}
