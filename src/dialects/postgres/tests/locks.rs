//! Locks that follow from the state of the schema, each as measured.

use crate::ddl::{DdlServer, Outline, Prediction, parse};
use crate::sql::{Dialect, split};

const SCHEMA: &str = "
CREATE TABLE users (id bigint PRIMARY KEY, name text, mail short_text);
CREATE INDEX users_name ON users (name);
CREATE TABLE orders (id int PRIMARY KEY, user_id bigint CONSTRAINT orders_user REFERENCES users (id));
CREATE TABLE events (at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2025 (at date, kind text);
CREATE VIEW names AS SELECT name FROM users;
CREATE TRIGGER stamp BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
";

fn predicted(sql: &str) -> String {
    let dialect = Dialect::POSTGRES;
    let mut outline = Outline::new(dialect);
    for piece in split(SCHEMA, dialect).unwrap_or_default() {
        outline.apply(&parse(piece.sql.slice(SCHEMA), dialect));
    }
    let server = DdlServer { version: Some((15, 0)), ..DdlServer::current(dialect) };
    let prediction = Prediction::new(sql, &parse(sql, dialect), &outline, &server);
    let mut parts: Vec<String> = prediction.locks.iter().map(|lock| format!("{} {}", lock.table, lock.name)).collect();
    parts.extend(prediction.rewritten.iter().map(|table| format!("{table} rewritten")));
    parts.sort();
    parts.join("; ")
}

#[test]
fn locks_on_other_tables_are_predicted() {
    for (sql, expected) in [
        ("ALTER TABLE orders DROP CONSTRAINT orders_user", "orders ACCESS EXCLUSIVE; users ACCESS EXCLUSIVE"),
        ("ALTER TABLE orders DROP COLUMN user_id", "orders ACCESS EXCLUSIVE; users ACCESS EXCLUSIVE"),
        ("DROP TABLE orders", "orders ACCESS EXCLUSIVE; users ACCESS EXCLUSIVE"),
        ("DROP TABLE users CASCADE", "names ACCESS EXCLUSIVE; orders ACCESS EXCLUSIVE; users ACCESS EXCLUSIVE"),
        (
            "ALTER TABLE users ALTER COLUMN id TYPE int",
            "orders ACCESS EXCLUSIVE; users ACCESS EXCLUSIVE; users rewritten",
        ),
        ("ALTER TABLE users DROP COLUMN name CASCADE", "names ACCESS EXCLUSIVE; users ACCESS EXCLUSIVE"),
        ("DROP FUNCTION touch() CASCADE", "users ACCESS EXCLUSIVE"),
        ("ALTER DOMAIN short_text ADD CHECK (VALUE <> '')", "users SHARE"),
        ("DROP INDEX users_name", "users ACCESS EXCLUSIVE"),
        ("DROP INDEX CONCURRENTLY users_name", "users SHARE UPDATE EXCLUSIVE"),
        ("REINDEX INDEX users_name", "users SHARE"),
        ("ALTER TABLE users_name RENAME TO users_by_name", ""),
        ("ALTER INDEX users_name RENAME TO users_by_name", ""),
        ("CREATE OR REPLACE VIEW names AS SELECT name, id FROM users", "names ACCESS EXCLUSIVE"),
    ] {
        assert_eq!(predicted(sql), expected, "{sql}");
    }
}

#[test]
fn locks_on_partitions_are_predicted() {
    for (sql, expected) in [
        (
            "ALTER TABLE events ADD COLUMN z int",
            "events ACCESS EXCLUSIVE; events_2024 ACCESS EXCLUSIVE; events_rest ACCESS EXCLUSIVE",
        ),
        (
            "CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')",
            "events ACCESS EXCLUSIVE; events_rest ACCESS EXCLUSIVE",
        ),
        (
            "ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
            "events SHARE UPDATE EXCLUSIVE; events_2025 ACCESS EXCLUSIVE; events_rest ACCESS EXCLUSIVE",
        ),
        (
            "ALTER TABLE events DETACH PARTITION events_2024",
            "events ACCESS EXCLUSIVE; events_2024 ACCESS EXCLUSIVE; events_rest ACCESS EXCLUSIVE",
        ),
        ("DROP TABLE events_2024", "events ACCESS EXCLUSIVE; events_2024 ACCESS EXCLUSIVE"),
        ("CREATE INDEX ON events (kind)", "events SHARE; events_2024 SHARE; events_rest SHARE"),
        ("CREATE INDEX ON ONLY events (kind)", "events SHARE"),
        (
            "ALTER TABLE events ALTER COLUMN kind TYPE int USING 1",
            "events ACCESS EXCLUSIVE; events_2024 ACCESS EXCLUSIVE; events_2024 rewritten; \
             events_rest ACCESS EXCLUSIVE; events_rest rewritten",
        ),
    ] {
        assert_eq!(predicted(sql), expected, "{sql}");
    }
}
