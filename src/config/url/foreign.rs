//! URL parameters of other tools (Prisma, SQLAlchemy, JDBC, Go's drivers, node), with their replacements here. Knows
//! names only.

use crate::sql::Dialect;

/// Returns advice for a parameter that only another tool understands, or `None` if the parameter is unknown.
#[must_use]
pub fn instead_of_parameter(dialect: Dialect, name: &str) -> Option<&'static str> {
    // JDBC writes names in camel case, other tools with underscores or hyphens.
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if POOL.contains(&plain.as_str()) {
        return Some("remove it: it is about a pool of connections or a cache of statements, and there is none here");
    }
    dialect.rules().instead_of_parameter(&plain)
}

/// Parameters of connection pools and caches, in any dialect.
const POOL: [&str; 20] = [
    "pgbouncer",
    "connectionlimit",
    "pooltimeout",
    "poolsize",
    "poolmaxconns",
    "poolminconns",
    "poolpreping",
    "poolrecycle",
    "maxoverflow",
    "maxopenconns",
    "maxidleconns",
    "minimumidle",
    "maximumpoolsize",
    "statementcachesize",
    "preparedstatementcachesize",
    "preparethreshold",
    "defaultqueryexecmode",
    "simpleprotocol",
    "cacheprepstmts",
    "asyncfallback",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_parameter_is_known() {
        for name in ["connection_limit", "connectionLimit", "pool_timeout", "statement-cache-size"] {
            assert!(instead_of_parameter(Dialect::POSTGRES, name).is_some_and(|text| text.starts_with("remove it")));
        }
        for (dialect, name, expected) in [
            (Dialect::POSTGRES, "schema", "options=-csearch_path%3D"),
            (Dialect::POSTGRES, "currentSchema", "version_schema"),
            (Dialect::MYSQL, "useSSL", "ssl-mode=REQUIRED"),
            (Dialect::MYSQL, "parseTime", "remove it"),
            (Dialect::SQLITE, "_foreign_keys", "PRAGMA"),
        ] {
            assert!(instead_of_parameter(dialect, name).is_some_and(|text| text.contains(expected)), "{name}");
        }
        assert_eq!(instead_of_parameter(Dialect::POSTGRES, "nonsense"), None);
    }
}
