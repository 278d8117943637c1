//! Tools of which some read their history from a file of their own, or from their own program.

use super::{Switch, revisions, sample, warnings};
use crate::support::project::{Kind, Project};

#[test]
fn supabase_on_postgres() {
    let switch = Switch::new("supabase", Kind::Postgres);
    let document = switch.import_twice(&["20240102030405", "20240203040506"]);
    let found = warnings(&document);
    assert!(found.contains(&("ignored", "seed.sql")), "{found:?}");
    switch.ok(&["upgrade", "head"]);
    switch.sql("INSERT INTO profiles (id, name) VALUES (gen_random_uuid(), 'a'); UPDATE profiles SET name = 'b';");
    assert_eq!(switch.sql("SELECT count(*) FROM profiles WHERE updated_at IS NOT NULL;"), "1");
}

#[test]
fn supabase_says_what_is_applied() {
    let switch = Switch::new("supabase", Kind::Postgres);
    switch.import();
    assert_eq!(switch.refusal().0, "foreign-table-missing");
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["20240102030405"]);
    switch.sql("INSERT INTO supabase_migrations.schema_migrations VALUES ('20250102030405');");
    assert_eq!(switch.refusal().0, "foreign-unknown");
}

#[test]
fn drizzle_on_postgres() {
    let switch = Switch::new("drizzle", Kind::Postgres);
    let document = switch.import_twice(&["0000_init", "0001_graceful_doctor_octopus"]);
    assert!(warnings(&document).iter().all(|(code, _)| *code == "no-downgrade"), "{document:#}");
    let texts: String = switch.files().into_values().collect();
    assert!(!texts.contains("breakpoint") && texts.contains("-- created: 2026-11-29T"), "{texts}");
    switch.ok(&["upgrade", "head"]);
    switch.sql("INSERT INTO users (name, email) VALUES ('a', 'a@b'); INSERT INTO posts (author) VALUES (1);");
    switch.sql("DELETE FROM users;");
    assert_eq!(switch.sql("SELECT count(*) FROM posts;"), "0", "the last migration made it cascade");
}

#[test]
fn drizzle_says_how_far_it_is_by_time() {
    let switch = Switch::new("drizzle", Kind::Postgres);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["0000_init"]);
    switch.sql("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('x', 1795979599999);");
    assert_eq!(switch.refusal().0, "foreign-unknown");
}

#[test]
fn drizzle_on_mariadb_has_no_breakpoints_which_are_no_comments_there() {
    let switch = Switch::new("drizzle", Kind::Mariadb);
    switch.project.json(&["import", "drizzle", &sample("drizzle", "mysql").display().to_string()]);
    switch.ok(&["upgrade", "head"]);
    assert_eq!(switch.sql("SELECT count(email) FROM users;"), "0");
    switch.sql("CREATE TABLE __drizzle_migrations (id serial primary key, hash text not null, created_at bigint);");
    let document = switch.project.json(&["stamp", "--from", "drizzle", "--purge"]);
    assert_eq!(document["services"][0]["to"], serde_json::json!([]), "{document:#}");
}

#[test]
fn drizzle_without_its_journal_is_refused() {
    let switch = Switch::new("drizzle", Kind::Sqlite);
    switch.project.write("d/0000_init.sql", "SELECT 1;");
    let run = switch.run(&["import", "drizzle", "d"]);
    assert!(run.status == 1 && run.stderr.contains("meta/_journal.json"), "{}", run.stderr);
}

#[test]
fn atlas_on_postgres() {
    let switch = Switch::new("atlas", Kind::Postgres);
    let document = switch.import_twice(&["20240102030405", "20240203040506", "20240304050607"]);
    let found = warnings(&document);
    assert!(found.contains(&("baseline", "20240301000000_checkpoint.sql")), "{found:?}");
    assert!(found.contains(&("setting", "20240304050607_email.sql")), "the checks: {found:?}");
    assert!(switch.files()["20240203040506_index.sql"].contains("-- transaction: false"));
    switch.ok(&["upgrade", "head"]);
    assert_eq!(switch.sql("SELECT count(email) FROM users;"), "0");
    switch.ok(&["downgrade", "-1", "--yes"]);
}

