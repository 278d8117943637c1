//! `lint`: which revisions are examined, on which state, what is accepted, and the formats of other programs.

use serde_json::Value;

use crate::heads::{commit, repository};
use crate::support::project::{Kind, Project};

/// Rules that a run finds, each with the file name and line.
fn found(project: &Project, arguments: &[&str]) -> (i32, Vec<String>) {
    let run = project.run(&[&["lint", "--json"], arguments].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run:?}"));
    let findings = document["services"][0]["findings"].as_array().unwrap().clone();
    let line = |finding: &Value| {
        let path = finding["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        format!("{} {path}:{}", finding["rule"].as_str().unwrap(), finding["line"])
    };
    (run.status, findings.iter().map(line).collect())
}

#[test]
fn a_pull_request_hears_of_its_own_revisions_only() {
    let project = repository();
    project.revision("c3333", "b2222", "CREATE TABLE t (id INTEGER PRIMARY KEY, a STRING)", "");
    commit(&project, "Work");
    let (status, rules) = found(&project, &["--against", "main"]);
    assert_eq!((status, rules.len()), (0, 1), "{rules:?}");
    assert!(rules[0].starts_with("type-affinity "), "{rules:?}");
    assert_eq!(found(&project, &["--against", "work"]), (0, Vec::new()));
}

#[test]
fn a_table_is_in_use_once_its_revision_is_applied() {
    let project = Project::new();
    project.write("aludel.yaml", "url: sqlite:app.db\nrevisions: r\n");
    project.revision("a1", "", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "");
    project.revision("b2", "a1", "DROP TABLE t", "");
    assert_eq!(found(&project, &[]), (0, Vec::new()), "both are pending");
    project.ok(&["upgrade", "a1"]);
    for arguments in [&[][..], &["b2"], &["b2", "--offline"]] {
        let (_, rules) = found(&project, arguments);
        assert!(matches!(rules.as_slice(), [rule] if rule.starts_with("drop-table ")), "{arguments:?} {rules:?}");
    }
    assert_eq!(found(&project, &[":"]), (0, Vec::new()), "a new database runs both");
    project.ok(&["upgrade", "head"]);
    assert_eq!(found(&project, &[]), (0, Vec::new()), "nothing is pending");
}

#[test]
fn an_allowance_in_the_header_is_for_the_whole_revision() {
    let project = Project::new();
    project.write("aludel.yaml", "url: sqlite:app.db\nrevisions: r\n");
    project.revision("a1", "", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)", "");
    project.ok(&["upgrade", "head"]);
    let drops = "ALTER TABLE t DROP COLUMN a;\nALTER TABLE t DROP COLUMN b";
    let allowed = "-- lint: allow drop-column because no release reads them\n";
    project.revision_with("b2", "a1", allowed, drops, "");
    assert_eq!(found(&project, &[]), (0, Vec::new()));
    project.revision_with("b2", "a1", "-- lint: allow drop-column\n", drops, "");
    let (status, rules) = found(&project, &[]);
    assert_eq!(status, 0);
    assert!(matches!(rules.as_slice(), [rule] if rule.starts_with("allow-without-reason ")), "{rules:?}");
}

#[test]
fn findings_have_the_places_of_a_template() {
    let project = Project::new();
    project.write("aludel.yaml", "url: sqlite:app.db\nrevisions: r\n");
    let body =
        "{% for name in ['a', 'b'] %}\nCREATE TABLE {{ name }} (id INTEGER PRIMARY KEY, x STRING);\n{% endfor %}";
    project.revision_with("a1", "", "-- template: true\n", body, "");
    let (_, rules) = found(&project, &["--offline"]);
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert_eq!(rules[0], rules[1], "one line of the file makes both statements");
}

#[test]
fn sarif_has_a_rule_and_a_region_for_each_result() {
    let project = Project::new();
    project.write("aludel.yaml", "url: postgres://host/database\nrevisions: r\n");
    project.revision("a1", "", "CREATE TABLE t (id int PRIMARY KEY,\n at timestamp);\nDO 'BEGIN END'", "");
    let run = project.run(&["lint", "--offline", "--format", "sarif"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let sarif = &document["runs"][0];
    let rules = sarif["tool"]["driver"]["rules"].as_array().unwrap();
    let results = sarif["results"].as_array().unwrap();
    assert_eq!(results.len(), 3, "{results:#?}");
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let number = |key: &str| region[key].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("endLine") >= number("startLine"), "{region}");
        assert!(number("endLine") > number("startLine") || number("endColumn") > number("startColumn"), "{region}");
    }
}

/// What a DO block has done is in the replayed schema, and in no text.
#[test]
fn the_replayed_schema_has_what_no_text_shows() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.write("aludel.yaml", &format!("url: {url}\nrevisions: r\n"));
    let hidden = "CREATE TABLE t (id bigint PRIMARY KEY);\nDO $$ BEGIN EXECUTE 'ALTER TABLE t ADD a text'; END $$";
    project.revision("a1", "", hidden, "");
    project.ok(&["upgrade", "head"]);
    project.revision("b2", "a1", "ALTER TABLE t ALTER a SET NOT NULL", "");
    let (status, rules) = found(&project, &[]);
    assert_eq!(status, 3);
    let names: Vec<_> = rules.iter().map(|rule| rule.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["not-null-may-fail", "set-not-null-scans"]);
}

