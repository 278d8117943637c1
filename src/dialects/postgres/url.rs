//! Parameters of other tools in the URLs of PostgreSQL.

use crate::sql::INSTEAD_OF_TIMEOUT;

/// Returns advice for a parameter that only another tool understands; `name` is in lower case, without `_` and `-`.
pub(super) fn instead_of_parameter(name: &str) -> Option<&'static str> {
    match name {
        "schema" | "searchpath" | "currentschema" => Some(
            "write options=-csearch_path%3DNAME; for the version table only, `version_schema: NAME` in aludel.yaml",
        ),
        "ssl" | "sslaccept" | "tls" => Some("write sslmode=require, or sslmode=verify-full with sslrootcert=FILE"),
        "sslidentity" | "sslpassword" => Some("write sslcert=FILE and sslkey=FILE, with the key not encrypted"),
        "charset" | "encoding" => Some("remove it: the connection speaks UTF-8"),
        "sockettimeout" | "statementtimeout" | "commandtimeout" | "timeout" => Some(INSTEAD_OF_TIMEOUT),
        "logintimeout" => Some("write connect_timeout=SECONDS"),
        "applicationname" => Some("write application_name=NAME"),
        "targetservertype" => Some("write target_session_attrs=primary"),
        "tcpkeepalive" => Some("write keepalives=1"),
        "timezone" => Some("write options=-ctimezone%3DNAME"),
        _ => None,
    }
}
