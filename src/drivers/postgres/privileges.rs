//! Privileges of the connected user.

use std::collections::{BTreeMap, BTreeSet};

use super::{PostgresDriver, languages, table_sizes};
use crate::database::refusable::{cell, try_query, try_value};
use crate::database::statements::text_literal;
use crate::database::{
    Database, DatabaseError, MissingPrivilege, PrivilegeQueries, PrivilegeReport, PrivilegeRequest, TableFacts,
};
use crate::sql::{Dialect, RequiredPrivilege, TableName, qualified, quote_identifier};

impl PrivilegeQueries for PostgresDriver {
    fn missing_privileges(
        &self,
        database: &mut dyn Database,
        request: PrivilegeRequest<'_>,
    ) -> Result<PrivilegeReport, DatabaseError> {
        let user = try_value(database, "SELECT current_user")?.unwrap_or_default();
        let missing = missing(database, request, &quote(&user))?;
        Ok(PrivilegeReport::Checked { user, missing })
    }

    fn missing_own_privileges(
        &self,
        database: &mut dyn Database,
        own: &[RequiredPrivilege],
    ) -> Result<Option<PrivilegeReport>, DatabaseError> {
        let request = PrivilegeRequest { required: &own.iter().collect(), own, known: &BTreeMap::new() };
        self.missing_privileges(database, request).map(Some)
    }

    fn missing_language(
        &self,
        database: &mut dyn Database,
        statements: &mut dyn Iterator<Item = &str>,
    ) -> Result<Option<MissingPrivilege>, DatabaseError> {
        languages::missing(database, statements)
    }
}

fn quote(name: &str) -> String {
    quote_identifier(name, Dialect::POSTGRES)
}

/// Returns the missing privileges; `user` is the quoted name of the user.
fn missing(
    database: &mut dyn Database,
    request: PrivilegeRequest<'_>,
    user: &str,
) -> Result<Vec<MissingPrivilege>, DatabaseError> {
    let own: Vec<&TableName> = request.own.iter().filter_map(RequiredPrivilege::table).collect();
    let mut known = request.known.clone();
    if !own.is_empty() {
        known.extend(table_sizes::facts(database, &own)?);
    }
    let mut missing = schema_usage(database, request.required, user)?;
    let mut tables: BTreeMap<&TableName, Vec<&str>> = BTreeMap::new();
    for need in request.required {
        match need {
            RequiredPrivilege::Create(schema) => missing.extend(creation(database, schema.as_deref(), user)?),
            RequiredPrivilege::CreateSchema => missing.extend(schema_creation(database, user)?),
            RequiredPrivilege::Own(table, _) | RequiredPrivilege::OwnIndex(table) => {
                missing.extend(ownership(table, known.get(table), user));
            }
            RequiredPrivilege::Table(table, privilege) => {
                if known.get(table).is_some_and(|found| !found.allowed.contains(privilege)) {
                    tables.entry(table).or_default().push(privilege);
                }
            }
            RequiredPrivilege::Database(_) => {}
        }
    }
    // Membership in an owner's role includes all privileges on its tables, so these need no grant of their own.
    let owners: BTreeSet<String> = missing.iter().map(|missing| missing.grant.clone()).collect();
    tables.retain(|table, _| {
        ownership(table, known.get(table), user).is_none_or(|missing| !owners.contains(&missing.grant))
    });
    for (table, privileges) in tables {
        let name = qualified(table.schema.as_deref(), &table.name, Dialect::POSTGRES);
        let privileges = privileges.join(", ");
        let grant = format!("GRANT {privileges} ON {name} TO {user};");
        missing.push(MissingPrivilege { text: format!("{privileges} on {table}"), grant });
    }
    let mut seen = BTreeSet::new();
    missing.retain(|missing| seen.insert(missing.grant.clone()));
    Ok(missing)
}

