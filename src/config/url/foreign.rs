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
    match dialect {
        Dialect::Postgres => postgres(&plain),
        Dialect::Mysql => mysql(&plain),
        Dialect::Sqlite => sqlite(&plain),
    }
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

const TIMEOUT: &str = "remove it: `statement_timeout` in aludel.yaml limits a statement, `lock_timeout` a wait";

fn postgres(name: &str) -> Option<&'static str> {
    match name {
        "schema" | "searchpath" | "currentschema" => Some(
            "write options=-csearch_path%3DNAME; for the version table only, `version_schema: NAME` in aludel.yaml",
        ),
        "ssl" | "sslaccept" | "tls" => Some("write sslmode=require, or sslmode=verify-full with sslrootcert=FILE"),
        "sslidentity" | "sslpassword" => Some("write sslcert=FILE and sslkey=FILE, with the key not encrypted"),
        "charset" | "encoding" => Some("remove it: the connection speaks UTF-8"),
        "sockettimeout" | "statementtimeout" | "commandtimeout" | "timeout" => Some(TIMEOUT),
        "logintimeout" => Some("write connect_timeout=SECONDS"),
        "applicationname" => Some("write application_name=NAME"),
        "targetservertype" => Some("write target_session_attrs=primary"),
        "tcpkeepalive" => Some("write keepalives=1"),
        "timezone" => Some("write options=-ctimezone%3DNAME"),
        _ => None,
    }
}

fn mysql(name: &str) -> Option<&'static str> {
    match name {
        "usessl" | "requiressl" | "ssl" | "sslaccept" | "tls" | "verifyservercertificate" => {
            Some("write ssl-mode=REQUIRED, or ssl-mode=VERIFY_IDENTITY with ssl-ca=FILE")
        }
        "sslcapath" | "truststore" => Some("write ssl-ca=FILE"),
        "sslcert" | "sslkey" => Some("write ssl-cert=FILE and ssl-key=FILE, with the key not encrypted"),
        "sslidentity" | "sslpassword" | "keystore" => {
            Some("write ssl-cert=FILE and ssl-key=FILE, each in PEM form, with the key not encrypted")
        }
        "allowpublickeyretrieval" => {
            Some("remove it: over TLS or a socket no public key is needed; write ssl-mode=REQUIRED")
        }
        "parsetime"
        | "loc"
        | "servertimezone"
        | "connectiontimezone"
        | "multistatements"
        | "allowmultiqueries"
        | "interpolateparams"
        | "local"
        | "localinfile"
        | "usecursorfetch"
        | "rewritebatchedstatements" => {
            Some("remove it: it is about a driver's values, and revisions are sent as they are")
        }
        "characterencoding" | "useunicode" | "collation" | "connectioncollation" => {
            Some("remove it: the connection speaks utf8mb4")
        }
        "timeout" | "connecttimeout" => Some("write connect_timeout=SECONDS"),
        "readtimeout" | "writetimeout" | "sockettimeout" => Some(TIMEOUT),
        "schema" | "currentschema" => Some("write the database after the host: mysql://user@host/NAME"),
        _ => None,
    }
}

fn sqlite(name: &str) -> Option<&'static str> {
    match name {
        "mode" | "cache" | "uri" | "immutable" | "vfs" | "nolock" => {
            Some("remove it: the file is opened for writing, and is created if it is missing")
        }
        "timeout" | "busytimeout" | "sockettimeout" => Some(TIMEOUT),
        "checksamethread" | "isolationlevel" | "txlock" | "loc" => {
            Some("remove it: it is about a driver's own behaviour")
        }
        "foreignkeys" | "fk" | "journalmode" | "journal" | "synchronous" | "sync" => {
            Some("remove it: write it as a PRAGMA in a revision; foreign keys are not enforced while revisions run")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_parameter_is_known() {
        for name in ["connection_limit", "connectionLimit", "pool_timeout", "statement-cache-size"] {
            assert!(instead_of_parameter(Dialect::Postgres, name).is_some_and(|text| text.starts_with("remove it")));
        }
        for (dialect, name, expected) in [
            (Dialect::Postgres, "schema", "options=-csearch_path%3D"),
            (Dialect::Postgres, "currentSchema", "version_schema"),
            (Dialect::Mysql, "useSSL", "ssl-mode=REQUIRED"),
            (Dialect::Mysql, "parseTime", "remove it"),
            (Dialect::Sqlite, "_foreign_keys", "PRAGMA"),
        ] {
            assert!(instead_of_parameter(dialect, name).is_some_and(|text| text.contains(expected)), "{name}");
        }
        assert_eq!(instead_of_parameter(Dialect::Postgres, "nonsense"), None);
    }
}
