//! `blame`, `history --of` and `show --schema`: which revision made an object what it is.

use serde_json::Value;

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    an_object_is_followed_through_renames_of_itself_and_its_table,
    only_new_revisions_are_replayed,
    an_object_of_one_branch_is_not_in_another,
}

fn project(kind: Kind) -> Project {
    let project = Project::new();
    let url = project.new_database(kind, "app");
    project.write("aludel.yaml", &format!("url: \"{url}\"\nrevisions: r\n"));
    project.revision(
        "a1",
        "",
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, mail VARCHAR(90) NOT NULL);\n\
         CREATE INDEX by_mail ON accounts (mail);\nCREATE TABLE notes (x INTEGER)",
        "",
    );
    project.revision("b2", "a1", "ALTER TABLE accounts RENAME TO users;\nDROP TABLE notes", "");
    project.revision("c3", "b2", "ALTER TABLE users RENAME COLUMN mail TO email", "");
    project.revision("d4", "c3", "INSERT INTO users (id, email) VALUES (1, 'a@b')", "");
    project.revision("e5", "d4", "ALTER TABLE users ADD COLUMN nick VARCHAR(20)", "");
    project
}

fn blamed(project: &Project, arguments: &[&str]) -> Value {
    let text = project.ok(&[&["blame", "--json"], arguments].concat());
    let document: Value = serde_json::from_str(&text).unwrap();
    document["services"][0]["objects"][0].clone()
}

/// Each change with its revision.
fn changes(object: &Value) -> Vec<String> {
    let line =
        |change: &Value| format!("{} {}", change["revision"].as_str().unwrap(), change["change"].as_str().unwrap());
    object["changes"].as_array().unwrap().iter().map(line).collect()
}

fn an_object_is_followed_through_renames_of_itself_and_its_table(kind: Kind) {
    let project = project(kind);
    let email = blamed(&project, &["users.email"]);
    assert_eq!(changes(&email), ["c3 changed", "b2 changed", "a1 created"], "{email}");
    assert_eq!(email["changes"][0]["renamed_from"], "users.mail");
    assert_eq!(changes(&blamed(&project, &["accounts.mail"])), changes(&email), "the old name is the same column");
    let users = blamed(&project, &["users"]);
    assert_eq!(changes(&users), ["b2 changed", "a1 created"]);
    let part = |part: &Value| format!("{} {}", part["name"].as_str().unwrap(), part["revision"].as_str().unwrap());
    let parts: Vec<String> = users["parts"].as_array().unwrap().iter().map(part).collect();
    assert_eq!(&parts[..3], ["users.id a1", "users.email c3", "users.nick e5"], "{parts:?}");
    let notes = blamed(&project, &["notes"]);
    assert_eq!(
        (changes(&notes), notes["exists"].clone()),
        (vec!["b2 dropped".to_owned(), "a1 created".to_owned()], false.into())
    );
    assert_eq!(changes(&blamed(&project, &["accounts", "--at", "a1"])), ["a1 created"]);
    let history = project.ok(&["history", "--of", "users"]);
    let ids: Vec<&str> = history.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(ids, ["e5", "c3", "b2", "a1"], "d4 changes rows only: {history}");
    let shown = project.ok(&["show", "b2", "--schema"]);
    assert!(shown.contains("> table accounts  is users now") && shown.contains("- table notes"), "{shown}");
}

fn only_new_revisions_are_replayed(kind: Kind) {
    let project = project(kind);
    let first = blamed(&project, &["users"]);
    // The cache knows the texts. A revision that no server can run shows which ones are replayed.
    project.revision("f6", "e5", "ALTER TABLE users ADD COLUMN age INTEGER", "");
    let second = blamed(&project, &["users.age"]);
    assert_eq!(changes(&second), ["f6 created"]);
    assert_eq!(blamed(&project, &["users", "--at", "e5"])["parts"], first["parts"]);
    project.revision("f6", "e5", "ALTER TABLE users ADD COLUMN years INTEGER", "");
    assert_eq!(changes(&blamed(&project, &["users.years"])), ["f6 created"], "an edited revision is replayed again");
    let run = project.run(&["blame", "users.age"]);
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert!(run.stderr.contains("object-not-found"), "{}", run.stderr);
}

fn an_object_of_one_branch_is_not_in_another(kind: Kind) {
    let project = project(kind);
    project.revision("aa1", "e5", "ALTER TABLE users ADD COLUMN here INTEGER", "");
    project.revision("bb1", "e5", "ALTER TABLE users ADD COLUMN there INTEGER", "");
    let names = |at: &str| -> Vec<String> {
        let parts = blamed(&project, &["users", "--at", at])["parts"].clone();
        let columns = parts.as_array().unwrap().iter().filter(|part| part["kind"] == "column");
        columns.map(|part| part["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("aa1").last().unwrap(), "users.here");
    assert_eq!(names("bb1").last().unwrap(), "users.there");
    assert_eq!(
        blamed(&project, &["users"])["parts"].as_array().unwrap().len(),
        7,
        "all heads: id, email, nick, here, there, key, index"
    );
}
