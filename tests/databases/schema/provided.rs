//! Preparation of shadows before the first revision: extensions of an administrator, and the scripts of `shadow_setup`.

use super::{all_is_well, configure, desiring, generate, same};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    what_the_setup_makes_is_there_before_the_first_revision,
    a_setup_that_cannot_run_is_an_error_with_its_place,
}

const CITEXT: &str = "CREATE TABLE mails (address citext NOT NULL);\n";

/// Creates a service whose database has the extension `citext`, which no revision creates.
fn with_citext(schema: &str) -> (Project, String) {
    let (project, url) = desiring(Kind::Postgres, CITEXT);
    project.shell(
        Kind::Postgres,
        &url,
        &format!("CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION citext SCHEMA {schema};"),
    );
    (project, url)
}

#[test]
fn an_extension_that_an_administrator_made_is_in_the_shadow() {
    let (project, _) = with_citext("public");
    let written = generate(&project, &[]).concat();
    assert!(written.contains("citext") && !written.contains("EXTENSION"), "{written}");
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    same(&project, "database", "head");
    same(&project, "head", "schema");
}

#[test]
fn an_extension_in_a_schema_of_its_own_is_made_there() {
    let (project, url) = with_citext("tools");
    project.revision("aaaa", "", "CREATE TABLE mails (address tools.citext NOT NULL);", "DROP TABLE mails;");
    project.ok(&["upgrade", "head"]);
    project.write("schema.sql", "CREATE TABLE mails (address tools.citext NOT NULL);\n");
    same(&project, "head", "schema");
    let run = project.run(&["diff", "database", "head"]);
    assert!(!run.stdout.contains("citext"), "{url}: {}", run.stdout);
}

#[test]
fn the_revision_of_a_database_is_detected_with_the_extensions_of_an_administrator() {
    let (project, url) = with_citext("public");
    project.revision("aaaa", "", CITEXT, "DROP TABLE mails;");
    project.revision("bbbb", "aaaa", "CREATE TABLE more (address citext);", "DROP TABLE more;");
    project.ok(&["upgrade", "aaaa"]);
    project.shell(Kind::Postgres, &url, "DROP TABLE aludel_version;");
    project.ok(&["stamp", "--detect"]);
    assert_eq!(project.json(&["current"])["services"][0]["rows"], serde_json::json!(["aaaa"]));
}

#[test]
fn an_extension_that_a_revision_makes_is_left_to_it() {
    let (project, _) = desiring(Kind::Postgres, &format!("CREATE EXTENSION citext;\n{CITEXT}"));
    project.revision(
        "aaaa",
        "",
        &format!("CREATE EXTENSION citext;\n{CITEXT}"),
        "DROP TABLE mails; DROP EXTENSION citext;",
    );
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    // An extension that the history created, and the schema file no longer does, is dropped: no administrator created
    // it.
    project.write("schema.sql", "CREATE TABLE mails (address text NOT NULL);\n");
    assert!(generate(&project, &[]).concat().contains("DROP EXTENSION citext"));
}

#[test]
fn extensions_of_the_config_count_where_the_database_does_not_exist_yet() {
    let (project, url) = desiring(Kind::Postgres, CITEXT);
    let missing = url.replace("aludel_test", "aludel_missing");
    configure(&project, &missing, "    schema: schema.sql\n");
    let run = project.run(&["revision", "--autogenerate", "-m", "step"]);
    assert!(run.stderr.contains("citext"), "{}", run.stderr);
    configure(&project, &missing, "    schema: schema.sql\n    shadow_extensions: [citext]\n");
    assert!(generate(&project, &[]).concat().contains("citext"));
    same(&project, "head", "schema");
}

#[test]
fn an_extension_that_cannot_be_made_is_named_only_where_something_fails() {
    let (project, _) = desiring(Kind::Postgres, "CREATE TABLE t (a integer);\n");
    configure(
        &project,
        &project.new_database(Kind::Postgres, "app"),
        "    schema: schema.sql\n    shadow_extensions: [not_there]\n",
    );
    generate(&project, &[]);
    project.write("schema.sql", "CREATE TABLE t (a not_there_type);\n");
    let run = project.run(&["diff", "head", "schema"]);
    assert!(
        run.stderr.contains("the extension not_there of the service's database could not be created"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_database_given_as_the_shadow_keeps_its_own_extensions_and_loses_the_others() {
    let (project, _) = desiring(Kind::Postgres, &format!("CREATE EXTENSION citext;\n{CITEXT}"));
    let shadow = project.new_database(Kind::Postgres, "shadow");
    project.shell(Kind::Postgres, &shadow, "CREATE EXTENSION hstore");
    let url = project.new_database(Kind::Postgres, "app");
    configure(&project, &url, &format!("    schema: schema.sql\n    shadow_url: \"{shadow}\"\n"));
    project.revision("aaaa", "", &format!("CREATE EXTENSION citext;\n{CITEXT}"), "");
    for _ in 0..2 {
        let found = project.json(&["diff", "base", "head"]);
        assert!(found["services"][0]["changes"].to_string().contains("citext"), "{found}");
        std::fs::remove_dir_all(project.path(".cache")).unwrap();
    }
    let left = "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension";
    assert_eq!(project.shell(Kind::Postgres, &shadow, left), "hstore plpgsql");
}

fn what_the_setup_makes_is_there_before_the_first_revision(kind: Kind) {
    let (project, url) = desiring(kind, "CREATE TABLE notes (id integer);\n");
    let setup = "CREATE TABLE platform (id integer NOT NULL PRIMARY KEY);\n";
    project.write("platform.sql", setup);
    project.shell(kind, &url, setup);
    configure(&project, &url, "    schema: schema.sql\n    shadow_setup: platform.sql\n");
    project.revision(
        "aaaa",
        "",
        "CREATE TABLE notes (id integer);\nINSERT INTO platform VALUES (1);",
        "DROP TABLE notes;",
    );
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    same(&project, "database", "head");
    // A changed setup script invalidates the cache.
    project.write("platform.sql", "CREATE TABLE platform (id integer NOT NULL PRIMARY KEY, more integer);\n");
    let run = project.run(&["diff", "database", "schema", "--exit-code"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
}

fn a_setup_that_cannot_run_is_an_error_with_its_place(kind: Kind) {
    let (project, url) = desiring(kind, "CREATE TABLE notes (id integer);\n");
    configure(&project, &url, "    schema: schema.sql\n    shadow_setup: [platform.sql]\n");
    let run = project.run(&["diff", "base", "schema"]);
    assert!(run.status != 0 && run.stderr.contains("platform.sql"), "{}", run.stderr);
    project.write("platform.sql", "CREATE TABLE platform (id integer);\nINSERT INTO nowhere VALUES (1);\n");
    let run = project.run(&["diff", "base", "schema"]);
    assert!(run.status != 0 && run.stderr.contains("platform.sql:2"), "{}", run.stderr);
}