#[test]
fn an_allowance_that_a_running_database_needs_is_not_unused_where_all_is_new() {
    let project = Project::new();
    project.write("aludel.yaml", "url: sqlite:app.db\nrevisions: r\n");
    project.revision("a1", "", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "");
    let drops = "-- lint: allow drop-column because no release reads it\nALTER TABLE t DROP COLUMN a";
    project.revision("b2", "a1", drops, "");
    assert_eq!(found(&project, &["--offline"]), (0, Vec::new()));
    project.ok(&["upgrade", "a1"]);
    assert_eq!(found(&project, &[]), (0, Vec::new()));
}

#[test]
fn a_fix_gives_the_same_schema_and_leaves_nothing_to_find() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.write("aludel.yaml", &format!("url: {url}\nrevisions: r\nfile_template: \"{{{{ id }}}}.sql\"\n"));
    let tables = "CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE b (id bigint PRIMARY KEY, a bigint NOT NULL)";
    project.revision("a1", "", tables, "");
    project.ok(&["upgrade", "head"]);
    project.revision("b2", "a1", "-- For the page of users.\nCREATE INDEX b_a ON b (a)", "DROP INDEX b_a");
    project.revision("c3", "b2", "ALTER TABLE b ADD CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES a (id)", "");
    let schema = |project: &Project| project.json(&["inspect", "head", "--json"]);
    let before = schema(&project);
    let (status, rules) = found(&project, &["--fix"]);
    assert_eq!((status, rules.len()), (3, 2), "{rules:?}");
    assert_eq!(schema(&project)["services"][0]["schema"], before["services"][0]["schema"]);
    assert_eq!(found(&project, &[]), (0, Vec::new()));
    project.ok(&["upgrade", "head"]);
    let valid = "SELECT convalidated FROM pg_constraint WHERE conname = 'b_a_fkey'";
    assert_eq!(project.shell(Kind::Postgres, &url, valid).trim(), "t");
}

/// What a traced run reports of its service.
fn traced(project: &Project, arguments: &[&str]) -> Value {
    let run = project.run(&[&["lint", "--json", "--trace"], arguments].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run:?}"));
    document["services"][0].clone()
}

#[test]
fn a_file_that_a_git_ref_has_with_another_text_is_found() {
    let project = repository();
    project.revision("c3333", "b2222", "CREATE TABLE t (id INTEGER PRIMARY KEY)", "");
    commit(&project, "Work");
    assert_eq!(found(&project, &["--against", "work"]), (0, Vec::new()));
    project.revision("c3333", "b2222", "-- The same.\nCREATE TABLE t (id  INTEGER PRIMARY KEY)", "");
    assert_eq!(found(&project, &["--against", "work"]), (0, Vec::new()), "comments do not count");
    project.revision("c3333", "b2222", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "");
    let (status, rules) = found(&project, &["--against", "work"]);
    assert!(status == 3 && matches!(rules.as_slice(), [rule] if rule.starts_with("history-edited ")), "{rules:?}");
    let allowed = "-- lint: allow history-edited because no database has it\n";
    project.revision_with("c3333", "b2222", allowed, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "");
    assert_eq!(found(&project, &["--against", "work"]), (0, Vec::new()));
}

