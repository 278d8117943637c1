//! Several services: one that cannot be reached does not hide the others. Journal entries of stamps and repairs.

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    the_journal_keeps_what_a_stamp_replaced,
    several_changed_files_are_accepted_at_once,
}

#[test]
fn a_service_that_cannot_be_asked_does_not_hide_the_others() {
    let project = Project::new();
    let service = |name: &str, url: &str| format!("  {name}:\n    url: {url}\n    revisions: {name}\n");
    let closed = "postgres://u:geheim@127.0.0.1:1/db";
    let services =
        [service("a", closed), service("b", "sqlite:b.db"), service("c", "${C_URL}"), service("d", "sqlite:d.db")];
    project.write("aludel.yaml", &format!("services:\n{}", services.concat()));
    for name in ["a", "b", "c", "d"] {
        project.write(&format!("{name}/1.sql"), &format!("-- revision: {name}111\n\n-- @upgrade\nSELECT 1;\n"));
    }
    project.ok(&["upgrade", "head", "-s", "b"]);
    for arguments in [&["status"][..], &["current"], &["log"], &["history", "-i"]] {
        let run = project.run(arguments);
        assert_eq!(run.status, 1, "{arguments:?}");
        assert!(run.stdout.contains("b111"), "{arguments:?} {}", run.stdout);
        assert!(run.stderr.contains("error[connection-failed]") && run.stderr.contains("C_URL"), "{}", run.stderr);
        let document = project.json(arguments);
        let shown: Vec<_> =
            document["services"].as_array().unwrap().iter().map(|service| &service["service"]).collect();
        assert_eq!(shown, ["b", "d"], "{document}");
        assert_eq!(document["error"]["service"], "a");
        assert_eq!(document["error"]["also"][0]["service"], "c");
    }
    for arguments in [&["verify"][..], &["check"], &["inspect"]] {
        let document = project.json(arguments);
        let shown: Vec<_> =
            document["services"].as_array().unwrap().iter().map(|service| &service["service"]).collect();
        assert_eq!(shown, ["b", "d"], "{arguments:?} {document}");
        assert_eq!(document["error"]["service"], "a", "{arguments:?}");
        assert_eq!(document["error"]["also"][0]["service"], "c", "{arguments:?}");
    }
    let report = project.run(&["verify", "--report", "v.md"]);
    assert_eq!(report.status, 1, "{}", report.stderr);
    let report = std::fs::read_to_string(project.path("v.md")).unwrap();
    assert!(report.contains("## b") && report.contains("connection-failed") && !report.contains("geheim"), "{report}");
    project.write("d/1.sql", "nonsense");
    for command in ["status", "heads"] {
        let run = project.run(&[command]);
        assert!(
            run.status == 1 && run.stdout.contains("b111") && run.stderr.contains("revision-invalid"),
            "{command} {}",
            run.stderr
        );
    }
}

fn the_journal_keeps_what_a_stamp_replaced(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    project.revision("bbbb", "aaaa", "CREATE TABLE b (x integer);", "DROP TABLE b;");
    project.ok(&["upgrade", "head"]);
    project.ok(&["stamp", "aaaa", "--purge"]);
    let log = project.ok(&["log"]);
    assert!(log.contains("it was at bbbb"), "{log}");
    let journal = project.json(&["log"]);
    assert_eq!(journal["services"][0]["journal"][0]["note"], "it was at bbbb", "{journal}");
    assert_eq!(project.json(&["current"])["services"][0]["rows"], serde_json::json!(["aaaa"]));
}

fn several_changed_files_are_accepted_at_once(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    let ids = ["aaaa", "bbbb", "cccc", "dddd", "eeee"];
    let write = |text: &str| {
        for (index, id) in ids.iter().enumerate() {
            let down = index.checked_sub(1).map_or("", |down| ids[down]);
            project.revision(
                id,
                down,
                &format!("CREATE TABLE t{id} (x integer{text});"),
                &format!("DROP TABLE t{id};"),
            );
        }
    };
    write("");
    project.ok(&["upgrade", "head"]);
    write(", y integer");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.status == 1 && run.stderr.contains("aludel repair --accept --all"), "{}", run.stderr);
    let refused = project.json(&["repair", "--accept", "aaaa", "nope1111"]);
    assert_eq!(refused["error"]["code"], "nothing-to-repair", "{refused}");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("aaaa"), "one that is wrong and none is accepted: {}", run.stderr);
    project.ok(&["repair", "--accept", "aaaa", "bbbb", "--accept", "cccc"]);
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("aludel repair --accept dddd --accept eeee"), "{}", run.stderr);
    project.ok(&["repair", "--accept", "--all"]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.run(&["repair", "--accept"]).status, 2);
}
