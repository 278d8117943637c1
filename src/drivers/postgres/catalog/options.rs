//! Storage parameters: separates those that a user can set from the server's internal ones in the same catalog columns.
//!
//! The November 2026 minor releases of PostgreSQL store `pg_attver=NUMBER` in `pg_attribute.attoptions` of every column. A
//! parameter like that differs between any two databases, so only parameters with a known name are compared.

use super::builder::SchemaBuilder;
use crate::schema::{Attribute, Object};

/// Catalog column that an option was read from.
#[derive(Debug, Clone, Copy)]
pub(super) enum OptionScope<'a> {
    /// `pg_attribute.attoptions` of a column of a table or a materialized view.
    Column,
    /// `pg_class.reloptions` of a table or a materialized view with this access method; those of its TOAST table are
    /// prefixed with `toast.`.
    Table(&'a str),
    /// `pg_class.reloptions` of a view.
    View,
    /// `pg_class.reloptions` of an index with this access method.
    Index(&'a str),
}

/// Manual, "ALTER TABLE", `SET ( attribute_option = value )`.
const OF_COLUMNS: &[&str] = &["n_distinct", "n_distinct_inherited"];

/// Manual, "CREATE VIEW".
const OF_VIEWS: &[&str] = &["check_option", "security_barrier", "security_invoker"];

/// Manual, "CREATE TABLE", "Storage Parameters", of versions 12 to 18. Those of autovacuum are recognized by their prefix.
const OF_TABLES: &[&str] = &[
    "fillfactor",
    "log_autoanalyze_min_duration",
    "log_autovacuum_min_duration",
    "parallel_workers",
    "toast_tuple_target",
    "user_catalog_table",
    "vacuum_index_cleanup",
    "vacuum_max_eager_freeze_failure_rate",
    "vacuum_truncate",
];

/// Manual, "CREATE INDEX", "Index Storage Parameters", of versions 12 to 18.
const OF_INDEXES: &[&str] = &[
    "autosummarize",
    "buffering",
    "deduplicate_items",
    "fastupdate",
    "fillfactor",
    "gin_pending_list_limit",
    "pages_per_range",
    "vacuum_cleanup_index_scale_factor",
];

/// Access methods of the server itself. Those of extensions define parameters of their own.
const ACCESS_METHODS: &[&str] = &["heap", "btree", "hash", "gist", "gin", "spgist", "brin"];

/// Prefix of the server's internal parameters, which `pg_dump` leaves out too.
const RESERVED: &str = "pg_";

/// Condition that holds if `x.setting` (`name=value`) belongs to a parameter that `SET` accepts: one of the server's,
/// or an extension's or user's own, whose name has a dot (manual, "Customized Options").
pub(super) const IS_SETTABLE: &str = "(split_part(x.setting, '=', 1) LIKE '%.%' \
    OR lower(split_part(x.setting, '=', 1)) IN (SELECT lower(name) FROM pg_settings))";

/// Sets the user-settable options in a fixed order, and lists the others as not modelled if `pg_dump` would print them.
pub(super) fn set_options(
    draft: &mut SchemaBuilder,
    object: &mut Object,
    scope: OptionScope<'_>,
    options: Vec<String>,
) {
    let (mut settable, others): (Vec<_>, Vec<_>) =
        options.into_iter().partition(|option| is_settable(scope, option_name(option)));
    settable.sort();
    if !settable.is_empty() {
        object.set(Attribute::Options, settable);
    }
    for option in others {
        let name = option_name(&option);
        if !name.starts_with(RESERVED) {
            draft.leave("storage parameter", format!("{name} of {}", object.key));
        }
    }
}

fn option_name(option: &str) -> &str {
    let name = option.split('=').next().unwrap_or(option);
    name.strip_prefix("toast.").unwrap_or(name)
}

fn is_settable(scope: OptionScope<'_>, name: &str) -> bool {
    let is_of_extension = |method: &str| !ACCESS_METHODS.contains(&method) && !name.starts_with(RESERVED);
    match scope {
        OptionScope::Column => OF_COLUMNS.contains(&name),
        OptionScope::View => OF_VIEWS.contains(&name),
        OptionScope::Table(method) => {
            OF_TABLES.contains(&name) || name.starts_with("autovacuum_") || is_of_extension(method)
        }
        OptionScope::Index(method) => OF_INDEXES.contains(&name) || is_of_extension(method),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Key, Kind};

    fn set(scope: OptionScope<'_>, options: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut draft = SchemaBuilder::default();
        let mut table = Object::new(Key::new(Kind::Table, Some("public"), "t"));
        set_options(&mut draft, &mut table, scope, options.iter().map(|option| (*option).to_owned()).collect());
        let left = draft.unmodelled.iter().map(|left| format!("{} {}", left.kind, left.name)).collect();
        (table.list(Attribute::Options).to_vec(), left)
    }

    #[test]
    fn what_the_server_keeps_for_itself_is_no_option_and_is_not_listed() {
        let (options, left) = set(OptionScope::Column, &["pg_attver=22158912", "n_distinct=5"]);
        assert_eq!((options, left), (vec!["n_distinct=5".to_owned()], vec![]));
        for scope in
            [OptionScope::Table("heap"), OptionScope::Table("columnar"), OptionScope::Index("hnsw"), OptionScope::View]
        {
            assert_eq!(set(scope, &["pg_relver=1", "toast.pg_relver=1"]), (vec![], vec![]), "{scope:?}");
        }
    }

    #[test]
    fn an_unknown_option_is_listed_as_not_modelled() {
        let listed = vec!["storage parameter new_one of t".to_owned()];
        assert_eq!(set(OptionScope::Table("heap"), &["new_one=1"]), (vec![], listed.clone()));
        assert_eq!(set(OptionScope::Index("btree"), &["new_one=1"]), (vec![], listed.clone()));
        assert_eq!(set(OptionScope::View, &["new_one=1"]), (vec![], listed.clone()));
        assert_eq!(set(OptionScope::Column, &["new_one=1"]), (vec![], listed));
    }

    #[test]
    fn access_methods_of_extensions_have_options_of_their_own() {
        assert_eq!(set(OptionScope::Index("hnsw"), &["m=16", "ef_construction=64"]).0, ["ef_construction=64", "m=16"]);
        assert_eq!(set(OptionScope::Table("columnar"), &["stripe_row_limit=10"]).0, ["stripe_row_limit=10"]);
    }

    #[test]
    fn options_of_a_toast_table_count_with_their_table() {
        let options = ["toast.autovacuum_enabled=false", "fillfactor=70"];
        assert_eq!(set(OptionScope::Table("heap"), &options).0, ["fillfactor=70", "toast.autovacuum_enabled=false"]);
    }
}
