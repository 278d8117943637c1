//! What each rule says of a server: rule, statements before, the statement, and the effect to see.

/// What is seen of a statement.
#[derive(Debug, Clone, Copy)]
pub enum Effect {
    /// The server refuses it with this SQLSTATE or number, or a message with this text.
    Refused(&'static str),
    /// In another session this statement waits until its lock timeout.
    Waits(&'static str),
    /// The table gets a new file.
    Rewrites(&'static str),
    /// The table is read as a whole.
    Scans(&'static str),
    /// The weakest LOCK clause that the server accepts.
    NeedsLock(&'static str),
    /// This statement then returns this value, or fails with this code.
    Then(&'static str, &'static str),
    /// The same in another session.
    OthersFind(&'static str, &'static str),
}

use Effect::{NeedsLock, OthersFind, Refused, Rewrites, Scans, Then, Waits};

/// Rule, statements before, statement, effect.
pub type Sight = (&'static str, &'static str, &'static str, Effect);

const READ: Effect = Waits("SELECT 1 FROM users");
const WRITE: Effect = Waits("UPDATE users SET karma = 1");

pub const POSTGRES: &[Sight] = &[
    ("access-change", "", "CREATE POLICY own ON users USING (true)", READ),
    ("add-column-rewrites", "", "ALTER TABLE users ADD COLUMN u uuid DEFAULT gen_random_uuid()", Rewrites("users")),
    (
        "attach-partition-scans",
        "",
        "ALTER TABLE measurements ATTACH PARTITION measurements_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
        Scans("measurements_2025"),
    ),
    ("char-padded", "", "ALTER TABLE products ALTER COLUMN code TYPE char(20)", Rewrites("products")),
    ("check-blocks", "", "ALTER TABLE users ADD CHECK (age < 500)", READ),
    ("check-blocks", "", "ALTER TABLE users ADD CHECK (age < 500)", Scans("users")),
    (
        "concurrent-index-if-not-exists",
        "CREATE UNIQUE INDEX CONCURRENTLY twice ON users (nickname)",
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS twice ON users (nickname)",
        Then("SELECT indisvalid FROM pg_index WHERE indexrelid = 'twice'::regclass", "f"),
    ),
    ("concurrently-in-transaction", "", "CREATE INDEX CONCURRENTLY ON users (karma)", Refused("25001")),
    (
        "constraint-loosened",
        "",
        "ALTER TABLE users ALTER COLUMN name DROP NOT NULL",
        Then("UPDATE users SET name = NULL WHERE id = 1 RETURNING id", "1"),
    ),
    (
        "detach-partition-blocks",
        "",
        "ALTER TABLE measurements DETACH PARTITION measurements_2023",
        Waits("SELECT 1 FROM measurements"),
    ),
    (
        "domain-constraint-scans",
        "",
        "ALTER DOMAIN short_text ADD CHECK (VALUE <> 'q')",
        Waits("UPDATE orders SET total = 1"),
    ),
    ("domain-constraint-scans", "", "ALTER DOMAIN short_text ADD CHECK (VALUE <> 'q')", Scans("orders")),
    ("drop-column", "", "ALTER TABLE users DROP COLUMN bio", Then("SELECT bio FROM users", "42703")),
    ("drop-constraint", "", "ALTER TABLE orders DROP CONSTRAINT orders_user_fkey", READ),
    ("drop-index-blocks", "", "DROP INDEX users_name", READ),
    ("drop-schema", "", "DROP SCHEMA archive CASCADE", Then("SELECT 1 FROM archive.old_orders", "42P01")),
    ("drop-table", "", "DROP TABLE sessions", READ),
    ("drop-table", "", "DROP TABLE sessions", Then("SELECT 1 FROM sessions", "42P01")),
    (
        "enum-value-place",
        "",
        "ALTER TYPE mood ADD VALUE 'calm'",
        Then(
            "SELECT enumlabel FROM pg_enum WHERE enumtypid = 'mood'::regtype ORDER BY enumsortorder DESC LIMIT 1",
            "calm",
        ),
    ),
    ("enum-value-used-at-once", "ALTER TYPE mood ADD VALUE 'calm'", "UPDATE users SET mood = 'calm'", Refused("55P04")),
    (
        "exclusion-blocks",
        "",
        "ALTER TABLE products ADD EXCLUDE USING gist (available WITH &&)",
        Waits("SELECT 1 FROM products"),
    ),
    (
        "foreign-key-blocks",
        "",
        "ALTER TABLE orders ADD FOREIGN KEY (product_id) REFERENCES products (id)",
        Waits("UPDATE products SET stock = 1"),
    ),
    (
        "foreign-key-type-mismatch",
        "CREATE TABLE visits (user_id integer REFERENCES users (id))",
        "INSERT INTO visits VALUES (3000000000)",
        Refused("22003"),
    ),
    (
        "foreign-key-without-index",
        "CREATE TABLE shelves (category_id integer REFERENCES categories (id)); INSERT INTO shelves VALUES (1)",
        "DELETE FROM categories WHERE id = 3",
        Scans("shelves"),
    ),
    (
        "identifier-too-long",
        "",
        "CREATE TABLE a_name_that_is_longer_than_the_sixty_three_bytes_that_the_server_keeps_of_it (id integer)",
        Then("SELECT max(length(relname)) FROM pg_class WHERE relname LIKE 'a_name_that_is%'", "63"),
    ),
    ("index-blocks-writes", "", "CREATE INDEX ON users (karma)", WRITE),
    (
        "index-replaced-late",
        "SET LOCAL enable_seqscan = off; DROP INDEX users_name",
        "SELECT id FROM users WHERE name = 'Ada'",
        Scans("users"),
    ),
    ("json-not-jsonb", "", "SELECT DISTINCT settings FROM users", Refused("42883")),
    (
        "column-padding",
        "CREATE TABLE hits (seen boolean, id bigint, bot boolean, user_id bigint); \
         INSERT INTO hits VALUES (true, 1, true, 1); CREATE TABLE tidy (id bigint, user_id bigint, seen boolean, bot boolean)",
        "INSERT INTO tidy VALUES (1, 1, true, true)",
        Then("SELECT pg_column_size(hits.*) >= pg_column_size(tidy.*) + 8 FROM hits, tidy", "t"),
    ),
    (
        "numbers-run-out",
        "",
        "SELECT setval('products_id_seq', 2147483647)",
        Then("INSERT INTO products (sku, title) VALUES ('x', 'x')", "2200H"),
    ),
    ("no-lock-timeout", "", "ALTER TABLE users ADD COLUMN z integer", READ),
    (
        "no-statement-timeout",
        "SET LOCAL statement_timeout = '3s'",
        "UPDATE users SET karma = (pg_sleep(300) IS NULL)::integer",
        Refused("57014"),
    ),
    ("not-null-may-fail", "", "ALTER TABLE users ALTER COLUMN nickname SET NOT NULL", Refused("23502")),
    ("other-database", "", "INSERT INTO billing.invoices VALUES (1)", Refused("42P01")),
    ("primary-key-blocks", "", "ALTER TABLE audit_log ADD PRIMARY KEY (nr)", Waits("SELECT 1 FROM audit_log")),
    ("refresh-blocks-reads", "", "REFRESH MATERIALIZED VIEW user_orders", Waits("SELECT 1 FROM user_orders")),
    ("reindex-blocks", "", "REINDEX TABLE users", READ),
    ("rename-column", "", "ALTER TABLE users RENAME COLUMN bio TO about", Then("SELECT bio FROM users", "42703")),
    ("rename-object", "", "ALTER TYPE mood RENAME TO state_of_mind", Then("SELECT 'ok'::mood", "42704")),
    ("rename-table", "", "ALTER TABLE sessions RENAME TO visits", Then("SELECT 1 FROM sessions", "42P01")),
    (
        "replaces-signature",
        "",
        "DROP FUNCTION touch() CASCADE",
        Then("SELECT count(*) FROM pg_trigger WHERE tgname = 'users_touch'", "0"),
    ),
    ("required-column-without-default", "", "ALTER TABLE users ADD COLUMN z integer NOT NULL", Refused("23502")),
    ("rewrites-whole-table", "", "CLUSTER users USING users_name", Rewrites("users")),
    ("rows-and-ddl", "ALTER TABLE users ADD COLUMN z integer", "UPDATE users SET z = 1", READ),
    ("rows-without-where", "SET LOCAL session_replication_role = replica", "UPDATE users SET karma = 1", WRITE),
    (
        "serial-not-identity",
        "CREATE TABLE numbers (id serial)",
        "INSERT INTO numbers VALUES (5)",
        Then("SELECT id FROM numbers", "5"),
    ),
    ("set-not-null-scans", "", "ALTER TABLE users ALTER COLUMN bio SET NOT NULL", Scans("users")),
    ("set-not-null-scans", "", "ALTER TABLE users ALTER COLUMN bio SET NOT NULL", READ),
    (
        "several-alters",
        "ALTER TABLE users ALTER COLUMN balance TYPE numeric(12,3)",
        "ALTER TABLE users ALTER COLUMN karma TYPE bigint",
        Rewrites("users"),
    ),
    (
        "several-foreign-keys",
        "ALTER TABLE orders ADD FOREIGN KEY (product_id) REFERENCES products (id)",
        "ALTER TABLE orders ADD FOREIGN KEY (coupon_id) REFERENCES categories (id)",
        Waits("UPDATE products SET stock = 1"),
    ),
    ("small-primary-key", "", "INSERT INTO products (id, sku, title) VALUES (2147483648, 'x', 'x')", Refused("22003")),
    (
        "table-without-primary-key",
        "CREATE TABLE notes (body text); INSERT INTO notes VALUES ('a'); CREATE PUBLICATION all_notes FOR TABLE notes",
        "UPDATE notes SET body = 'b'",
        Refused("55000"),
    ),
    (
        "timestamp-without-zone",
        "SET LOCAL TIME ZONE 'Asia/Tokyo'",
        "UPDATE users SET seen_at = '2024-01-01 00:00+00'::timestamptz",
        Then("SELECT seen_at FROM users", "2024-01-01 09:00:00"),
    ),
    (
        "trigger-on-busy-table",
        "",
        "CREATE TRIGGER again BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()",
        WRITE,
    ),
    ("truncate", "", "TRUNCATE audit_log", Waits("SELECT 1 FROM audit_log")),
    (
        "type-change-breaks-clients",
        "",
        "ALTER TABLE users ALTER COLUMN score TYPE text",
        Then("SELECT score + 1 FROM users", "42883"),
    ),
    ("type-change-rewrites", "", "ALTER TABLE users ALTER COLUMN karma TYPE bigint", Rewrites("users")),
    ("type-change-rewrites", "", "ALTER TABLE sessions ALTER COLUMN user_id TYPE integer", READ),
    ("type-narrowing", "", "ALTER TABLE users ALTER COLUMN nickname TYPE varchar(2)", Refused("22001")),
    ("unique-blocks", "", "ALTER TABLE users ADD UNIQUE (email)", READ),
    ("unique-may-fail", "", "CREATE UNIQUE INDEX ON users (nickname)", Refused("23505")),
    (
        "unnamed-constraint",
        "",
        "ALTER TABLE users ADD CHECK (karma >= 0)",
        Then("SELECT conname FROM pg_constraint WHERE conname LIKE 'users_karma%'", "users_karma_check"),
    ),
    (
        "validate-in-same-transaction",
        "ALTER TABLE users ADD CONSTRAINT positive_karma CHECK (karma >= 0) NOT VALID",
        "ALTER TABLE users VALIDATE CONSTRAINT positive_karma",
        READ,
    ),
    ("work-behind-lock", "ALTER TABLE users ADD COLUMN z integer", "CREATE INDEX ON orders (total)", READ),
];

const NO_WRITES: Effect = NeedsLock("LOCK=SHARED");

pub const MARIADB: &[Sight] = &[
    ("add-column-rewrites", "", "ALTER TABLE users ADD COLUMN u varchar(36) DEFAULT (uuid())", Rewrites("users")),
    ("add-column-rewrites", "", "ALTER TABLE users ADD COLUMN a int, ADD INDEX (a)", Rewrites("users")),
    ("algorithm-blocks-writes", "", "ALTER TABLE users ADD COLUMN x int, ALGORITHM=COPY", Rewrites("users")),
    ("algorithm-not-possible", "", "ALTER TABLE users MODIFY age bigint, ALGORITHM=INPLACE", Refused("1846")),
    ("check-blocks", "", "ALTER TABLE orders ADD CHECK (quantity < 500)", NO_WRITES),
    (
        "column-charset-copies",
        "",
        "ALTER TABLE users MODIFY nickname varchar(20) CHARACTER SET latin1",
        Rewrites("users"),
    ),
    ("enum-change-copies", "", "ALTER TABLE users MODIFY mood enum('ok', 'sad', 'happy')", Rewrites("users")),
    ("foreign-key-blocks", "", "ALTER TABLE orders ADD FOREIGN KEY (product_id) REFERENCES products (id)", NO_WRITES),
    (
        "foreign-key-type-mismatch",
        "",
        "ALTER TABLE audit_log ADD FOREIGN KEY (level) REFERENCES products (id)",
        Refused("1005"),
    ),
    ("index-blocks-writes", "", "ALTER TABLE users ADD FULLTEXT INDEX (bio)", NO_WRITES),
    ("no-statement-timeout", "SET max_statement_time = 2", "UPDATE users SET karma = SLEEP(300)", Refused("1969")),
    ("not-null-may-fail", "", "ALTER TABLE users MODIFY nickname varchar(20) NOT NULL", Refused("1265")),
    (
        "numbers-run-out",
        "",
        "ALTER TABLE products AUTO_INCREMENT = 2147483647",
        Then("INSERT INTO products (sku, title) VALUES ('x', 'x'), ('y', 'y')", "167"),
    ),
    ("primary-key-blocks", "", "ALTER TABLE audit_log ADD PRIMARY KEY (nr)", Rewrites("audit_log")),
    (
        "required-column-without-default",
        "",
        "ALTER TABLE users ADD COLUMN z int NOT NULL",
        Then("SELECT z FROM users LIMIT 1", "0"),
    ),
    ("rewrites-whole-table", "", "OPTIMIZE TABLE users", Rewrites("users")),
    (
        "several-ddl-statements",
        "START TRANSACTION",
        "CREATE TABLE one (id int)",
        OthersFind("SELECT COUNT(*) FROM one", "0"),
    ),
    (
        "sql-mode-decides",
        "SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE'",
        "ALTER TABLE users ADD COLUMN born date DEFAULT '0000-00-00'",
        Refused("1067"),
    ),
    ("truncate", "START TRANSACTION", "TRUNCATE TABLE audit_log", OthersFind("SELECT COUNT(*) FROM audit_log", "0")),
    ("type-change-rewrites", "", "ALTER TABLE users MODIFY age bigint", Rewrites("users")),
    ("type-narrowing", "", "ALTER TABLE users MODIFY name varchar(2) NOT NULL", Refused("1265")),
    ("unique-may-fail", "", "CREATE UNIQUE INDEX twice ON users (nickname)", Refused("1062")),
];

/// What MySQL does otherwise than MariaDB, in the place of the latter's for the same rule.
pub const MYSQL: &[Sight] = &[
    (
        "add-column-rewrites",
        "",
        "ALTER TABLE users ADD COLUMN u varchar(36) DEFAULT (concat('t', 1))",
        Rewrites("users"),
    ),
    ("algorithm-not-possible", "", "ALTER TABLE users MODIFY age bigint, ALGORITHM=INPLACE", Refused("1845")),
    (
        "foreign-key-type-mismatch",
        "",
        "ALTER TABLE audit_log ADD FOREIGN KEY (level) REFERENCES products (id)",
        Refused("3780"),
    ),
    ("index-blocks-writes", "", "ALTER TABLE users ADD FULLTEXT INDEX (bio), LOCK=NONE", Refused("1846")),
    (
        "instant-versions",
        "CREATE PROCEDURE p() BEGIN DECLARE n int DEFAULT 0; WHILE n < 255 DO \
         SET @s = concat('ALTER TABLE countries ADD COLUMN c', n, ' int'); PREPARE s FROM @s; EXECUTE s; \
         SET n = n + 1; END WHILE; END; CALL p()",
        "ALTER TABLE countries ADD COLUMN z int",
        Rewrites("countries"),
    ),
    // The end of an UPDATE that takes too long is MariaDB's alone.
    (
        "no-statement-timeout",
        "SET max_execution_time = 2000",
        "UPDATE users SET karma = SLEEP(3) WHERE id = 1",
        Then("SELECT karma FROM users WHERE id = 1", "0"),
    ),
    ("not-null-may-fail", "", "ALTER TABLE users MODIFY nickname varchar(20) NOT NULL", Refused("1138")),
    (
        "numbers-run-out",
        "",
        "ALTER TABLE products AUTO_INCREMENT = 2147483647",
        Then("INSERT INTO products (sku, title) VALUES ('x', 'x'), ('y', 'y')", "1467"),
    ),
];

pub const SQLITE: &[Sight] = &[
    (
        "default-not-constant",
        "",
        "ALTER TABLE users ADD COLUMN stamp text DEFAULT CURRENT_TIMESTAMP",
        Refused("non-constant default"),
    ),
    ("drop-column-in-use", "", "ALTER TABLE users DROP COLUMN email", Refused("email")),
    ("not-null-may-fail", "", "UPDATE users SET name = NULL", Refused("NOT NULL")),
    (
        "pragma-in-transaction",
        "PRAGMA foreign_keys = OFF; BEGIN",
        "PRAGMA foreign_keys = ON",
        Then("PRAGMA foreign_keys", "0"),
    ),
    (
        "rebuild-loses-rows",
        "PRAGMA foreign_keys = ON; CREATE TABLE parents (id INTEGER PRIMARY KEY); INSERT INTO parents VALUES (1); \
         CREATE TABLE children (id REFERENCES parents (id) ON DELETE CASCADE); INSERT INTO children VALUES (1)",
        "DROP TABLE parents",
        Then("SELECT COUNT(*) FROM children", "0"),
    ),
    ("required-column-without-default", "", "ALTER TABLE users ADD COLUMN z int NOT NULL", Refused("NOT NULL")),
    (
        "rowid-reuse",
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, body text); INSERT INTO tickets (body) VALUES ('a'), ('b'); \
         DELETE FROM tickets WHERE id = 2",
        "INSERT INTO tickets (body) VALUES ('c')",
        Then("SELECT id FROM tickets WHERE body = 'c'", "2"),
    ),
    (
        "type-affinity",
        "CREATE TABLE agents (number STRING)",
        "INSERT INTO agents VALUES ('007')",
        Then("SELECT number FROM agents", "7"),
    ),
];
