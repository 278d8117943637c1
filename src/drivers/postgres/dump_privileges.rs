//! Privileges that a dump needs and the current user lacks. Read-only.

use std::collections::BTreeMap;

use crate::database::dump::Obstacle;
use crate::database::{Database, DatabaseError};
use crate::sql::{Dialect, qualified, quote_identifier};

/// From this number of objects on, the report names only their schema.
const MANY: usize = 10;

/// Lists privileges whose absence makes `pg_dump` fail. It uses every schema, locks and reads every table, and reads
/// every sequence (pg_dump.c). It also fails if row-level security would hide rows (pg_dump(1),
/// `--enable-row-security`).
const UNREADABLE: &str = "WITH kept AS (SELECT c.oid, c.relkind, c.relname, n.nspname, n.oid AS schema \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
     AND e.objid = c.oid AND e.deptype = 'e')) \
     SELECT * FROM (SELECT DISTINCT 'use' AS what, nspname, NULL AS relname FROM kept \
     WHERE NOT pg_catalog.has_schema_privilege(schema, 'USAGE') \
     UNION ALL SELECT CASE WHEN relkind = 'S' THEN 'sequence' ELSE 'table' END, nspname, relname FROM kept \
     WHERE NOT CASE WHEN relkind = 'S' THEN pg_catalog.has_sequence_privilege(oid, 'SELECT') \
     ELSE pg_catalog.has_table_privilege(oid, 'SELECT') END \
     UNION ALL SELECT 'policy', nspname, relname FROM kept \
     WHERE CASE WHEN relkind = 'S' THEN false ELSE pg_catalog.row_security_active(oid) END) found ORDER BY 1 DESC, 2, 3";

/// Returns the missing privileges, each with the statement that grants it.
pub(super) fn missing(database: &mut dyn Database) -> Result<Vec<Obstacle>, DatabaseError> {
    let answers = database.execute(&format!("SELECT current_user; {UNREADABLE}"))?;
    let user = answers.first().and_then(|rows| rows.first()?.first()?.clone()).unwrap_or_default();
    let user = quote_identifier(&user, Dialect::POSTGRES);
    let mut names: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in answers.get(1).into_iter().flatten() {
        let [Some(what), Some(schema), name] = row.as_slice() else { continue };
        names.entry((what.clone(), schema.clone())).or_default().extend(name.clone());
    }
    let obstacle = |((what, schema), names): (&(String, String), &Vec<String>)| of_schema(what, schema, names, &user);
    // Privileges on objects of a schema have no effect before USAGE on the schema is granted, so schemas come first.
    let (schemas, others): (Vec<_>, Vec<_>) = names.iter().partition(|((what, _), _)| what == "use");
    Ok(schemas.into_iter().chain(others).map(obstacle).collect())
}

fn of_schema(what: &str, schema: &str, names: &[String], user: &str) -> Obstacle {
    let dialect = Dialect::POSTGRES;
    let quoted = quote_identifier(schema, dialect);
    let listed = |quoted: bool| {
        let name = |name: &String| match quoted {
            true => qualified(Some(schema), name, dialect),
            false => format!("{schema}.{name}"),
        };
        names.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    let is_many = names.len() >= MANY;
    let shown = if is_many { format!("{} {what}s of {schema}", names.len()) } else { listed(false) };
    let (what, remedy) = match what {
        "use" => (format!("use the schema {schema}"), format!("GRANT USAGE ON SCHEMA {quoted} TO {user};")),
        "policy" => (format!("see all rows of {shown}"), format!("ALTER ROLE {user} BYPASSRLS;")),
        kind => {
            let kind = if kind == "sequence" { "SEQUENCE" } else { "TABLE" };
            let place =
                if is_many { format!("ALL {kind}S IN SCHEMA {quoted}") } else { format!("{kind} {}", listed(true)) };
            (format!("read {shown}"), format!("GRANT SELECT ON {place} TO {user};"))
        }
    };
    Obstacle { what, remedy }
}
