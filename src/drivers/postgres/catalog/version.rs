//! A text that changes with every change to the catalog, computed from the versions of its rows.
//!
//! An UPDATE writes a new row version at another location (`ctid`) by another transaction (`xmin`; manual, "System
//! Columns"), so locations and writers of all rows reveal any change without the server having to print a definition.
//! Values that the server changes in place (statistics of VACUUM, ANALYZE and index builds) are not part of the schema;
//! except for the validity of an index before PostgreSQL 14, whose value is included.
//!
//! Changes that do not affect the schema (TRUNCATE, REFRESH MATERIALIZED VIEW) change the text too: they cost one
//! unnecessary read.

use super::query_context::QueryContext;
use crate::database::{CatalogRequest, DatabaseError};
use crate::drivers::postgres::Postgres;
use crate::drivers::postgres::wire::WireRows;

/// Catalogs whose rows determine the schema, each with a condition for user objects. (System objects have OIDs below
/// 16384; manual, "System Catalog Initial Data". The schema `public`, 2200, is included because users comment on it.)
///
/// Each one costs a new server process 0.2 ms, so those that never change on their own are left out: a default changes
/// with its column or its dependencies, an aggregate with its function, a range with its type, and a partition key
/// never.
pub(super) const WATCHED: [(&str, &str); 40] = [
    ("pg_am", OWN),
    ("pg_amop", OWN),
    ("pg_amproc", OWN),
    ("pg_attribute", "attrelid >= 16384 AND attnum > 0"),
    ("pg_cast", OWN),
    ("pg_class", OWN),
    ("pg_collation", OWN),
    ("pg_constraint", OWN),
    ("pg_conversion", OWN),
    ("pg_db_role_setting", "setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"),
    ("pg_default_acl", ALL),
    ("pg_depend", "objid >= 16384"),
    ("pg_description", "objoid >= 16384 OR objoid = 2200"),
    ("pg_enum", ALL),
    ("pg_event_trigger", ALL),
    ("pg_extension", ALL),
    ("pg_foreign_data_wrapper", ALL),
    ("pg_foreign_server", ALL),
    ("pg_index", "indexrelid >= 16384"),
    ("pg_inherits", ALL),
    ("pg_language", ALL),
    ("pg_namespace", ALL),
    ("pg_opclass", OWN),
    ("pg_operator", OWN),
    ("pg_opfamily", OWN),
    ("pg_policy", ALL),
    ("pg_proc", OWN),
    ("pg_publication", ALL),
    ("pg_rewrite", OWN),
    ("pg_seclabel", ALL),
    ("pg_sequence", ALL),
    ("pg_statistic_ext", ALL),
    ("pg_tablespace", ALL),
    ("pg_transform", ALL),
    ("pg_trigger", ALL),
    ("pg_ts_config", OWN),
    ("pg_ts_dict", OWN),
    ("pg_ts_parser", OWN),
    ("pg_ts_template", OWN),
    ("pg_type", OWN),
];

const OWN: &str = "oid >= 16384";
const ALL: &str = "true";

/// Values that row versions do not cover, or that not every user can read: names of the roles that own objects here or
/// have privileges on them, and of subscriptions; the validity of indexes; the extensions' default versions from the
/// server's files; whether there are large objects. User mappings have rows in `pg_depend`. Each is the part after
/// `SELECT`.
pub(super) const OTHERS: [&str; 5] = [
    "sum(hashtextextended(pg_get_userbyid(id), id::bigint)) FROM (SELECT 10::oid UNION ALL SELECT refobjid \
     FROM pg_shdepend WHERE refclassid = 1260 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())) x (id)",
    "sum(hashtextextended(subname, subdbid::bigint)) FROM pg_subscription",
    "sum(indexrelid::bigint) FROM pg_index WHERE indexrelid >= 16384 AND NOT indisvalid",
    "sum(hashtextextended((SELECT default_version FROM pg_available_extensions WHERE name = extname), oid::bigint)) \
     FROM pg_extension WHERE extname <> 'plpgsql'",
    "count(*) FROM (SELECT FROM pg_largeobject_metadata LIMIT 1) x",
];

