//! Partitioned tables: every kind of index, key and exclusion constraint, of the whole table and of one partition, attached and not, two levels
//! deep. Each state leads to each other one and back, as revisions.
//!
//! A usual run tries every third pair; `ALUDEL_ROUNDS=1` (or more) tries all of them.

use super::place::ROLES;
use super::revisions::Worker;
use crate::support;
use crate::support::cases::{Case, prove};

const TABLES: &str = "
    CREATE TABLE f (k int NOT NULL, n int NOT NULL, PRIMARY KEY (k, n));
    CREATE TABLE t (k int NOT NULL, n int NOT NULL, s text) PARTITION BY LIST (k);
    CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
    CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2, 3) PARTITION BY LIST (k);
    CREATE TABLE t2a PARTITION OF t2 FOR VALUES IN (2);
    CREATE TABLE t2b PARTITION OF t2 FOR VALUES IN (3);";

const ROWS: &str = "INSERT INTO f VALUES (1, 1), (2, 2), (3, 3); INSERT INTO t SELECT k, n, 'a' FROM f";

const INDEXES: &[&str] = &[
    "",
    "CREATE INDEX x ON t (n)",
    "CREATE INDEX x ON t (n DESC, k)",
    "CREATE INDEX x ON t USING hash (n)",
    "CREATE INDEX x ON t (n) WHERE n > 0",
    "CREATE INDEX x ON t ((n + 1)) INCLUDE (s)",
    "CREATE UNIQUE INDEX x ON t (n, k)",
    "ALTER TABLE t ADD CONSTRAINT x UNIQUE (n, k)",
    "ALTER TABLE t ADD CONSTRAINT x UNIQUE (k, n) DEFERRABLE",
    "ALTER TABLE t ADD CONSTRAINT x PRIMARY KEY (n, k)",
    "ALTER TABLE t ADD PRIMARY KEY (k, n)",
    "CREATE INDEX x ON ONLY t (n)",
    "CREATE INDEX x ON ONLY t (n); CREATE INDEX mine ON t1 (n); ALTER INDEX x ATTACH PARTITION mine",
    "CREATE INDEX mine ON t1 (n); CREATE INDEX x ON t (n)",
    "CREATE INDEX mine ON t1 (n)",
    "CREATE INDEX mine ON t2a (n)",
    "CREATE INDEX mine ON t2 (n)",
    "CREATE INDEX mine ON t2 (n); CREATE INDEX x ON t (n)",
    "CREATE INDEX mine ON t2 (n); CREATE INDEX x ON ONLY t (n)",
    "CREATE UNIQUE INDEX mine ON t2 (n, k)",
    "ALTER TABLE t1 ADD CONSTRAINT mine PRIMARY KEY (n)",
    "ALTER TABLE t2a ADD CONSTRAINT mine UNIQUE (n)",
    "ALTER TABLE t2 ADD CONSTRAINT mine PRIMARY KEY (n, k)",
    "ALTER TABLE t1 ADD CONSTRAINT mine EXCLUDE (n WITH =)",
    "CREATE INDEX x ON t (n); CREATE INDEX y ON t (n)",
    "CREATE UNIQUE INDEX x ON t (n, k); ALTER TABLE t1 ADD CONSTRAINT mine PRIMARY KEY (n, k)",
    "CREATE INDEX x ON t (n); ALTER INDEX t1_n_idx SET (fillfactor = 70); COMMENT ON INDEX t2a_n_idx IS 'c'",
    "CREATE UNIQUE INDEX x ON t (n, k); ALTER TABLE t1 REPLICA IDENTITY USING INDEX t1_n_k_idx",
    "CREATE INDEX x ON t (n); ALTER TABLE t2a CLUSTER ON t2a_n_idx",
    "ALTER TABLE t ADD CONSTRAINT x UNIQUE (k, n); CREATE TABLE r (k int, n int, FOREIGN KEY (k, n) REFERENCES t (k, n))",
];

/// Those that take a server of version 17 or later.
const INDEXES_SINCE_17: &[&str] = &[
    "ALTER TABLE t ADD CONSTRAINT x EXCLUDE (k WITH =, n WITH =)",
    "ALTER TABLE t ADD CONSTRAINT x EXCLUDE (k WITH =, n WITH =) WHERE (n > 0); ALTER TABLE t2 SET ACCESS METHOD heap",
];

/// All pairs of the states, as cases.
fn pairs(base: &str, rows: Option<&str>, states: &[&str]) -> Vec<Case> {
    let takes_all = std::env::var("ALUDEL_ROUNDS").is_ok();
    let wanted = std::env::var("ALUDEL_CASE").ok();
    let mut cases = Vec::new();
    for (one, old) in states.iter().enumerate() {
        for (other, new) in states.iter().enumerate().filter(|(other, _)| *other != one) {
            let name = format!("{old}\n--- to:\n{new}");
            let is_meant = match &wanted {
                Some(words) => words.split('|').all(|word| name.contains(word)),
                None => takes_all || (one * 7 + other) % 3 == 0,
            };
            if is_meant {
                let [old, new] = [old, new].map(|state| format!("{base}\n{state};"));
                cases.push(Case::new(name, old, new, rows.map(str::to_owned)));
            }
        }
    }
    cases
}

fn prove_pairs(cases: &[Case]) {
    let _ = support::postgres().try_shell("", ROLES);
    prove(cases, (0..2).map(|_| Worker::new()).collect(), Worker::prove);
}

#[test]
fn any_index_of_a_partitioned_table_leads_to_any_other_and_back() {
    let version = support::postgres().shell("", "SHOW server_version_num;");
    let is_since_17 = version.trim().parse::<u32>().unwrap_or_default() >= 170_000;
    let more = if is_since_17 { INDEXES_SINCE_17 } else { &[] };
    prove_pairs(&pairs(TABLES, Some(ROWS), &[INDEXES, more].concat()));
}