#[test]
fn a_file_that_was_applied_with_another_text_is_found() {
    let project = Project::new();
    project.write("aludel.yaml", "url: sqlite:app.db\nrevisions: r\n");
    project.revision("a1", "", "CREATE TABLE t (id INTEGER PRIMARY KEY)", "");
    project.ok(&["upgrade", "head"]);
    project.revision("a1", "", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "");
    let (status, rules) = found(&project, &[]);
    assert!(status == 3 && matches!(rules.as_slice(), [rule] if rule.starts_with("history-edited ")), "{rules:?}");
    assert_eq!(found(&project, &["--offline"]), (0, Vec::new()));
}

#[test]
fn made_up_rows_keep_the_constraints_of_their_tables() {
    let tables = "CREATE TABLE countries (code char(2) PRIMARY KEY, name varchar(60) NOT NULL);\n\
                  CREATE TABLE users (id integer NOT NULL PRIMARY KEY, email varchar(100) NOT NULL UNIQUE, \
                  age integer CHECK (age > 0 AND age < 150), kind varchar(9) NOT NULL CHECK (kind IN ('a', 'b')), \
                  country char(2) NOT NULL, FOREIGN KEY (country) REFERENCES countries (code));\n\
                  CREATE TABLE strange (id integer NOT NULL PRIMARY KEY, x integer NOT NULL CHECK (x * x = 144))";
    for kind in [Kind::Postgres, Kind::Mariadb, Kind::Sqlite] {
        let (project, url) = Project::with_database(kind);
        project.write("aludel.yaml", &format!("url: {url}\nrevisions: r\n"));
        project.revision("a1", "", tables, "");
        project.ok(&["upgrade", "head"]);
        let changes = "CREATE INDEX by_kind ON users (kind);\nCREATE INDEX by_x ON strange (x)";
        project.revision("b2", "a1", changes, "");
        let service = traced(&project, &["--rows", "1000"]);
        assert_eq!(service["filled"]["rows"]["users"], 1000, "{kind:?} {service:#}");
        assert!(service["filled"]["unfilled"]["strange"].is_string(), "{kind:?} {service:#}");
        assert_eq!(service["trace"][0]["measured"]["rows"], 1000, "{kind:?} {service:#}");
        assert_eq!(service["trace"][1]["measured"]["rows"], Value::Null, "{kind:?} {service:#}");
    }
}

#[test]
fn the_time_of_a_statement_is_estimated_for_the_sizes_of_production() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.write("aludel.yaml", &format!("url: {url}\nrevisions: r\n"));
    project.revision("a1", "", "CREATE TABLE t (id bigint PRIMARY KEY, a integer)", "");
    project.ok(&["upgrade", "head"]);
    project.revision("b2", "a1", "ALTER TABLE t ALTER a TYPE bigint;\nALTER TABLE t ADD b integer", "");
    let size = r#"{"services": [{"tables": [{"name": "t", "bytes": 1000, "rows": 5000000}]}]}"#;
    project.write("sizes.json", size);
    let service = traced(&project, &["--rows", "1000", "--sizes", "sizes.json"]);
    let statement = &service["trace"][0];
    let measured = statement["measured"]["milliseconds"].as_u64().unwrap();
    let estimated = statement["predicted"]["milliseconds"].as_u64().unwrap();
    assert!(estimated >= measured * 5000 && estimated <= (measured + 1) * 5000, "{statement:#}");
    assert_eq!(service["trace"][1]["predicted"]["milliseconds"], Value::Null, "no rows are touched");
}

#[test]
fn locks_outside_a_transaction_are_seen_by_a_second_session() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.write("aludel.yaml", &format!("url: {url}\nrevisions: r\n"));
    project.revision("a1", "", "CREATE TABLE t (id bigint PRIMARY KEY, a integer)", "");
    project.ok(&["upgrade", "head"]);
    let slow = "CREATE INDEX CONCURRENTLY t_a ON t (a)";
    project.revision_with("b2", "a1", "-- transaction: false\n", slow, "");
    let service = traced(&project, &["--rows", "100000"]);
    let locks = &service["trace"][0]["measured"]["locks"];
    assert_eq!(locks[0]["mode"], "SHARE UPDATE EXCLUSIVE", "{service:#}");
    assert_eq!(service["trace"][0]["agrees"], true);
}

