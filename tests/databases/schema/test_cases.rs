//! Cases of `test`: rows on the way up and down, and what queries find there.

use serde_json::{Value, json};

use super::tested;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_case_whose_rows_come_through_passes,
    a_case_that_fails_shows_what_was_found_and_does_not_stop_the_others,
    each_reason_why_a_case_fails_is_told_with_its_line,
    cases_that_begin_at_one_revision_do_not_see_each_other,
    fixtures_are_put_in_behind_their_revision_once,
    a_fixture_that_no_longer_fits_is_named,
    what_require_and_verify_find_in_the_rows_fails_the_case,
    the_results_are_written_as_junit,
}

const UP_AND_DOWN: &str = "\
-- @case names come through
-- @at a111
INSERT INTO t VALUES (1, 'Ada -- @at b111'), (2, NULL);
-- @upgrade head
-- @expect
SELECT id, name, y FROM t ORDER BY id DESC;
-- | id | name            | y |
-- |----|-----------------|---|
-- | 1  | Ada -- @at b111 | 5 |
-- | 2  | NULL            | 5 |
-- @expect
SELECT id FROM t WHERE y <> 5;
SELECT id FROM t WHERE id > 2;
-- @downgrade a111
-- @expect
SELECT * FROM t;
-- | id | name              |
-- | 2  | NULL              |
-- | 1  | 'Ada -- @at b111' |
";

fn project(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision("a111", "", "CREATE TABLE t (id int PRIMARY KEY, name varchar(20));", "DROP TABLE t;");
    project.revision("b111", "a111", "ALTER TABLE t ADD COLUMN y int DEFAULT 5;", "ALTER TABLE t DROP COLUMN y;");
    (project, url)
}

fn a_case_whose_rows_come_through_passes(kind: Kind) {
    let (project, url) = project(kind);
    project.ok(&["upgrade", "a111"]);
    project.write("tests/names.sql", UP_AND_DOWN);
    // Another file of such a folder is none of ours.
    project.write("tests/other.sql", "SELECT 'unrelated';\n-- @cases are elsewhere\n");
    project.write("tests/below/other.sql", "-- @at nowhere\n");
    std::fs::write(project.path("tests/latin1.sql"), b"-- @at \xe9\n").unwrap();
    let (status, text, document) = tested(&project, &[]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("1 case passed"), "{text}");
    assert_eq!(document["cases"][0]["name"], "names come through");
    assert_eq!((&document["cases_passed"], &document["passed"]), (&json!(1), &json!(2)));
    assert_eq!(
        project.shell(kind, &url, "SELECT COUNT(*) FROM t;").trim(),
        "0",
        "the service's database is not touched"
    );
    let (_, text, document) = tested(&project, &["-k", "names.sql"]);
    assert_eq!((&document["cases_passed"], &document["passed"]), (&json!(1), &json!(0)), "{text}");
}

