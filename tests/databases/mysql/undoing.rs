//! A scratch database after a trial is what it was before, judged by the server's own dump.

use std::process::Command;

use aludel::config::DatabaseUrl;
use aludel::database::{Database, TrialUndo};

use crate::backend::Backend;
use crate::support;

const BEFORE: &str = "
    CREATE TABLE parent (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20) COLLATE utf8mb4_general_ci DEFAULT 'x',
        bytes varbinary(9), ratio float, twice int AS (LENGTH(name) * 2) VIRTUAL, thrice int AS (LENGTH(name) * 3) STORED, bits bit(3),
        kind enum('a', 'b'), at datetime NULL, KEY by_name (name), CHECK (name <> '')) AUTO_INCREMENT = 7;
    CREATE TABLE child (id int, parent int, KEY (parent), CONSTRAINT up FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE);
    CREATE TABLE hollow (id int AUTO_INCREMENT PRIMARY KEY) COMMENT 'it''s';
    CREATE TABLE log (what text);
    INSERT INTO parent (id, name, bytes, ratio, bits, kind) VALUES (1, 'é', X'00ff', 0.1, b'101', 'b'), (2, NULL, X'fe', 1e30, NULL, NULL);
    INSERT INTO child VALUES (1, 1), (2, 1), (3, NULL);
    CREATE FUNCTION f(a int) RETURNS int DETERMINISTIC RETURN a + 1;
    CREATE VIEW one AS SELECT id, f(id) AS next FROM parent;
    CREATE VIEW `a two` AS SELECT id FROM one;
    SET SESSION sql_mode = 'ANSI_QUOTES';
    CREATE TRIGGER t1 AFTER INSERT ON parent FOR EACH ROW INSERT INTO log VALUES (\"new\".\"name\");
    SET SESSION sql_mode = DEFAULT;
    CREATE TRIGGER t0 AFTER INSERT ON parent FOR EACH ROW FOLLOWS t1 INSERT INTO log VALUES ('t0');
    CREATE PROCEDURE p() INSERT INTO log VALUES ('p');
    CREATE EVENT e ON SCHEDULE AT '2038-01-01 00:00:00' DO DELETE FROM log";

/// What a trial may do, each of which is undone.
const TRIALS: &[&str] = &[
    "SELECT 1",
    "CREATE TABLE more (id int); CREATE VIEW three AS SELECT * FROM more",
    "ALTER TABLE parent ADD COLUMN more int NOT NULL DEFAULT 5 FIRST",
    "ALTER TABLE child DROP FOREIGN KEY up, DROP KEY parent",
    "ALTER TABLE child ADD COLUMN x int; ALTER TABLE parent MODIFY name varchar(30)",
    "SET SESSION foreign_key_checks = 0; DROP TABLE parent; SET SESSION foreign_key_checks = 1",
    "DROP TABLE child; DROP TABLE hollow; DROP VIEW one",
    "RENAME TABLE parent TO ancestor, hollow TO parent",
    "INSERT INTO parent (name) VALUES ('more')",
    "INSERT INTO hollow VALUES (); DELETE FROM hollow",
    "UPDATE parent SET ratio = ratio + 0.00000001 WHERE id = 1",
    "UPDATE parent SET bytes = X'ff00' WHERE id = 1",
    "UPDATE parent SET bytes = X'fd' WHERE id = 2",
    "UPDATE parent SET bits = b'100', kind = 'a'; UPDATE child SET parent = 2 WHERE id = 2",
    "DELETE FROM parent WHERE id = 1",
    "TRUNCATE log; TRUNCATE child",
    "INSERT INTO log VALUES ('a'), ('b')",
    "CALL p()",
    "CREATE OR REPLACE VIEW one AS SELECT 1 AS id, 2 AS next",
    "DROP VIEW `a two`; CREATE TABLE `a two` (id int)",
    "DROP FUNCTION f; CREATE FUNCTION f(a int) RETURNS int DETERMINISTIC RETURN a - 1",
    "DROP PROCEDURE p; DROP EVENT e; DROP TRIGGER t1",
    "CREATE TRIGGER t2 AFTER INSERT ON parent FOR EACH ROW PRECEDES t1 INSERT INTO log VALUES ('t2')",
    "ALTER EVENT e DISABLE; ALTER PROCEDURE p COMMENT 'x'",
    "CREATE TRIGGER t3 BEFORE DELETE ON hollow FOR EACH ROW SET @a = 1",
    "ALTER TABLE log COMMENT = 'x', ENGINE = MyISAM",
];

struct Trial {
    backend: Backend,
    kept: DatabaseUrl,
}

impl Trial {
    fn new(before: &str) -> Self {
        let (backend, kept) = (Backend::mariadb(), Backend::mariadb());
        let mut database = backend.open();
        for statement in before.split(";\n") {
            database.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
        Self { backend, kept: DatabaseUrl::parse(&kept.url, None).unwrap() }
    }

    fn trial_undo(&self, database: &mut dyn Database) -> Option<Box<dyn TrialUndo>> {
        let mut undo = database.driver().trial_undo(&self.kept)?;
        undo.keep(database).unwrap().then_some(undo)
    }

    fn dump(&self) -> String {
        let address = &support::mariadb().address;
        let mut dump = Command::new(support::mariadb_program(support::mysql_dump_program().0));
        dump.args(["--no-defaults", "--protocol=tcp", "--routines", "--events", "--hex-blob", "--skip-dump-date"]);
        dump.arg(format!("--host={}", address.host)).arg(format!("--port={}", address.port));
        dump.arg(format!("--user={}", address.user)).env("MYSQL_PWD", &address.password);
        let name = DatabaseUrl::parse(&self.backend.url, None).unwrap().database().unwrap().to_owned();
        let output = dump.arg(name).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // More exact than a dump prints it.
        String::from_utf8(output.stdout).unwrap() + &self.backend.shell("SELECT ratio + 0e0 FROM parent ORDER BY id;")
    }
}

#[test]
fn whatever_a_trial_did_is_undone() {
    let trial = Trial::new(BEFORE);
    let dump = trial.dump();
    let mut database = trial.backend.open();
    let mut undo = trial.trial_undo(&mut *database).unwrap();
    for text in TRIALS {
        database.execute(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert!(undo.undo(&mut *database).unwrap(), "{text}");
        assert_eq!(trial.dump(), dump, "{text}");
    }
    // What changed in between belongs to the next state that is kept.
    let between = "DELETE FROM child WHERE id = 2; ALTER TABLE parent DROP COLUMN bytes; INSERT INTO hollow VALUES (3)";
    database.execute(between).unwrap();
    assert!(undo.keep(&mut *database).unwrap());
    let dump = trial.dump();
    database.execute("DROP TABLE child; DELETE FROM parent; UPDATE hollow SET id = 4").unwrap();
    assert!(undo.undo(&mut *database).unwrap());
    assert_eq!(trial.dump(), dump);
}

#[test]
fn nothing_of_a_session_is_left_after_its_renewal() {
    let backend = Backend::mariadb();
    let mut database = backend.open();
    let left = "CREATE TEMPORARY TABLE t (id int); SET @a = 1, SESSION sql_mode = 'ANSI_QUOTES'; SET NAMES latin1";
    database.execute(left).unwrap();
    let other = Backend::mariadb();
    let name = |backend: &Backend| DatabaseUrl::parse(&backend.url, None).unwrap().database().unwrap().to_owned();
    database.execute(&format!("USE {}", name(&other))).unwrap();
    assert!(database.renew_session().unwrap());
    assert!(database.execute("SELECT * FROM t").is_err());
    let read = "SELECT DATABASE(), @a, INSTR(@@sql_mode, 'ANSI'), @@character_set_client";
    let row = database.execute(read).unwrap().concat().concat();
    assert_eq!(row, [Some(name(&backend)), None, Some("0".to_owned()), Some("utf8mb4".to_owned())]);
}

#[test]
fn what_cannot_be_undone_is_known() {
    let lost = |before: &str, text: &str| {
        let trial = Trial::new(before);
        let mut database = trial.backend.open();
        let Some(mut undo) = trial.trial_undo(&mut *database) else { return true };
        database.execute(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        !undo.undo(&mut *database).unwrap()
    };
    assert!(lost("CREATE TABLE t (id int)", "ALTER DATABASE CHARACTER SET latin1"));
    if support::is_mariadb() {
        assert!(lost("CREATE SEQUENCE s", "SELECT NEXTVAL(s)"));
        assert!(lost("CREATE SEQUENCE s", "DROP SEQUENCE s"));
        assert!(lost("CREATE SEQUENCE s", "ALTER SEQUENCE s INCREMENT 5"));
        assert!(!lost("CREATE SEQUENCE s", "CREATE SEQUENCE other; SELECT NEXTVAL(other)"));
        assert!(lost("CREATE TABLE t (id int) WITH SYSTEM VERSIONING", "INSERT INTO t VALUES (1)"));
    }
}
