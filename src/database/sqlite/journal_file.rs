//! The file of SQLite's rollback journal while revisions run: emptied at the end of each transaction, where SQLite would
//! delete it, so that a run of many makes the file and syncs its folder once
//! (<https://www.sqlite.org/pragma.html#pragma_journal_mode>, TRUNCATE). Must not know revisions.

use std::time::Duration;

use rusqlite::Connection;

/// Keeps the file from now on. In WAL mode and in memory there is none, and nothing changes; nor while another program
/// writes: whether it has been settled.
pub(super) fn keep(connection: &Connection, patience: Duration) -> bool {
    // Within a transaction nobody can put the database into WAL mode, which the PRAGMA would take it out of again.
    let begun = connection.busy_timeout(Duration::ZERO).and_then(|()| connection.execute_batch("BEGIN IMMEDIATE"));
    if begun.is_ok() {
        change(connection, "delete", "TRUNCATE");
        let _ = connection.execute_batch("ROLLBACK");
    }
    let _ = connection.busy_timeout(patience);
    begun.is_ok()
}

/// Deletes the file. One that cannot be deleted now is empty, and goes with another program's next transaction.
pub(super) fn remove(connection: &Connection) {
    change(connection, "truncate", "DELETE");
}

fn change(connection: &Connection, from: &str, to: &str) {
    let ask = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0));
    if ask("PRAGMA main.journal_mode").is_ok_and(|mode| mode == from) {
        let _ = ask(&format!("PRAGMA main.journal_mode = {to}"));
    }
}
