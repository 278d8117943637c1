//! Metadata locks that a second session sees while a statement runs (MySQL, and MariaDB where `performance_schema` lists
//! them).

use aludel::config::DatabaseUrl;
use aludel::database::{Database, version_numbers};
use aludel::drivers;

use crate::backend::table;
use crate::support;

/// MariaDB has both off.
const SHOWN: [&str; 2] = ["--performance-schema=ON", "--performance-schema-instrument=wait/lock/metadata/sql/mdl=ON"];

const SCHEMA: &str = "CREATE TABLE customers (id int NOT NULL PRIMARY KEY);
CREATE TABLE orders (id int NOT NULL PRIMARY KEY, customer_id int, amount int, note text,
    CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE other (id int);
INSERT INTO customers VALUES (1);
INSERT INTO orders VALUES (1, 1, 1, 'one')";

fn open(url: &str) -> Box<dyn Database> {
    let url = DatabaseUrl::parse(url, None).unwrap();
    drivers::open(&url, &table("aludel_version"), "lint", &|_| None).unwrap()
}

#[test]
fn mariadb_and_mysql_show_what_a_statement_holds_and_waits_for() {
    let server = support::start_mariadb_with(&SHOWN);
    let url = server.new_database();
    let (mut database, mut beside) = (open(&url), open(&url));
    database.execute(SCHEMA).unwrap();
    let driver = database.driver();
    // MariaDB copies beside writers since 11.2.
    let is_online = support::is_mariadb() && version_numbers(&database.server().version) >= Some((11, 2));
    let copied = if is_online { "orders LOCK=NONE waits" } else { "orders LOCK=SHARED waits" };
    for (statement, expected, related) in [
        ("ALTER TABLE orders ADD COLUMN z int", "orders LOCK=NONE waits", "customers"),
        ("ALTER TABLE customers ADD COLUMN z int", "customers LOCK=NONE waits", "orders"),
        ("ALTER TABLE orders MODIFY amount bigint", copied, "customers"),
        ("TRUNCATE TABLE orders", "orders LOCK=EXCLUSIVE waits", ""),
        ("CREATE VIEW v AS SELECT id FROM orders", "", ""),
        ("RENAME TABLE other TO others", "other LOCK=EXCLUSIVE waits", ""),
        ("DROP TABLE others", "others LOCK=EXCLUSIVE waits", ""),
    ] {
        let observed = driver.observe_beside(&mut *database, statement, &mut *beside).unwrap();
        assert!(observed.error.is_none(), "{statement}: {:?}", observed.error);
        let seen: Vec<String> = observed
            .locks
            .unwrap()
            .iter()
            .map(|lock| format!("{} {}{}", lock.table, lock.mode, if lock.has_waited { " waits" } else { "" }))
            .collect();
        let own: Vec<&String> = seen.iter().filter(|text| !text.starts_with(related) || related.is_empty()).collect();
        assert_eq!(own, [expected].iter().filter(|text| !text.is_empty()).collect::<Vec<_>>(), "{statement}: {seen:?}");
        // Only MySQL locks the tables at the other ends of foreign keys.
        let has_related = seen.len() > own.len();
        assert_eq!(has_related, !related.is_empty() && !support::is_mariadb(), "{statement}: {seen:?}");
    }
    let readers = beside.execute("SELECT COUNT(*) FROM information_schema.INNODB_TRX").unwrap();
    assert_eq!(readers[0][0][0].as_deref(), Some("0"), "the second session reads no longer");
}
