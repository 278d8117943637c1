//! `report` on real servers: services that are up to date, half-way through a revision and ahead of their files, in one
//! page.

use serde_json::{Value, json};

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_page_of_services_that_are_pending_half_applied_failed_and_ahead,
}

/// Writes revision `id` of a service.
fn revision(project: &Project, service: &str, id: &str, down: &str, header: &str, sections: (&str, &str)) {
    let (upgrade, downgrade) = sections;
    let down = if down.is_empty() { "null" } else { down };
    let text = format!(
        "-- revision: {id}\n-- down_revision: {down}\n{header}\n-- @upgrade\n{upgrade}\n\n-- @downgrade\n{downgrade}\n"
    );
    project.write(&format!("{service}/{id}.sql"), &text);
}

/// Creates three services with databases of their own: `auth` at its head, `shop` half-way through `b2`, which waits for
/// `auth`, and `mail` with a revision of a newer release.
fn project(kind: Kind) -> Project {
    let project = Project::new();
    let service = |name: &str| {
        let url = project.new_database(kind, name);
        format!("  {name}: {{ url: '{url}', revisions: {name} }}\n")
    };
    project.write("aludel.yaml", &format!("services:\n{}{}{}", service("auth"), service("shop"), service("mail")));
    let users = ("CREATE TABLE users (id int PRIMARY KEY, mail varchar(200) NOT NULL);", "DROP TABLE users;");
    revision(&project, "auth", "a1", "", "-- message: Create users", users);
    let index = ("CREATE INDEX users_mail ON users (mail);", "DROP INDEX users_mail;");
    revision(&project, "auth", "a2", "a1", "", index);
    revision(&project, "shop", "b1", "", "", ("CREATE TABLE orders (id int PRIMARY KEY);", "DROP TABLE orders;"));
    let both = ("CREATE TABLE notes (id int);\nINSERT INTO nowhere VALUES (1);", "DROP TABLE notes;");
    revision(&project, "shop", "b2", "b1", "-- depends_on: ['auth:a2']\n-- transaction: false", both);
    revision(&project, "shop", "b3", "b2", "", ("DROP TABLE notes;", "SELECT 1;"));
    revision(&project, "mail", "c1", "", "", ("CREATE TABLE letters (id int);", "DROP TABLE letters;"));
    revision(
        &project,
        "mail",
        "c2",
        "c1",
        "-- message: Newer",
        ("CREATE TABLE stamps (id int);", "DROP TABLE stamps;"),
    );
    project.ok(&["upgrade", "head", "-s", "auth", "-s", "mail"]);
    std::fs::remove_file(project.path("mail/c2.sql")).unwrap();
    assert_eq!(project.run(&["upgrade", "head", "-s", "shop"]).status, 1);
    project
}

fn a_page_of_services_that_are_pending_half_applied_failed_and_ahead(kind: Kind) {
    let project = project(kind);
    let document = project.json(&["report"]);
    let services = document["services"].as_array().unwrap();
    let [auth, shop, mail] = services.as_slice() else { panic!("{document:#}") };
    let product = match kind {
        Kind::Sqlite => "SQLite",
        Kind::Postgres => "PostgreSQL",
        Kind::Mariadb => "MariaDB",
    };
    for service in services {
        let database = &service["database"];
        assert!(database["error"].is_null(), "{database:#}");
        // MySQL's servers run the same suite.
        let shown = database["product"].as_str().unwrap();
        assert!(shown == product || (kind == Kind::Mariadb && shown == "MySQL"), "{shown}");
        assert!(!database["url"].as_str().unwrap().contains("password"), "{database}");
    }
    let states = |service: &Value| {
        ["current", "pending", "ahead"].map(|name| {
            let list = service["database"][name].as_array().unwrap();
            list.iter().map(|item| item.as_str().or(item["revision"].as_str()).unwrap().to_owned()).collect::<Vec<_>>()
        })
    };
    assert_eq!(states(auth), [vec!["a2".to_owned()], vec![], vec![]]);
    assert_eq!(states(shop), [vec!["b1".to_owned()], vec!["b2".to_owned(), "b3".to_owned()], vec![]]);
    assert_eq!(states(mail), [vec!["c2".to_owned()], vec![], vec!["c2".to_owned()]]);
    let half = &shop["database"]["incomplete"][0];
    assert_eq!(
        (&half["revision"], &half["statements_done"], &half["statement"], &half["line"]),
        (&json!("b2"), &json!(1), &json!(2), &json!(7)),
        "{half:#}"
    );
    assert!(half["error"].as_str().unwrap().contains("nowhere"), "{half:#}");
    assert_eq!((&shop["journal"][0]["state"], &shop["journal"][0]["revision"]), (&json!("failed"), &json!("b2")));
    // A revision without a file is in the graph all the same, as its journal describes it.
    let newest = &mail["revisions"][0];
    assert_eq!((&newest["revision"], &newest["message"]), (&json!("c2"), &json!("Newer")), "{newest:#}");
    assert!(newest["recorded"]["applied_at"].is_string(), "{newest:#}");
    let changes: Vec<_> = auth["objects"]["steps"].as_array().unwrap().iter().map(|step| &step["changes"]).collect();
    assert!(changes[1].as_array().unwrap().iter().any(|change| change["kind"] == "index"), "{auth:#}");
    // `b2` fails in a replay too: the schema is that before it, and the reason is given.
    assert_eq!(shop["objects"]["steps"].as_array().unwrap().len(), 1, "{shop:#}");
    assert!(shop["objects_error"]["message"].as_str().is_some(), "{shop:#}");
    project.ok(&["report", "--html", "report.html"]);
    let page = std::fs::read_to_string(project.path("report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("\"b2\"") && page.contains("nowhere"));
}