/// Returns the ownership of the table if the user lacks it: only the owner (or a member of that role) may alter it.
fn ownership(name: &TableName, table: Option<&TableFacts>, user: &str) -> Option<MissingPrivilege> {
    let table = table.filter(|table| !table.allowed.contains("OWN"))?;
    let text = format!("change {name}, which {} owns", table.owner);
    Some(MissingPrivilege { text, grant: format!("GRANT {} TO {user};", quote(&table.owner)) })
}

/// Returns missing USAGE privileges on the named schemas; without them nothing in a schema is accessible.
fn schema_usage(
    database: &mut dyn Database,
    required: &BTreeSet<&RequiredPrivilege>,
    user: &str,
) -> Result<Vec<MissingPrivilege>, DatabaseError> {
    let schema = |need: &&RequiredPrivilege| match need {
        RequiredPrivilege::Create(schema) => schema.clone(),
        need => need.table().and_then(|table| table.schema.clone()),
    };
    let schemas: BTreeSet<String> = required.iter().filter_map(schema).collect();
    let names: Vec<String> = schemas.iter().map(|schema| text_literal(Dialect::POSTGRES, schema)).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname IN ({}) \
         AND NOT pg_catalog.has_schema_privilege(oid, 'USAGE') ORDER BY 1",
        names.join(", ")
    );
    let rows = try_query(database, &sql)?.unwrap_or_default();
    let missing = |row: &Vec<Option<String>>| {
        let name = quote(cell(row, 0));
        let grant = format!("GRANT USAGE ON SCHEMA {name} TO {user};");
        MissingPrivilege { text: format!("use the schema {name}"), grant }
    };
    Ok(rows.rows.iter().map(missing).collect())
}

/// Returns the privilege to create schemas in the database if the user lacks it.
fn schema_creation(database: &mut dyn Database, user: &str) -> Result<Option<MissingPrivilege>, DatabaseError> {
    let sql =
        "SELECT CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN NULL ELSE current_database() END";
    Ok(try_value(database, sql)?.map(|name| {
        let name = quote(&name);
        let grant = format!("GRANT CREATE ON DATABASE {name} TO {user};");
        MissingPrivilege { text: format!("create schemas in {name}"), grant }
    }))
}

/// Returns the privilege to create tables in the schema (`None`: the current one) if the user lacks it.
fn creation(
    database: &mut dyn Database,
    schema: Option<&str>,
    user: &str,
) -> Result<Option<MissingPrivilege>, DatabaseError> {
    let name = schema.map_or_else(
        || "current_schema()".to_owned(),
        |schema| format!("{}::name", text_literal(Dialect::POSTGRES, schema)),
    );
    let sql = format!(
        "SELECT nspname, has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace WHERE nspname = {name}"
    );
    let rows = try_query(database, &sql)?.unwrap_or_default();
    let Some(row) = rows.rows.first() else {
        return if schema.is_none() { missing_schema(database, user).map(Some) } else { Ok(None) };
    };
    let name = quote(cell(row, 0));
    let grant = format!("GRANT CREATE ON SCHEMA {name} TO {user};");
    let text = format!("create tables in the schema {name}");
    Ok((cell(row, 1) != "t").then_some(MissingPrivilege { text, grant }))
}

/// Returns the remedy if no schema of the search_path exists or is usable.
fn missing_schema(database: &mut dyn Database, user: &str) -> Result<MissingPrivilege, DatabaseError> {
    let sql = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname IN (current_user, 'public') ORDER BY nspname = 'public'";
    Ok(match try_value(database, sql)? {
        Some(schema) => {
            let schema = quote(&schema);
            MissingPrivilege {
                text: format!("use the schema {schema}, nor create tables in it"),
                grant: format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {user};"),
            }
        }
        None => MissingPrivilege {
            text: "create tables: no schema of the search_path exists".to_owned(),
            grant: "CREATE SCHEMA public;".to_owned(),
        },
    })
}
