//! Statements that read a file of the client.

use crate::sql::{Dialect, keywords};

/// Returns `true` for `LOAD DATA LOCAL` and `LOAD XML LOCAL`, whose file is sent by the client.
pub(super) fn loads_local_file(sql: &str) -> bool {
    let leading: Vec<String> = keywords(sql, Dialect::MYSQL).take(4).collect();
    let leading: Vec<&str> = leading.iter().map(String::as_str).collect();
    matches!(
        leading.as_slice(),
        ["LOAD", "DATA" | "XML", "LOCAL", ..] | ["LOAD", "DATA" | "XML", "LOW_PRIORITY" | "CONCURRENT", "LOCAL", ..]
    )
}
