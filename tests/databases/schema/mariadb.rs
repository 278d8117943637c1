//! Features of MariaDB and MySQL only, through the binary: stored programs, sequences (MariaDB), events, partitions;
//! changes that a server refuses.

use super::{all_is_well, desiring, generate, same};
use crate::support::is_mariadb;
use crate::support::project::{Kind, Project};

const SHOP: &str = "CREATE SEQUENCE numbers START WITH 1000;
CREATE TABLE customer (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(255) NOT NULL,
  name VARCHAR(80) COMMENT 'as they wrote it; once',
  changed TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP,
  UNIQUE KEY email (email),
  FULLTEXT KEY names (name)
) COMMENT='Who buys';
CREATE TABLE orders (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT UNSIGNED NOT NULL,
  number BIGINT NOT NULL DEFAULT NEXTVAL(numbers),
  amount DECIMAL(10,2) NOT NULL CHECK (amount >= 0),
  tax DECIMAL(10,2) AS (amount * 0.2) STORED,
  KEY by_amount (amount DESC, customer_id),
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customer (id)
);
CREATE TABLE log (id BIGINT NOT NULL, day DATE NOT NULL, PRIMARY KEY (id, day))
  PARTITION BY RANGE COLUMNS (day) (PARTITION p25 VALUES LESS THAN ('2026-01-01'));
CREATE VIEW spent AS SELECT c.id, c.email, SUM(o.amount) AS total FROM customer c JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.email;
DELIMITER //
CREATE FUNCTION gross(amount DECIMAL(10,2)) RETURNS DECIMAL(10,2) DETERMINISTIC
BEGIN
  RETURN amount * 1.2;
END//
CREATE PROCEDURE clear() BEGIN DELETE FROM log; DELETE FROM orders; END//
CREATE TRIGGER noted BEFORE INSERT ON orders FOR EACH ROW
BEGIN
  IF NEW.amount > 100 THEN SET NEW.number = 1; END IF;
END//
DELIMITER ;
CREATE EVENT clean ON SCHEDULE EVERY 1 DAY DO DELETE FROM log WHERE day < NOW() - INTERVAL 1 YEAR;
";

/// Returns the shop's schema, on MySQL without the sequence.
fn shop_schema() -> String {
    if is_mariadb() {
        return SHOP.to_owned();
    }
    SHOP.replace("CREATE SEQUENCE numbers START WITH 1000;\n", "").replace("NEXTVAL(numbers)", "1000")
}

/// Returns the text for the product of the test server.
fn either<'t>(mariadb: &'t str, mysql: &'t str) -> &'t str {
    if is_mariadb() { mariadb } else { mysql }
}

fn shop() -> (Project, String) {
    let (project, url) = desiring(Kind::Mariadb, &shop_schema());
    generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    (project, url)
}

#[test]
fn what_inspect_prints_of_programs_makes_them_with_the_real_client() {
    let (project, _) = shop();
    all_is_well(&project);
    let printed = project.ok(&["inspect"]);
    let fresh = project.new_database(Kind::Mariadb, "fresh");
    project.shell(Kind::Mariadb, &fresh, &printed);
    same(&project, "database", &fresh);
    assert_eq!(project.ok(&["inspect", &fresh]), printed);
    let document: serde_json::Value = serde_json::from_str(&project.ok(&["inspect", "--format", "json"])).unwrap();
    let text = document.to_string();
    for kind in [
        either("sequence", "table"),
        "table",
        "column",
        "index",
        "foreign_key",
        "view",
        "function",
        "procedure",
        "trigger",
        "event",
    ] {
        assert!(text.contains(&format!("\"kind\":\"{kind}\"")), "{kind}: {text}");
    }
    let mermaid = project.ok(&["inspect", "--format", "mermaid"]);
    assert!(mermaid.contains("orders }o--|| customer"), "{mermaid}");
}