/// Mappings of users to foreign servers, as far as this user may read them.
pub(super) const USER_MAPPINGS: &str = "sum(hashtextextended(umid::text || srvname || usename || coalesce(umoptions::text, ''), 0)) \
     FROM pg_catalog.pg_user_mappings";

/// Returns the text. It is valid for this user, this version of the server, and `request`.
pub(in crate::drivers::postgres) fn version(
    database: &mut Postgres,
    request: &CatalogRequest,
) -> Result<Option<String>, DatabaseError> {
    let query = query(&QueryContext::new(&database.server.version, request));
    let results = database.ask_repeatedly(vec![query], |link, queries| {
        link.run_query(&[super::set(), queries.concat(), super::reset()].join(";\n"))
    })?;
    Ok(parse_version(results.into_iter().nth(1).unwrap_or_default(), request))
}

/// Returns the text from the answer to [`query`].
pub(super) fn parse_version(rows: WireRows, request: &CatalogRequest) -> Option<String> {
    let sums = rows.into_iter().next()?.into_iter().next()??;
    Some(format!("{sums} {}", if request.owners { "with owners" } else { "without owners" }))
}

/// Builds one query: properties of database and user, then a sum for each watched catalog, in this order.
pub(super) fn query(ask: &QueryContext) -> String {
    let place =
        if ask.version.has_hash_of_row_location() { "hashtidextended(ctid, " } else { "hashtextextended(ctid::text, " };
    let rows = |(catalog, own): &(&str, &str)| format!("sum({place}xmin::text::bigint)) FROM {catalog} WHERE {own}");
    let sums = WATCHED.iter().map(rows).chain(OTHERS.map(str::to_owned));
    // UNION ALL instead of a subquery for each sum, which would take twice as long to plan.
    let sums: Vec<_> = sums.enumerate().map(|(number, sum)| format!("SELECT {number}, {sum}")).collect();
    format!(
        "SELECT current_setting('server_version') || ' ' || current_user || ' ' || \
         (SELECT oid FROM pg_database WHERE datname = current_database()) || ' ' || \
         string_agg(coalesce(x.sum, 0)::text, ' ' ORDER BY x.number) FROM ({}) x (number, sum)",
        sums.join(" UNION ALL ")
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{LAST, QueryContext, STEPS};
    use super::{OTHERS, WATCHED};
    use crate::database::CatalogRequest;

    /// Catalogs that queries read and that need not be watched: those that never change on their own, names of schemas
    /// and roles, the database's own OID, the server's parameters, a view on catalogs that are watched in `pg_depend`,
    /// and entries of publications, each of which has rows there.
    const NOT_WATCHED: [&str; 12] = [
        "pg_aggregate",
        "pg_attrdef",
        "pg_range",
        "pg_catalog",
        "pg_database",
        "pg_database_owner",
        "pg_user_mappings",
        "pg_publication_rel",
        "pg_publication_namespace",
        "pg_options_to_table",
        "pg_settings",
        "pg_identify_object",
    ];

    #[test]
    fn every_catalog_that_a_query_reads_is_watched() {
        let request = CatalogRequest { without: Vec::new(), namespaces: None, owners: true };
        let texts: String = ["12.0", "99.0"]
            .iter()
            .flat_map(|version| {
                let ask = QueryContext::new(version, &request);
                STEPS.iter().chain(&LAST).map(move |(query, _)| query(&ask) + "\n").collect::<Vec<_>>()
            })
            .collect();
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let words: BTreeSet<&str> =
            texts.split(|letter| !is_name(letter)).filter(|word| word.starts_with("pg_")).collect();
        let is_watched =
            |word: &&str| WATCHED.iter().any(|(catalog, _)| catalog == word) || OTHERS.join(" ").contains(*word);
        let is_function = |word: &&str| word.starts_with("pg_get_");
        let others: Vec<_> = words
            .iter()
            .filter(|word| !is_watched(word) && !is_function(word) && !NOT_WATCHED.contains(word))
            .collect();
        assert!(words.len() > 40 && others.is_empty(), "read and not watched: {others:?}");
    }
}
