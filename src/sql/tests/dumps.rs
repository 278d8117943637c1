//! Real dumps of databases with content that is hard to split: `pg_dump` 15.18 (functions of all kinds, a rule, a
//! trigger, COPY) and `mariadb-dump --routines --triggers --events` of 10.11.

use std::collections::BTreeMap;

use super::{Dialect, StatementKind, pieces, shown, split};
use crate::sql::fingerprint;

const POSTGRES: &str = include_str!("../../../tests/dumps/pg_dump.sql");
const MARIADB: &str = include_str!("../../../tests/dumps/mariadb_dump.sql");

/// Number of pieces of each kind.
fn counts(text: &str, dialect: Dialect) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for piece in split(text, dialect).unwrap() {
        let kind = match piece.kind {
            StatementKind::Nothing => "nothing",
            StatementKind::Rows => "rows",
            StatementKind::CopyFromStdin { .. } => "copy",
            StatementKind::TransactionControl => "transaction",
            StatementKind::Setting => "setting",
            StatementKind::Other => "other",
        };
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

fn find(text: &str, dialect: Dialect, part: &str) -> String {
    let found: Vec<String> = pieces(text, dialect).into_iter().filter(|piece| piece.contains(part)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

#[test]
fn a_postgres_dump_splits_into_its_statements() {
    let expected = [("copy", 4), ("nothing", 3), ("other", 34), ("rows", 1), ("setting", 12)];
    assert_eq!(counts(POSTGRES, Dialect::POSTGRES), BTreeMap::from(expected));
    for (part, end) in [
        ("CREATE FUNCTION public.body(", "AS \"end\";\nEND"),
        ("CREATE PROCEDURE public.many(", "AS max;\nEND"),
        ("CREATE FUNCTION public.nested(", "/* $_$ $_X$"),
        ("CREATE FUNCTION public.old(", "END;\n$_$"),
        ("CREATE RULE logged", "'x)'::text;\n)"),
        ("CREATE TRIGGER touched", "EXECUTE FUNCTION public.touched()"),
    ] {
        let piece = find(POSTGRES, Dialect::POSTGRES, part);
        assert!(piece.starts_with("Other: CREATE") && piece.ends_with(end), "{piece}");
    }
}

#[test]
fn the_data_of_a_postgres_dump_are_its_lines() {
    let data: Vec<(String, usize)> = split(POSTGRES, Dialect::POSTGRES)
        .unwrap()
        .iter()
        .filter_map(|piece| match piece.kind {
            StatementKind::CopyFromStdin { data } => {
                Some((shown(piece, POSTGRES), data.slice(POSTGRES).lines().count()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(data.iter().map(|(_, lines)| *lines).collect::<Vec<_>>(), [2, 0, 0, 7]);
    assert!(
        data[0].0.starts_with("Copy: COPY \"odd; \"\"schema\".\"t$1$\" (a, \"b\\\") FROM stdin <- "),
        "{}",
        data[0].0
    );
}

#[test]
fn a_mariadb_dump_splits_into_its_statements() {
    let expected = [("nothing", 18), ("other", 41), ("rows", 3), ("setting", 155)];
    assert_eq!(counts(MARIADB, Dialect::MYSQL), BTreeMap::from(expected));
    for (part, end) in [
        ("TRIGGER simple", "ELSE '//' END \n*/"),
        ("TRIGGER `after;insert`", "END IF;\nEND \n*/"),
        ("EVENT `nightly` ON", "VALUES ('done'); END \n*/"),
        ("EVENT `plain` ON", "DO DELETE FROM empty \n*/"),
        ("FUNCTION `f`(", "IF(a, 'b', 'c') END"),
        ("FUNCTION `g`(", "RETURN 'b'; END"),
        ("PROCEDURE `bare`(", "SELECT 2; END IF"),
        ("PROCEDURE `loops`(", "INTO b;\nEND"),
        ("VIEW `v` AS select", "AS `case;end` from `notes;``x` */"),
        ("INSERT INTO `notes;``x`", "(8,'nul\\0 and \\Z',8,NULL)"),
    ] {
        let piece = find(MARIADB, Dialect::MYSQL, part);
        assert!(piece.ends_with(end), "{piece}");
    }
}

#[test]
fn a_dump_has_the_same_fingerprint_whatever_its_line_ends_and_random_token() {
    let other = POSTGRES.replace("restrict Hm", "restrict Xy").replace('\n', "\r\n");
    assert_eq!(fingerprint(POSTGRES, Dialect::POSTGRES), fingerprint(&other, Dialect::POSTGRES));
    let other = MARIADB.replace('\n', "\r\n");
    assert_eq!(fingerprint(MARIADB, Dialect::MYSQL), fingerprint(&other, Dialect::MYSQL));
}
