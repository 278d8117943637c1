//! Parameters of other tools in the URLs of MySQL and MariaDB.

use crate::sql::INSTEAD_OF_TIMEOUT;

/// Returns advice for a parameter that only another tool understands; `name` is in lower case, without `_` and `-`.
pub(super) fn instead_of_parameter(name: &str) -> Option<&'static str> {
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
        "readtimeout" | "writetimeout" | "sockettimeout" => Some(INSTEAD_OF_TIMEOUT),
        "schema" | "currentschema" => Some("write the database after the host: mysql://user@host/NAME"),
        _ => None,
    }
}
