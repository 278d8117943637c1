//! What a comparison that reads only a part of the catalog, or counts only some tables, could overlook: each is found by
//! the stairway of `test`.

use serde_json::Value;

use super::tested;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    what_a_downgrade_does_to_another_table_is_found,
    rows_of_fixtures_have_to_survive_a_downgrade,
    a_fixture_that_does_not_fit_changes_no_verdict_of_the_stairway,
}

const BASE: &str = "CREATE TABLE t (id int PRIMARY KEY, v int);\nINSERT INTO t VALUES (1, 1), (2, 2);\n\
                    CREATE TABLE other (id int PRIMARY KEY, name varchar(20));\nINSERT INTO other VALUES (1, 'a');";

fn project(kind: Kind) -> Project {
    let (project, _) = Project::with_database(kind);
    project.revision("a111", "", BASE, "DROP TABLE other;\nDROP TABLE t;");
    project
}

/// Returns the result of each revision but the first.
fn results(project: &Project) -> Vec<(String, String)> {
    let (_, _, document) = tested(project, &[]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let revisions = document["revisions"].as_array().unwrap().iter();
    revisions.map(|one| (text(&one["revision"]), text(&one["result"]))).filter(|(id, _)| id != "a111").collect()
}

fn on_postgres(revisions: &[(&str, &str, &str)]) {
    on(Kind::Postgres, revisions);
}

/// Runs a history of these revisions: upgrade, downgrade, expected result.
fn on(kind: Kind, revisions: &[(&str, &str, &str)]) {
    let project = project(kind);
    let mut down = "a111".to_owned();
    for (number, (upgrade, downgrade, _)) in revisions.iter().enumerate() {
        let id = format!("b{number:03}");
        project.revision(&id, &down, upgrade, downgrade);
        down = id;
    }
    let found = results(&project);
    assert_eq!(found.len(), revisions.len(), "{found:?}");
    for ((_, found), (upgrade, downgrade, wanted)) in found.iter().zip(revisions) {
        assert_eq!(found, wanted, "{upgrade}\n---\n{downgrade}");
    }
}

fn what_a_downgrade_does_to_another_table_is_found(kind: Kind) {
    let project = project(kind);
    let steps = [
        (
            "ALTER TABLE t ADD COLUMN w int;",
            "ALTER TABLE t DROP COLUMN w;\nALTER TABLE other ADD COLUMN more int;",
            "remains",
        ),
        ("CREATE TABLE c (id int);", "DROP TABLE c;\nDELETE FROM other;", "rows-lost"),
        ("CREATE VIEW s AS SELECT id FROM t;", "DROP VIEW s;\nUPDATE other SET id = id + 1;", "passed"),
        ("DELETE FROM t WHERE id = 2;", "-- cannot be undone", "rows-lost"),
        ("ALTER TABLE t ADD COLUMN x int DEFAULT 3;", "ALTER TABLE t DROP COLUMN x;", "passed"),
    ];
    let mut down = "a111";
    for (id, (upgrade, downgrade, _)) in ["b111", "b222", "b333", "b444", "b555"].into_iter().zip(&steps) {
        project.revision(id, down, upgrade, downgrade);
        down = id;
    }
    let found: Vec<_> = results(&project).into_iter().map(|(_, result)| result).collect();
    assert_eq!(found, steps.map(|(_, _, result)| result), "{kind:?}");
}

fn rows_of_fixtures_have_to_survive_a_downgrade(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    project.revision("a111", "", "CREATE TABLE t (id int PRIMARY KEY, v int);", "DROP TABLE t;");
    project.revision("b111", "a111", "CREATE TABLE c (id int);", "DELETE FROM t;\nDROP TABLE c;");
    assert_eq!(results(&project), [("b111".to_owned(), "passed".to_owned())]);
    project.write("tests/rows.sql", "-- @fixture a111\nINSERT INTO t VALUES (1, 1), (2, 2);\n");
    let (status, text, document) = tested(&project, &[]);
    let (revisions, cases) = (&document["revisions"], &document["cases"]);
    assert_eq!((status, &revisions[1]["result"]), (3, &"rows-lost".into()), "{text}");
    assert_eq!(
        (&revisions[1]["rows"][0]["before"], &revisions[1]["rows"][0]["after"]),
        (&2.into(), &0.into()),
        "{text}"
    );
    assert_eq!(cases.as_array().map(Vec::len), Some(1), "{text}");
}

fn a_fixture_that_does_not_fit_changes_no_verdict_of_the_stairway(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    project.revision("a111", "", "CREATE TABLE t (id int PRIMARY KEY, v int);", "DROP TABLE t;");
    project.revision(
        "b111",
        "a111",
        "CREATE UNIQUE INDEX by_v ON t (v);",
        match kind {
            Kind::Mariadb => "DROP INDEX by_v ON t;",
            _ => "DROP INDEX by_v;",
        },
    );
    project.revision("c111", "b111", "CREATE TABLE c (id int);", "-- forgotten");
    let wanted = [("b111".to_owned(), "passed".to_owned()), ("c111".to_owned(), "remains".to_owned())];
    // It cannot be put in; the revision behind it cannot be applied to its rows; it belongs to no revision.
    for fixture in [
        "-- @fixture a111\nINSERT INTO t (gone) VALUES (1);\n",
        "-- @fixture a111\nINSERT INTO t VALUES (1, 1), (2, 1);\n",
        "-- @fixture ffff\nINSERT INTO t VALUES (1, 1);\n",
    ] {
        project.write("tests/rows.sql", fixture);
        let (_, text, document) = tested(&project, &[]);
        assert_eq!(results(&project), wanted, "{text}");
        assert_eq!(document["cases_failed"], 1, "{fixture}\n{text}");
    }
}

#[test]
fn on_postgres_what_code_of_the_user_does_is_found() {
    let purge = "CREATE FUNCTION purge() RETURNS int LANGUAGE plpgsql AS $$BEGIN DELETE FROM other; RETURN 1; END$$;";
    let making = "CREATE FUNCTION make() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN \
                  EXECUTE 'CREATE TABLE made' || NEW.id || ' (id int)'; RETURN NEW; END$$;\n\
                  CREATE TRIGGER making BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION make();";
    let event = "CREATE FUNCTION on_drop() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN DELETE FROM other; END$$;\n\
                 CREATE EVENT TRIGGER on_drop ON sql_drop WHEN TAG IN ('DROP VIEW') EXECUTE FUNCTION on_drop();";
    on_postgres(&[
        (
            "CREATE TABLE c (id int);",
            "DROP TABLE c;\nDO $$BEGIN ALTER TABLE other ADD COLUMN more int; END$$;",
            "remains",
        ),
        ("CREATE TABLE d (id int);", "DROP TABLE d;\nDO $$BEGIN DELETE FROM other; END$$;", "rows-lost"),
        (purge, "DROP FUNCTION purge();", "passed"),
        ("CREATE VIEW s AS SELECT 1 AS one;", "DROP VIEW s;\nSELECT purge();", "rows-lost"),
        // Only the text of a default calls it, in a statement that keeps rows by itself.
        (
            "ALTER TABLE t ADD COLUMN w int;",
            "ALTER TABLE t DROP COLUMN w;\nALTER TABLE t ADD COLUMN w int DEFAULT purge();\nALTER TABLE t DROP COLUMN w;",
            "rows-lost",
        ),
        (making, "DROP TRIGGER making ON t;\nDROP FUNCTION make();", "passed"),
        ("INSERT INTO t VALUES (77, 1);", "DELETE FROM t WHERE id = 77;", "remains"),
        ("DROP TRIGGER making ON t;", "-- one-way would be right", "remains"),
        (event, "DROP EVENT TRIGGER on_drop;\nDROP FUNCTION on_drop();", "passed"),
        ("CREATE VIEW s2 AS SELECT 1 AS one;", "DROP VIEW s2;", "rows-lost"),
    ]);
}

#[test]
fn on_postgres_names_that_mean_something_else_are_found() {
    on_postgres(&[
        ("CREATE SCHEMA app;", "DROP SCHEMA app;", "passed"),
        ("SET search_path = app;\nCREATE TABLE hidden (id int);", "DROP TABLE IF EXISTS public.hidden;", "remains"),
        ("CREATE VIEW s AS SELECT id FROM t;", "DROP VIEW s;", "passed"),
        // The view reads `t_old` from here on, whose text it was made with said `t`.
        (
            "ALTER TABLE t RENAME TO t_old;\nCREATE TABLE t (id int, v int);",
            "DROP TABLE t;\nALTER TABLE t_old RENAME TO t;",
            "passed",
        ),
        (
            "CREATE OR REPLACE VIEW s AS SELECT id FROM other;",
            "CREATE OR REPLACE VIEW s AS SELECT id FROM t;",
            "remains",
        ),
        (
            "CREATE OR REPLACE VIEW s AS SELECT v AS id FROM t;",
            "CREATE OR REPLACE VIEW s AS SELECT id FROM t_old;",
            "remains",
        ),
        // A column that the view shows is renamed, and its name comes back for another one.
        (
            "ALTER TABLE other RENAME COLUMN name TO old_name;\nALTER TABLE other ADD COLUMN name varchar(20);",
            "ALTER TABLE other DROP COLUMN name;\nALTER TABLE other RENAME COLUMN old_name TO name;",
            "passed",
        ),
        ("CREATE VIEW names AS SELECT name FROM other;", "DROP VIEW names;", "passed"),
        (
            "ALTER TABLE other RENAME COLUMN name TO name2;\nALTER TABLE other RENAME COLUMN old_name TO name;",
            "ALTER TABLE other RENAME COLUMN name2 TO name3;",
            "remains",
        ),
        ("ALTER TABLE t ADD COLUMN w int;\nALTER TABLE t ADD COLUMN x int;", "ALTER TABLE t DROP COLUMN x;", "remains"),
    ]);
}

#[test]
fn on_postgres_whatever_is_left_behind_is_found() {
    let base = "CREATE TYPE mood AS ENUM ('a', 'b');\nCREATE DOMAIN small AS int;\nCREATE SEQUENCE q;\n\
                CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';\nCREATE INDEX by_v ON t (v);\n\
                ALTER TABLE t ADD COLUMN body text, ADD COLUMN m mood;\n\
                CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
                CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g();\n\
                CREATE TABLE parts (id int) PARTITION BY RANGE (id);\nCREATE TABLE par (id int);\nCREATE TABLE heir (id int);\n\
                CREATE MATERIALIZED VIEW mv AS SELECT id FROM t;\nALTER TABLE t ADD CONSTRAINT late CHECK (v > -9) NOT VALID;";
    let left = [
        "COMMENT ON COLUMN t.v IS 'left';",
        "ALTER TABLE t ALTER v SET STATISTICS 5;",
        "ALTER TABLE t ALTER body SET STORAGE EXTERNAL;",
        "ALTER TABLE t SET (fillfactor = 50);",
        "ALTER TABLE t SET (toast.autovacuum_enabled = false);",
        "ALTER TABLE t ALTER v SET NOT NULL;",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY;",
        "CREATE POLICY p ON t USING (v > 1);",
        "ALTER TABLE t DISABLE TRIGGER g;",
        "ALTER TABLE t REPLICA IDENTITY FULL;",
        "ALTER TABLE t ADD CONSTRAINT more CHECK (v < 1000) NOT VALID;",
        "ALTER INDEX by_v SET (fillfactor = 50);",
        "ALTER SEQUENCE q INCREMENT 5;",
        "CREATE STATISTICS st ON id, v FROM t;",
        "ALTER FUNCTION f(int) COST 5;",
        "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);",
        "CREATE OR REPLACE AGGREGATE total(int) (SFUNC = int4mul, STYPE = int);",
        "ALTER DOMAIN small SET DEFAULT 5;",
        "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;",
        "CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (1) TO (9);",
        "CREATE EXTENSION IF NOT EXISTS plpgsql;\nCREATE CAST (mood AS int) WITH INOUT;",
        "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;",
        "CREATE PUBLICATION pub FOR TABLE t;",
    ];
    let mut revisions = vec![(base, "-- not tried", "remains")];
    revisions.extend(left.map(|upgrade| (upgrade, "-- forgotten", "remains")));
    on_postgres(&revisions);
}

#[test]
fn on_mariadb_what_no_statement_names_is_found() {
    on(
        Kind::Mariadb,
        &[
            ("CREATE TABLE child (id int, up int, FOREIGN KEY (up) REFERENCES t (id));", "DROP TABLE child;", "passed"),
            ("RENAME TABLE t TO t2;", "RENAME TABLE t2 TO t;", "passed"),
            // The foreign key of the other table follows.
            ("ALTER TABLE t2 RENAME COLUMN id TO id2;", "ALTER TABLE t2 RENAME COLUMN id2 TO id3;", "remains"),
            ("CREATE VIEW s AS SELECT v FROM t2;", "DROP VIEW s;", "passed"),
            ("CREATE TRIGGER g BEFORE INSERT ON other FOR EACH ROW SET NEW.name = 'x';", "DROP TRIGGER g;", "passed"),
            ("DROP TABLE other;", "CREATE TABLE other (id int PRIMARY KEY, name varchar(20));", "remains"),
            ("CREATE TABLE c (id int);", "DROP TABLE c;", "passed"),
            (
                "CREATE TABLE c2 (id int);",
                "DROP TABLE c2;\nSET @text = CONCAT('ALTER TABLE chi', 'ld ADD COLUMN more int');\n\
                 PREPARE p FROM @text;\nEXECUTE p;",
                "remains",
            ),
            ("CREATE PROCEDURE p() ALTER TABLE child ADD COLUMN more int;", "DROP PROCEDURE p;", "passed"),
            ("CREATE TABLE c3 (id int);", "DROP TABLE c3;\nCALL p();", "remains"),
            ("CREATE TABLE c4 (id int);", "DROP TABLE c4;", "passed"),
        ],
    );
}

#[test]
fn on_mariadb_whatever_is_left_behind_is_found() {
    let base = "CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1;\n\
                CREATE TABLE `odd name` (id int, v int);\nCREATE INDEX by_v ON t (v);\nCREATE VIEW s AS SELECT id FROM t;\n\
                CREATE TABLE parts (id int) PARTITION BY HASH (id) PARTITIONS 2;\n\
                CREATE TRIGGER g BEFORE INSERT ON other FOR EACH ROW SET NEW.name = 'x';\n\
                CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' DO DELETE FROM t WHERE id = 3;";
    let left = [
        "ALTER TABLE t COMMENT 'left';",
        "ALTER TABLE t MODIFY v int COMMENT 'left';",
        "ALTER TABLE t ALTER v SET DEFAULT 5;",
        "ALTER TABLE t ROW_FORMAT = COMPRESSED;",
        "ALTER TABLE other CONVERT TO CHARACTER SET latin1;",
        "ALTER TABLE other MODIFY name varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
        "ALTER TABLE t ADD CONSTRAINT more CHECK (v < 1000);",
        "ALTER TABLE parts ADD PARTITION PARTITIONS 1;",
        "ALTER TABLE `odd name` ADD COLUMN w int;",
        "DROP TRIGGER g;",
        "CREATE TRIGGER h BEFORE INSERT ON other FOR EACH ROW SET NEW.name = 'y';",
        "CREATE TRIGGER i BEFORE INSERT ON other FOR EACH ROW PRECEDES h SET NEW.name = 'z';",
        "ALTER EVENT e DISABLE;",
        "ALTER FUNCTION f COMMENT 'left';",
        "ALTER VIEW s AS SELECT v AS id FROM t;",
        "ALTER ALGORITHM = MERGE VIEW s AS SELECT v AS id FROM t;",
    ];
    let mut revisions = vec![(base, "-- not tried", "remains")];
    revisions.extend(left.map(|upgrade| (upgrade, "-- forgotten", "remains")));
    on(Kind::Mariadb, &revisions);
}

#[test]
fn on_postgres_a_catalog_that_was_rewritten_is_read_again() {
    let project = project(Kind::Postgres);
    let header = "-- transaction: false\n";
    project.revision_with(
        "b111",
        "a111",
        header,
        "VACUUM FULL pg_catalog.pg_class;\nVACUUM FULL pg_catalog.pg_attribute;",
        "VACUUM FULL pg_catalog.pg_depend;",
    );
    project.revision("b222", "b111", "CREATE TABLE c (id int);", "DROP TABLE c;");
    project.revision_with("b333", "b222", header, "VACUUM FULL;", "ALTER TABLE other ADD COLUMN more int;");
    project.revision("b444", "b333", "CREATE TABLE d (id int);", "DROP TABLE d;");
    project.revision("b555", "b444", "CREATE TABLE e (id int);", "-- forgotten");
    let found: Vec<_> = results(&project).into_iter().map(|(_, result)| result).collect();
    assert_eq!(found, ["passed", "passed", "remains", "passed", "remains"]);
}
