//! Tests of `revision --derive-downgrade`.

use super::same;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_missing_downgrade_is_worked_out_and_leads_back,
    a_refused_downgrade_names_the_way_out,
    an_upgrade_without_a_way_back_is_refused_where_the_config_says_so,
    what_the_rows_lose_is_written_down,
    what_was_renamed_is_renamed_back_and_keeps_its_rows,
}

/// Creates a revision after `aaaa` without a downgrade section.
fn one_way(kind: Kind, upgrade: &str) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision(
        "aaaa",
        "",
        "CREATE TABLE a (x integer NOT NULL PRIMARY KEY, y varchar(10));\nCREATE INDEX a_y ON a (y);\nCREATE VIEW seen AS SELECT x FROM a;",
        "DROP VIEW seen;\nDROP TABLE a;",
    );
    let upgrade = upgrade.replace("{ON}", if kind == Kind::Mariadb { " ON a" } else { "" });
    project.write("r/bbbb.sql", &format!("-- revision: bbbb\n-- down_revision: aaaa\n\n-- @upgrade\n{upgrade}\n"));
    (project, url)
}

fn a_missing_downgrade_is_worked_out_and_leads_back(kind: Kind) {
    let (project, url) = one_way(
        kind,
        "CREATE TABLE b (x integer NOT NULL PRIMARY KEY REFERENCES a (x));\nDROP VIEW seen;\nDROP INDEX a_y{ON};\n\
         ALTER TABLE a ADD COLUMN z varchar(30);\nCREATE INDEX a_z ON a (z);",
    );
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "INSERT INTO a (x, y, z) VALUES (1, 'y', 'z');");
    project.ok(&["revision", "--derive-downgrade", "bbbb"]);
    project.ok(&["downgrade", "-1", "--yes"]);
    same(&project, "aaaa", "database");
    assert_eq!(project.shell(kind, &url, "SELECT y FROM a;"), "y");
    project.ok(&["upgrade", "head"]);
    same(&project, "head", "database");
    let run = project.run(&["revision", "--derive-downgrade", "bbbb"]);
    assert!(run.stderr.contains("error[downgrade-exists]"), "{}", run.stderr);
}

fn a_refused_downgrade_names_the_way_out(kind: Kind) {
    let (project, _) = one_way(kind, "CREATE TABLE b (x integer);");
    project.ok(&["upgrade", "head"]);
    let run = project.run(&["downgrade", "-1"]);
    assert!(run.stderr.contains("aludel revision --derive-downgrade bbbb"), "{}", run.stderr);
}

fn what_was_renamed_is_renamed_back_and_keeps_its_rows(kind: Kind) {
    for upgrade in [
        "ALTER TABLE a RENAME COLUMN y TO z;",
        "ALTER TABLE a RENAME TO c;\nALTER TABLE c RENAME COLUMN y TO z;",
        "ALTER TABLE a RENAME COLUMN y TO z;\nALTER TABLE a RENAME TO c;\nALTER TABLE c ADD COLUMN more integer;",
    ] {
        // SQLite refuses to rename columns used by a view, and MariaDB's view would be broken in the meantime.
        let (project, url) = one_way(kind, &format!("DROP VIEW seen;\n{upgrade}"));
        let text = project.ok(&["revision", "--derive-downgrade", "bbbb"]);
        assert!(text.contains("RENAME") && !text.contains("NOT BROUGHT BACK"), "{upgrade}\n{text}");
        project.ok(&["upgrade", "aaaa"]);
        project.shell(kind, &url, "INSERT INTO a (x, y) VALUES (1, 'kept');");
        project.ok(&["upgrade", "head"]);
        project.ok(&["downgrade", "-1", "--yes"]);
        same(&project, "aaaa", "database");
        assert_eq!(project.shell(kind, &url, "SELECT y FROM a;"), "kept", "{text}");
    }
}

fn an_upgrade_without_a_way_back_is_refused_where_the_config_says_so(kind: Kind) {
    let (project, _) = one_way(kind, "CREATE TABLE b (x integer);");
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &config.replace("    revisions:", "    require_downgrade: true\n    revisions:"));
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("error[no-downgrade]"), "{}", run.stderr);
    assert!(run.stderr.contains("aludel revision --derive-downgrade bbbb"), "{}", run.stderr);
    assert_eq!(project.json(&["current"])["services"][0]["current"], serde_json::json!([]), "nothing ran");
    project.ok(&["revision", "--derive-downgrade", "bbbb"]);
    project.ok(&["upgrade", "head"]);
}

fn what_the_rows_lose_is_written_down(kind: Kind) {
    let (project, _) = one_way(kind, "DROP VIEW seen;\nUPDATE a SET y = NULL;\nDROP INDEX a_y{ON};\nDROP TABLE a;");
    let text = project.ok(&["revision", "--derive-downgrade", "bbbb"]);
    assert!(text.contains("NOT BROUGHT BACK: what the upgrade does to rows (line 6)"), "{text}");
    assert!(text.contains("NOT BROUGHT BACK: all rows of a"), "{text}");
    project.ok(&["upgrade", "head"]);
    project.ok(&["downgrade", "-1", "--yes"]);
    same(&project, "aaaa", "database");
}
