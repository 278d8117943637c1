//! First steps of a new user: from `init` to a resolved branch conflict, on the three databases.

mod readme;

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

#[test]
fn init_says_what_it_wrote_and_what_to_type_next() {
    let project = Project::new();
    let run = project.run(&["init"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("aludel.yaml\nrevisions\n\nNext:\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with("  aludel upgrade head\n"), "{}", run.stdout);
    assert_eq!(project.run(&["init", "other", "-q"]).stdout, "other/aludel.yaml\nother/revisions\n");
    let several = project.json(&["init", "several", "--template", "multi"]);
    assert_eq!(several["made"][2], "several/revisions/second", "{several}");
}

#[test]
fn init_never_overwrites() {
    let project = Project::new();
    project.write("aludel.yaml", "mine");
    let refused = project.json(&["init"]);
    assert_eq!(refused["error"]["code"], "file-exists", "{refused}");
    assert_eq!(std::fs::read_to_string(project.path("aludel.yaml")).unwrap(), "mine");
    assert!(!project.path("revisions").exists());
}

#[test]
fn an_unknown_template_is_told_with_those_that_there_are() {
    let project = Project::new();
    let refused = project.json(&["init", "--template", "sinlge"]);
    assert_eq!(refused["error"]["code"], "template-invalid", "{refused}");
    assert!(refused["error"]["notes"][0].as_str().unwrap().contains("single"), "{refused}");
}

#[test]
fn templates_are_listed_with_and_without_a_project() {
    let project = Project::new();
    let names = |document: &serde_json::Value| -> Vec<String> {
        let templates = document["templates"].as_array().unwrap();
        templates.iter().map(|template| template["name"].as_str().unwrap().to_owned()).collect()
    };
    let built_in = names(&project.json(&["list-templates"]));
    for name in ["empty", "add-table", "add-column-backfill", "change-type", "merge", "single", "multi"] {
        assert!(built_in.iter().any(|known| known == name), "{name}");
    }
    project.ok(&["init"]);
    project.write("templates/ours.sql", "{# Ours #}\n{{ header }}\n-- @upgrade\n");
    project.write("templates/empty.sql", "{# Our empty one #}\n{{ header }}\n-- @upgrade\n");
    let own = project.json(&["list-templates"]);
    assert_eq!(names(&own).len(), built_in.len() + 1, "{own}");
    let ours = own["templates"].as_array().unwrap().iter().filter(|template| template["built_in"] == false).count();
    assert_eq!(ours, 2, "{own}");
    assert!(project.run(&["list-templates"]).stdout.contains("(this project's) Our empty one"));
}

on_each_database! { every_skeleton_that_needs_no_change_runs, a_branch_conflict_is_resolved, }

fn every_skeleton_that_needs_no_change_runs(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    let path = project.ok(&["revision", "-m", "Table", "--template", "add-table"]);
    let text = std::fs::read_to_string(project.path(path.trim())).unwrap();
    assert_eq!(text.matches("/* FILL IN */\n").count(), 2, "{text}");
    project.write(path.trim(), &text.replace("/* FILL IN */\n", ""));
    project.ok(&["revision", "-m", "Nothing", "--template", "empty"]);
    for target in ["head", "base", "head"] {
        let command = if target == "base" { "downgrade" } else { "upgrade" };
        project.ok(&[command, target]);
    }
}

fn a_branch_conflict_is_resolved(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    project.revision("a1111", "", "CREATE TABLE a (x int);", "DROP TABLE a;");
    project.ok(&["upgrade", "head"]);
    project.revision("b1111", "a1111", "CREATE TABLE b (x int);", "DROP TABLE b;");
    project.ok(&["upgrade", "head"]);
    project.revision("c1111", "a1111", "CREATE TABLE c (x int);", "DROP TABLE c;");
    assert_eq!(project.json(&["upgrade", "head"])["error"]["code"], "multiple-heads");
    let no_head = project.json(&["revision", "-m", "more"]);
    assert!(no_head["error"]["hints"][0].as_str().unwrap().contains("--head"), "{no_head}");
    let merged = project.run(&["merge", "-m", "Join", "--rev-id", "d1111"]);
    assert_eq!(merged.status, 0, "{}", merged.stderr);
    assert!(merged.stderr.contains("b1111 brings") && merged.stderr.contains("c1111 brings"), "{}", merged.stderr);
    let upgraded = project.json(&["upgrade", "head"]);
    assert_eq!(upgraded["services"][0]["to"], serde_json::json!(["d1111"]), "{upgraded}");
    assert_eq!(project.run(&["current", "--check-heads"]).status, 0);
}
