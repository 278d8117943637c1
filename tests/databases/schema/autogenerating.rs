//! Tests of `revision --autogenerate`.

use super::{all_is_well, configure, desiring, generate, same};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    the_schema_file_alone_makes_the_history,
    a_desired_schema_may_be_a_folder_a_command_or_a_database,
    from_the_database_it_takes_what_is_there_for_granted,
    a_gap_stops_the_upgrade_until_it_is_filled,
    with_several_heads_it_starts_from_all_of_them,
    a_loss_is_told_over_its_statement_and_on_stderr,
    the_database_need_not_be_there,
}

const FIRST: &str = "CREATE TABLE users (id integer NOT NULL PRIMARY KEY, name varchar(100) NOT NULL);\n\
    CREATE TABLE notes (id integer NOT NULL PRIMARY KEY, author integer NOT NULL REFERENCES users (id), body text);\n\
    CREATE INDEX notes_author ON notes (author);\n\
    CREATE VIEW authors AS SELECT users.id, users.name FROM users;\n";

const SECOND: &str = "CREATE TABLE users (id integer NOT NULL PRIMARY KEY, name varchar(200) NOT NULL, mail varchar(254), \
    CONSTRAINT users_mail UNIQUE (mail), CONSTRAINT users_named CHECK (name <> ''));\n\
    CREATE TABLE notes (id integer NOT NULL PRIMARY KEY, author integer NOT NULL REFERENCES users (id) ON DELETE CASCADE, body varchar(90) NOT NULL DEFAULT '');\n\
    CREATE INDEX notes_author ON notes (author, id);\n\
    CREATE TABLE tags (note integer NOT NULL REFERENCES notes (id), tag varchar(30) NOT NULL, PRIMARY KEY (note, tag));\n\
    CREATE VIEW authors AS SELECT users.id, users.name, users.mail FROM users;\n";

fn the_schema_file_alone_makes_the_history(kind: Kind) {
    let (project, url) = desiring(kind, FIRST);
    assert_eq!(project.run(&["check"]).status, 3);
    assert!(!generate(&project, &[]).is_empty());
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    project.shell(kind, &url, "INSERT INTO users VALUES (1, 'Ada'); INSERT INTO notes VALUES (1, 1, 'hello');");
    project.ok(&["revision", "-m", "what it was before", "--rev-id", "feed0001"]);
    project.write("schema.sql", SECOND);
    let texts = generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    assert_eq!(project.shell(kind, &url, "SELECT body FROM notes;"), "hello");
    let run = project.run(&["revision", "--autogenerate", "-m", "again"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(run.stderr.contains("nothing to do"), "{}", run.stderr);
    // The generated downgrade restores the first schema.
    project.ok(&["downgrade", "feed0001", "--yes"]);
    project.write("first.sql", FIRST);
    same(&project, "database", "first.sql");
    assert_eq!(project.shell(kind, &url, "SELECT body FROM notes;"), "hello", "{texts:?}");
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    project.ok(&["downgrade", "base", "--yes"]);
    same(&project, "database", "base");
}

fn a_desired_schema_may_be_a_folder_a_command_or_a_database(kind: Kind) {
    let (project, url) = desiring(kind, "");
    project.write("ddl/1_a.sql", "CREATE TABLE a (x integer NOT NULL PRIMARY KEY);\n");
    project.write("ddl/2_b.sql", "CREATE TABLE b (x integer NOT NULL REFERENCES a (x));\n");
    let other = project.new_database(kind, "model");
    project.shell(
        kind,
        &other,
        "CREATE TABLE a (x integer NOT NULL PRIMARY KEY); CREATE TABLE b (x integer NOT NULL REFERENCES a (x));",
    );
    configure(&project, &url, "    schema: ddl\n");
    generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    for schema in
        ["ddl", "[ddl/1_a.sql, ddl/2_b.sql]", "{command: \"cat ddl/1_a.sql ddl/2_b.sql\"}", &format!("\"{other}\"")]
    {
        configure(&project, &url, &format!("    schema: {schema}\n"));
        all_is_well(&project);
    }
}

fn from_the_database_it_takes_what_is_there_for_granted(kind: Kind) {
    let (project, url) = desiring(kind, "CREATE TABLE a (x integer, y integer);\n");
    project.shell(kind, &url, "CREATE TABLE a (x integer);");
    let texts = generate(&project, &["--from", "database"]);
    assert!(!texts[0].contains("CREATE TABLE"), "{}", texts[0]);
    project.ok(&["upgrade", "head"]);
    same(&project, "database", "schema");
}

fn a_gap_stops_the_upgrade_until_it_is_filled(kind: Kind) {
    let (project, url) = desiring(kind, "CREATE TABLE a (x integer, y integer NOT NULL);\n");
    project.revision("aaaa", "", "CREATE TABLE a (x integer);\nINSERT INTO a VALUES (1);", "DROP TABLE a;");
    let written = project.ok(&["revision", "--autogenerate", "-m", "y"]);
    let with_gap =
        written.lines().find(|path| std::fs::read_to_string(project.path(path)).unwrap().contains("/* FILL IN */"));
    let path = project.path(with_gap.expect("a gap"));
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("error[open-gap]"), "{}", run.stderr);
    assert_eq!(project.ok(&["current"]).trim(), "base: nothing is applied", "nothing ran before the refusal");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("/* FILL IN */", "x + 1")).unwrap();
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT y FROM a;"), "2");
    all_is_well(&project);
}

