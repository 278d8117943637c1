//! Tests of `stamp --detect`.

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_lost_version_table_is_made_again_where_the_database_is,
    of_several_branches_those_that_are_there_are_found,
    where_nothing_is_exact_the_nearest_is_told_and_nothing_is_stamped,
    among_revisions_that_change_no_schema_the_version_table_is_believed_else_the_last_is_taken,
}

fn line(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    project.revision("bbbb", "aaaa", "ALTER TABLE a ADD COLUMN y varchar(10);", "");
    project.revision("cccc", "bbbb", "CREATE INDEX a_y ON a (y);", "");
    project.revision("dddd", "cccc", "CREATE TABLE d (x integer);", "");
    (project, url)
}

fn at(project: &Project) -> Vec<String> {
    let document = project.json(&["current"]);
    document["services"][0]["rows"].as_array().unwrap().iter().map(|row| row.as_str().unwrap().to_owned()).collect()
}

fn a_lost_version_table_is_made_again_where_the_database_is(kind: Kind) {
    for revision in ["base", "aaaa", "cccc", "dddd"] {
        let (project, url) = line(kind);
        project.ok(&["upgrade", "dddd"]);
        if revision != "dddd" {
            project.ok(&["stamp", "base"]);
            let fresh = project.new_database(kind, "at");
            let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap().replace(&url, &fresh);
            project.write("aludel.yaml", &config);
            if revision != "base" {
                project.ok(&["upgrade", revision]);
                project.shell(kind, &fresh, "DROP TABLE aludel_version;");
            }
        } else {
            project.shell(kind, &url, "UPDATE aludel_version SET version_num = 'ffff';");
        }
        let planned = project.run(&["stamp", "--detect", "--dry-run"]);
        assert_eq!(planned.status, 0, "{}{}", planned.stdout, planned.stderr);
        let run = project.run(&["stamp", "--detect"]);
        assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
        let expected: Vec<String> = if revision == "base" { Vec::new() } else { vec![revision.to_owned()] };
        assert_eq!(at(&project), expected);
        assert_eq!(project.run(&["check"]).status, 0);
    }
}

fn of_several_branches_those_that_are_there_are_found(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    project.revision("b1b1", "aaaa", "CREATE TABLE b (x integer);", "DROP TABLE b;");
    project.revision("c1c1", "aaaa", "CREATE TABLE c (x integer);", "DROP TABLE c;");
    project.ok(&["upgrade", "heads"]);
    project.shell(kind, &url, "DELETE FROM aludel_version;");
    project.ok(&["stamp", "--detect"]);
    assert_eq!(at(&project), ["b1b1", "c1c1"]);
    project.ok(&["downgrade", "b1b1-1", "--yes"]);
    let before = at(&project);
    project.shell(kind, &url, "DELETE FROM aludel_version;");
    project.ok(&["stamp", "--detect"]);
    assert_eq!(at(&project), before);
}

fn where_nothing_is_exact_the_nearest_is_told_and_nothing_is_stamped(kind: Kind) {
    let (project, url) = line(kind);
    project.ok(&["upgrade", "cccc"]);
    project.ok(&["stamp", "aaaa"]);
    project.shell(kind, &url, "CREATE TABLE by_hand (x integer);");
    let run = project.run(&["stamp", "--detect"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("the closest is") && run.stdout.contains("cccc"), "{}", run.stdout);
    assert!(run.stdout.contains("+ table by_hand"), "{}", run.stdout);
    assert_eq!(at(&project), ["aaaa"]);
    let document = project.json(&["stamp", "--detect"]);
    assert_eq!(document["services"][0]["exact"], false);
    assert_eq!(document["services"][0]["detected"][0], "cccc");
}

fn among_revisions_that_change_no_schema_the_version_table_is_believed_else_the_last_is_taken(kind: Kind) {
    let (project, _) = line(kind);
    project.revision("eeee", "dddd", "UPDATE a SET x = 1;", "");
    project.ok(&["upgrade", "dddd"]);
    let run = project.run(&["stamp", "--detect"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("dddd"), "{}", run.stdout);
    assert_eq!(at(&project), ["dddd"], "what the version table says is as good as any");
    project.ok(&["stamp", "aaaa"]);
    project.ok(&["stamp", "--detect"]);
    assert_eq!(at(&project), ["eeee"], "the last of those that are as good");
}
