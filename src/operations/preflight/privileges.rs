//! Privileges of the user for the pending plan. A missing one is reported with the GRANT that fixes it.

use std::collections::{BTreeMap, BTreeSet};

use super::grants::Grants;
use super::tables::{TableFacts, Touched, look_up_names};
use super::{Item, Level};
use crate::database::journal::journal_name;
use crate::database::{Database, DatabaseError, HistoryState, ServerError, VersionTable};
use crate::operations::ask::{ask, ask_value, cell, literal};
use crate::sql::{Dialect, RequiredPrivilege, TableName, qualified, quote_identifier};

const OURS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
const JOURNAL: [&str; 3] = ["SELECT", "INSERT", "UPDATE"];

pub(super) fn item(
    database: &mut dyn Database,
    touched: &Touched,
    known: &BTreeMap<TableName, TableFacts>,
    table: &VersionTable,
    state: &HistoryState,
) -> Result<Item, DatabaseError> {
    let own = own_needs(table, state);
    let needs: BTreeSet<&RequiredPrivilege> = touched.needs().into_iter().chain(&own).collect();
    match database.server().dialect {
        Dialect::Postgres => postgres(database, &needs, known, &own),
        Dialect::Mysql => mysql(database, &needs, known),
        Dialect::Sqlite => Ok(Item::new("privileges", Level::Ok, "write access to the file is all that is needed")),
    }
}

/// Returns the privileges that aludel's own tables require.
fn own_needs(table: &VersionTable, state: &HistoryState) -> Vec<RequiredPrivilege> {
    let named = |name: &str| TableName { schema: table.schema.clone(), name: name.to_owned() };
    let mut needs = Vec::new();
    if !(state.version_table_exists && state.journal_exists) {
        needs.push(RequiredPrivilege::Create(table.schema.clone()));
    }
    if state.version_table_exists {
        needs.extend(OURS.map(|privilege| RequiredPrivilege::Table(named(&table.name), privilege)));
    }
    if state.journal_exists {
        needs.extend(JOURNAL.map(|privilege| RequiredPrivilege::Table(named(&journal_name(table)), privilege)));
    }
    needs
}

/// Returns the item for a version table that cannot be read, with the privileges that are missing for that. Those for
/// the revisions cannot be checked before it is readable.
pub(super) fn no_state(
    database: &mut dyn Database,
    table: &VersionTable,
    error: &ServerError,
) -> Result<Item, DatabaseError> {
    let item = Item::new("version-table", Level::Stop, error.message.clone());
    if database.server().dialect != Dialect::Postgres {
        return Ok(item);
    }
    let there = HistoryState { version_table_exists: true, journal_exists: true, ..HistoryState::default() };
    let own = own_needs(table, &there);
    let asked = postgres(database, &own.iter().collect(), &BTreeMap::new(), &own)?;
    if asked.level == Level::Ok {
        return Ok(item);
    }
    let text = format!(
        "{}: {}\nthe privileges that the revisions need are checked once the version table can be read",
        item.text, asked.text
    );
    Ok(Item { text, remedies: asked.remedies, ..item })
}

fn verdict(user: &str, missing: Vec<(String, String)>, asked: usize) -> Item {
    if missing.is_empty() {
        let asked = if asked == 1 { "1 privilege".to_owned() } else { format!("{asked} privileges") };
        return Item::new(
            "privileges",
            Level::Ok,
            format!("{user} has the privileges for what is pending ({asked} checked)"),
        );
    }
    let (texts, remedies): (Vec<_>, Vec<_>) = missing.into_iter().unzip();
    let text = format!("{user} may not {}", texts.join("; nor "));
    Item { remedies, ..Item::new("privileges", Level::Stop, text) }
}

