//! The schema file of a service: written after a run, compared by `check`.

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    the_file_has_the_services_own_tables_and_check_compares_it,
}

/// Creates two services in one database, each with a table.
fn two_services(kind: Kind) -> Project {
    let project = Project::new();
    let url = project.new_database(kind, "app");
    let service = |name: &str| {
        format!(
            "  {name}:\n    url: \"{url}\"\n    revisions: {name}\n    version_table: {name}\n    schema_file: {name}.sql\n"
        )
    };
    project.write("aludel.yaml", &format!("services:\n{}{}", service("auth"), service("chat")));
    for (name, id) in [("auth", "aaaa1111"), ("chat", "bbbb1111")] {
        let text = format!(
            "-- revision: {id}\n\n-- @upgrade\nCREATE TABLE {name}_users (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL);\n\n\
             -- @downgrade\nDROP TABLE {name}_users;\n"
        );
        project.write(&format!("{name}/{id}.sql"), &text);
    }
    project
}

/// Returns the result of the check of the file, and the exit status.
fn check(project: &Project, service: &str) -> (serde_json::Value, i32) {
    let run = project.run(&["check", "-s", service, "--json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let checks = document["services"][0]["checks"].as_array().unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    (checks.iter().find(|check| check["check"] == "file").unwrap()["ok"].clone(), run.status)
}

fn the_file_has_the_services_own_tables_and_check_compares_it(kind: Kind) {
    let project = two_services(kind);
    let run = project.run(&["upgrade", "heads", "--all"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    for (name, other) in [("auth", "chat"), ("chat", "auth")] {
        let text =
            std::fs::read_to_string(project.path(&format!("{name}.sql"))).unwrap_or_else(|_| panic!("{}", run.stderr));
        assert!(text.contains(&format!("{name}_users")) && !text.contains(&format!("{other}_users")), "{text}");
        assert_eq!(check(&project, name), (true.into(), 0), "{text}");
    }
    let before = std::fs::metadata(project.path("auth.sql")).unwrap().modified().unwrap();
    project.ok(&["upgrade", "heads", "--all"]);
    let after = std::fs::metadata(project.path("auth.sql")).unwrap().modified().unwrap();
    assert_eq!(before, after, "a run with nothing to do writes nothing");
    project.write("auth.sql", "-- Schema of auth.\n\nCREATE TABLE other (id INTEGER);\n");
    assert_eq!(check(&project, "auth"), (false.into(), 3));
    let canonical = project.ok(&["inspect", "head", "-s", "auth"]);
    project.write("auth.sql", &canonical);
    assert_eq!(check(&project, "auth"), (true.into(), 0));
    project.ok(&["downgrade", "base", "-s", "auth", "--yes"]);
    assert!(!std::fs::read_to_string(project.path("auth.sql")).unwrap().contains("CREATE TABLE"));
}
