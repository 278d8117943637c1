//! Privileges of the connected user.

use std::collections::{BTreeMap, BTreeSet};

use super::MysqlDriver;
use super::grants::Grants;
use crate::database::refusable::{cell, try_query, try_value};
use crate::database::{
    Database, DatabaseError, MissingPrivilege, PrivilegeQueries, PrivilegeReport, PrivilegeRequest, TableFacts,
};
use crate::sql::{RequiredPrivilege, TableName};

impl PrivilegeQueries for MysqlDriver {
    fn missing_privileges(
        &self,
        database: &mut dyn Database,
        request: PrivilegeRequest<'_>,
    ) -> Result<PrivilegeReport, DatabaseError> {
        let Some(shown) = try_query(database, "SHOW GRANTS")? else { return Ok(PrivilegeReport::Refused) };
        let user = try_value(database, "SELECT CURRENT_USER()")?.unwrap_or_default();
        let current = try_value(database, "SELECT DATABASE()")?.unwrap_or_default();
        let grants = Grants::read(shown.rows.iter().map(|row| cell(row, 0)));
        let account = user.rsplit_once('@').map_or_else(|| user.clone(), |(name, host)| format!("'{name}'@'{host}'"));
        let wanted = request.required.iter().filter_map(|need| wanted(need, request.known, &current));
        let missing: BTreeSet<MissingPrivilege> = wanted
            .filter(|(privilege, schema, table)| !grants.allow(privilege, schema, table.as_deref()))
            .map(|(privilege, schema, table)| {
                let table = table.map_or_else(|| "*".to_owned(), |table| format!("`{table}`"));
                let text = format!("{privilege} on `{schema}`.{table}");
                let grant = format!("GRANT {privilege} ON `{schema}`.{table} TO {account};");
                MissingPrivilege { text, grant }
            })
            .collect();
        let missing: Vec<_> = missing.into_iter().collect();
        Ok(if !missing.is_empty() && grants.has_roles {
            PrivilegeReport::HiddenByRoles { user, missing }
        } else {
            PrivilegeReport::Checked { user, missing }
        })
    }
}

/// Returns the required privilege with its database and table; `current` is the current database.
fn wanted(
    need: &RequiredPrivilege,
    known: &BTreeMap<TableName, TableFacts>,
    current: &str,
) -> Option<(&'static str, String, Option<String>)> {
    let schema = |schema: &Option<String>| schema.clone().unwrap_or_else(|| current.to_owned());
    match need {
        RequiredPrivilege::Create(named) => Some(("CREATE", schema(named), None)),
        RequiredPrivilege::Own(table, privilege) | RequiredPrivilege::Table(table, privilege) => {
            // A DDL privilege is checked only if the table exists. A table privilege always is, because aludel's own
            // tables are not in `known`.
            let is_ours = matches!(need, RequiredPrivilege::Table(_, _));
            (is_ours || known.contains_key(table))
                .then(|| (*privilege, schema(&table.schema), Some(table.name.clone())))
        }
        RequiredPrivilege::Database(privilege) => Some((*privilege, current.to_owned(), None)),
        RequiredPrivilege::CreateSchema | RequiredPrivilege::OwnIndex(_) => None,
    }
}
