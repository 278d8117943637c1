//! History whose revisions reveal whether one of them ran twice or not at all: counters that are incremented, rows that
//! are added, tables that are created, renamed and dropped.

use crate::support::Server;
use crate::support::project::{Kind, Project};

pub struct Story {
    pub project: Project,
    kind: Kind,
    server: Option<&'static Server>,
}

const MARIADB: &str = "CREATE TABLE u (x INT, y INT);
INSERT INTO u VALUES (1, 1), (2, 2);
UPDATE n SET n = n + 1;
ALTER TABLE u ADD COLUMN z INT NOT NULL DEFAULT 7, ADD COLUMN w INT;
CREATE INDEX u_x ON u (x);
UPDATE n SET n = n * 3;
ALTER TABLE u ADD CONSTRAINT u_y UNIQUE (y);
RENAME TABLE u TO v;
START TRANSACTION;
INSERT INTO v (x, y) VALUES (3, 3);
UPDATE n SET n = n + 10;
COMMIT;
ALTER TABLE v DROP COLUMN w;
CREATE TABLE gone (a INT);
DROP TABLE gone;
CREATE OR REPLACE VIEW seen AS SELECT x FROM v;
CREATE TRIGGER v_up BEFORE INSERT ON v FOR EACH ROW SET NEW.z = 9;
SET @before = @@sort_buffer_size;
SET SESSION sort_buffer_size = 1000000;
INSERT INTO v (x, y) VALUES (4, 10 + (@@sort_buffer_size = 1000000));";

const MARIADB_DOWN: &str = "UPDATE n SET n = n - 10;
DROP TRIGGER v_up;
DROP VIEW seen;
UPDATE n SET n = n / 3;
DROP TABLE v;
UPDATE n SET n = n - 1;";

const POSTGRES: &str = "CREATE TABLE u (x int, y int);
INSERT INTO u VALUES (1, 1), (2, 2);
UPDATE n SET n = n + 1;
ALTER TABLE u ADD COLUMN z int NOT NULL DEFAULT 7;
CREATE INDEX CONCURRENTLY u_x ON u (x);
UPDATE n SET n = n * 3;
CREATE INDEX CONCURRENTLY IF NOT EXISTS u_y ON u (y);
DROP INDEX CONCURRENTLY u_y;
ALTER TABLE u RENAME TO v;
BEGIN;
INSERT INTO v (x, y) VALUES (3, 3);
UPDATE n SET n = n + 10;
COMMIT;
VACUUM v;
SET statement_timeout = '77s';
CREATE VIEW seen AS SELECT x FROM v;
INSERT INTO v (x, y) VALUES (4, (current_setting('statement_timeout') = '77s')::int);
COPY v (x, y) FROM stdin;
5\t5
6\t6
\\.
UPDATE n SET n = n + 100;";

const POSTGRES_DOWN: &str = "UPDATE n SET n = n - 100;
DROP INDEX CONCURRENTLY u_x;
DROP VIEW seen;
UPDATE n SET n = (n - 10) / 3;
DROP TABLE v;
UPDATE n SET n = n - 1;";

const SQLITE: &str = "CREATE TABLE u (x int, y int);
INSERT INTO u VALUES (1, 1), (2, 2);
UPDATE n SET n = n + 1;
ALTER TABLE u ADD COLUMN z int NOT NULL DEFAULT 7;
CREATE INDEX u_x ON u (x);
UPDATE n SET n = n * 3;
ALTER TABLE u RENAME TO v;
BEGIN;
INSERT INTO v (x, y) VALUES (3, 3);
UPDATE n SET n = n + 10;
COMMIT;
VACUUM;
PRAGMA recursive_triggers = ON;
CREATE VIEW seen AS SELECT x FROM v;
INSERT INTO v (x, y) SELECT 4, recursive_triggers FROM pragma_recursive_triggers;
UPDATE n SET n = n + 100;";

const SQLITE_DOWN: &str = "UPDATE n SET n = n - 100;
DROP VIEW seen;
UPDATE n SET n = (n - 10) / 3;
DROP TABLE v;
UPDATE n SET n = n - 1;";

