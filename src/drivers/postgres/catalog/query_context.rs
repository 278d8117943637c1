//! Context that all catalog queries share: namespaces, version of the server, owners or not.

use crate::database::CatalogRequest;
use crate::dialects::postgres::flavour::PostgresVersion;
use crate::drivers::postgres::version_guard::quote_literal;

/// Context for building the queries.
pub(super) struct QueryContext {
    /// Version of the server.
    pub(super) version: PostgresVersion,
    /// True if owners and privileges are read.
    pub(super) owners: bool,
    /// Condition on `n`, the row of `pg_namespace`.
    pub(super) inside: String,
}

impl QueryContext {
    pub(super) fn new(version: &str, request: &CatalogRequest) -> Self {
        let mut inside = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'".to_owned();
        if let Some(names) = &request.namespaces {
            let names: Vec<String> = names.iter().map(|name| quote_literal(name)).collect();
            let array = format!(" AND n.nspname = ANY (ARRAY[{}]::name[])", names.join(", "));
            inside.push_str(&array);
        }
        Self { version: PostgresVersion::parse(version), owners: request.owners, inside }
    }

    /// Two columns, owner and privileges. Unless they were requested, they hold only an owner other than the current
    /// user, and privileges other than the default. `kind` is the object type for `acldefault`.
    pub(super) fn owner(&self, owner: &str, acl: &str, kind: char) -> String {
        format!("{}, {}", self.owner_only(owner), self.grants(owner, acl, kind))
    }

    pub(super) fn owner_only(&self, owner: &str) -> String {
        if self.owners {
            format!("pg_get_userbyid({owner})")
        } else {
            format!("CASE WHEN {owner} <> current_user::regrole THEN pg_get_userbyid({owner}) END")
        }
    }

    /// The privileges column: privileges of roles other than the owner.
    pub(super) fn grants(&self, owner: &str, acl: &str, kind: char) -> String {
        let grants = privileges(owner, acl, kind);
        if self.owners { grants } else { format!("CASE WHEN {acl} IS NOT NULL THEN {grants} END") }
    }
}

fn privileges(owner: &str, acl: &str, kind: char) -> String {
    format!(
        "ARRAY(SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ': ' || \
             string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) || \
             CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END \
             FROM aclexplode(coalesce({acl}, acldefault('{kind}', {owner}))) x \
             WHERE x.grantee <> {owner} GROUP BY x.grantee, x.is_grantable)"
    )
}

/// Tablespace of the row `table` of `pg_class`; NULL for the database's default.
pub(super) fn tablespace(table: &str) -> String {
    format!(
        "CASE WHEN {table}.reltablespace <> 0 THEN (SELECT spcname FROM pg_tablespace WHERE oid = {table}.reltablespace) END"
    )
}

/// Quoted name of the collation `id` if `is_told` holds; schema-qualified unless it is in `pg_catalog`.
pub(super) fn collation(is_told: &str, id: &str) -> String {
    format!(
        "CASE WHEN {is_told} THEN (SELECT CASE cn.nspname WHEN 'pg_catalog' THEN '' ELSE quote_ident(cn.nspname) || '.' END \
         || quote_ident(co.collname) FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace \
         WHERE co.oid = {id}) END"
    )
}
