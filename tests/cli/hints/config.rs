//! Errors in a config, with file, line and the correction.

use crate::support::project::{Kind, Project};

fn refused(url: &str) -> serde_json::Value {
    let project = Project::new();
    let config = format!("# one\nservices:\n  app:\n    revisions: r\n    url: \"{url}\"\n");
    project.write("aludel.yaml", &config);
    project.revision("aaaa1111", "", "SELECT 1;", "");
    let document = project.json(&["current"]);
    assert_eq!(document["error"]["code"], "config-invalid", "{url}: {document}");
    document["error"].clone()
}

#[test]
fn an_error_in_a_url_has_file_and_line() {
    for url in [
        "postgrs://h/d",
        "postgres:h/d",
        "postgres://h:99999/d",
        "postgres://h/d?sslmode=sometimes",
        "postgres://h/d?nonsense=1",
        "mysql://h",
        "mysql://h/d?nonsense=1",
        "sqlite:a.db?nonsense=1",
        "${NOT_SET}",
    ] {
        let error = refused(url);
        assert_eq!((error["path"].as_str(), error["line"].as_u64()), (Some("aludel.yaml"), Some(5)), "{url}: {error}");
    }
}

#[test]
fn the_line_that_is_shown_hides_the_password() {
    let project = Project::new();
    project.write("aludel.yaml", "services:\n  app:\n    url: postgres://u:geheim@h/d?nonsense=1\n    revisions: r\n");
    project.revision("aaaa1111", "", "SELECT 1;", "");
    let run = project.run(&["current"]);
    assert!(run.stderr.contains("aludel.yaml:3:"), "{}", run.stderr);
    assert!(!run.stderr.contains("geheim"), "{}", run.stderr);
}

#[test]
fn a_url_of_the_command_line_is_not_looked_for_in_the_file() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.revision("aaaa1111", "", "SELECT 1;", "");
    let document = project.json(&["current", "--url", "sqlite:a.db?nonsense=1"]);
    assert!(document["error"]["line"].is_null(), "{document}");
}

#[test]
fn parameters_of_other_tools_come_with_what_to_write_instead() {
    for (url, instead) in [
        ("postgres://h/d?schema=app", "options=-csearch_path%3DNAME"),
        ("postgres://h/d?currentSchema=app", "version_schema"),
        ("postgres://h/d?pgbouncer=true", "remove it"),
        ("postgres://h/d?connection_limit=1", "remove it"),
        ("postgres://h/d?ssl=true", "sslmode=require"),
        ("mysql://h/d?useSSL=true", "ssl-mode=REQUIRED"),
        ("mysql://h/d?parseTime=true", "remove it"),
        ("mysql://h/d?connectionLimit=5", "remove it"),
        ("sqlite:a.db?mode=rwc", "remove it"),
        ("sqlite:a.db?_foreign_keys=on", "PRAGMA"),
    ] {
        let error = refused(url);
        assert!(error["hints"].to_string().contains(instead), "{url}: {error}");
    }
}

#[test]
fn two_services_on_one_table_are_told_with_the_line_of_the_second() {
    let project = Project::new();
    let service = |name: &str| format!("  {name}:\n    revisions: r\n    url: sqlite:a.db\n");
    project.write("aludel.yaml", &format!("services:\n{}{}", service("one"), service("two")));
    project.revision("aaaa1111", "", "SELECT 1;", "");
    let document = project.json(&["upgrade", "head", "--all"]);
    assert_eq!(
        (&document["error"]["code"], &document["error"]["line"]),
        (&"config-invalid".into(), &7.into()),
        "{document}"
    );
}

#[test]
fn a_config_file_of_nearly_the_right_name_is_named() {
    for name in ["aludel.yml", "alduel.yaml"] {
        let project = Project::new();
        project.write(name, "services:\n  app:\n    url: sqlite:a.db\n    revisions: r\n");
        let document = project.json(&["heads"]);
        assert_eq!(document["error"]["code"], "config-not-found");
        let hints = document["error"]["hints"].to_string();
        assert!(hints.contains(&format!("mv {name} aludel.yaml")), "{hints}");
    }
}