#[test]
fn atlas_says_what_is_applied_and_what_is_half_applied() {
    let switch = Switch::new("atlas", Kind::Postgres);
    switch.import();
    switch.play("table.sql");
    let stamp = ["stamp", "--from", "atlas", "--from-table", "atlas_schema_revisions.atlas_schema_revisions"];
    let document = switch.project.json(&stamp);
    assert_eq!(document["services"][0]["to"][0], "20240102030405", "{document:#}");
    switch.play("partial.sql");
    let document = switch.project.json(&stamp);
    assert_eq!(document["error"]["code"], "foreign-failed", "{document:#}");
    assert!(document["error"]["message"].as_str().unwrap().contains("20240203040506"));
}

#[test]
fn atlas_refuses_a_folder_that_its_sums_do_not_describe() {
    let switch = Switch::new("atlas", Kind::Postgres);
    for entry in std::fs::read_dir(sample("atlas", "project")).unwrap().map(Result::unwrap) {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        switch.project.write(&format!("m/{}", entry.file_name().display()), &text);
    }
    switch.ok(&["import", "atlas", "m", "--dry-run"]);
    switch.project.write("m/20240102030405_create_users.sql", "CREATE TABLE users (id integer);\n");
    let run = switch.run(&["import", "atlas", "m"]);
    let expected = "20240102030405_create_users.sql was changed after its sum was made";
    assert!(run.status == 1 && run.stderr.contains(expected) && run.stderr.contains("atlas.sum"), "{}", run.stderr);
    switch.project.write("m/20240401000000_new.sql", "SELECT 1;\n");
    assert_eq!(switch.run(&["import", "atlas", "m"]).status, 1);
}

#[test]
fn atlas_ends_statements_where_its_delimiter_is() {
    let switch = Switch::new("atlas", Kind::Mariadb);
    let body = "BEGIN\n  SET NEW.n = NEW.n + 1;\n  SET NEW.n = NEW.n * 2;\nEND";
    switch.project.write(
        "m/20240102030405_counter.sql",
        &format!(
            "-- atlas:delimiter \\n\\n\\n\n\nCREATE TABLE c (n int)\n\n\n\
             CREATE TRIGGER t BEFORE INSERT ON c FOR EACH ROW {body}\n\n\nINSERT INTO c VALUES (1)\n"
        ),
    );
    switch.ok(&["import", "atlas", "m"]);
    switch.ok(&["upgrade", "head"]);
    assert_eq!(switch.sql("SELECT n FROM c;"), "4");
}

#[test]
fn refinery_on_sqlite() {
    let switch = Switch::new("refinery", Kind::Sqlite);
    let document = switch.import_twice(&["1", "3", "10"]);
    assert!(warnings(&document).contains(&("code", "V2__fill.rs")), "{document:#}");
    switch.ok(&["upgrade", "3"]);
    assert_eq!(switch.run(&["downgrade", "base", "--yes"]).status, 1, "there is no way back");
}

#[test]
fn refinery_says_what_is_applied() {
    let switch = Switch::new("refinery", Kind::Sqlite);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["3"]);
    switch.sql("INSERT INTO refinery_schema_history VALUES (11, 'x', '', '');");
    assert_eq!(switch.refusal().0, "foreign-unknown");
}

