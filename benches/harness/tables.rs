//! Made-up histories of statements of several kinds: every fifth makes a table, the others add a column, an index or
//! rows.

use std::ops::Range;
use std::path::Path;

/// The statement of a revision: most histories change tables more often than they make them.
pub fn statement(number: usize) -> String {
    let table = number / 5;
    match number % 5 {
        0 => format!(
            "CREATE TABLE t{table} (id integer NOT NULL PRIMARY KEY, name varchar(200) NOT NULL, amount numeric(12, 2));"
        ),
        1 => format!("ALTER TABLE t{table} ADD COLUMN note varchar(100);"),
        2 => format!("CREATE INDEX t{table}_name ON t{table} (name);"),
        3 => format!("INSERT INTO t{table} (id, name) VALUES (1, 'one');"),
        _ => format!("ALTER TABLE t{table} ADD COLUMN place integer NOT NULL DEFAULT 0;"),
    }
}

/// Id of revision `number`.
pub fn id(number: usize) -> String {
    format!("{number:08x}")
}

/// Writes the config and these revisions of a line.
pub fn write(folder: &Path, url: &str, numbers: Range<usize>) {
    std::fs::create_dir_all(folder.join("r")).unwrap();
    let config = format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n");
    std::fs::write(folder.join("aludel.yaml"), config).unwrap();
    for number in numbers {
        let (own, down) = (id(number), number.checked_sub(1).map_or("null".to_owned(), id));
        let body = statement(number);
        let text = format!("-- revision: {own}\n-- down_revision: {down}\n\n-- @upgrade\n{body}\n\n-- @downgrade\n");
        std::fs::write(folder.join(format!("r/{own}.sql")), text).unwrap();
    }
}
