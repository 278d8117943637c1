//! Parser of one statement. It reads as much as the rules need, and returns [`DdlStatement::Unknown`] for the rest: what
//! is not understood is never taken for harmless.

mod column;
mod index;
mod object;
mod reader;
mod rows;
mod table;

use self::reader::Reader;
use super::statement::DdlStatement;
use crate::sql::Dialect;

pub use table::parse_constraint;

/// Parses one statement, without the semicolon.
#[must_use]
pub fn parse(sql: &str, dialect: Dialect) -> DdlStatement {
    statement(Reader::new(sql, dialect)).unwrap_or(DdlStatement::Unknown)
}

fn statement(mut reader: Reader<'_>) -> Option<DdlStatement> {
    if reader.take(&["CREATE"]) {
        return object::create(reader);
    }
    if reader.take(&["ALTER"]) {
        return object::alter(reader);
    }
    if reader.take(&["DROP"]) {
        return object::drop(reader);
    }
    if reader.take(&["RENAME", "TABLE"]) || reader.take(&["RENAME", "TABLES"]) {
        let pair = |mut clause: Reader<'_>| {
            clause.condition();
            let from = clause.name()?;
            clause.take(&["TO"]).then(|| clause.name()).flatten().map(|to| (from, to))
        };
        return Some(DdlStatement::RenameTables(reader.clauses().into_iter().filter_map(pair).collect()));
    }
    rows::rows(reader)
}
