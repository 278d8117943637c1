//! Database of a worker, with functions to empty, fill, change, read and dump it.

use aludel::config::DatabaseUrl;
use aludel::database::{CatalogRequest, Database, VersionTable};
use aludel::schema::Schema;

use crate::support;

pub struct Place {
    pub name: String,
    pub database: Box<dyn Database>,
}

impl Place {
    pub fn new() -> Self {
        let url = support::mariadb().new_database();
        let address = DatabaseUrl::parse(&url, None).unwrap();
        let table = VersionTable { schema: None, name: "aludel_version".to_owned() };
        let database = aludel::drivers::open(&address, &table, "cases", &|_| None).unwrap();
        Self { name: address.database().unwrap().to_owned(), database }
    }

    /// Creates a database with the objects that the statements create.
    pub fn of(sql: &str) -> Self {
        let mut place = Self::new();
        place.empty();
        place.run(sql).unwrap();
        place
    }

    pub fn run(&mut self, sql: &str) -> Result<(), String> {
        if sql.trim().is_empty() {
            return Ok(());
        }
        // DELIMITER is a command of the clients, so the text is split like a revision.
        let pieces = aludel::sql::split(sql, aludel::sql::Dialect::MYSQL).map_err(|error| format!("{error:?}"))?;
        let statements = pieces.iter().filter(|piece| piece.kind != aludel::sql::StatementKind::Nothing);
        let texts: Vec<String> = statements.map(|piece| piece.sql.slice(sql).to_owned()).collect();
        texts.iter().try_for_each(|one| self.one(one))?;
        // Settings of a case must not affect the next one.
        self.one("SET sql_mode = DEFAULT")
    }

    fn one(&mut self, sql: &str) -> Result<(), String> {
        self.database.execute(sql).map(|_| ()).map_err(|error| format!("{error:?}\nin: {sql}"))
    }

    /// Replaces the database with a new one.
    pub fn empty(&mut self) {
        let name = &self.name;
        let sql = format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}; USE {name}; SET sql_mode = DEFAULT");
        self.database.execute(&sql).unwrap();
    }

    pub fn read(&mut self, owners: bool) -> Schema {
        self.database.catalog(&CatalogRequest { owners, ..CatalogRequest::default() }).unwrap()
    }

    /// Returns the mark of the catalog: all definitions are read again.
    pub fn new_mark(&mut self) -> Option<String> {
        self.database.expect_repeated_reads();
        self.mark()
    }

    /// Returns the mark of the catalog: definitions that the statements since the last mark may have changed are read
    /// again.
    pub fn mark(&mut self) -> Option<String> {
        self.database.catalog_mark(&CatalogRequest::default()).unwrap()
    }

    pub fn apply(&mut self, parts: &[(bool, Vec<String>)]) -> Result<(), String> {
        parts.iter().flat_map(|(_, statements)| statements).try_for_each(|statement| self.one(statement))
    }

    pub fn ask(&mut self, sql: &str) -> Vec<Vec<String>> {
        let rows = self.database.execute(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let text = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
        rows.into_iter().flatten().map(|row| row.into_iter().map(text).collect()).collect()
    }

    /// Returns the definitions of all objects as the server prints them, in an order that does not depend on their
    /// history.
    pub fn dump(&mut self) -> String {
        let list = "SELECT IF(TABLE_TYPE IN ('VIEW', 'SEQUENCE'), TABLE_TYPE, 'TABLE'), TABLE_NAME FROM information_schema.TABLES \
                    WHERE TABLE_SCHEMA = DATABASE() UNION ALL SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES \
                    WHERE ROUTINE_SCHEMA = DATABASE() UNION ALL SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS \
                    WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1, 2";
        let mut text = String::new();
        for row in self.ask(list) {
            let (kind, name) = (&row[0], &row[1]);
            let column = match kind.as_str() {
                "FUNCTION" | "PROCEDURE" => 2,
                "EVENT" => 3,
                _ => 1,
            };
            let shown = self.ask(&format!("SHOW CREATE {kind} `{}`", name.replace('`', "``"))).remove(0);
            let mode = if column > 1 { shown[1].clone() } else { String::new() };
            text += &format!("{kind} {name} {mode}\n{}\n", steady(kind, &shown[column]));
        }
        let triggers = "SELECT 'TRIGGER', TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, \
                        ACTION_STATEMENT, DEFINER, SQL_MODE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 2";
        for mut row in self.ask(triggers) {
            // MySQL's catalog has the body without its escapes, so it is taken from SHOW CREATE TRIGGER.
            if !support::is_mariadb() {
                let shown =
                    self.ask(&format!("SHOW CREATE TRIGGER `{}`", row[1].replace('`', "``"))).remove(0).remove(2);
                row[6] = shown.split_once(" FOR EACH ROW ").unwrap().1.to_owned();
            }
            text += &format!("{}\n", row.join(" | "));
        }
        text.replace(&self.name, "DATABASE")
    }
}

/// Normalizes a definition: removes counters and times of creation, and sorts the lines of a table.
fn steady(kind: &str, shown: &str) -> String {
    match kind {
        "TABLE" => {
            let (body, tail) = shown.rsplit_once("\n) ").unwrap_or((shown, ""));
            let mut lines: Vec<&str> = body.lines().map(|line| line.trim_end_matches(',')).collect();
            lines.sort_unstable();
            let words: Vec<&str> = tail.split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT=")).collect();
            let lines: Vec<String> = lines.into_iter().map(|line| without_usual_collation(line, &words)).collect();
            format!("{}\n) {}", lines.join("\n"), words.join(" "))
        }
        // The time of creation, which the server added. Times in the cases themselves are in the 2030s.
        "EVENT" => match shown.split_once(" STARTS '202") {
            Some((before, after)) => {
                format!("{before}{}", after.split_once('\'').map(|(_, rest)| rest).unwrap_or_default())
            }
            None => shown.to_owned(),
        },
        _ => shown.to_owned(),
    }
}

/// Removes the table's own collation from a line, which MySQL prints only if it was written explicitly.
fn without_usual_collation(line: &str, options: &[&str]) -> String {
    let option =
        |name: &str| options.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default();
    // The default collation of a character set is omitted; latin1 is the only such case here.
    let (charset, collation) = (option("CHARSET"), Some(option("COLLATE")).filter(|name| !name.is_empty()));
    let collation = collation.unwrap_or("latin1_swedish_ci");
    let line = line.replace(&format!(" CHARACTER SET {charset} COLLATE {collation}"), "");
    line.replace(&format!(" COLLATE {collation}"), "").replace(" COLLATE latin1_swedish_ci", "")
}
