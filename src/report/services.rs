//! Services that do not exist or clash.

use super::{ErrorCode, ErrorReport};
use crate::diagnostic::nearest;

/// Returns the report of a service that does not exist.
#[must_use]
pub fn unknown<S: AsRef<str>>(name: &str, known: &[S]) -> ErrorReport {
    let names: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    let near = nearest(name, names.iter().copied()).map(|near| format!("did you mean {near}?"));
    ErrorReport::new(ErrorCode::Usage, format!("there is no service \"{name}\""))
        .note(format!("services: {}", names.join(", ")))
        .hints(near)
}

/// Returns the report of two services that would overwrite each other's version rows.
#[must_use]
pub fn shared_version_table(one: &str, other: &str) -> ErrorReport {
    let message = format!("the services {one} and {other} have the same database and version table");
    ErrorReport::new(ErrorCode::ConfigInvalid, message)
        .about("url")
        .of_service(other)
        .note("nothing was changed")
        .hint(format!("give one of them a version_table of its own, say {other}_version"))
}
