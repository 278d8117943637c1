//! Free disk space, where the server reports it.

use std::collections::BTreeMap;

use super::tables::Touched;
use super::{Item, Level};
use crate::database::{Database, DatabaseError, TableFacts};
use crate::sql::{TableName, Work};
use crate::units::format_bytes;

pub(super) fn item(
    database: &mut dyn Database,
    touched: &Touched,
    known: &BTreeMap<TableName, TableFacts>,
) -> Result<Item, DatabaseError> {
    let needed = rewritten(touched, known);
    let driver = database.driver();
    let size = driver.database_size(database)?.map(|size| format!("the database has {}", format_bytes(size)));
    let size = size.unwrap_or_else(|| "the database's size is not known".to_owned());
    let work = match needed {
        0 => "nothing large is rewritten".to_owned(),
        needed => format!("up to {} are rewritten or indexed", format_bytes(needed)),
    };
    Ok(match driver.free_space(database)? {
        Some(free) if free < needed.saturating_mul(2) => {
            Item::new("disk", Level::Stop, format!("{} free; {size}; {work}", format_bytes(free)))
        }
        Some(free) => Item::new("disk", Level::Ok, format!("{} free; {size}; {work}", format_bytes(free))),
        None => Item::new("disk", Level::Ok, format!("the server does not report its free space; {size}; {work}")),
    })
}

/// Returns the size in bytes of the tables that are rewritten, or read to build an index.
fn rewritten(touched: &Touched, known: &BTreeMap<TableName, TableFacts>) -> u64 {
    let large = touched.locks().filter(|lock| lock.work >= Work::Scan);
    let tables: std::collections::BTreeSet<_> = large.map(|lock| &lock.table).collect();
    tables.into_iter().filter_map(|table| known.get(table)?.bytes).sum()
}
