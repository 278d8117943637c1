//! Locks and rewrites of changes of tables, each as measured on MariaDB 10.11 and MySQL 9.7.

use crate::ddl::{DdlServer, Outline, Prediction, parse};
use crate::sql::{Dialect, split};

const SCHEMA: &str = "
CREATE TABLE users (id int NOT NULL PRIMARY KEY, name varchar(50) NOT NULL, mood varchar(20), level int, age int,
    KEY users_name (name), KEY users_level (level), KEY users_age_level (age, level)) DEFAULT CHARACTER SET utf8mb4;
CREATE TABLE orders (id int NOT NULL PRIMARY KEY, user_id int) DEFAULT CHARSET utf8mb3;
";

fn predicted(sql: &str) -> String {
    predicted_on(("mariadb", (10, 11)), sql)
}

fn predicted_on((flavour, version): (&str, (u32, u32)), sql: &str) -> String {
    let dialect = Dialect::MYSQL;
    let mut outline = Outline::new(dialect);
    let mut texts: Vec<&str> =
        split(SCHEMA, dialect).unwrap_or_default().iter().map(|piece| piece.sql.slice(SCHEMA)).collect();
    let (before, sql) = sql.split_once("; ").unwrap_or(("", sql));
    texts.push(before);
    texts.iter().for_each(|text| outline.apply(&parse(text, dialect)));
    let flavour = dialect.rules().flavour_named(flavour).unwrap_or_else(|| dialect.rules().default_flavour());
    let server = DdlServer { dialect, flavour, version: Some(version) };
    let prediction = Prediction::new(sql, &parse(sql, dialect), &outline, &server);
    let mut parts: Vec<String> = prediction.locks.iter().map(|lock| format!("{} {}", lock.table, lock.name)).collect();
    parts.extend(prediction.rewritten.iter().map(|table| format!("{table} rewritten")));
    parts.join("; ")
}

#[test]
fn locks_and_rewrites_are_predicted() {
    const NONE: &str = "users LOCK=NONE";
    const REBUILT: &str = "users LOCK=NONE; users rewritten";
    const COPIED: &str = "users LOCK=SHARED; users rewritten";
    for (sql, expected) in [
        ("ALTER TABLE users ADD COLUMN z int", NONE),
        ("ALTER TABLE users ADD COLUMN z int, ADD INDEX (z)", REBUILT),
        ("ALTER TABLE users ADD COLUMN z int, DROP INDEX users_name", NONE),
        ("ALTER TABLE users ADD COLUMN z int, ALGORITHM=COPY", COPIED),
        ("CREATE INDEX i ON users (mood) ALGORITHM=COPY", COPIED),
        ("ALTER TABLE users ADD COLUMN z int, RENAME TO people", NONE),
        ("ALTER TABLE users ADD FULLTEXT (name)", COPIED),
        ("ALTER TABLE users DROP COLUMN level", REBUILT),
        ("ALTER TABLE users DROP COLUMN mood", NONE),
        ("ALTER TABLE users DROP PRIMARY KEY, ADD PRIMARY KEY (id)", NONE),
        ("ALTER TABLE users DROP PRIMARY KEY, ADD PRIMARY KEY (id, name)", REBUILT),
        ("ALTER TABLE users MODIFY mood varchar(80)", NONE),
        ("ALTER TABLE users MODIFY name varchar(80) NOT NULL", COPIED),
        ("ALTER TABLE users MODIFY mood varchar(30) NOT NULL", REBUILT),
        ("ALTER TABLE users MODIFY mood varchar(20) CHARACTER SET latin1", COPIED),
        ("ALTER TABLE users ADD COLUMN z varchar(9) DEFAULT (concat('t', 1))", NONE),
        ("ALTER TABLE users ADD COLUMN z varchar(36) DEFAULT (uuid())", COPIED),
        ("ALTER TABLE users ADD COLUMN z varchar(50) DEFAULT (name)", COPIED),
        ("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id)", "orders LOCK=SHARED; orders rewritten"),
        (
            "SET foreign_key_checks = 0; ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id)",
            "orders LOCK=NONE",
        ),
        ("ALTER TABLE orders ADD COLUMN z int REFERENCES users (id)", "orders LOCK=SHARED; orders rewritten"),
        ("ALTER TABLE orders CONVERT TO CHARACTER SET utf8mb4", "orders LOCK=NONE"),
    ] {
        assert_eq!(predicted(sql), expected, "{sql}");
    }
}

