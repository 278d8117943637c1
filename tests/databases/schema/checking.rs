//! Tests of `check`.

use super::{all_is_well, configure, desiring, generate};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    each_thing_that_differs_is_named_with_what_mends_it,
    drift_alone_needs_no_right_to_create,
    drift_is_seen_after_a_downgrade_and_after_a_stamp_there_is_nothing_to_compare_with,
    without_snapshots_there_is_none,
    what_was_replayed_once_is_not_replayed_again,
    an_edited_history_is_replayed_anew,
    rows_that_no_file_explains_are_told,
    what_was_kept_is_believed_until_the_catalog_changes,
}

fn team(kind: Kind) -> (Project, String) {
    let (project, url) = desiring(kind, "CREATE TABLE a (x integer NOT NULL PRIMARY KEY, y varchar(10));\n");
    project.revision("aaaa", "", "CREATE TABLE a (x integer NOT NULL PRIMARY KEY);", "DROP TABLE a;");
    project.revision("bbbb", "aaaa", "ALTER TABLE a ADD COLUMN y varchar(10);", "ALTER TABLE a DROP COLUMN y;");
    project.ok(&["upgrade", "head"]);
    (project, url)
}

fn each_thing_that_differs_is_named_with_what_mends_it(kind: Kind) {
    let (project, url) = team(kind);
    all_is_well(&project);
    project.write("schema.sql", "CREATE TABLE a (x integer NOT NULL PRIMARY KEY, y varchar(10), z integer);\n");
    project.shell(kind, &url, "CREATE INDEX by_hand ON a (y);");
    let path = project.path("r/aaaa.sql");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace(
            "CREATE TABLE a (x integer NOT NULL PRIMARY KEY)",
            "CREATE TABLE a (x integer PRIMARY KEY NOT NULL)",
        ),
    )
    .unwrap();
    let document = project.json(&["check"]);
    let checks = document["services"][0]["checks"].as_array().unwrap();
    let wrong: Vec<_> = checks.iter().map(|check| (check["check"].as_str().unwrap(), check["ok"].as_bool())).collect();
    let expected = [("history", Some(true)), ("schema", Some(false)), ("drift", Some(false)), ("edited", Some(false))];
    assert_eq!(wrong, expected, "{document:#}");
    assert_eq!(checks[1]["changes"][0]["name"], "a.z");
    assert_eq!(checks[2]["changes"][0]["name"], "a.by_hand");
    assert_eq!(document["services"][0]["changed"][0]["revision"], "aaaa");
    assert!(
        checks.iter().skip(1).all(|check| check["remedies"][0].as_str().unwrap().contains("aludel ")),
        "{document:#}"
    );
    assert_eq!(project.run(&["check"]).status, 3);
    // The suggested remedies fix the problems.
    generate(&project, &[]);
    project.shell(kind, &url, &project.ok(&["diff", "database", "current", "--sql"]));
    project.ok(&["repair", "--accept", "aaaa"]);
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
}

fn drift_alone_needs_no_right_to_create(kind: Kind) {
    let (project, url) = team(kind);
    let name = url.rsplit('/').next().unwrap();
    let reader = match kind {
        Kind::Postgres => {
            let server = kind.server().unwrap();
            let role = format!("reader_{name}");
            server.shell(
                &url,
                // Before PostgreSQL 15 that column is not readable for everyone; the REVOKE makes all versions behave
                // alike.
                &format!(
                    "CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
                     REVOKE SELECT (oid) ON pg_catalog.pg_subscription FROM PUBLIC;"
                ),
            );
            format!("postgres://{role}:x@{}:{}/{name}", server.address.host, server.address.port)
        }
        Kind::Mariadb => {
            let server = kind.server().unwrap();
            let role = format!("reader_{name}");
            server.shell("", &format!("CREATE USER {role}@'%' IDENTIFIED BY 'x'; GRANT SELECT, SHOW VIEW, TRIGGER ON {name}.* TO {role}@'%';"));
            format!("mysql://{role}:x@{}:{}/{name}", server.address.host, server.address.port)
        }
        Kind::Sqlite => {
            let mut rights = std::fs::metadata(project.path("app.db")).unwrap().permissions();
            rights.set_readonly(true);
            std::fs::set_permissions(project.path("app.db"), rights).unwrap();
            url.clone()
        }
    };
    let (user, owner) = (reader.as_str(), url.as_str());
    let ask = || project.run(&["check", "--drift", "--url", user]);
    let run = ask();
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    if kind == Kind::Sqlite {
        return;
    }
    project.shell(kind, owner, "CREATE TABLE by_hand (x integer);");
    project.shell(kind, owner, "ALTER TABLE a DROP COLUMN y;");
    let run = ask();
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("by_hand") || kind == Kind::Mariadb, "{}", run.stdout);
    assert!(run.stdout.contains("- column a.y"), "{}", run.stdout);
}