#[test]
fn a_release_goes_up_and_down_again_and_keeps_its_rows() {
    let (project, url) = shop();
    let kind = Kind::Mariadb;
    project.shell(
        kind,
        &url,
        "INSERT INTO customer (email, name, changed) VALUES ('ada@example.org', 'Ada', '2020-01-01'); \
         INSERT INTO orders (customer_id, amount) VALUES (1, 50);",
    );
    let before = project.ok(&["inspect"]);
    let more = "('2026-01-01'), PARTITION p26 VALUES LESS THAN ('2027-01-01')";
    let new = shop_schema()
        .replace("  email VARCHAR(255) NOT NULL,", "  mail VARCHAR(255) NOT NULL,\n  country CHAR(2) NOT NULL,")
        .replace("email (email)", "email (mail)")
        .replace("c.email", "c.mail")
        .replace("INT UNSIGNED", "BIGINT UNSIGNED")
        .replace("amount * 1.2", "amount * 1.19")
        .replace("('2026-01-01')", more)
        .replace("> 100", "> 200")
        .replace("EVERY 1 DAY", "EVERY 2 DAY");
    project.write("schema.sql", &new);
    let [text] = &generate(&project, &["--rename", "customer.email=mail"])[..] else { panic!("one revision") };
    for part in [
        "RENAME COLUMN `email` TO `mail`",
        "-- FILL IN: a value of customer.country",
        "UPDATE `customer` SET `country` = /* FILL IN */, `changed` = `changed`",
        either("MODIFY COLUMN `id` bigint(20) unsigned NOT NULL", "MODIFY COLUMN `id` bigint unsigned NOT NULL"),
        "ALGORITHM=COPY, LOCK=SHARED",
        "-- Locks: SHARED on customer",
        either("CREATE OR REPLACE FUNCTION `gross`", "CREATE FUNCTION `gross`"),
        "CREATE OR REPLACE VIEW `spent`",
        "ADD PARTITION",
        "ALTER EVENT `clean`",
    ] {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
    let refused = project.run(&["upgrade", "head"]);
    assert!(refused.status == 1 && refused.stderr.contains("open-gap"), "{}", refused.stderr);
    let path = std::fs::read_dir(project.path("r")).unwrap().map(|entry| entry.unwrap().path());
    for path in path.collect::<Vec<_>>() {
        let text = std::fs::read_to_string(&path).unwrap().replace("/* FILL IN */", "'gb'");
        std::fs::write(path, text).unwrap();
    }
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    let rows = "SELECT mail, country, changed, number, amount FROM customer JOIN orders ON customer_id = customer.id;";
    let found = project.shell(kind, &url, rows);
    assert_eq!(
        found.split_whitespace().collect::<Vec<_>>().join(" "),
        "ada@example.org gb 2020-01-01 00:00:00 1000 50.00"
    );
    project.ok(&["downgrade", "-1", "--yes"]);
    assert_eq!(project.ok(&["inspect"]), before);
    assert_eq!(project.shell(kind, &url, "SELECT email FROM customer;"), "ada@example.org");
}

#[test]
fn drift_of_a_program_is_undone_by_what_diff_prints() {
    let (project, url) = shop();
    let by_hand = "DROP PROCEDURE clear; DROP TRIGGER noted; DROP FUNCTION gross; \
                   CREATE FUNCTION gross(amount INT) RETURNS INT DETERMINISTIC RETURN 1; \
                   ALTER EVENT clean DISABLE; CREATE VIEW by_hand AS SELECT 1 AS one;";
    let sequence = either("ALTER SEQUENCE numbers INCREMENT BY 5;", "");
    project.shell(Kind::Mariadb, &url, &format!("{by_hand}{sequence}"));
    let run = project.run(&["check", "--drift"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    for name in [
        "procedure clear",
        "trigger orders.noted",
        "function gross",
        "event clean",
        either("sequence numbers", ""),
        "view by_hand",
    ] {
        assert!(run.stdout.contains(name), "no {name} in:\n{}", run.stdout);
    }
    let undo = project.ok(&["diff", "database", "current", "--sql"]);
    project.shell(Kind::Mariadb, &url, &undo);
    all_is_well(&project);
}

#[test]
fn what_is_not_modelled_is_told_wherever_schemas_are_compared() {
    let option = either("WITH SYSTEM VERSIONING", "ENGINE=MERGE");
    let sql = format!("CREATE TABLE t (id INT); CREATE TABLE v (id INT) {option};");
    let (project, url) = desiring(Kind::Mariadb, &sql);
    project.shell(Kind::Mariadb, &url, &sql);
    let told = either("1 object: system-versioned table v", "1 object: table of the engine MRG_MYISAM v");
    for arguments in [&["diff", "database", "schema"][..], &["check"], &["inspect"]] {
        let run = project.run(arguments);
        assert!(format!("{}{}", run.stdout, run.stderr).contains(told), "{arguments:?}\n{}{}", run.stdout, run.stderr);
    }
    assert_eq!(project.json(&["diff", "database", "schema"])["services"][0]["unmodelled"][0]["name"], "v");
}

#[test]
fn a_way_that_the_server_refuses_is_found_out_before_the_revision_is_written() {
    let kind = Kind::Mariadb;
    let (project, url) = desiring(kind, "CREATE TABLE t (id INT PRIMARY KEY, a TEXT, FULLTEXT KEY k (a));");
    generate(&project, &[]);
    project.write("schema.sql", "CREATE TABLE t (id INT PRIMARY KEY, a TEXT);");
    generate(&project, &[]);
    // The dropped index has left a hidden column, so columns can no longer be added with ALGORITHM=INSTANT.
    project.write("schema.sql", "CREATE TABLE t (id INT PRIMARY KEY, a TEXT, b INT);");
    let [text] = &generate(&project, &[])[..] else { panic!("one revision") };
    let int = either("int(11)", "int");
    assert!(text.contains(&format!("ADD COLUMN `b` {int}, ALGORITHM=INPLACE, LOCK=NONE;")), "{text}");
    project.ok(&["upgrade", "head"]);
    all_is_well(&project);
    // Where this is found out during the run, the statement fails instead of copying, and the error names the
    // alternative.
    let instant = "ALTER TABLE t MODIFY COLUMN b BIGINT, ALGORITHM=INSTANT;";
    let head = project.ok(&["heads"]);
    let head = head.split_whitespace().next().unwrap();
    project.revision("late", head, instant, "ALTER TABLE t MODIFY COLUMN b INT;");
    let run = project.run(&["upgrade", "late"]);
    assert!(
        run.status == 1 && run.stderr.contains("hint: use the next algorithm that the server supports"),
        "{}",
        run.stderr
    );
    assert!(project.shell(kind, &url, "SHOW CREATE TABLE t;").contains(&format!("`b` {int}")));
}

#[test]
fn nothing_that_names_another_database_is_run_on_a_shadow() {
    let kind = Kind::Mariadb;
    let (project, url) = desiring(kind, "CREATE TABLE t (id INT);");
    generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "INSERT INTO t VALUES (1);");
    let name = url.rsplit('/').next().unwrap();
    // A USE statement, as at the start of a dump, and a qualified name, as in a careless revision.
    for text in [format!("USE {name};\nDROP TABLE t;"), format!("CREATE TABLE u (id INT);\nDROP TABLE `{name}`.t;")] {
        project.write("other.sql", &text);
        let run = project.run(&["diff", "head", "other.sql"]);
        assert!(run.status == 1 && run.stderr.contains("error[shadow-database-named]"), "{text}\n{}", run.stderr);
    }
    let head = project.ok(&["heads"]);
    let head = head.split_whitespace().next().unwrap();
    project.revision("careless", head, &format!("DELETE FROM {name}.t;"), "");
    let run = project.run(&["check"]);
    assert!(run.stderr.contains("error[shadow-database-named]"), "{}{}", run.stdout, run.stderr);
    assert_eq!(project.shell(kind, &url, "SELECT id FROM t;"), "1");
    // Reading from another database is allowed.
    let neighbour = project.new_database(kind, "neighbour");
    project.shell(kind, &neighbour, "CREATE TABLE far (id INT);");
    let far = neighbour.rsplit('/').next().unwrap();
    project.write("view.sql", &format!("CREATE VIEW v AS SELECT id FROM {far}.far;"));
    assert!(project.ok(&["diff", "base", "view.sql"]).contains("+ view v"));
}
