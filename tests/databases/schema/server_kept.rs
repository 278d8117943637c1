//! Server-internal values in catalog columns that also hold options of users. The minor releases of November 2026
//! introduced one in PostgreSQL (`pg_attver`). Here a superuser writes such values, so that the tests need no
//! particular release.

use super::{all_is_well, desiring, generate};
use crate::support::project::Kind;

const SCHEMA: &str = "CREATE TYPE point2 AS (x integer, y integer);
CREATE TABLE t (a integer, b text) WITH (fillfactor='70');
ALTER TABLE t ALTER COLUMN a SET (n_distinct=5);
CREATE INDEX t_b ON t (b) WITH (fillfactor='80');
CREATE VIEW v WITH (security_barrier='true') AS SELECT a FROM t;
CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET work_mem TO '1MB' AS 'SELECT 1';
";

/// Adds an option to every object that can have one, including the version table and the journal. The columns of an
/// index are excluded, because the server itself reads their options as parameters of operator classes.
fn keep(option: &str) -> String {
    format!(
        "UPDATE pg_attribute SET attoptions = attoptions || '{option}=7'::text WHERE attrelid >= 16384 AND attnum > 0
        AND attrelid IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'c'));
        UPDATE pg_class SET reloptions = reloptions || '{option}=7'::text WHERE oid >= 16384 AND relkind IN ('r', 'i', 'v', 'm');
        UPDATE pg_proc SET proconfig = proconfig || '{option}=7'::text WHERE oid >= 16384;
        INSERT INTO pg_db_role_setting SELECT oid, 0, ARRAY['{option}=7'] FROM pg_database WHERE datname = current_database();"
    )
}

#[test]
fn an_option_that_the_server_keeps_for_itself_is_no_difference() {
    let (project, url) = desiring(Kind::Postgres, SCHEMA);
    generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    let inspected = project.ok(&["inspect"]);
    project.shell(Kind::Postgres, &url, &keep("pg_attver"));
    assert_eq!(project.ok(&["inspect"]), inspected);
    all_is_well(&project);
    let drift = project.run(&["check", "--drift"]);
    assert_eq!((drift.status, drift.stdout.contains("pg_attver")), (0, false), "{}{}", drift.stdout, drift.stderr);
    let unmodelled = &project.json(&["check"])["services"][0]["unmodelled"];
    assert!(!unmodelled.to_string().contains("pg_attver"), "{unmodelled}");
}

#[test]
fn an_option_that_pg_dump_prints_and_nobody_knows_is_listed_as_not_modelled() {
    let (project, url) = desiring(Kind::Postgres, SCHEMA);
    generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    project.shell(
        Kind::Postgres,
        &url,
        "UPDATE pg_class SET reloptions = reloptions || 'of_tomorrow=7'::text WHERE relname = 't'",
    );
    let run = project.run(&["inspect"]);
    assert!(
        !run.stdout.contains("of_tomorrow=7") && run.stderr.contains("of_tomorrow of t"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    all_is_well(&project);
}
