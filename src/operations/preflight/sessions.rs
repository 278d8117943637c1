//! Open transactions of other sessions, and those of them that block the plan.

use super::tables::Touched;
use super::{Item, Level, Limits};
use crate::database::{Database, DatabaseError, OpenTransactions, QueryRows, TouchedTables};
use crate::sql::Blocks;
use crate::units::format_rough_duration;

pub(super) fn item(database: &mut dyn Database, touched: &Touched, limits: Limits) -> Result<Item, DatabaseError> {
    let locked = touched.locks().filter(|lock| lock.blocks > Blocks::Nothing).map(|lock| &lock.table);
    let tables = TouchedTables { locked: locked.collect(), named: touched.names.iter().collect() };
    Ok(match database.driver().open_transactions(database, &tables, limits.transaction_age)? {
        OpenTransactions::Listed { rows, blocking } => listed(rows, blocking, limits),
        OpenTransactions::Refused => {
            Item::new("sessions", Level::Warning, "the server does not report open transactions")
        }
        OpenTransactions::NotReported(reason) => Item::new("sessions", Level::Ok, reason),
    })
}

fn listed(rows: QueryRows, blocking: usize, limits: Limits) -> Item {
    let age = format_rough_duration(limits.transaction_age);
    let transactions = |open: usize| format!("{open} {}", if open == 1 { "transaction" } else { "transactions" });
    let item = match (rows.rows.len(), blocking) {
        (0, _) => Item::new("sessions", Level::Ok, format!("no transaction is open for more than {age}")),
        (open, 0) => Item::new(
            "sessions",
            Level::Warning,
            format!("open for more than {age}: {}; none of them blocks what is pending", transactions(open)),
        ),
        (open, blocking) => Item::new(
            "sessions",
            Level::Stop,
            format!("open for more than {age}: {}, of which {blocking} block what is pending", transactions(open)),
        ),
    };
    item.with_rows(rows)
}
