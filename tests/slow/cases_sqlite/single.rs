//! Tests that need more than a pair of statements: counters, rowids, refused rows, missing modules, SIGKILL.

use aludel::schema::{Options, Rename, Schema, Script, ddl, difference, rename_candidates, script};

use super::scratch::Scratch;
use crate::support::project::{Kind, Project, until};

fn statements(way: &Script) -> Vec<String> {
    way.statements().map(|statement| statement.sql.clone()).collect()
}

/// Returns a database created with `old` and `rows`, and the statements that change it to the schema of `new`.
fn change(old: &str, rows: &str, new: &str) -> (Scratch, Vec<String>) {
    let mut database = Scratch::of(old);
    database.execute(rows);
    let way = script(&database.schema(), &Scratch::of(new).schema(), &Options::default());
    (database, statements(&way))
}

fn column(database: &mut Scratch, sql: &str) -> String {
    database.ask(sql).concat().join(" ")
}

#[test]
fn a_table_built_anew_counts_on_where_it_was() {
    let old = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INT)";
    let rows = "INSERT INTO t VALUES (5, 1), (90, 2); DELETE FROM t WHERE id = 90";
    let new = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INT UNIQUE)";
    for empty in ["", "; DELETE FROM t"] {
        let (mut database, way) = change(old, &format!("{rows}{empty}"), new);
        database.run(&way).unwrap();
        assert_eq!(column(&mut database, "INSERT INTO t (a) VALUES (9); SELECT max(id) FROM t"), "91");
        assert_eq!(
            column(
                &mut database,
                "SELECT count(*), max(name) FROM sqlite_sequence WHERE name <> 'aludel_version_history'"
            ),
            "1 t"
        );
    }
}

#[test]
fn rows_keep_the_rowid_that_no_column_shows() {
    let rows = "INSERT INTO t (rowid, a) VALUES (3, 'x'), (70, 'y')";
    let (mut database, way) = change("CREATE TABLE t (a TEXT)", rows, "CREATE TABLE t (a TEXT UNIQUE)");
    database.run(&way).unwrap();
    assert_eq!(column(&mut database, "SELECT rowid FROM t ORDER BY 1"), "3 70");
}

#[test]
fn rows_that_the_new_table_refuses_are_not_dropped_unsaid() {
    let new = "CREATE TABLE t (a INT, UNIQUE (a) ON CONFLICT REPLACE)";
    let (mut database, way) = change("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1), (1)", new);
    let failure = database.run(&way).unwrap_err();
    assert!(failure.contains("UNIQUE constraint failed"), "{failure}");
    assert_eq!(column(&mut database, "SELECT a FROM t"), "1 1");
}

#[test]
fn rows_that_point_at_nothing_end_the_revision_and_are_named() {
    let parent = "CREATE TABLE p (id INTEGER PRIMARY KEY);";
    let old = format!("{parent} CREATE TABLE c (id INTEGER PRIMARY KEY, p INT)");
    let new = format!("{parent} CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p)");
    let (mut database, way) = change(&old, "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1), (2, 8)", &new);
    let before = database.dump();
    let failure = database.run(&way).unwrap_err();
    assert!(failure.contains("rows reference missing rows: c (rowid 2) at p"), "{failure}");
    assert_eq!(database.dump(), before);
    assert_eq!(column(&mut database, "SELECT count(*) FROM c"), "2");
}

#[test]
fn a_view_that_was_broken_before_is_no_hindrance_to_building_anew() {
    let views = "; CREATE VIEW broken AS SELECT x FROM nowhere; CREATE TABLE u (a INT); \
                 CREATE TRIGGER g AFTER INSERT ON u BEGIN INSERT INTO nowhere VALUES (1); END";
    let (old, new) = (format!("CREATE TABLE t (a INT){views}"), format!("CREATE TABLE t (a INT UNIQUE){views}"));
    let (mut database, way) = change(&old, "INSERT INTO t VALUES (1)", &new);
    database.run(&way).unwrap();
    assert_eq!(column(&mut database, "SELECT a FROM t"), "1");
}