fn postgres(
    database: &mut dyn Database,
    needs: &BTreeSet<&RequiredPrivilege>,
    known: &BTreeMap<TableName, TableFacts>,
    own: &[RequiredPrivilege],
) -> Result<Item, DatabaseError> {
    let user = ask_value(database, "SELECT current_user")?.unwrap_or_default();
    let quoted = quote_identifier(&user, Dialect::Postgres);
    let mut known = known.clone();
    known.extend(look_up_names(database, own.iter().filter_map(super::tables::need_table))?);
    let mut missing = may_use(database, needs, &quoted)?;
    let mut tables: BTreeMap<&TableName, Vec<&str>> = BTreeMap::new();
    for need in needs {
        match need {
            RequiredPrivilege::Create(schema) => missing.extend(may_create(database, schema.as_deref(), &quoted)?),
            RequiredPrivilege::CreateSchema => {
                let sql = "SELECT CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN NULL ELSE current_database() END";
                missing.extend(ask_value(database, sql)?.map(|name| {
                    let name = quote_identifier(&name, Dialect::Postgres);
                    (format!("create schemas in {name}"), format!("GRANT CREATE ON DATABASE {name} TO {quoted};"))
                }));
            }
            RequiredPrivilege::Own(table, _) | RequiredPrivilege::OwnIndex(table) => {
                missing.extend(not_owned(table, known.get(table), &quoted))
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
    let owners: BTreeSet<String> = missing.iter().map(|(_, remedy)| remedy.clone()).collect();
    tables.retain(|table, _| {
        not_owned(table, known.get(table), &quoted).is_none_or(|(_, grant)| !owners.contains(&grant))
    });
    for (table, privileges) in tables {
        let (name, privileges) =
            (qualified(table.schema.as_deref(), &table.name, Dialect::Postgres), privileges.join(", "));
        missing.push((format!("{privileges} on {table}"), format!("GRANT {privileges} ON {name} TO {quoted};")));
    }
    let mut told = BTreeSet::new();
    missing.retain(|entry| told.insert(entry.1.clone()));
    Ok(verdict(&user, missing, needs.len()))
}

/// Returns the missing grant if the user does not own the table: only its owner (or a member of that role) may alter
/// it.
fn not_owned(name: &TableName, table: Option<&TableFacts>, user: &str) -> Option<(String, String)> {
    let table = table.filter(|table| !table.allowed.contains("OWN"))?;
    let owner = quote_identifier(&table.owner, Dialect::Postgres);
    Some((format!("change {name}, which {} owns", table.owner), format!("GRANT {owner} TO {user};")))
}

/// Returns missing USAGE privileges on the named schemas; without them nothing in a schema is accessible.
fn may_use(
    database: &mut dyn Database,
    needs: &BTreeSet<&RequiredPrivilege>,
    user: &str,
) -> Result<Vec<(String, String)>, DatabaseError> {
    let schema = |need: &&RequiredPrivilege| match need {
        RequiredPrivilege::Create(schema) => schema.clone(),
        need => super::tables::need_table(need).and_then(|table| table.schema.clone()),
    };
    let schemas: BTreeSet<String> = needs.iter().filter_map(schema).collect();
    let names: Vec<String> = schemas.iter().map(|schema| literal(Dialect::Postgres, schema)).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname IN ({}) \
         AND NOT pg_catalog.has_schema_privilege(oid, 'USAGE') ORDER BY 1",
        names.join(", ")
    );
    let rows = ask(database, &sql)?.unwrap_or_default();
    let name = |row: &Vec<Option<String>>| quote_identifier(cell(row, 0), Dialect::Postgres);
    let grant = |name| (format!("use the schema {name}"), format!("GRANT USAGE ON SCHEMA {name} TO {user};"));
    Ok(rows.rows.iter().map(name).map(grant).collect())
}

fn may_create(
    database: &mut dyn Database,
    schema: Option<&str>,
    user: &str,
) -> Result<Option<(String, String)>, DatabaseError> {
    let name = schema.map_or_else(
        || "current_schema()".to_owned(),
        |schema| format!("{}::name", literal(Dialect::Postgres, schema)),
    );
    let sql = format!(
        "SELECT nspname, has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace WHERE nspname = {name}"
    );
    let rows = ask(database, &sql)?.unwrap_or_default();
    let Some(row) = rows.rows.first() else {
        return if schema.is_none() { nowhere(database, user).map(Some) } else { Ok(None) };
    };
    let name = quote_identifier(cell(row, 0), Dialect::Postgres);
    let grant = format!("GRANT CREATE ON SCHEMA {name} TO {user};");
    Ok((cell(row, 1) != "t").then(|| (format!("create tables in the schema {name}"), grant)))
}

/// Returns the remedy if no schema of the search_path exists or is usable.
fn nowhere(database: &mut dyn Database, user: &str) -> Result<(String, String), DatabaseError> {
    let sql = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname IN (current_user, 'public') ORDER BY nspname = 'public'";
    Ok(match ask_value(database, sql)? {
        Some(schema) => {
            let schema = quote_identifier(&schema, Dialect::Postgres);
            let grant = format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {user};");
            (format!("use the schema {schema}, nor create tables in it"), grant)
        }
        None => ("create tables: no schema of the search_path exists".to_owned(), "CREATE SCHEMA public;".to_owned()),
    })
}

fn mysql(
    database: &mut dyn Database,
    needs: &BTreeSet<&RequiredPrivilege>,
    known: &BTreeMap<TableName, TableFacts>,
) -> Result<Item, DatabaseError> {
    let Some(shown) = ask(database, "SHOW GRANTS")? else {
        return Ok(Item::new("privileges", Level::Warning, "the server does not report the user's privileges"));
    };
    let user = ask_value(database, "SELECT CURRENT_USER()")?.unwrap_or_default();
    let here = ask_value(database, "SELECT DATABASE()")?.unwrap_or_default();
    let grants = Grants::read(shown.rows.iter().map(|row| cell(row, 0)));
    let account = user.rsplit_once('@').map_or_else(|| user.clone(), |(name, host)| format!("'{name}'@'{host}'"));
    let wanted = needs.iter().filter_map(|need| wanted(need, known, &here));
    let missing: BTreeSet<(String, String)> = wanted
        .filter(|(privilege, schema, table)| !grants.allow(privilege, schema, table.as_deref()))
        .map(|(privilege, schema, table)| {
            let place =
                format!("`{schema}`.{}", table.as_ref().map_or_else(|| "*".to_owned(), |table| format!("`{table}`")));
            (format!("{privilege} on {place}"), format!("GRANT {privilege} ON {place} TO {account};"))
        })
        .collect();
    if !missing.is_empty() && grants.has_roles {
        let text = format!("{user} has roles whose privileges are not shown; perhaps missing: ");
        let names: Vec<_> = missing.into_iter().map(|(text, _)| text).collect();
        return Ok(Item::new("privileges", Level::Warning, text + &names.join(", ")));
    }
    Ok(verdict(&user, missing.into_iter().collect(), needs.len()))
}

/// Returns the required privilege with its database and table.
fn wanted(
    need: &RequiredPrivilege,
    known: &BTreeMap<TableName, TableFacts>,
    here: &str,
) -> Option<(&'static str, String, Option<String>)> {
    let place = |table: &TableName| (table.schema.clone().unwrap_or_else(|| here.to_owned()), Some(table.name.clone()));
    match need {
        RequiredPrivilege::Create(schema) => Some(("CREATE", schema.clone().unwrap_or_else(|| here.to_owned()), None)),
        RequiredPrivilege::Own(table, privilege) | RequiredPrivilege::Table(table, privilege) => {
            // A DDL privilege is checked only if the table exists. A table privilege always is, because aludel's own
            // tables are not in `known`.
            let is_ours = matches!(need, RequiredPrivilege::Table(_, _));
            let (schema, name) = place(table);
            (is_ours || known.contains_key(table)).then_some((*privilege, schema, name))
        }
        RequiredPrivilege::Database(privilege) => Some((*privilege, here.to_owned(), None)),
        RequiredPrivilege::CreateSchema | RequiredPrivilege::OwnIndex(_) => None,
    }
}
