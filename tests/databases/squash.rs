//! A revision that replaces others, beside databases in which none, a part, or all of them are applied.

mod command;
mod killed;
mod releases;
mod views;

use std::fs;

use serde_json::{Value, json};

use crate::support;
use crate::support::project::{Kind, Project};

/// Statements of a revision: id, down revisions, upgrade section, downgrade section.
type Statements = (&'static str, &'static str, &'static str, &'static str);

/// Revisions of the release before the squash; `s111` replaces `b111` and `c111`.
const BEFORE: [Statements; 4] = [
    ("a111", "", "CREATE TABLE t (id int, v varchar(50));", "DROP TABLE t;"),
    ("b111", "a111", "INSERT INTO t VALUES (1, 'a');\nCREATE TABLE u (id int);", "DROP TABLE u;\nDELETE FROM t;"),
    ("c111", "b111", "ALTER TABLE u ADD COLUMN w int;", "ALTER TABLE u DROP COLUMN w;"),
    ("d111", "c111", "CREATE INDEX t_v ON t (v);", "DROP INDEX t_v;"),
];

const REPLACEMENT: Statements = (
    "s111",
    "a111",
    "INSERT INTO t VALUES (1, 'a');\nCREATE TABLE u (id int, w int);",
    "DROP TABLE u;\nDELETE FROM t;",
);

/// Writes a revision. `header` has additional lines.
fn write(project: &Project, kind: Kind, (id, down, upgrade, downgrade): Statements, header: &str) {
    let downgrade = match kind {
        Kind::Mariadb => downgrade.replace("DROP INDEX t_v", "DROP INDEX t_v ON t"),
        Kind::Sqlite | Kind::Postgres => downgrade.to_owned(),
    };
    project.revision_with(id, down, header, upgrade, &downgrade);
}

/// Creates a release before and one after the squash, on one fresh database. The later one still has the old files.
fn releases(kind: Kind) -> (Project, Project, String) {
    let (old, url) = Project::with_database(kind);
    BEFORE.iter().for_each(|revision| write(&old, kind, *revision, ""));
    let new = with_files_of(&old, &["a111", "b111", "c111"]);
    write(&new, kind, REPLACEMENT, "-- replaces: [b111, c111]\n");
    let (_, _, upgrade, downgrade) = BEFORE[3];
    write(&new, kind, ("d111", "s111", upgrade, downgrade), "");
    (old, new, url)
}

/// Returns a project with the config of `other` and these of its files.
fn with_files_of(other: &Project, revisions: &[&str]) -> Project {
    let project = Project::new();
    project.write("aludel.yaml", &fs::read_to_string(other.path("aludel.yaml")).unwrap());
    for id in revisions {
        project.write(&format!("r/{id}.sql"), &fs::read_to_string(other.path(&format!("r/{id}.sql"))).unwrap());
    }
    project
}

/// Returns the rows of the version table as the database's own client prints them.
fn version_rows(project: &Project, kind: Kind, url: &str) -> String {
    let rows = project.shell(kind, url, "SELECT version_num FROM aludel_version ORDER BY version_num;");
    rows.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the journal: revision, operation, number of statements, note.
fn journal(project: &Project, kind: Kind, url: &str) -> String {
    project.shell(
        kind,
        url,
        "SELECT revision, operation, statements_total, COALESCE(note, '') FROM aludel_version_history ORDER BY id;",
    )
}

/// Returns tables, indexes and rows without aludel's own tables, as the database's own programs print them.
fn contents(project: &Project, kind: Kind, url: &str) -> String {
    match kind {
        Kind::Sqlite => project.shell(
            kind,
            url,
            "SELECT m.name, m.type, p.name, p.type FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) p \
             WHERE m.tbl_name NOT LIKE 'aludel%' ORDER BY m.name, p.cid; SELECT * FROM t ORDER BY id;",
        ),
        Kind::Postgres => {
            let dump = support::postgres().dump(url, &["--exclude-table=aludel*", "--exclude-table=*_aludel*"]);
            let dump = dump.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\n");
            format!("{dump}\n{}", project.shell(kind, url, "SELECT * FROM t ORDER BY id;"))
        }
        Kind::Mariadb => {
            let tables = project.shell(kind, url, "SHOW TABLES;");
            let own = tables.split_whitespace().filter(|name| !name.starts_with("aludel"));
            let made: String =
                own.map(|name| project.shell(kind, url, &format!("SHOW CREATE TABLE {name};"))).collect();
            format!("{made}\n{}", project.shell(kind, url, "SELECT * FROM t ORDER BY id;"))
        }
    }
}

/// Returns the contents of a database that the release has upgraded from nothing to `target`.
fn fresh(release: &Project, kind: Kind, target: &str) -> String {
    let url = release.new_database(kind, &format!("fresh{target}"));
    let config = fs::read_to_string(release.path("aludel.yaml")).unwrap();
    release.write("fresh.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    release.ok(&["-c", "fresh.yaml", "upgrade", target]);
    fs::remove_file(release.path("fresh.yaml")).unwrap();
    assert_eq!(config, fs::read_to_string(release.path("aludel.yaml")).unwrap());
    contents(release, kind, &url)
}

fn service(project: &Project, arguments: &[&str]) -> Value {
    let document = project.json(arguments);
    assert!(document["error"].is_null(), "{arguments:?} {document}");
    document["services"][0].clone()
}

fn ids(revisions: &Value) -> Vec<&str> {
    revisions.as_array().unwrap().iter().map(|revision| revision["revision"].as_str().unwrap()).collect()
}

/// Returns the revisions that are current and pending.
fn position(project: &Project) -> Value {
    let status = service(project, &["status"]);
    assert_eq!((&status["unknown"], &status["changed"]), (&json!([]), &json!([])), "{status}");
    json!([ids(&status["current"]), ids(&status["pending"])])
}
