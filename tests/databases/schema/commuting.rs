//! `prove`: verdicts on two lines with a known answer, and the pair of statements that shows a conflict. The judges of a
//! conflict are the database itself, which runs the two statements in both orders, and its own client.

use serde_json::Value;

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    lines_that_commute_are_known_to,
    rows_that_are_replaced_are_not_taken_for_those_before,
    a_conflict_comes_with_a_pair_of_statements_that_shows_it,
    an_order_between_is_found_though_the_whole_orders_agree,
    what_varies_in_each_order_is_left_out_and_what_varies_in_one_is_not,
    rows_that_cannot_be_told_apart_are_undecided,
    a_conflict_is_reduced_to_its_statements,
    names_that_the_server_chooses_are_no_conflict,
    a_merge_is_written_only_if_its_sides_commute,
    a_line_that_cannot_run_by_itself_is_no_conflict,
    a_line_that_has_to_wait_for_the_other_is_a_conflict,
    fixtures_give_rows_to_tables_that_have_none,
    fixtures_of_one_side_give_rows_to_what_comes_after_them,
}

/// Creates the base `a111` with some rows, and two lines from it: the revisions `b111`, ... and `c111`, ...
fn lines(kind: Kind, one: &[&str], other: &[&str]) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    let base = "CREATE TABLE t (id int PRIMARY KEY, v int, w varchar(40)); INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y'); \
                CREATE TABLE log (note varchar(60));";
    project.revision("a111", "", base, "DROP TABLE log; DROP TABLE t;");
    for (side, revisions) in [("b", one), ("c", other)] {
        let mut down = "a111".to_owned();
        for (index, sql) in revisions.iter().enumerate() {
            let id = format!("{side}{}", 111 * (index + 1));
            project.revision(&id, &down, sql, "SELECT 1;");
            down = id;
        }
    }
    (project, url)
}

