//! Statements that read a file of the client.

use crate::sql::{Dialect, StatementRefusal, keywords};

/// The file of a statement that loads one from the client is not sent.
pub(super) const REFUSAL: StatementRefusal = StatementRefusal {
    message: "the revision loads a file from the client",
    label: "LOCAL requests a file from the client, and aludel sends none",
    hints: &[
        "write the rows as INSERT statements",
        "or put the file on the server, and remove LOCAL (the user needs the privilege FILE)",
    ],
};

/// Returns `true` for `LOAD DATA LOCAL` and `LOAD XML LOCAL`, whose file is sent by the client.
pub(super) fn loads_local_file(sql: &str) -> bool {
    let leading: Vec<String> = keywords(sql, Dialect::MYSQL).take(4).collect();
    let leading: Vec<&str> = leading.iter().map(String::as_str).collect();
    matches!(
        leading.as_slice(),
        ["LOAD", "DATA" | "XML", "LOCAL", ..] | ["LOAD", "DATA" | "XML", "LOW_PRIORITY" | "CONCURRENT", "LOCAL", ..]
    )
}