#[test]
fn a_virtual_table_of_a_module_that_is_not_here_is_named_with_what_is_its_own() {
    let mut database = Scratch::of(
        "CREATE TABLE t (a INT); CREATE TABLE vec_data (k INT, v BLOB); CREATE INDEX vec_i ON vec_data (k)",
    );
    database.execute(
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES \
         ('table', 'vec', 'vec', 0, 'CREATE VIRTUAL TABLE vec USING nowhere_to_be_found (a)'); PRAGMA writable_schema = RESET",
    );
    let schema = database.schema();
    let named: Vec<_> = schema.unmodelled.iter().map(|other| format!("{} {}", other.kind, other.name)).collect();
    assert_eq!(named, ["shadow table vec_data", "virtual table vec"]);
    let to = Scratch::of("CREATE TABLE t (a INT UNIQUE)").schema();
    let way = script(&schema, &to, &Options::default());
    database.run(&statements(&way)).unwrap();
    assert_eq!(column(&mut database, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'vec%'"), "3");
    assert!(difference(&database.schema(), &to).is_empty());
}

#[test]
fn what_is_unmodelled_on_one_side_is_neither_dropped_nor_made() {
    let from = Scratch::of("CREATE VIRTUAL TABLE docs USING fts5 (body)").schema();
    let to = Scratch::of("CREATE TABLE docs (body TEXT); CREATE INDEX i ON docs (body)").schema();
    assert!(script(&from, &to, &Options::default()).is_empty());
    assert!(script(&to, &from, &Options::default()).is_empty());
}

#[test]
fn what_looks_like_a_rename_is_found_and_works() {
    let mut database =
        Scratch::of("CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT); INSERT INTO users VALUES (1, 'a')");
    let from = database.schema();
    let to = Scratch::of("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)").schema();
    let renames: Vec<Rename> = rename_candidates(&difference(&from, &to), &from, &to);
    assert_eq!(renames.len(), 1);
    let way = script(&from, &to, &Options { renames, ..Options::default() });
    assert_eq!(statements(&way), ["ALTER TABLE users RENAME COLUMN mail TO email"]);
    database.run(&statements(&way)).unwrap();
    assert_eq!(column(&mut database, "SELECT email FROM users"), "a");
}

#[test]
fn statements_are_made_as_they_were_written() {
    let sql = "CREATE TABLE t (\n  a INT, -- how many\n  b TEXT /* what */\n)";
    let schema: Schema = Scratch::of(sql).schema();
    assert_eq!(statements(&ddl(&schema)), [sql]);
}

#[test]
fn a_runner_killed_while_it_builds_a_table_anew_leaves_the_old_one() {
    let old =
        "CREATE TABLE p (id INTEGER PRIMARY KEY, t TEXT); CREATE TABLE c (p INTEGER REFERENCES p ON DELETE CASCADE);";
    let rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 40000) INSERT INTO p SELECT x, hex(randomblob(60)) FROM n; \
                INSERT INTO c SELECT id FROM p;";
    let new = "CREATE TABLE p (id INTEGER PRIMARY KEY, t TEXT UNIQUE); CREATE TABLE c (p INTEGER REFERENCES p ON DELETE CASCADE);";
    let (_, way) = change(old, "", new);
    let endless =
        "SELECT count(*) FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n)"
            .to_owned();
    let place = |part: &str| way.iter().position(|statement| statement.starts_with(part)).unwrap() + 1;
    for stop in [place("INSERT"), place("DROP"), place("ALTER"), way.len()] {
        let (project, url) = Project::with_database(Kind::Sqlite);
        project.revision("a1", "", &format!("{old} {rows}"), "");
        project.ok(&["upgrade", "head"]);
        let dump = "SELECT sql FROM sqlite_schema WHERE name IN ('p', 'c') ORDER BY name; SELECT count(*) FROM p; SELECT count(*) FROM c;";
        let before = project.shell(Kind::Sqlite, &url, dump);
        let mut stuck = way.clone();
        stuck.insert(stop, endless.clone());
        project.revision("b1", "a1", &format!("{};", stuck.join(";\n")), "");
        let mut runner = project.command(&["upgrade", "head"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        let size = || std::fs::metadata(project.path("app.db-journal")).map_or(0, |file| file.len());
        until("the copy to be written", || size() > 0);
        runner.kill().unwrap();
        runner.wait().unwrap();
        assert_eq!(project.shell(Kind::Sqlite, &url, dump), before);
        project.revision("b1", "a1", &format!("{};", way.join(";\n")), "");
        project.ok(&["upgrade", "head"]);
        let counts = "SELECT (SELECT count(*) FROM p) || ' ' || (SELECT count(*) FROM c) || ' ' || (SELECT count(*) FROM pragma_index_list('p'));";
        assert_eq!(project.shell(Kind::Sqlite, &url, counts), "40000 40000 1");
    }
}