/// Returns the document of the only pair, and the exit status.
fn proved(project: &Project, more: &[&str]) -> (Value, i32) {
    let run = project.run(&[&["prove", "--json"], more].concat());
    assert!(run.status == 0 || run.status == 3, "{}{}", run.stdout, run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    (document["services"][0]["proofs"][0].clone(), run.status)
}

fn verdict_of(kind: Kind, one: &[&str], other: &[&str]) -> (Value, i32) {
    proved(&lines(kind, one, other).0, &[])
}

fn lines_that_commute_are_known_to(kind: Kind) {
    let pairs: [(&[&str], &[&str]); 6] = [
        (&["CREATE TABLE b (id int);"], &["CREATE TABLE c (id int);"]),
        (&["ALTER TABLE t ADD COLUMN b int;"], &["ALTER TABLE t ADD COLUMN c int;"]),
        (&["UPDATE t SET v = v + 1;"], &["UPDATE t SET v = v + 2;"]),
        (
            &["UPDATE t SET v = v + 1;", "CREATE INDEX i ON t (v);"],
            &["INSERT INTO log VALUES ('c');", "DELETE FROM log;"],
        ),
        (&["INSERT INTO t VALUES (3, 0, 'b');"], &["INSERT INTO t VALUES (4, 0, 'c');"]),
        (&["ALTER TABLE log ADD COLUMN b int;"], &["UPDATE t SET w = 'it''s; \\ fine' WHERE id = 1;"]),
    ];
    for (one, other) in pairs {
        let (proof, status) = verdict_of(kind, one, other);
        assert_eq!((proof["verdict"].as_str(), status), (Some("commute"), 0), "{one:?} {other:?}: {proof:#}");
        let pairs = one.len() * other.len();
        let runs = 2 * pairs + one.len() + other.len();
        assert_eq!((&proof["pairs"], &proof["runs"]), (&pairs.into(), &runs.into()), "{one:?} {other:?}");
        assert!(proof["remarks"]["with_rows"].as_array().unwrap().contains(&"t".into()), "{proof:#}");
    }
    let (proof, _) = verdict_of(kind, pairs[1].0, pairs[1].1);
    assert_eq!(proof["remarks"]["column_order"][0], "t", "{proof:#}");
}

/// The rows of a table are read only if something may have been written to it.
fn rows_that_are_replaced_are_not_taken_for_those_before(kind: Kind) {
    let made = "CREATE TABLE x (v int); INSERT INTO x VALUES (1), (2);";
    let empty = if kind == Kind::Sqlite { "DELETE FROM x" } else { "TRUNCATE TABLE x" };
    let filled_again = format!("{empty}; INSERT INTO x SELECT v FROM t;");
    let made_again = "CREATE TABLE z (v int); INSERT INTO z SELECT v FROM t; DROP TABLE x; ALTER TABLE z RENAME TO x;";
    let insert = "INSERT INTO log VALUES ('u');";
    let trigger = match kind {
        Kind::Postgres => format!(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {insert} RETURN NULL; END$$; \
             CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"
        ),
        Kind::Mariadb => format!("CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW {insert}"),
        Kind::Sqlite => format!("CREATE TRIGGER g AFTER UPDATE ON t BEGIN {insert} END;"),
    };
    let column_again = "ALTER TABLE t DROP COLUMN v; ALTER TABLE t ADD COLUMN v int DEFAULT 3;";
    let update = "UPDATE t SET v = 0 WHERE id = 1;";
    let pairs: [(&[&str], &[&str]); 4] = [
        (&[update], &[made, &filled_again]),
        (&[update], &[made, made_again]),
        (&[update], &[made, &trigger]),
        (&["UPDATE t SET v = 7;"], &[column_again]),
    ];
    for (one, other) in pairs {
        let (proof, status) = verdict_of(kind, one, other);
        assert_eq!((proof["verdict"].as_str(), status), (Some("conflict"), 3), "{one:?} {other:?}: {proof:#}");
    }
}

fn a_conflict_comes_with_a_pair_of_statements_that_shows_it(kind: Kind) {
    for (one, other) in [
        ("UPDATE t SET v = v * 2;", "UPDATE t SET v = v + 1;"),
        ("ALTER TABLE t ADD COLUMN z int;", "ALTER TABLE t ADD COLUMN z bigint;"),
        ("ALTER TABLE t RENAME COLUMN v TO x;", "UPDATE t SET v = 0;"),
        ("CREATE TABLE u AS SELECT * FROM t;", "ALTER TABLE t ADD COLUMN z int;"),
        ("INSERT INTO log SELECT w FROM t;", "UPDATE t SET w = 'z' WHERE id = 2;"),
        ("DROP TABLE log;", "INSERT INTO log VALUES ('c');"),
        ("CREATE VIEW s AS SELECT v FROM t;", "ALTER TABLE t DROP COLUMN v;"),
        ("UPDATE t SET v = NULL WHERE v > 15;", "UPDATE t SET v = v - 10;"),
    ] {
        let (project, _) = lines(kind, &[one], &[other]);
        let (proof, status) = proved(&project, &[]);
        assert_eq!((proof["verdict"].as_str(), status), (Some("conflict"), 3), "{one} {other}: {proof:#}");
        let sql = |index: usize| proof["statements"][index]["sql"].as_str().unwrap().to_owned();
        let without = |text: &str| text.trim_end_matches(';').to_owned();
        assert_eq!([sql(0), sql(1)].map(|text| without(&text)), [without(one), without(other)], "{proof:#}");
        assert_ne!(after(kind, &[one, other]), after(kind, &[other, one]), "{one} {other}");
    }
}

/// Runs statements on a new database with the base, with the database's own client; returns what it holds, or the refusal.
fn after(kind: Kind, statements: &[&str]) -> String {
    let (project, url) = lines(kind, &[], &[]);
    project.ok(&["upgrade", "head"]);
    for sql in statements {
        if let Err(refusal) = project.try_shell(kind, &url, sql) {
            return format!("{sql} was refused: {refusal}");
        }
    }
    let rows = ["SELECT * FROM t ORDER BY id", "SELECT * FROM log ORDER BY note", "SELECT * FROM u"];
    let rows = rows.map(|query| project.try_shell(kind, &url, query).unwrap_or_default());
    let views = project.try_shell(kind, &url, "SELECT * FROM s").is_ok();
    format!("{rows:?} {views}")
}

fn an_order_between_is_found_though_the_whole_orders_agree(kind: Kind) {
    let (project, _) =
        lines(kind, &["UPDATE t SET v = v + 10;", "UPDATE t SET v = v - 10;"], &["UPDATE t SET v = v * 2;"]);
    let (proof, status) = proved(&project, &["--limit", "4"]);
    assert_eq!((proof["verdict"].as_str(), status), (Some("whole-orders"), 3), "{proof:#}");
    assert_eq!(proof["runs_needed"], 7, "{proof:#}");
    let (proof, _) = proved(&project, &["--limit", "7"]);
    assert_eq!(proof["verdict"], "conflict", "{proof:#}");
    assert_eq!(proof["statements"][0]["revision"], "b111", "{proof:#}");
}

fn what_varies_in_each_order_is_left_out_and_what_varies_in_one_is_not(kind: Kind) {
    let (random, now) = match kind {
        Kind::Mariadb => ("rand() * 1000000000", "NOW(6)"),
        _ => ("random() * 1000000000", "CURRENT_TIMESTAMP"),
    };
    let random = if kind == Kind::Sqlite { "random() % 1000000000" } else { random };
    let stamped = format!("UPDATE t SET w = {now};");
    let (proof, status) = verdict_of(kind, &[&stamped], &["UPDATE t SET v = v + 1;"]);
    assert_eq!((proof["verdict"].as_str(), status), (Some("commute"), 0), "{proof:#}");
    let drawn = format!("UPDATE t SET v = {random};");
    let (proof, _) = verdict_of(kind, &[&drawn], &["CREATE INDEX i ON t (v);"]);
    assert_eq!(proof["verdict"], "commute", "{proof:#}");
    assert_eq!(proof["remarks"]["volatile"][0]["column"], "v", "{proof:#}");
    // Leaving out what varies in one order would hide that the other one sets 0.
    let (proof, _) = verdict_of(kind, &[&drawn], &["UPDATE t SET v = 0;"]);
    assert_eq!(proof["verdict"], "conflict", "{proof:#}");
    let mixed = format!("UPDATE t SET v = {random} WHERE id = 1;");
    let (proof, _) = verdict_of(kind, &[&mixed], &["UPDATE t SET v = 0 WHERE id = 2;"]);
    assert_eq!(proof["verdict"], "commute", "{proof:#}");
}

fn rows_that_cannot_be_told_apart_are_undecided(kind: Kind) {
    let random = if kind == Kind::Mariadb { "rand()" } else { "random()" };
    let drawn = format!("INSERT INTO log SELECT {random} FROM t;");
    let (proof, status) = verdict_of(kind, &[&drawn], &["CREATE TABLE c (id int);"]);
    assert_eq!((proof["verdict"].as_str(), status), (Some("undecided"), 3), "{proof:#}");
    assert_eq!(proof["tables"][0], "log", "{proof:#}");
}

fn a_conflict_is_reduced_to_its_statements(kind: Kind) {
    let one = "CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);\nUPDATE t SET v = v * 2;\nINSERT INTO b VALUES (2);";
    let other = "INSERT INTO log VALUES ('c');\nUPDATE t SET v = v + 1 WHERE id = 1;\nUPDATE t SET w = 'c';";
    for limit in ["400", "1"] {
        let (project, _) =
            lines(kind, &["CREATE TABLE bb (id int);", one, "DROP TABLE bb;"], &["CREATE TABLE cc (id int);", other]);
        let (proof, _) = proved(&project, &["--limit", limit]);
        assert_eq!(proof["verdict"], "conflict", "{proof:#}");
        let [first, second] = [&proof["statements"][0], &proof["statements"][1]];
        assert_eq!((&first["revision"], &first["statement"]), (&"b222".into(), &3.into()), "{proof:#}");
        assert_eq!((&second["revision"], &second["statement"]), (&"c222".into(), &2.into()), "{proof:#}");
        assert_eq!(proof["alone"], true, "{proof:#}");
        assert_eq!(proof["tables"][0]["table"], "t", "{proof:#}");
    }
}

fn names_that_the_server_chooses_are_no_conflict(kind: Kind) {
    let (one, other) = match kind {
        Kind::Postgres => ("ALTER TABLE t ADD CHECK (v > 0);", "ALTER TABLE t ADD CHECK (v < 1000);"),
        Kind::Mariadb => ("ALTER TABLE t ADD INDEX (v);", "ALTER TABLE t ADD INDEX (v, w);"),
        // A constraint of SQLite without a name has none.
        Kind::Sqlite => return,
    };
    let (proof, status) = verdict_of(kind, &[one], &[other]);
    assert_eq!((proof["verdict"].as_str(), status), (Some("commute"), 0), "{proof:#}");
    assert!(!proof["remarks"]["server_names"].as_array().unwrap().is_empty(), "{proof:#}");
    // A name that is written is one.
    let (one, other) = match kind {
        Kind::Postgres => (
            "ALTER TABLE t ADD CHECK (v > 0);",
            "ALTER TABLE t ADD CHECK (v < 1000); ALTER TABLE t DROP CONSTRAINT t_v_check;",
        ),
        _ => ("ALTER TABLE t ADD INDEX (v);", "ALTER TABLE t ADD INDEX (v, w); ALTER TABLE t DROP INDEX v;"),
    };
    let (proof, _) = verdict_of(kind, &[one], &[other]);
    assert_eq!(proof["verdict"], "conflict", "{proof:#}");
}

fn a_merge_is_written_only_if_its_sides_commute(kind: Kind) {
    let (project, _) = lines(kind, &["UPDATE t SET v = v * 2;"], &["UPDATE t SET v = v + 1;"]);
    let files = || std::fs::read_dir(project.path("r")).unwrap().count();
    let before = files();
    let run = project.run(&["merge", "-m", "join"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("no file was written") && run.stdout.contains("depends_on: b111"), "{}", run.stdout);
    assert_eq!(files(), before);
    project.ok(&["merge", "-m", "join", "--force"]);
    assert_eq!(files(), before + 1);
    let (project, _) = lines(kind, &["UPDATE t SET v = v + 2;"], &["UPDATE t SET v = v + 1;"]);
    let run = project.run(&["merge", "-m", "join"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("b111 and c111 commute"), "{}", run.stderr);
}

fn a_line_that_cannot_run_by_itself_is_no_conflict(kind: Kind) {
    for limit in ["400", "1"] {
        let (project, _) = lines(kind, &["UPDATE t SET v = 1;", "UPDATE nothing SET v = 1;"], &["UPDATE t SET v = 1;"]);
        let run = project.run(&["prove", "--limit", limit]);
        assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("error[replay-failed]") && run.stderr.contains("b222.sql"), "{}", run.stderr);
    }
}

fn a_line_that_has_to_wait_for_the_other_is_a_conflict(kind: Kind) {
    let (needs, makes) = ("INSERT INTO made VALUES (1);", "CREATE TABLE made (id int);");
    let more = "CREATE TABLE more (id int);";
    for (one, other) in
        [([needs, more], [makes, "CREATE TABLE c (id int);"]), ([makes, more], [needs, "CREATE TABLE c (id int);"])]
    {
        let (proof, _) = verdict_of(kind, &one, &other);
        assert_eq!((&proof["verdict"], &proof["differs"]), (&"conflict".into(), &"refused".into()), "{proof:#}");
        let waits = if one[0] == needs { "b111" } else { "c111" };
        let remedy = proof["remedies"][0].as_str().unwrap();
        assert!(remedy.ends_with(&format!("the header of r/{waits}.sql")), "{proof:#}");
    }
}

/// Both orders run in one database, which is restored between them.
#[test]
fn on_mariadb_what_one_order_leaves_in_the_session_does_not_reach_the_other() {
    let (one, other) = ("SET @left = '5';", "INSERT INTO log VALUES (COALESCE(@left, '0'));");
    let (proof, status) = verdict_of(Kind::Mariadb, &[one], &[other]);
    assert_eq!((&proof["verdict"], status), (&"conflict".into(), 3), "{proof}");
}

#[test]
fn on_mariadb_lines_are_proved_where_a_database_cannot_be_restored() {
    let in_sequence = if crate::support::is_mariadb() { "CREATE SEQUENCE s;" } else { "SELECT 1;" };
    let next = if crate::support::is_mariadb() { "NEXTVAL(s)" } else { "1" };
    let rows = format!("INSERT INTO t VALUES ({next} + 10, 0, 'b');");
    let more = ["UPDATE t SET v = v + 1 WHERE id = 1;", "CREATE TABLE c (id int);"];
    let (proof, status) = verdict_of(Kind::Mariadb, &[in_sequence, &rows], &more);
    assert_eq!((&proof["verdict"], status), (&"commute".into(), 0), "{proof}");
    let (proof, status) = verdict_of(Kind::Mariadb, &[in_sequence, &rows], &["DELETE FROM t WHERE id > 10;"]);
    assert_eq!((&proof["verdict"], status), (&"conflict".into(), 3), "{proof}");
}

/// Roles belong to the server, which is shared by the databases of all trials.
#[test]
fn on_postgres_lines_with_roles_commute() {
    let role = |name: &str| format!("commuter_{name}_{}", std::process::id());
    let (one, other) = (role("one"), role("other"));
    let make = |name: &str| {
        format!(
            "DO $$BEGIN IF to_regrole('{name}') IS NULL THEN CREATE ROLE {name}; END IF; END$$;\nGRANT SELECT ON t TO {name};"
        )
    };
    let (one_text, other_text) = (make(&one), make(&other));
    let (table, view) = ("CREATE TABLE b (id int);", "CREATE VIEW c AS SELECT 1 AS a;");
    let (proof, status) = verdict_of(Kind::Postgres, &[&one_text, table], &[view, &other_text]);
    crate::support::postgres().shell("", &format!("DROP ROLE {one}, {other};"));
    assert_eq!((&proof["verdict"], status), (&"commute".into(), 0), "{proof}");
}

fn fixtures_give_rows_to_tables_that_have_none(kind: Kind) {
    let (project, _) = lines(kind, &["UPDATE e SET v = v * 2;"], &["UPDATE e SET v = v + 1;"]);
    let text = std::fs::read_to_string(project.path("r/a111.sql")).unwrap();
    let text = text.replace("CREATE TABLE t", "CREATE TABLE e (id int PRIMARY KEY, v int); CREATE TABLE t");
    std::fs::write(project.path("r/a111.sql"), text).unwrap();
    assert_eq!(proved(&project, &[]).0["verdict"], "commute");
    project.write("tests/rows.sql", "-- @fixture a111\nINSERT INTO e VALUES (1, 10);\n");
    let (proof, _) = proved(&project, &[]);
    assert_eq!((&proof["verdict"], &proof["tables"][0]["table"]), (&"conflict".into(), &"e".into()), "{proof:#}");
    project.write("tests/rows.sql", "-- @fixture a111\n\nINSERT INTO e\nVALUES (1, 10, 3);\n");
    let run = project.run(&["prove"]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("--> tests/rows.sql:"), "{}", run.stderr);
}

fn fixtures_of_one_side_give_rows_to_what_comes_after_them(kind: Kind) {
    let one = ["CREATE TABLE own (id int PRIMARY KEY);", "UPDATE e SET v = v * 2;"];
    let (project, _) = lines(kind, &one, &["UPDATE e SET v = v + 1;"]);
    let text = std::fs::read_to_string(project.path("r/a111.sql")).unwrap();
    let text = text.replace("CREATE TABLE t", "CREATE TABLE e (id int PRIMARY KEY, v int); CREATE TABLE t");
    std::fs::write(project.path("r/a111.sql"), text).unwrap();
    assert_eq!(proved(&project, &[]).0["verdict"], "commute");
    project.write("tests/rows.sql", "-- @fixture b111\nINSERT INTO e VALUES (1, 10);\n");
    let (proof, _) = proved(&project, &[]);
    assert_eq!((&proof["verdict"], &proof["tables"][0]["table"]), (&"conflict".into(), &"e".into()), "{proof:#}");
    // What the other side does not allow is left out.
    project.write("tests/rows.sql", "-- @fixture b111\nINSERT INTO own VALUES (1, 2, 3);\n");
    assert_eq!(proved(&project, &[]).0["verdict"], "commute");
}

/// Proves two pairs with a known answer.
fn known_pairs_are_proved(project: &Project) {
    assert_eq!(proved(project, &[]).0["verdict"], "commute");
    project.revision("c222", "c111", "UPDATE t SET v = v + 1;", "SELECT 1;");
    project.revision("b222", "b111", "UPDATE t SET v = v * 2;", "SELECT 1;");
    assert_eq!(proved(project, &[]).0["verdict"], "conflict");
}

#[test]
fn on_postgres_lines_are_proved_without_the_right_to_create_databases() {
    let server = crate::support::postgres();
    let (project, url) =
        lines(Kind::Postgres, &["CREATE TABLE b (id serial, v int);"], &["ALTER TABLE t ADD COLUMN c int;"]);
    let name = url.rsplit('/').next().unwrap();
    let role = format!("prover_{name}");
    server.shell(&url, &format!("CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT CREATE ON DATABASE {name} TO {role};"));
    let limited = format!("postgres://{role}:x@{}:{}/{name}", server.address.host, server.address.port);
    super::configure(&project, &limited, "");
    known_pairs_are_proved(&project);
    assert_eq!(server.shell(&url, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'aludel%';"), "0");
}

#[test]
fn on_postgres_lines_are_proved_in_a_database_given_as_the_shadow() {
    let shadow = crate::support::postgres().new_database();
    let (project, url) =
        lines(Kind::Postgres, &["CREATE TABLE b (id serial, v int);"], &["ALTER TABLE t ADD COLUMN c int;"]);
    super::configure(&project, &url, &format!("    shadow_url: \"{shadow}\"\n"));
    known_pairs_are_proved(&project);
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public';";
    assert_eq!(project.shell(Kind::Postgres, &shadow, tables).trim(), "0");
}

#[test]
fn on_postgres_a_sequence_and_a_setting_of_the_database_are_those_of_the_lines_alone() {
    // A trial that is rolled back leaves what nextval took, and a copy of a database has none of its settings.
    let (one, other) = (
        ["INSERT INTO s (v) VALUES (1);", "CREATE TABLE b (id int);"],
        ["CREATE TABLE c (id int);", "CREATE INDEX i ON s (v);"],
    );
    let (project, _) = lines(Kind::Postgres, &[], &[]);
    let base = "CREATE TABLE s (id serial PRIMARY KEY, v int); SELECT setval('s_id_seq', 41, false);\n\
                DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = extra, public', current_database()); END $$; \
                CREATE SCHEMA extra;";
    project.revision("a222", "a111", base, "SELECT 1;");
    for (side, revisions) in [("b", one), ("c", other)] {
        project.revision(&format!("{side}111"), "a222", revisions[0], "SELECT 1;");
        project.revision(&format!("{side}222"), &format!("{side}111"), revisions[1], "SELECT 1;");
    }
    let (proof, status) = proved(&project, &[]);
    assert_eq!((proof["verdict"].as_str(), status), (Some("commute"), 0), "{proof:#}");
    // Both insert: the row that comes first gets 41.
    project.revision("c222", "c111", "INSERT INTO s (v) VALUES (2);", "SELECT 1;");
    let (proof, _) = proved(&project, &[]);
    assert_eq!(proof["verdict"], "conflict", "{proof:#}");
    let rows = proof["tables"][0]["only"][0].to_string();
    assert!(rows.contains("'41'") && rows.contains("'42'") && !rows.contains("'43'"), "{proof:#}");
}
