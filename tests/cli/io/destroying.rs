//! Destructive commands: anything that would be refused afterwards is refused before.

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_reset_that_could_not_come_up_again_drops_nothing,
}

fn a_reset_that_could_not_come_up_again_drops_nothing(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{config}    seed: [seed.sql]\n"));
    project.write("seed.sql", "INSERT INTO a VALUES (2);\n");
    project.revision("aaaa", "", "CREATE TABLE a (x integer);\nINSERT INTO a VALUES (1);", "DROP TABLE a;");
    project.ok(&["upgrade", "head"]);
    let wrong = [
        ("r/bbbb.sql", bbbb("INSERT INTO a VALUES (/* FILL IN */);"), "open-gap"),
        ("r/bbbb.sql", bbbb("INSERT INTO a VALUES ('open);"), "sql-invalid"),
        ("r/bbbb.sql", bbbb("COMMIT;"), "revision-refused"),
        ("r/bbbb.sql", bbbb("{{ x.tenant }};").replace("\n\n", "\n-- template: true\n\n"), "template-invalid"),
        ("r/bbbb.sql", bbbb("SELECT 1;").replace("\n\n", "\n-- depends_on: [other:cccc]\n\n"), "dependency-missing"),
        ("r/bbbb.sql", bbbb("<<<<<<< HEAD\nSELECT 1;\n=======\nSELECT 2;\n>>>>>>> x"), "revision-invalid"),
        ("r/bbbb.sql", "-- revision: bbbb\n-- down_revision: aaaa\n".to_owned(), "revision-refused"),
        ("seed.sql", "INSERT INTO a VALUES ('open);\n".to_owned(), "statement-failed"),
        ("seed.sql", "<<<<<<< HEAD\n=======\n>>>>>>> x\n".to_owned(), "revision-invalid"),
    ];
    for (path, text, code) in wrong {
        let before = std::fs::read_to_string(project.path(path)).ok();
        project.write(path, &text);
        let run = project.run(&["reset", "--yes"]);
        assert!(run.status == 1 && run.stderr.contains(&format!("error[{code}]")), "{text}\n{}", run.stderr);
        assert_eq!(project.shell(kind, &url, "SELECT x FROM a;"), "1", "{text}");
        match before {
            Some(before) => project.write(path, &before),
            None => std::fs::remove_file(project.path(path)).unwrap(),
        }
    }
    project.ok(&["reset", "--yes"]);
    assert_eq!(project.shell(kind, &url, "SELECT x FROM a ORDER BY x;"), "1\n2");
}

fn bbbb(upgrade: &str) -> String {
    format!("-- revision: bbbb\n-- down_revision: aaaa\n\n-- @upgrade\n{upgrade}\n\n-- @downgrade\n")
}

#[test]
fn stamps_of_several_services_are_all_written_or_none() {
    let project = Project::new();
    let services = ["one", "two"].map(|name| format!("  {name}:\n    url: sqlite:{name}.db\n    revisions: {name}\n"));
    project.write("aludel.yaml", &format!("services:\n{}", services.concat()));
    project.write("one/a.sql", "-- revision: aaaa\n\n-- @upgrade\nSELECT 1;\n");
    project.write("two/b.sql", "-- revision: bbbb\n\n-- @upgrade\nSELECT 1;\n");
    let run = project.run(&["stamp", "aaaa", "--all"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(project.json(&["current", "-s", "one"])["services"][0]["rows"], serde_json::json!([]));
}
