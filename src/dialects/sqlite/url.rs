//! Parameters of other tools in the URLs of SQLite.

use crate::sql::INSTEAD_OF_TIMEOUT;

/// Returns advice for a parameter that only another tool understands; `name` is in lower case, without `_` and `-`.
pub(super) fn instead_of_parameter(name: &str) -> Option<&'static str> {
    match name {
        "mode" | "cache" | "uri" | "immutable" | "vfs" | "nolock" => {
            Some("remove it: the file is opened for writing, and is created if it is missing")
        }
        "timeout" | "busytimeout" | "sockettimeout" => Some(INSTEAD_OF_TIMEOUT),
        "checksamethread" | "isolationlevel" | "txlock" | "loc" => {
            Some("remove it: it is about a driver's own behaviour")
        }
        "foreignkeys" | "fk" | "journalmode" | "journal" | "synchronous" | "sync" => {
            Some("remove it: write it as a PRAGMA in a revision; foreign keys are not enforced while revisions run")
        }
        _ => None,
    }
}