#[test]
fn set_not_null_is_fixed_by_way_of_a_check() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.write("aludel.yaml", &format!("url: {url}\nrevisions: r\nfile_template: \"{{{{ id }}}}.sql\"\n"));
    project.revision("a1", "", "CREATE TABLE t (id bigint PRIMARY KEY, a text)", "");
    project.ok(&["upgrade", "head"]);
    let not_null = "ALTER TABLE t ALTER COLUMN a SET NOT NULL";
    let undo = "ALTER TABLE t ALTER COLUMN a DROP NOT NULL";
    project.revision("b2", "a1", not_null, undo);
    let schema =
        |project: &Project, at: &str| project.json(&["inspect", at, "--json"])["services"][0]["schema"].clone();
    let (before, start) = (schema(&project, "head"), schema(&project, "a1"));
    let (_, rules) = found(&project, &["--fix"]);
    assert!(rules.iter().any(|rule| rule.starts_with("set-not-null-scans ")), "{rules:?}");
    assert_eq!(schema(&project, "head"), before);
    let (_, rules) = found(&project, &[]);
    assert!(!rules.iter().any(|rule| rule.starts_with("set-not-null-scans ")), "{rules:?}");
    // Down from each of the three, and up again.
    project.ok(&["upgrade", "head"]);
    for _ in 0..3 {
        project.ok(&["downgrade", "--", "-1"]);
    }
    let live = project.json(&["inspect", "--json"])["services"][0]["schema"].clone();
    assert_eq!(live, start);
    project.ok(&["upgrade", "head"]);
}

#[test]
fn an_index_among_other_statements_moves_behind_them() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.write("aludel.yaml", &format!("url: {url}\nrevisions: r\nfile_template: \"{{{{ id }}}}.sql\"\n"));
    project.revision("a1", "", "CREATE TABLE t (id bigint PRIMARY KEY, a text);\nCREATE TABLE u (a int)", "");
    project.ok(&["upgrade", "head"]);
    let index = "-- By page.\nCREATE INDEX t_a ON t (a);\nALTER TABLE u ADD COLUMN b int";
    project.revision("b2", "a1", index, "ALTER TABLE u DROP COLUMN b;\nDROP INDEX t_a");
    let run = project.run(&["lint", "--fix"]);
    assert!(run.stdout.contains("fixed: "), "{run:?}");
    let files = std::fs::read_dir(project.path("r")).unwrap();
    let texts: Vec<String> = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let new = texts.iter().find(|text| text.contains("CONCURRENTLY")).unwrap();
    assert!(new.contains("-- transaction: false\n"), "{new}");
    assert!(new.contains("-- By page.\nCREATE INDEX CONCURRENTLY t_a ON t (a);"), "{new}");
    assert!(new.contains("DROP INDEX CONCURRENTLY t_a;"), "{new}");
    let old = texts.iter().find(|text| text.contains("-- revision: b2")).unwrap();
    assert!(!old.contains("INDEX") && !old.contains("By page"), "{old}");
    project.ok(&["upgrade", "head"]);
    project.ok(&["downgrade", "a1"]);
}

#[test]
fn an_index_that_later_statements_use_stays_with_the_reason() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.write("aludel.yaml", &format!("url: {url}\nrevisions: r\n"));
    project.revision("a1", "", "CREATE TABLE t (id bigint PRIMARY KEY, a text)", "");
    project.ok(&["upgrade", "head"]);
    let text = "CREATE UNIQUE INDEX t_a ON t (a);\nALTER TABLE t ADD CONSTRAINT a_key UNIQUE USING INDEX t_a";
    project.revision("b2", "a1", text, "");
    let run = project.run(&["lint", "--fix"]);
    assert!(run.stdout.contains(": a statement behind it uses t\n"), "{run:?}");
}