#[test]
fn mysql_locks_the_tables_at_the_other_ends_of_foreign_keys() {
    const KEY: &str = "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id)";
    for (sql, mysql, mariadb) in [
        (
            KEY.to_owned(),
            "users metadata; orders LOCK=SHARED; orders rewritten",
            "orders LOCK=SHARED; orders rewritten",
        ),
        (format!("{KEY}; ALTER TABLE users ADD COLUMN z int"), "users LOCK=NONE; orders metadata", "users LOCK=NONE"),
        (format!("{KEY}; ALTER TABLE orders ADD COLUMN z int"), "orders LOCK=NONE; users metadata", "orders LOCK=NONE"),
        (format!("{KEY}; DROP TABLE orders"), "orders exclusive metadata; users metadata", "orders exclusive metadata"),
    ] {
        assert_eq!(predicted_on(("mysql", (9, 7)), &sql), mysql, "{sql}");
        assert_eq!(predicted(&sql), mariadb, "{sql}");
    }
}

#[test]
fn mysql_rebuilds_the_table_where_inplace_is_written_for_a_column() {
    for (sql, mysql) in [
        ("ALTER TABLE users ADD COLUMN z int, ALGORITHM=INPLACE", "users LOCK=NONE; users rewritten"),
        ("ALTER TABLE users DROP COLUMN mood, ALGORITHM=INPLACE", "users LOCK=NONE; users rewritten"),
        ("ALTER TABLE users ADD COLUMN z int AS (id) VIRTUAL, ALGORITHM=INPLACE", "users LOCK=NONE"),
        ("ALTER TABLE users RENAME COLUMN mood TO z, ALGORITHM=INPLACE", "users LOCK=NONE"),
    ] {
        assert_eq!(predicted_on(("mysql", (9, 7)), sql), mysql, "{sql}");
        assert_eq!(predicted(sql), "users LOCK=NONE", "{sql}");
    }
}

#[test]
fn mariadb_copies_beside_writers_since_11_2() {
    const KEY: &str = "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id)";
    const BESIDE: &str = "orders LOCK=NONE; orders rewritten";
    const WAITING: &str = "orders LOCK=SHARED; orders rewritten";
    for (sql, expected) in [
        ("ALTER TABLE orders MODIFY user_id bigint".to_owned(), BESIDE),
        ("ALTER TABLE orders ADD CHECK (user_id > 0)".to_owned(), BESIDE),
        ("ALTER TABLE orders ENGINE = InnoDB, ALGORITHM=COPY".to_owned(), BESIDE),
        ("ALTER TABLE orders MODIFY user_id bigint, ALGORITHM=COPY, LOCK=SHARED".to_owned(), WAITING),
        ("ALTER TABLE orders ORDER BY user_id".to_owned(), WAITING),
        ("ALTER TABLE orders DROP SYSTEM VERSIONING".to_owned(), WAITING),
        ("ALTER TABLE orders ADD COLUMN n int AUTO_INCREMENT UNIQUE".to_owned(), WAITING),
        (format!("{KEY}; ALTER TABLE orders MODIFY user_id bigint"), BESIDE),
        (format!("{KEY} ON UPDATE NO ACTION ON DELETE CASCADE; ALTER TABLE orders MODIFY user_id bigint"), WAITING),
        (format!("{KEY} ON DELETE SET NULL; ALTER TABLE orders MODIFY user_id bigint"), WAITING),
    ] {
        assert_eq!(predicted_on(("mariadb", (11, 2)), &sql), expected, "{sql}");
        assert_eq!(predicted_on(("mariadb", (11, 1)), &sql), WAITING, "{sql}");
    }
}