impl Story {
    pub fn new(kind: Kind, server: Option<&'static Server>) -> Self {
        let project = Project::new();
        project.write("aludel.yaml", "services:\n  app:\n    url: sqlite:unused.db\n    revisions: r\n");
        let (up, down) = match kind {
            Kind::Mariadb => (MARIADB, MARIADB_DOWN),
            Kind::Postgres => (POSTGRES, POSTGRES_DOWN),
            Kind::Sqlite => (SQLITE, SQLITE_DOWN),
        };
        project.revision("a1111", "", "CREATE TABLE n (n INT);\nINSERT INTO n VALUES (100);", "DROP TABLE n;");
        project.revision_with("b1111", "a1111", "-- transaction: false", up, down);
        let one = "UPDATE n SET n = n + 1000;";
        project.revision("c1111", "b1111", one, "UPDATE n SET n = n - 1000;");
        Self { project, kind, server }
    }

    /// Creates a story with some megabytes of data (PostgreSQL: 40, MariaDB: 12).
    pub fn with_much_data(kind: Kind, server: &'static Server) -> Self {
        let story = Self::new(kind, Some(server));
        story.fill(match kind {
            Kind::Postgres => "INSERT INTO big SELECT repeat(md5(i::text), 30), i FROM generate_series(1, 4000) i;",
            _ => {
                "INSERT INTO big SELECT REPEAT('x', 1000), n FROM (WITH RECURSIVE s (n) AS \
                 (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000) SELECT n FROM s) numbers;"
            }
        });
        story
    }

    fn fill(&self, insert: &str) {
        let mut up = "CREATE TABLE big (x TEXT, i INT);\n".to_owned();
        for _ in 0..12 {
            up += "UPDATE n SET n = n + 1;\n";
            up += insert;
            up.push('\n');
        }
        self.project.revision_with("b1111", "a1111", "-- transaction: false", &up, "DROP TABLE big;");
    }

    fn shell(&self, url: &str, sql: &str) -> String {
        match self.server {
            Some(server) => server.shell(url, sql),
            None => self.project.shell(self.kind, url, sql),
        }
    }

    /// Returns the complete state, without times.
    pub fn picture(&self, url: &str) -> String {
        let queries: &[&str] = match self.kind {
            Kind::Mariadb => &[
                "SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = DATABASE() \
                 AND table_name NOT LIKE 'aludel%' ORDER BY table_name, ordinal_position;",
                "SELECT table_name, index_name, column_name FROM information_schema.statistics WHERE table_schema = DATABASE() \
                 AND table_name NOT LIKE 'aludel%' ORDER BY 1, 2, 3;",
                "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE();",
            ],
            Kind::Postgres => &[
                "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' \
                 AND table_name NOT LIKE 'aludel%' ORDER BY table_name, ordinal_position;",
                "SELECT indexrelid::regclass, indisvalid FROM pg_index JOIN pg_class c ON c.oid = indrelid \
                 WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'aludel%' ORDER BY 1;",
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                 WHERE locktype = 'advisory' AND datname = current_database();",
            ],
            Kind::Sqlite => &["SELECT sql FROM sqlite_schema WHERE name NOT LIKE '%aludel%' ORDER BY name;"],
        };
        // The snapshot is stored after the run, so it is missing if the run ended before. That is not an error.
        let tables = self.shell(url, match self.kind {
            Kind::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'aludel_version_schema' ORDER BY 1;",
            Kind::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'aludel_version_schema' ORDER BY 1;",
            Kind::Mariadb => "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' \
                 AND table_name <> 'aludel_version_schema' ORDER BY 1;",
        });
        let mut sql = queries.join("\n");
        for table in tables.lines() {
            sql += match table {
                "v" => "\nSELECT x, y, z FROM v ORDER BY 1, 2, 3;",
                "n" => "\nSELECT n FROM n;",
                "big" => "\nSELECT count(*) FROM big;",
                "aludel_version" => "\nSELECT version_num FROM aludel_version ORDER BY 1;",
                _ => "",
            };
        }
        // The counters and the journal prove that each revision was executed exactly once.
        sql += "\nSELECT revision, operation, count(*) FROM aludel_version_history WHERE state = 'done' GROUP BY 1, 2 ORDER BY 1, 2;";
        format!("{tables}\n{}", self.shell(url, &sql))
    }
}
