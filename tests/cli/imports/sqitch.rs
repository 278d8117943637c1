//! Sqitch: its plan becomes a graph.

use super::{Switch, warnings};
use crate::support::project::Kind;

/// Change ids from `sqitch plan` and the registry's tags. The seventh is a tag that becomes a merge.
const IDS: [&str; 10] = [
    "bd421624cebd1773aa424e9a814d1ba0aee1d1a0",
    "abf081ee1e39a3df4f9d7ed6817c4de628542053",
    "55b47694c3c51f518b2ba00cdd2a0bf7a4621031",
    "627c24e3fe29f289635d9e8e1156ede058d1f0cb",
    "2153691a774bd6f96a953688653291a128ff65c6",
    "1cf4b38babdf93db4962cf3c30d9e1f6ed14aee0",
    "a2ec15d763458e7b9e959999cc9d8a63d24125ce",
    "25d11e9c41546e2fa5031b32bf516bb1e30eb4dc",
    "799ddbf9aa618b9f7ded739dcd9cae467eb46895",
    "b5db070ab4d8cc06a593397ee991f6c4a217f703",
];

#[test]
fn a_plan_becomes_a_graph_with_merges() {
    let switch = Switch::new("sqitch", Kind::Postgres);
    let document = switch.import_twice(&IDS);
    assert_eq!(
        warnings(&document),
        [
            ("verify-left-out", "verify/flips.sql"),
            ("conflict", "sqitch.plan"),
            ("other-project", "sqitch.plan"),
            ("included", "deploy/report.sql"),
        ]
    );
}

#[test]
fn the_graph_is_what_changes_require() {
    let switch = Switch::new("sqitch", Kind::Postgres);
    switch.import();
    let document = switch.project.json(&["history"]);
    let parents: Vec<Vec<usize>> = IDS
        .iter()
        .map(|id| {
            let all = document["services"][0]["revisions"].as_array().unwrap();
            let revision = all.iter().find(|revision| revision["revision"] == *id).unwrap();
            let parents = super::strings(&revision["down_revision"]);
            parents.iter().map(|parent| IDS.iter().position(|id| id == parent).unwrap()).collect()
        })
        .collect();
    // Order: appschema, users, flips, userflips (tagged), insert_user, hashtags, the second tag, insert_user again,
    // index, report. The last one requires nothing, so it follows everything.
    let expected: [&[usize]; 10] = [&[], &[0], &[0], &[1, 2], &[3], &[3], &[4, 5], &[6], &[6], &[7, 8]];
    assert_eq!(parents, expected);
}

#[test]
fn it_runs_up_down_and_up() {
    let switch = Switch::new("sqitch", Kind::Postgres);
    switch.import();
    switch.up_down_up("SELECT count(*) FROM flipr.report;", "0");
    switch.ok(&["downgrade", "v1.0.0-dev1", "--yes"]);
    assert_eq!(switch.sql("SELECT to_regclass('flipr.hashtags') IS NULL;"), "t");
    switch.ok(&["upgrade", "v1.0.0-dev2"]);
    assert_eq!(switch.sql("SELECT to_regclass('flipr.hashtags') IS NULL;"), "f");
}

#[test]
fn a_verify_script_that_fails_fails_the_revision_and_rows_of_it_do_not() {
    let switch = Switch::new("sqitch", Kind::Postgres);
    switch.import();
    let name = "0001_appschema.sql";
    let text = switch.files()[name].clone();
    switch
        .project
        .write(&format!("r/{name}"), &text.replace("'flipr';\n", "'flopr';\n").replace("'flipr'\n", "'flopr'\n"));
    let run = switch.run(&["upgrade", "heads"]);
    assert!(run.stderr.contains("division by zero"), "{}", run.stderr);
    switch.project.write(&format!("r/{name}"), &text);
    switch.ok(&["upgrade", "heads"]);
}

#[test]
fn the_registry_says_what_is_deployed() {
    let switch = Switch::new("sqitch", Kind::Postgres);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), [IDS[6]]);
    switch.sql("DELETE FROM sqitch.tags WHERE tag = '@v1.0.0-dev2'; DELETE FROM sqitch.dependencies; DELETE FROM sqitch.changes WHERE change = 'hashtags';");
    switch.ok(&["stamp", "--from", "sqitch", "--purge"]);
    assert!(switch.ok(&["current"]).stdout.contains(IDS[4]));
}

/// Change ids of the project `lists`, from `sqitch plan`.
const LISTS: [&str; 3] = [
    "fae063efb29054ec6d62d661e2e05f07286b94bc",
    "2fbbe0e4c3fd9784248ca2d3873e209557a77dd4",
    "3e92c84e0a14711f79de55ee8c1ee0d6facef189",
];

/// Imports the small project into a service on this kind of database.
fn lists(kind: Kind) -> Switch {
    let switch = Switch::new("sqitch", kind);
    let folder = super::sample("sqitch-sqlite", "project").display().to_string();
    let document = switch.project.json(&["import", "sqitch", &folder]);
    assert_eq!(super::revisions(&document["services"][0]["imported"]), LISTS, "{document:#}");
    switch
}

#[test]
fn on_sqlite_the_registry_is_a_file_beside_the_database() {
    let switch = lists(Kind::Sqlite);
    assert_eq!(switch.refusal().0, "foreign-table-missing");
    let registry = format!("sqlite:{}", switch.project.path("sqitch.db").display());
    let table = std::fs::read_to_string(super::sample("sqitch-sqlite", "table.sql")).unwrap();
    switch.project.shell(Kind::Sqlite, &registry, &table);
    assert_eq!(switch.stamp(), [LISTS[1]]);
    switch.ok(&["stamp", "base"]);
    switch.up_down_up("SELECT count(*) FROM items;", "0");
}

#[test]
fn on_mariadb_the_registry_is_a_database_and_other_projects_in_it_do_not_count() {
    let switch = lists(Kind::Mariadb);
    let registry = switch.project.new_database(Kind::Mariadb, "registry");
    let name = registry.rsplit('/').next().unwrap();
    let rows = |table: &str, id: &str| {
        format!("CREATE TABLE {table} ({id} VARCHAR(40) PRIMARY KEY, project VARCHAR(255) NOT NULL);")
    };
    switch.project.shell(Kind::Mariadb, &registry, &(rows("changes", "change_id") + &rows("tags", "tag_id")));
    let add = |id: &str, project: &str| {
        switch.project.shell(Kind::Mariadb, &registry, &format!("INSERT INTO changes VALUES ('{id}', '{project}');"));
    };
    add("aaaa", "other");
    add(LISTS[0], "lists");
    switch.ok(&["stamp", "--from", "sqitch", "--from-table", name]);
    assert!(switch.ok(&["current"]).stdout.contains(LISTS[0]));
    add("bbbb", "lists");
    let refused = switch.project.json(&["stamp", "--from", "sqitch", "--from-table", name]);
    assert_eq!(refused["error"]["code"], "foreign-unknown", "{refused:#}");
    switch.ok(&["stamp", "base"]);
    switch.up_down_up("SELECT count(*) FROM items;", "0");
}
