//! Tests of the splitter.

use crate::dialects::postgres::client::instead_of;
use crate::sql::tests::{check, refused};
use crate::sql::{Dialect, SplitProblem};

#[test]
fn statements_end_at_semicolons_outside_quotes_and_comments() {
    check(
        Dialect::POSTGRES,
        &[
            ("", &[]),
            (" \n-- nothing\n/* at all */", &[]),
            (";;  ; -- empty\n;", &[]),
            ("SELECT 1", &["Rows: SELECT 1"]),
            ("SELECT 1;SELECT 2;", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("-- a; b\nSELECT 1 -- c\n;\n", &["Rows: SELECT 1"]),
            ("SELECT 1 -- ; no\r\n+ 2; SELECT 3", &["Rows: SELECT 1 -- ; no\r\n+ 2", "Rows: SELECT 3"]),
            ("/* a /* b; */ ; */ SELECT 1; SELECT 2", &["Rows: SELECT 1", "Rows: SELECT 2"]),
            ("/*/* x */*/SELECT 1", &["Rows: SELECT 1"]),
            ("SELECT 4*/* ; */2; SELECT 1+--;\n1", &["Rows: SELECT 4*/* ; */2", "Rows: SELECT 1+--;\n1"]),
            ("SELECT 'a;b'; SELECT ';'';';", &["Rows: SELECT 'a;b'", "Rows: SELECT ';'';'"]),
            ("SELECT '\\'; SELECT ';'", &["Rows: SELECT '\\'", "Rows: SELECT ';'"]),
            ("SELECT \";\"\";\"; SELECT 1", &["Rows: SELECT \";\"\";\"", "Rows: SELECT 1"]),
            ("\u{feff}SELECT 'größe;'; SELECT ü;", &["Rows: SELECT 'größe;'", "Rows: SELECT ü"]),
            ("SELECT a[1:2], '[;' || x; SELECT 2", &["Rows: SELECT a[1:2], '[;' || x", "Rows: SELECT 2"]),
            ("SELECT `; SELECT 2", &["Rows: SELECT `", "Rows: SELECT 2"]),
        ],
    );
}

#[test]
fn prefixed_strings_follow_their_own_rules() {
    check(
        Dialect::POSTGRES,
        &[
            (
                "SELECT E'\\';'; SELECT e'\\\\'; SELECT 1",
                &["Rows: SELECT E'\\';'", "Rows: SELECT e'\\\\'", "Rows: SELECT 1"],
            ),
            ("SELECT E'a'';\\''; SELECT 1", &["Rows: SELECT E'a'';\\''", "Rows: SELECT 1"]),
            // Backslash escapes apply to a continuation segment as well.
            ("SELECT E'a' -- x\n  '\\';'; SELECT 1", &["Rows: SELECT E'a' -- x\n  '\\';'", "Rows: SELECT 1"]),
            ("SELECT E'a' '\\'; SELECT 1", &["Rows: SELECT E'a' '\\'", "Rows: SELECT 1"]),
            ("SELECT 'a'\n'\\'; SELECT 1", &["Rows: SELECT 'a'\n'\\'", "Rows: SELECT 1"]),
            ("SELECT fooE'\\'; SELECT 1", &["Rows: SELECT fooE'\\'", "Rows: SELECT 1"]),
            ("SELECT U&'\\0061;\\'; SELECT 1", &["Rows: SELECT U&'\\0061;\\'", "Rows: SELECT 1"]),
            ("SELECT u&\"d;\\0061\" FROM t; SELECT 1", &["Rows: SELECT u&\"d;\\0061\" FROM t", "Rows: SELECT 1"]),
            ("SELECT U&'!0061;' UESCAPE '!'; SELECT 1", &["Rows: SELECT U&'!0061;' UESCAPE '!'", "Rows: SELECT 1"]),
            ("SELECT u & x; SELECT 1", &["Rows: SELECT u & x", "Rows: SELECT 1"]),
            ("SELECT u&x; SELECT 1", &["Rows: SELECT u&x", "Rows: SELECT 1"]),
            ("SELECT B'01', X'1F', N';'; SELECT 1", &["Rows: SELECT B'01', X'1F', N';'", "Rows: SELECT 1"]),
        ],
    );
}

#[test]
fn dollar_quotes_end_at_their_own_tag() {
    check(
        Dialect::POSTGRES,
        &[
            ("DO $$ BEGIN a; END $$; SELECT 1", &["Other: DO $$ BEGIN a; END $$", "Rows: SELECT 1"]),
            ("SELECT $a$ ; $b$ ; $b$ $$ ; $a$; SELECT 1", &["Rows: SELECT $a$ ; $b$ ; $b$ $$ ; $a$", "Rows: SELECT 1"]),
            ("SELECT $a$ $A$ ; $a$; SELECT 1", &["Rows: SELECT $a$ $A$ ; $a$", "Rows: SELECT 1"]),
            ("SELECT $a$;$b$a$; SELECT 1", &["Rows: SELECT $a$;$b$a$", "Rows: SELECT 1"]),
            ("SELECT $ü1$ ; $ü1$; SELECT 1", &["Rows: SELECT $ü1$ ; $ü1$", "Rows: SELECT 1"]),
            ("SELECT $$it's \" ; /* $$; SELECT 1", &["Rows: SELECT $$it's \" ; /* $$", "Rows: SELECT 1"]),
            ("SELECT a$b$; SELECT a$$; SELECT 1", &["Rows: SELECT a$b$", "Rows: SELECT a$$", "Rows: SELECT 1"]),
            ("SELECT $1; SELECT $2$x$;$x$", &["Rows: SELECT $1", "Rows: SELECT $2$x$;$x$"]),
            ("SELECT 1$$;$$; SELECT 2", &["Rows: SELECT 1$$;$$", "Rows: SELECT 2"]),
            ("SELECT $ ; SELECT 2", &["Rows: SELECT $", "Rows: SELECT 2"]),
        ],
    );
}

#[test]
fn bodies_and_parentheses_keep_their_semicolons() {
    let cases = [
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a > 0 THEN 1 END; END",
        "create or replace procedure p() begin atomic insert into t values (1); insert into t values (case a when 1 then 2 end); end",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END",
        "CREATE FUNCTION f() RETURNS int BEGIN /* x */ ATOMIC SELECT x AS \"end\"; SELECT 1 end; END",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT (SELECT 1); SELECT 'END;'; -- END\n END",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); INSERT INTO b VALUES (2))",
        "CREATE RULE r AS ON UPDATE TO t DO INSTEAD (SELECT 1; SELECT ')'; SELECT 2)",
        "CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t",
        "CREATE FUNCTION begin() RETURNS int AS 'SELECT 1;' LANGUAGE sql",
        "CREATE TABLE begin (atomic int)",
    ];
    for case in cases {
        let text = format!("{case};\nSELECT 1;\n");
        check(Dialect::POSTGRES, &[(&text, &[&format!("Other: {case}"), "Rows: SELECT 1"])]);
    }
    check(
        Dialect::POSTGRES,
        &[
            ("BEGIN ATOMIC; SELECT 1", &["Transaction: BEGIN ATOMIC", "Rows: SELECT 1"]),
            ("SELECT 1); SELECT 2", &["Rows: SELECT 1)", "Rows: SELECT 2"]),
        ],
    );
}

#[test]
fn copy_takes_its_data_lines() {
    check(
        Dialect::POSTGRES,
        &[
            (
                "COPY t FROM stdin;\n1\ta;b\n2\t'\n\\.\nSELECT 1;",
                &["Copy: COPY t FROM stdin <- \"1\\ta;b\\n2\\t'\\n\"", "Rows: SELECT 1"],
            ),
            (
                "COPY t (a, b) FROM STDIN WITH (FORMAT csv);\r\n1,2\r\n\\.\r\nSELECT 1",
                &["Copy: COPY t (a, b) FROM STDIN WITH (FORMAT csv) <- \"1,2\\r\\n\"", "Rows: SELECT 1"],
            ),
            ("COPY t FROM stdin; -- data\n\\.\n", &["Copy: COPY t FROM stdin <- \"\""]),
            (
                "COPY t FROM stdin;\na\\.\n \\.\n\\.x\n\\.\n;",
                &["Copy: COPY t FROM stdin <- \"a\\\\.\\n \\\\.\\n\\\\.x\\n\""],
            ),
            ("COPY t FROM stdin;\n1\n2", &["Copy: COPY t FROM stdin <- \"1\\n2\""]),
            ("COPY t FROM stdin;\n1\n\\.", &["Copy: COPY t FROM stdin <- \"1\\n\""]),
            ("COPY t FROM stdin", &["Copy: COPY t FROM stdin <- \"\""]),
            (
                "copy \"s\".\"t\" from STDIN;\n\\.\nCOPY u FROM stdin;\n1\n\\.\n",
                &["Copy: copy \"s\".\"t\" from STDIN <- \"\"", "Copy: COPY u FROM stdin <- \"1\\n\""],
            ),
            ("COPY t FROM '/x'; SELECT 1", &["Rows: COPY t FROM '/x'", "Rows: SELECT 1"]),
            (
                "COPY (SELECT 1 FROM stdin) TO STDOUT; SELECT 1",
                &["Rows: COPY (SELECT 1 FROM stdin) TO STDOUT", "Rows: SELECT 1"],
            ),
            ("COPY t FROM PROGRAM 'stdin'; SELECT 1", &["Rows: COPY t FROM PROGRAM 'stdin'", "Rows: SELECT 1"]),
        ],
    );
}

#[test]
fn kinds_follow_the_leading_keywords() {
    for (kind, statements) in [
        (
            "Transaction",
            &[
                "BEGIN",
                "begin work",
                "START TRANSACTION READ ONLY",
                "COMMIT",
                "COMMIT PREPARED 'x'",
                "END",
                "end work",
                "ABORT",
                "ROLLBACK",
                "ROLLBACK WORK",
                "ROLLBACK AND CHAIN",
                "ROLLBACK PREPARED 'x'",
                "/* c */ COMMIT",
                "PREPARE TRANSACTION 'x'",
            ][..],
        ),
        (
            "Setting",
            &[
                "SET search_path = ''",
                "SET LOCAL x = 1",
                "set transaction read only",
                "RESET ALL",
                "SET ROLE x",
                "SELECT pg_catalog.set_config('search_path', '', false)",
                "select /* c */ set_config('a', 'b', false)",
            ],
        ),
        (
            "Rows",
            &[
                "SELECT 1",
                "select pg_catalog.setval('s', 1)",
                "INSERT INTO t VALUES (1)",
                "UPDATE t SET a = 1",
                "DELETE FROM t",
                "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
                "VALUES (1)",
                "TABLE t",
                "(SELECT 1) UNION (SELECT 2)",
                "MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING",
                "SELECT 1 INTO t",
            ],
        ),
        (
            "Other",
            &[
                "CREATE TABLE t ()",
                "SAVEPOINT a",
                "RELEASE a",
                "ROLLBACK TO a",
                "ROLLBACK WORK TO SAVEPOINT a",
                "ROLLBACK TRANSACTION TO a",
                "TRUNCATE t",
                "DO 'x'",
                "LOCK TABLE t",
                "PREPARE transactions AS SELECT 1",
                "CALL p()",
                "VACUUM",
                "GRANT SELECT ON t TO u",
                "COMMENT ON TABLE t IS 'x'",
            ],
        ),
    ] {
        for statement in statements {
            let bare = statement.trim_start_matches("/* c */ ");
            check(Dialect::POSTGRES, &[(statement, &[&format!("{kind}: {bare}")])]);
        }
    }
}

#[test]
fn restrict_lines_of_new_dumps_are_nothing() {
    check(
        Dialect::POSTGRES,
        &[
            ("--\n\\restrict abC123\n\nSET x = 1;\n\\unrestrict abC123\n", &["Setting: SET x = 1"]),
            ("\\restrict it's\r\nSELECT 1", &["Rows: SELECT 1"]),
            ("SELECT 1;\n\\unrestrict x", &["Rows: SELECT 1"]),
        ],
    );
}

#[test]
fn variables_of_psql_are_left_alone() {
    check(
        Dialect::POSTGRES,
        &[(
            "SELECT :a, :'b;', :\"c;\", x::int; SELECT 1",
            &["Rows: SELECT :a, :'b;', :\"c;\", x::int", "Rows: SELECT 1"],
        )],
    );
}

#[test]
fn what_is_not_closed_or_not_sql_is_refused_where_it_stands() {
    let command =
        |name: &str| SplitProblem::ClientCommand { name: name.to_owned(), client: "psql", instead: instead_of(name) };
    let dollar = |tag: &str| SplitProblem::UnterminatedDollarQuote { tag: tag.to_owned() };
    refused(
        Dialect::POSTGRES,
        &[
            ("SELECT 'a", SplitProblem::UnterminatedString, "'"),
            ("SELECT 'a''; x", SplitProblem::UnterminatedString, "'"),
            ("SELECT E'\\'", SplitProblem::UnterminatedString, "E'"),
            ("SELECT U&'a", SplitProblem::UnterminatedString, "U&'"),
            ("SELECT \"a", SplitProblem::UnterminatedIdentifier, "\""),
            ("SELECT U&\"a", SplitProblem::UnterminatedIdentifier, "U&\""),
            ("SELECT $body$ a $bod$", dollar("$body$"), "$body$"),
            ("SELECT 1; /* a /* b */", SplitProblem::UnterminatedComment, "/*"),
            ("\\connect db\nSELECT 1", command("\\connect"), "\\connect"),
            ("SELECT 1 \\gset\n", command("\\gset"), "\\gset"),
            ("SELECT 1 \\; SELECT 2", command("\\;"), "\\;"),
            ("  \\! ls", command("\\!"), "\\!"),
            ("SELECT 1;\n\\.\n", command("\\."), "\\."),
            ("SELECT 1 \\restrict x", command("\\restrict"), "\\restrict"),
            ("SELECT \\", command("\\"), "\\"),
            ("COPY t FROM stdin; SELECT 1;\n1\n\\.\n", SplitProblem::TextBeforeCopyData, "SELECT 1;"),
        ],
    );
}