#[test]
fn liquibase_on_postgres() {
    let mut switch = Switch::new("liquibase", Kind::Postgres);
    let ids = ["ada_1", "ada_index_name", "bob_2", "ada_1_002_email", "ada_3"];
    let document = switch.import_twice(&ids);
    let found = warnings(&document);
    for expected in [
        ("other-database", "001_people.sql"),
        ("setting", "001_people.sql"),
        ("repeatable", "001_people.sql"),
        ("variable", "002_email.sql"),
        ("setting", "002_email.sql"),
    ] {
        assert!(found.contains(&expected), "{expected:?}: {found:?}");
    }
    switch.variables = &["-x", "domain=example.org"];
    switch.up_down_up("SELECT greeting(ROW(1, 'Ada', 'x')::people);", "Dear Ada;");
}

#[test]
fn liquibase_says_what_is_applied() {
    let switch = Switch::new("liquibase", Kind::Postgres);
    switch.import();
    switch.play("table.sql");
    assert_eq!(switch.stamp(), ["ada_1_002_email"]);
}

/// The Python of the project, which prints what a real one printed.
fn import_django(project: &Project, more: &[&str]) -> serde_json::Value {
    let (folder, python) = (sample("django", "project"), sample("django", "python"));
    let arguments = ["import", "django", folder.to_str().unwrap(), "--python", python.to_str().unwrap()];
    project.json(&[&arguments, more].concat())
}

#[cfg(unix)]
#[test]
fn django_is_a_graph_with_a_branch_for_each_app() {
    let switch = Switch::new("django", Kind::Sqlite);
    let document = import_django(&switch.project, &[]);
    let document = &document["services"][0];
    let found = warnings(document);
    assert!(found.contains(&("code", "blog/migrations/0004_fill.py")), "{found:?}");
    assert!(found.contains(&("downgrade-left-out", "contenttypes/migrations/0001_initial.py")), "{found:?}");
    assert_eq!(revisions(&document["imported"]).len(), 23);
    let again = import_django(&switch.project, &[]);
    assert_eq!(revisions(&again["services"][0]["known"]).len(), 23);
    let files = switch.files();
    let merge = &files["blog_0003_merge.sql"];
    assert!(merge.contains("-- down_revision: [blog_0002_published, blog_0002_slug]"), "{merge}");
    let published = &files["blog_0002_published.sql"];
    assert!(published.contains("-- depends_on: [sessions_0001_initial]"), "{published}");
    switch.ok(&["upgrade", "blog@head"]);
    assert_eq!(switch.sql("SELECT count(published) FROM blog_post;"), "0");
    assert_eq!(switch.run(&["downgrade", "blog@base", "--yes"]).status, 0);
    assert_eq!(switch.sql("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'blog%';"), "0");
    switch.ok(&["upgrade", "heads"]);
}

#[cfg(unix)]
#[test]
fn django_says_what_is_applied_in_each_app() {
    let switch = Switch::new("django", Kind::Sqlite);
    import_django(&switch.project, &[]);
    switch.play("table.sql");
    let expected = [
        "admin_0003_logentry_add_action_flag_choices",
        "auth_0012_alter_user_first_name_max_length",
        "blog_0003_merge",
    ];
    assert_eq!(switch.stamp(), expected);
    // Django ignores rows of migrations that are gone; a newer one has to be imported first.
    switch.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('blog', '0001_squashed_0002', '');");
    assert_eq!(switch.stamp(), expected);
    switch.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('blog', '0005_new', '');");
    assert_eq!(switch.refusal().0, "foreign-unknown");
}

#[cfg(unix)]
#[test]
fn django_of_another_database_or_without_python_is_refused() {
    let switch = Switch::new("django", Kind::Postgres);
    let document = import_django(&switch.project, &[]);
    assert!(document["error"]["message"].as_str().unwrap().contains("sqlite"), "{document:#}");
    let folder = sample("django", "project").display().to_string();
    let run = switch.run(&["import", "django", &folder, "--python", "/nowhere/python"]);
    assert!(run.status == 1 && run.stderr.contains("/nowhere/python"), "{}", run.stderr);
    let run = switch.run(&["import", "django", "r"]);
    assert!(run.stderr.contains("manage.py"), "{}", run.stderr);
}
