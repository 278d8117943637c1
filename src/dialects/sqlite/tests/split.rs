//! Tests of the splitter.

use crate::sql::tests::{check, refused};
use crate::sql::{Dialect, INSTEAD_OF_COMMAND, SplitProblem};

#[test]
fn statements_end_at_semicolons_outside_quotes_and_comments() {
    check(
        Dialect::SQLITE,
        &[
            ("", &[]),
            ("-- a\n;;/* b; */", &[]),
            ("SELECT 1;SELECT 2", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            (
                "SELECT ';''', \"a;\"\"b\", `c;``d`, [e;'f]; SELECT 1",
                &["Rows: SELECT ';''', \"a;\"\"b\", `c;``d`, [e;'f]", "Rows: SELECT 1"],
            ),
            ("SELECT '\\'; SELECT 2", &["Rows: SELECT '\\'", "Rows: SELECT 2"]),
            ("SELECT 1 --x; y\n; SELECT 2", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("/* a /* b */ SELECT 1; SELECT 2", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("SELECT 1; /* open ; ", &["Rows: SELECT 1"]),
            ("SELECT 1 /* open ; ", &["Rows: SELECT 1"]),
            ("SELECT (1; SELECT 2", &["Rows: SELECT (1", "Rows: SELECT 2"]),
            (
                "SELECT x'41', $a, ?1, :b, @c, .5; SELECT \\; SELECT #",
                &["Rows: SELECT x'41', $a, ?1, :b, @c, .5", "Rows: SELECT \\", "Rows: SELECT #"],
            ),
            ("SELECT $$; SELECT 2; -- $$", &["Rows: SELECT $$", "Rows: SELECT 2"]),
            ("CREATE TABLE \"größe;\" (ä);\r\nSELECT 1\r\n", &["Other: CREATE TABLE \"größe;\" (ä)", "Rows: SELECT 1"]),
        ],
    );
}

#[test]
fn a_trigger_ends_at_the_end_that_follows_a_semicolon() {
    let cases = [
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
        "create temp trigger t after insert on a begin update a set b = case when 1 then 2 else 3 end; select 1; end",
        "CREATE TEMPORARY TRIGGER IF NOT EXISTS t AFTER UPDATE OF x ON a FOR EACH ROW WHEN CASE new.x WHEN 1 THEN 0 ELSE 1 END BEGIN SELECT 1; END",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET \"end\" = 1, end = 2; -- END;\nDELETE FROM a WHERE x = ';END;'; END",
        "CREATE TRIGGER begin AFTER INSERT ON a BEGIN SELECT CASE WHEN (SELECT 1) THEN RAISE(ABORT, 'x;') END; END",
        "CREATE TRIGGER [t;] INSTEAD OF DELETE ON v BEGIN SELECT 1; /* ; */ END",
        "EXPLAIN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
    ];
    for case in cases {
        let kind = if case.starts_with("EXPLAIN") { "Rows" } else { "Other" };
        let text = format!("{case};\nSELECT 1;\n");
        check(Dialect::SQLITE, &[(&text, &[&format!("{kind}: {case}"), "Rows: SELECT 1"])]);
    }
    check(
        Dialect::SQLITE,
        &[
            (
                "CREATE TABLE trigger_begin (begin); SELECT 1",
                &["Other: CREATE TABLE trigger_begin (begin)", "Rows: SELECT 1"],
            ),
            ("CREATE VIEW begin AS SELECT 1; END", &["Other: CREATE VIEW begin AS SELECT 1", "Transaction: END"]),
            ("BEGIN; SELECT 1; END;", &["Transaction: BEGIN", "Rows: SELECT 1", "Transaction: END"]),
        ],
    );
}

#[test]
fn kinds_follow_the_leading_keywords() {
    for (kind, statements) in [
        (
            "Transaction",
            &["BEGIN", "begin immediate", "COMMIT", "END TRANSACTION", "ROLLBACK", "rollback transaction"][..],
        ),
        ("Setting", &["PRAGMA foreign_keys = ON", "pragma table_info(t)"]),
        (
            "Rows",
            &[
                "SELECT 1",
                "REPLACE INTO t VALUES (1)",
                "INSERT OR IGNORE INTO t VALUES (1)",
                "WITH a AS (SELECT 1) DELETE FROM t",
                "VALUES (1)",
                "UPDATE t SET a = 1",
                "DELETE FROM t",
            ],
        ),
        (
            "Other",
            &[
                "CREATE TABLE t (a)",
                "SAVEPOINT a",
                "RELEASE a",
                "ROLLBACK TO a",
                "ROLLBACK TRANSACTION TO SAVEPOINT a",
                "VACUUM",
                "ATTACH 'x' AS y",
                "ALTER TABLE t ADD b",
                "SET x = 1",
            ],
        ),
    ] {
        for statement in statements {
            check(Dialect::SQLITE, &[(statement, &[&format!("{kind}: {statement}")])]);
        }
    }
}

#[test]
fn what_is_not_closed_or_not_sql_is_refused_where_it_stands() {
    let command = |name: &str| SplitProblem::ClientCommand {
        name: name.to_owned(),
        client: "the sqlite3 shell",
        instead: INSTEAD_OF_COMMAND,
    };
    refused(
        Dialect::SQLITE,
        &[
            ("SELECT 'a", SplitProblem::UnterminatedString, "'"),
            ("SELECT x'a", SplitProblem::UnterminatedString, "x'"),
            ("SELECT \"a", SplitProblem::UnterminatedIdentifier, "\""),
            ("SELECT `a", SplitProblem::UnterminatedIdentifier, "`"),
            ("SELECT [a", SplitProblem::UnterminatedIdentifier, "["),
            (".mode csv\nSELECT 1;", command(".mode"), ".mode"),
            ("SELECT 1;\n  .read x\n", command(".read"), ".read"),
        ],
    );
}