fn drift_is_seen_after_a_downgrade_and_after_a_stamp_there_is_nothing_to_compare_with(kind: Kind) {
    let (project, url) = team(kind);
    project.ok(&["downgrade", "-1", "--yes"]);
    assert_eq!(project.run(&["check", "--drift"]).status, 0);
    project.shell(kind, &url, "ALTER TABLE a ADD COLUMN y varchar(10);");
    assert_eq!(project.run(&["check", "--drift"]).status, 3);
    project.ok(&["stamp", "head"]);
    let run = project.run(&["check", "--drift"]);
    assert!(run.stderr.contains("error[no-snapshot]"), "{}", run.stderr);
    all_is_well(&project);
}

fn without_snapshots_there_is_none(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    configure(&project, &url, "    snapshot: false\n");
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    project.ok(&["upgrade", "head"]);
    let run = project.run(&["check", "--drift"]);
    assert!(run.stderr.contains("error[no-snapshot]"), "{}", run.stderr);
    all_is_well(&project);
    let tables = match kind {
        Kind::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%version_schema';",
        _ => {
            "SELECT count(*) FROM information_schema.tables WHERE table_name = 'aludel_version_schema' AND table_schema IN ('public', (SELECT table_schema FROM information_schema.tables WHERE table_name = 'none'));"
        }
    };
    assert_eq!(project.shell(kind, &url, tables), "0");
}

fn kept(project: &Project) -> Vec<std::path::PathBuf> {
    let folder = std::fs::read_dir(project.path(".cache/aludel"));
    folder.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn what_was_replayed_once_is_not_replayed_again(kind: Kind) {
    let (project, _) = team(kind);
    all_is_well(&project);
    let files = kept(&project);
    assert!(!files.is_empty());
    // A changed cache entry proves that the schema is read from the cache, not replayed.
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        std::fs::write(file, text.replace("\"y\"", "\"kept\"")).unwrap();
    }
    let run = project.run(&["check"]);
    assert!(run.stdout.contains("column a.kept"), "{}", run.stdout);
}

fn an_edited_history_is_replayed_anew(kind: Kind) {
    let (project, _) = team(kind);
    all_is_well(&project);
    let path = project.path("r/bbbb.sql");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("varchar(10);", "varchar(20);")).unwrap();
    let run = project.run(&["check"]);
    assert_eq!(run.status, 3);
    assert_eq!(run.stdout.matches("column a.y").count(), 2, "{}", run.stdout);
}

fn rows_that_no_file_explains_are_told(kind: Kind) {
    let (project, url) = team(kind);
    project.shell(kind, &url, "UPDATE aludel_version SET version_num = 'ffff';");
    let run = project.run(&["check"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("ffff") && run.stdout.contains("stamp --detect"), "{}", run.stdout);
    project.ok(&["stamp", "--detect"]);
    all_is_well(&project);
}

fn what_was_kept_is_believed_until_the_catalog_changes(kind: Kind) {
    if kind != Kind::Postgres {
        return; // The other databases have no catalog version, so the catalog is read each time.
    }
    let (project, url) = team(kind);
    all_is_well(&project);
    // A forged snapshot is trusted, which proves that the catalog is not read again.
    project.shell(kind, &url, "UPDATE aludel_version_schema SET content = replace(content, '\"y\"', '\"forged\"');");
    let document = project.json(&["check"]);
    assert_eq!(document["services"][0]["checks"][2]["ok"], false, "{document:#}");
    project.shell(kind, &url, "CREATE TABLE b (x integer); DROP TABLE b; ALTER TABLE a ADD COLUMN z integer;");
    let document = project.json(&["check"]);
    let changes = document["services"][0]["checks"][2]["changes"].as_array().unwrap().clone();
    assert_eq!(changes.len(), 1, "{document:#}");
    assert_eq!(changes[0]["name"], "a.z");
}