fn a_case_that_fails_shows_what_was_found_and_does_not_stop_the_others(kind: Kind) {
    let (project, _) = project(kind);
    let wrong =
        UP_AND_DOWN.replace("| 2  | NULL            | 5 |", "| 2  | ''              | 5 |\n-- | 2 | NULL | 5 |");
    project.write("tests/1_wrong.sql", &wrong);
    let found = "-- @at a111\nINSERT INTO t VALUES (7, 'x');\n-- @expect\nSELECT id FROM t;\n";
    project.write("tests/2_found.sql", &format!("{found}{found}"));
    project.write("tests/3_right.sql", &UP_AND_DOWN.replace("names come through", "right"));
    let (status, text, document) = tested(&project, &[]);
    assert_eq!(status, 3, "{text}");
    let results: Vec<_> = document["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| format!("{} {} {}", case["name"].as_str().unwrap(), case["line"], case["result"].as_str().unwrap()))
        .collect();
    assert_eq!(results, ["names come through 2 failed", "2_found 1 1 failed", "2_found 2 5 failed", "right 2 passed"]);
    let error = &document["cases"][0]["error"];
    assert_eq!((&error["code"], &error["line"]), (&json!("case-failed"), &json!(6)), "{error}");
    let notes = error["notes"].to_string();
    assert!(notes.contains("expected, and not found") && !notes.contains("found, and not expected"), "{notes}");
    assert_eq!(document["cases"][2]["error"]["line"], 8, "{document}");
    for part in
        ["FAILED case names come through", "the query found 1 row, and has to find none", "1 case passed; 3 failed"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

fn each_reason_why_a_case_fails_is_told_with_its_line(kind: Kind) {
    let (project, _) = project(kind);
    project.revision("c111", "b111", "CREATE UNIQUE INDEX by_name ON t (name);", "-- forgotten");
    project.revision("d111", "c111", "CREATE TABLE d (id int);", "DROP TABLE nowhere;");
    let cases = [
        ("-- @at nowhere\n", "revision-not-found", json!("tests/case.sql"), json!(1)),
        ("-- @at a111\n-- @downgrade d111\n", "not-in-lineage", json!("tests/case.sql"), json!(2)),
        (
            "-- @at a111\nINSERT INTO t VALUES (1, 'x');\nINSERT INTO nowhere VALUES (1);\n",
            "case-failed",
            json!("tests/case.sql"),
            json!(3),
        ),
        ("-- @at a111\n-- @expect\nSELECT nowhere FROM t;\n", "case-failed", json!("tests/case.sql"), json!(3)),
        ("-- @at a111\n-- @expect\nSELECT id FROM t;\n-- | name |\n", "case-failed", json!("tests/case.sql"), json!(3)),
        (
            "-- @at b111\nINSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2);\n-- @upgrade c111\n",
            "replay-failed",
            json!("r/c111.sql"),
            json!(5),
        ),
        ("-- @at d111\n-- @downgrade c111\n", "replay-failed", json!("r/d111.sql"), json!(7)),
    ];
    for (text, code, path, line) in cases {
        project.write("tests/case.sql", text);
        let (status, shown, document) = tested(&project, &["-k", "case"]);
        let error = &document["cases"][0]["error"];
        assert_eq!(status, 3, "{shown}");
        let found = (error["code"].as_str(), &error["path"], &error["line"]);
        assert_eq!(found, (Some(code), &path, &line), "{text}\n{shown}");
    }
    for (text, line) in
        [("-- @at a111\n-- @expects\nSELECT 1;\n", 2), ("-- @at a111\n-- @expect\nSELECT 1;\n-- | a | b\n", 4)]
    {
        project.write("tests/case.sql", text);
        let run = project.run(&["test", "--json"]);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.status, &document["error"]["code"]), (1, &json!("case-invalid")), "{document}");
        assert_eq!(document["error"]["line"], line, "{document}");
    }
}

fn cases_that_begin_at_one_revision_do_not_see_each_other(kind: Kind) {
    let (project, _) = project(kind);
    project.write("tests/rows.sql", "-- @fixture a111\nINSERT INTO t VALUES (9, 'fixture');\n");
    let case = |number: usize| {
        format!(
            "-- @case {number}\n-- @at a111\n-- @expect\nSELECT id FROM t;\n-- | id |\n-- | 9 |\n-- @at a111\n\
             INSERT INTO t VALUES (1, 'mine');\n-- @upgrade head\n-- @expect\nSELECT id, y FROM t;\n-- | id | y |\n\
             -- | 1 | 5 |\n-- | 9 | 5 |\n-- @downgrade base\n-- @upgrade a111\n"
        )
    };
    project.write("tests/1.sql", &case(1));
    project.write("tests/2.sql", &(case(2) + "-- @at a111\nINSERT INTO t (gone) VALUES (1);\n"));
    let (status, text, document) = tested(&project, &[]);
    assert_eq!((status, &document["cases_passed"], &document["cases_failed"]), (3, &json!(5), &json!(1)), "{text}");
    // One whose history cannot be replayed fails in each case.
    project.revision("c111", "b111", "SELECT nowhere;", "-- nothing");
    project.write("tests/3.sql", "-- @at c111\nSELECT 1;\n-- @at c111\nSELECT 2;\n");
    let (_, text, document) = tested(&project, &[]);
    let failed: Vec<_> = document["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["name"] == "3 1" || case["name"] == "3 2")
        .collect();
    assert_eq!(failed.len(), 2, "{text}");
    assert!(failed.iter().all(|case| case["error"]["revision"] == "c111"), "{text}");
}

fn fixtures_are_put_in_behind_their_revision_once(kind: Kind) {
    let (project, _) = project(kind);
    project.write(
        "more/1.sql",
        "-- @fixture a111\nINSERT INTO t VALUES (1, 'a');\n-- @fixture b111\nINSERT INTO t VALUES (2, 'b', 9);\n",
    );
    let case = "-- @at a111\n-- @expect\nSELECT id FROM t;\n-- | id |\n-- | 1 |\n-- @upgrade head\n-- @expect\n\
                SELECT id, y FROM t;\n-- | id | y |\n-- | 1 | 5 |\n-- | 2 | 9 |\n-- @downgrade a111\n-- @upgrade b111\n-- @expect\n\
                SELECT id, y FROM t;\n-- | id | y |\n-- | 1 | 5 |\n-- | 2 | 5 |\n";
    project.write("more/2.sql", case);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{config}    tests: more\n"));
    let (status, text, document) = tested(&project, &[]);
    assert_eq!(status, 0, "{text}");
    let names: Vec<_> =
        document["cases"].as_array().unwrap().iter().map(|case| case["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["fixtures", "2"], "{text}");
    // In a folder of the config, a file without a marker is a mistake.
    project.write("more/3.sql", "SELECT 1;\n");
    assert_eq!(project.json(&["test"])["error"]["code"], "case-invalid");
}

fn a_fixture_that_no_longer_fits_is_named(kind: Kind) {
    let (project, _) = project(kind);
    project.write(
        "tests/rows.sql",
        "-- @fixture a111\nINSERT INTO t VALUES (1, 'a');\nINSERT INTO t (id, gone) VALUES (2, 'b');\n",
    );
    let (status, text, document) = tested(&project, &[]);
    assert_eq!(status, 3, "{text}");
    let case = &document["cases"][0];
    assert_eq!((&case["name"], &case["error"]["line"]), (&json!("fixtures"), &json!(3)), "{text}");
    assert!(text.contains("gone"), "{text}");
    // One that fits, and is in the way of a later revision.
    project.write("tests/rows.sql", "-- @fixture a111\nINSERT INTO t VALUES (1, 'a'), (2, 'a');\n");
    project.revision("c111", "b111", "CREATE UNIQUE INDEX by_name ON t (name);", "-- nothing to do");
    let (_, text, document) = tested(&project, &[]);
    let error = &document["cases"][0]["error"];
    assert_eq!((&error["code"], &error["revision"]), (&json!("replay-failed"), &json!("c111")), "{text}");
}

fn what_require_and_verify_find_in_the_rows_fails_the_case(kind: Kind) {
    let (project, _) = project(kind);
    let verified = "-- revision: c111\n-- down_revision: b111\n\n-- @require\nSELECT id FROM t WHERE id > 100;\n\n\
                    -- @upgrade\nUPDATE t SET name = 'x' WHERE id = 1;\n\n-- @verify\nSELECT id FROM t WHERE name IS NULL;\n";
    project.write("r/c111.sql", verified);
    for (rows, line) in [("(1, NULL)", None), ("(101, 'x')", Some(5)), ("(2, NULL)", Some(11))] {
        project.write("tests/case.sql", &format!("-- @at a111\nINSERT INTO t VALUES {rows};\n-- @upgrade head\n"));
        let (status, text, document) = tested(&project, &["-k", "case"]);
        let error = &document["cases"][0]["error"];
        assert_eq!(status, if line.is_some() { 3 } else { 0 }, "{text}");
        assert_eq!(error["line"].as_u64(), line, "{text}");
        assert!(line.is_none() || error["path"] == "r/c111.sql", "{error}");
    }
}

fn the_results_are_written_as_junit(kind: Kind) {
    let (project, _) = project(kind);
    project.revision("c111", "b111", "CREATE TABLE c (id int);", "-- forgotten <&\">");
    project.write("r/d.sql", "-- revision: d111\n-- down_revision: c111\n\n-- @upgrade\nDROP TABLE c;\n");
    project.write("tests/names.sql", &UP_AND_DOWN.replace("@upgrade head", "@upgrade b111"));
    project.write("tests/wrong.sql", "-- @case <wrong> & \"so\"\n-- @at a111\n-- @expect\nSELECT 1 AS \"<&>\";\n");
    assert_eq!(project.run(&["test", "--junit", "report.xml"]).status, 3);
    // Parsed by an XML parser that is not ours.
    let script = "import sys, json, xml.etree.ElementTree as tree\n\
                  suite, = tree.parse(sys.argv[1]).getroot()\n\
                  cases = [[c.get('classname'), c.get('name'), [e.tag for e in c]] for c in suite]\n\
                  print(json.dumps([suite.attrib, cases]))";
    let path = project.path("report.xml");
    let parsed = std::process::Command::new("python3").args(["-c", script]).arg(&path).output().unwrap();
    assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
    let found: Value = serde_json::from_slice(&parsed.stdout).unwrap();
    let wanted = json!([
        {"name": "app", "tests": "6", "failures": "2", "errors": "0", "skipped": "1"},
        [
            ["app.revisions", "a111", []],
            ["app.revisions", "b111", []],
            ["app.revisions", "c111", ["failure"]],
            ["app.revisions", "d111", ["skipped"]],
            ["app.cases", "names come through", []],
            ["app.cases", "<wrong> & \"so\"", ["failure"]],
        ],
    ]);
    assert_eq!(found, wanted, "{}", std::fs::read_to_string(&path).unwrap());
    // Without a report that can be written, that is the error.
    let run = project.run(&["test", "--junit", "nowhere/report.xml"]);
    assert!(run.status == 1 && run.stderr.contains("file-unwritable"), "{}", run.stderr);
}

#[test]
fn without_the_right_to_create_databases_everything_is_tested_in_a_scratch_schema() {
    let (project, url) = project(Kind::Postgres);
    let server = crate::support::postgres();
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let role = format!("poor_{name}");
    let grant = format!("GRANT CREATE ON DATABASE {name} TO {role}; GRANT CREATE ON SCHEMA public TO {role};");
    server.shell(&url, &format!("CREATE ROLE {role} LOGIN PASSWORD 'x'; {grant}"));
    let poor = format!("postgres://{role}:x@{}:{}/{name}", server.address.host, server.address.port);
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{poor}\"\n    revisions: r\n"));
    project.revision("c111", "b111", "INSERT INTO t VALUES (1, 'a'), (2, 'b');", "DELETE FROM t WHERE id < 3;");
    project.revision("d111", "c111", "CREATE TABLE d (id int);", "DELETE FROM public.t WHERE id = 2;\nDROP TABLE d;");
    project.write("tests/names.sql", &UP_AND_DOWN.replace("@upgrade head", "@upgrade b111"));
    project.write(
        "tests/wrong.sql",
        "-- @at c111\n-- @expect\nSELECT id, name FROM public.t;\n-- | id | name |\n-- | 1 | a |\n",
    );
    project.write("app.sql", "SELECT y FROM public.t WHERE id = $1;\n");
    let (status, text, document) = tested(&project, &["--queries", "app.sql"]);
    assert_eq!(status, 3, "{text}");
    assert_eq!((&document["passed"], &document["failed"]), (&json!(3), &json!(1)), "{text}");
    let lost = &document["revisions"][3]["rows"][0];
    assert_eq!(lost, &json!({"table": "\"public\".\"t\"", "before": 2, "after": 1}), "{text}");
    assert_eq!((&document["cases_passed"], &document["cases_failed"]), (&json!(1), &json!(1)), "{text}");
    assert_eq!((&document["queries"][0]["result"], &document["query_states"]), (&json!("passed"), &json!(3)), "{text}");
    assert_eq!(server.shell(&url, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'aludel%';"), "0");
}