fn with_several_heads_it_starts_from_all_of_them(kind: Kind) {
    let (project, _) =
        desiring(kind, "CREATE TABLE a (x integer);\nCREATE TABLE b (x integer);\nCREATE TABLE c (x integer);\n");
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    project.revision("bbbb", "", "CREATE TABLE b (x integer);", "DROP TABLE b;");
    let run = project.run(&["revision", "--autogenerate", "-m", "c"]);
    assert!(run.stderr.contains("error[multiple-heads]"), "{}", run.stderr);
    let texts = generate(&project, &["--head", "aaaa"]);
    assert_eq!(texts[0].matches("CREATE TABLE").count(), 1, "{}", texts[0]);
    assert!(texts[0].contains("-- down_revision: aaaa"), "{}", texts[0]);
    project.ok(&["upgrade", "heads"]);
    all_is_well(&project);
}

fn a_loss_is_told_over_its_statement_and_on_stderr(kind: Kind) {
    let (project, _) = desiring(kind, "CREATE TABLE a (x integer);\n");
    project.revision("aaaa", "", "CREATE TABLE a (x integer, y integer);\nCREATE TABLE b (x integer);", "");
    let run = project.run(&["revision", "--autogenerate", "-m", "less"]);
    assert!(
        run.stderr.contains("loses all rows of b") && run.stderr.contains("loses the values of a.y"),
        "{}",
        run.stderr
    );
    let text = std::fs::read_to_string(project.path(run.stdout.trim())).unwrap();
    assert!(text.contains("-- LOSES all rows of b\n") && text.contains("-- LOSES the values of a.y\n"), "{text}");
    assert!(text.contains("-- NOT BROUGHT BACK: all rows of b"), "{text}");
}

fn the_database_need_not_be_there(kind: Kind) {
    let (project, url) = desiring(kind, "CREATE TABLE a (x integer);\n");
    let missing = match kind {
        Kind::Sqlite => url.replace("app.db", "nowhere/app.db"),
        _ => url.replace("aludel_test", "aludel_missing"),
    };
    configure(&project, &missing, "    schema: schema.sql\n");
    assert_eq!(generate(&project, &[]).len(), 1);
    assert!(!project.path("nowhere").exists());
}

#[test]
fn on_postgres_an_index_of_a_table_in_use_is_a_revision_of_its_own() {
    let (project, url) =
        desiring(Kind::Postgres, "CREATE TABLE a (x integer, y integer);\nCREATE INDEX a_x ON a (x);\n");
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    let texts = generate(&project, &[]);
    assert_eq!(texts.len(), 2);
    assert!(!texts[0].contains("transaction: false") && texts[0].contains("(1 of 2)"), "{}", texts[0]);
    assert!(
        texts[1].contains("-- transaction: false") && texts[1].contains("CREATE INDEX CONCURRENTLY"),
        "{}",
        texts[1]
    );
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    project.ok(&["downgrade", "aaaa", "--yes"]);
    same(&project, "database", "aaaa");
    // Without `online` there is a single revision.
    project.run(&["downgrade", "base", "--yes"]);
    for text in std::fs::read_dir(project.path("r")).unwrap().flatten().filter(|file| file.file_name() != "aaaa.sql") {
        std::fs::remove_file(text.path()).unwrap();
    }
    configure(&project, &url, "    schema: schema.sql\n    online: false\n");
    let texts = generate(&project, &[]);
    assert_eq!(texts.len(), 1);
    assert!(!texts[0].contains("CONCURRENTLY"), "{}", texts[0]);
}

#[test]
fn pairs_take_no_generated_revisions() {
    let (project, url) = Project::with_database(Kind::Sqlite);
    configure(&project, &url, "    layout: pairs\n    schema: schema.sql\n");
    assert_eq!(project.run(&["revision", "--autogenerate", "-m", "x"]).status, 2);
}
