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
