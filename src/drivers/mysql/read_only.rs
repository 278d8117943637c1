//! Detection of servers that refuse this user's writes, and of their primary.

use mysql::{Conn, Row};

use super::session::{send, value};
use crate::database::ReadOnlyServer;
use crate::database::statements::text_literal;
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::sql::Dialect;

/// Query for `read_only`, and whether the user has one of the privileges `exempt`.
fn query(exempt: &[&str]) -> String {
    let exempt: Vec<String> = exempt.iter().map(|privilege| text_literal(Dialect::MYSQL, privilege)).collect();
    let exempt = exempt.join(", ");
    let host = "SUBSTRING_INDEX(CURRENT_USER(), '@', -1)";
    let name = format!("LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH({host}) - 1)");
    format!(
        "SELECT @@GLOBAL.read_only, EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES \
         WHERE GRANTEE = CONCAT('''', {name}, '''@''', {host}, '''') AND PRIVILEGE_TYPE IN ({exempt}))"
    )
}

/// Returns the reason why this user's writes are refused, or `None` if they are not, or if the server does not report
/// it.
pub(super) fn read(conn: &mut Conn, flavour: MysqlFlavour) -> Option<ReadOnlyServer> {
    let row = first_row(conn, &query(flavour.privileges_beyond_read_only()))?;
    let is_on = |row: &Row| value::<String>(row, 0).is_some_and(|value| !matches!(value.as_str(), "0" | "OFF"));
    let is_super = flavour.has_super_read_only()
        && first_row(conn, "SELECT @@GLOBAL.super_read_only").is_some_and(|row| is_on(&row));
    let is_exempt = value::<i64>(&row, 1) == Some(1);
    if !is_super && (!is_on(&row) || is_exempt) {
        return None;
    }
    let variable = if is_super { "super_read_only" } else { "read_only" };
    let remedy = match primary(conn) {
        Some(place) => format!("it is a replica of {place}: use that server in the URL"),
        None => format!("use the primary in the URL; or, if this is the primary: SET GLOBAL {variable} = OFF"),
    };
    Some(ReadOnlyServer { reason: format!("{variable} is on"), remedies: vec![remedy] })
}

/// Returns `host:port` of the server that this one replicates, if the user may query it.
fn primary(conn: &mut Conn) -> Option<String> {
    let row = first_row(conn, "SHOW REPLICA STATUS").or_else(|| first_row(conn, "SHOW SLAVE STATUS"))?;
    let named = |name: &str| {
        let is_it = |column: &str| column == format!("Source_{name}") || column == format!("Master_{name}");
        let index = row.columns_ref().iter().position(|column| is_it(&column.name_str()))?;
        value::<String>(&row, index)
    };
    Some(format!("{}:{}", named("Host")?, named("Port")?))
}

fn first_row(conn: &mut Conn, sql: &str) -> Option<Row> {
    let outcomes = send(conn, sql).ok()?;
    outcomes.into_iter().next()?.rows.into_iter().next()
}
