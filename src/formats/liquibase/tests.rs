//! Tests of changelogs in XML and YAML, and of what is refused in them.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn files(texts: &[(&str, &str)]) -> Vec<File> {
    texts.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
}

fn read_all(texts: &[(&str, &str)]) -> Result<ImportedHistory, ForeignError> {
    read(&files(texts), Dialect::POSTGRES)
}

fn refused(texts: &[(&str, &str)]) -> String {
    read_all(texts).unwrap_err().to_string()
}

const SQL: &str = "--liquibase formatted sql\n--changeset c:1\nSELECT 1;\n";

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
  <include file="db/changelog/last.yaml"/>
  <includeAll path="sql" relativeToChangelogFile="true"/>
  <changeSet id="7" author="ada" runInTransaction="false">
    <comment>Seven</comment>
    <sql splitStatements="false"><![CDATA[CREATE INDEX CONCURRENTLY i ON t (x) WHERE x < 3]]></sql>
    <rollback>DROP INDEX i</rollback>
  </changeSet>
  <changeSet id="8" author="ada">
    <sqlFile path="scripts/eight.sql" relativeToChangelogFile="true"/>
    <rollback><sql>SELECT 8</sql><sqlFile path="scripts/back.sql"/></rollback>
  </changeSet>
  <changeSet id="9" author="ada"><tagDatabase tag="v1"/></changeSet>
</databaseChangeLog>
"#;

const YAML: &str = "\
databaseChangeLog:
  - changeSet:
      id: 0001
      author: bob
      changes:
        - sql:
            sql: CREATE TABLE t (x int)
        - sqlFile:
            path: scripts/eight.sql
      rollback: DROP TABLE t
";

#[test]
fn xml_yaml_and_formatted_sql_are_read_in_the_order_of_the_root() {
    let history = read_all(&[
        ("last.yaml", YAML),
        ("root.xml", XML),
        ("scripts/back.sql", "SELECT 9"),
        ("scripts/eight.sql", "SELECT 'eight';"),
        ("sql/b.sql", &SQL.replace("c:1", "c:2")),
        ("sql/a.sql", SQL),
        ("stray.sql", "SELECT 0;"),
    ])
    .unwrap();
    let ids: Vec<&str> = history.revisions.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids[0], "bob_0001");
    assert_eq!(ids[3..], ["ada_7", "ada_8", "ada_9"]);
    let text = |id: &str| history.revisions.iter().find(|one| one.id.as_str() == id).unwrap();
    assert_eq!(text("bob_0001").upgrade, "CREATE TABLE t (x int);\nSELECT 'eight';\n");
    assert_eq!(text("bob_0001").downgrade.as_deref(), Some("DROP TABLE t;\n"));
    assert_eq!((text("ada_7").transaction, text("ada_7").message.as_deref()), (false, Some("Seven")));
    assert_eq!(text("ada_8").downgrade.as_deref(), Some("SELECT 8;\nSELECT 9;\n"));
    assert_eq!(text("ada_9").labels, ["v1"]);
    let ignored: Vec<&str> = history
        .warnings
        .iter()
        .filter(|warning| warning.caution == Caution::Ignored)
        .map(|warning| warning.path.as_str())
        .collect();
    assert_eq!(ignored, ["stray.sql"]);
}

#[test]
fn a_change_that_is_no_sql_is_named() {
    let xml = XML.replace("<tagDatabase tag=\"v1\"/>", "<createTable tableName=\"t\"/>");
    let message =
        refused(&[("root.xml", &xml), ("last.yaml", YAML), ("scripts/eight.sql", ""), ("scripts/back.sql", "")]);
    assert!(message.contains("ada:9") && message.contains("createTable"), "{message}");
}

#[test]
fn what_cannot_be_put_in_an_order_is_refused() {
    let root = |file: &str| format!("databaseChangeLog:\n  - include:\n      file: {file}\n");
    assert!(refused(&[("a.yaml", YAML), ("b.yaml", YAML)]).contains("a.yaml, b.yaml"));
    assert!(refused(&[("a.yaml", &root("missing.sql"))]).contains("missing.sql"));
    let cycle = [("a.yaml", &*root("b.yaml")), ("b.yaml", &*root("c.yaml")), ("c.yaml", &*root("b.yaml"))];
    assert!(refused(&cycle).contains("includes itself"));
    assert!(refused(&[("a.sql", "--liquibase formatted sql\nSELECT 1;\n")]).contains("--changeset"));
    assert!(refused(&[("a.sql", "--liquibase formatted sql\n--changeset ada\nSELECT 1;\n")]).contains("author:id"));
    assert!(refused(&[("a.xml", "<databaseChangeLog><a></b></databaseChangeLog>")]).contains("1:"));
    let deep = format!("<databaseChangeLog>{}{}</databaseChangeLog>", "<a>".repeat(99), "</a>".repeat(99));
    assert!(refused(&[("a.xml", &deep)]).contains("deep"));
}
