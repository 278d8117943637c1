//! Names as PostgreSQL itself writes them. Knows quoting and what each kind is called in statements.

use crate::schema::{Key, Kind};
use crate::sql::{Dialect, quote_identifier, quote_literal};

/// Keywords that are no column name (or no function or type name) without quotes: the reserved ones and those "(cannot
/// be function or type)" of the manual's appendix C, and of every version since 12; quoting too much does no harm.
const RESERVED: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint",
    "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate", "collation",
    "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable",
    "desc", "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float", "for", "foreign",
    "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner",
    "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "json", "json_array",
    "json_arrayagg", "json_exists", "json_object", "json_objectagg", "json_query", "json_scalar", "json_serialize",
    "json_table", "json_value", "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp",
    "merge_action", "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric",
    "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing", "position", "precision",
    "primary", "real", "references", "returning", "right", "row", "select", "session_user", "setof", "similar", "smallint",
    "some", "substring", "symmetric", "system_user", "table", "tablesample", "then", "time", "timestamp", "to", "trailing",
    "treat", "trim", "true", "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose", "when",
    "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces",
    "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
];

/// A name, quoted where it must be.
pub(super) fn ident(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit();
    let is_plain = name.bytes().all(plain) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    if is_plain && RESERVED.binary_search(&name).is_err() {
        name.to_owned()
    } else {
        quote_identifier(name, Dialect::Postgres)
    }
}

/// A word of SQL as the name it is: folded, or without its quotes.
pub(super) fn unquoted(word: &str) -> String {
    match word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => word.to_ascii_lowercase(),
    }
}

/// A text as a literal.
pub(super) fn literal(text: &str) -> String {
    quote_literal(text, Dialect::Postgres)
}

/// A name in its namespace.
pub(super) fn in_namespace(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{}.{}", ident(namespace), ident(name)),
        None => ident(name),
    }
}

/// What stands alone, as statements name it; a routine with its argument types.
pub(super) fn of(key: &Key) -> String {
    if !matches!(key.kind, Kind::Function | Kind::Procedure | Kind::Aggregate) {
        return in_namespace(key.namespace.as_deref(), &key.name);
    }
    let (name, arguments) = key.name.split_once('(').unwrap_or((&key.name, ")"));
    format!("{}({arguments}", in_namespace(key.namespace.as_deref(), name))
}

/// The table (or view) that it belongs to.
pub(super) fn table_of(key: &Key) -> Option<String> {
    Some(in_namespace(key.namespace.as_deref(), key.table.as_deref()?))
}

/// What the kind is called in `ALTER`, `DROP` and `COMMENT ON`.
pub(super) const fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Database => "DATABASE",
        Kind::Namespace => "SCHEMA",
        Kind::Extension => "EXTENSION",
        Kind::Enum | Kind::Composite | Kind::Range => "TYPE",
        Kind::Domain => "DOMAIN",
        Kind::Sequence => "SEQUENCE",
        Kind::Table | Kind::VirtualTable => "TABLE",
        Kind::Column => "COLUMN",
        Kind::PrimaryKey | Kind::Unique | Kind::Check | Kind::Exclusion | Kind::ForeignKey => "CONSTRAINT",
        Kind::Index => "INDEX",
        Kind::View => "VIEW",
        Kind::MaterializedView => "MATERIALIZED VIEW",
        Kind::Function => "FUNCTION",
        Kind::Procedure => "PROCEDURE",
        Kind::Aggregate => "AGGREGATE",
        Kind::Rule => "RULE",
        Kind::Trigger => "TRIGGER",
        Kind::Policy => "POLICY",
        Kind::EventTrigger => "EVENT TRIGGER",
        Kind::Event => "EVENT",
    }
}
