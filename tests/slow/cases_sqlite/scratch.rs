//! In-memory database that is changed with revisions and inspected with SQL.

use aludel::config::DatabaseUrl;
use aludel::database::{
    CatalogRequest, Database, Durability, JournalFacts, RevisionExecution, Transaction, VersionTable, Watch,
};
use aludel::drivers;
use aludel::graph::{Operation, RowChange};
use aludel::id::RevisionId;
use aludel::schema::{Options, Schema};
use aludel::sql::{Dialect, split};

use crate::support::cases::{Case, Names, shared};

pub struct Scratch {
    pub database: Box<dyn Database>,
    revisions: usize,
}

fn table() -> VersionTable {
    VersionTable { schema: None, name: "aludel_version".to_owned() }
}

impl Scratch {
    pub fn of(sql: &str) -> Self {
        let url = DatabaseUrl::parse("sqlite::memory:", None).unwrap();
        let mut database = drivers::open(&url, &table(), "cases", &|_| None).unwrap();
        database.ensure_tables().unwrap();
        let mut scratch = Self { database, revisions: 0 };
        if !sql.trim().is_empty() {
            scratch.execute(sql);
        }
        scratch
    }

    pub fn execute(&mut self, sql: &str) {
        self.database.execute(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    pub fn ask(&mut self, sql: &str) -> Vec<Vec<String>> {
        let rows = self.database.execute(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let text = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
        rows.into_iter().flatten().map(|row| row.into_iter().map(text).collect()).collect()
    }

    /// Reads the schema, and checks that parsing the stored text of the catalog gives the same schema.
    pub fn schema(&mut self) -> Schema {
        let request = CatalogRequest { without: vec![table()], ..CatalogRequest::default() };
        let schema = self.database.catalog(&request).unwrap();
        let text = self.database.catalog_text(&request).unwrap();
        assert_eq!(Schema::from_json(&text, &schema.unmodelled).as_ref(), Some(&schema));
        schema
    }

    /// Executes the statements as a revision: split again, in one transaction, with its journal.
    pub fn run(&mut self, statements: &[String]) -> Result<(), String> {
        let text: String = statements.iter().map(|statement| format!("{statement};\n")).collect();
        let pieces = split(&text, Dialect::SQLITE).map_err(|error| format!("{error:?}"))?;
        let id = |number: usize| RevisionId::new(&format!("r{number}")).unwrap();
        let delete = if self.revisions == 0 { Vec::new() } else { vec![id(self.revisions)] };
        self.revisions += 1;
        let revision = format!("r{}", self.revisions);
        let change =
            RowChange { delete: delete.into_iter().collect(), insert: [id(self.revisions)].into_iter().collect() };
        let journal = JournalFacts {
            started_at: "2026-11-21T12:00:00.123456Z",
            checksum: "",
            parents: None,
            definition: None,
            os_user: "u",
            host: "h",
            tool_version: "0",
            operation: None,
        };
        let unit = RevisionExecution {
            revision: &revision,
            operation: Operation::Upgrade,
            text: &text,
            pieces: &pieces,
            change: &change,
            rows_after: None,
            require: &[],
            verify: &[],
            transaction: Transaction::Own,
            skip: 0,
            hashes: "",
            journal: Some(journal),
            durability: Durability::Immediate,
            next: None,
        };
        aludel::engine::execute::run(&mut *self.database, &unit, &mut Quiet)
            .map(|_| ())
            .map_err(|failure| format!("{failure:?}"))
    }

    /// Returns the rows in the tables and columns of `shared`, under their old names or, if `is_renamed`, under their
    /// new ones.
    pub fn rows(&mut self, shared: &Shared, is_renamed: bool) -> String {
        let pick = |(old, new): &(String, String)| quoted(if is_renamed { new } else { old });
        let mut text = String::new();
        for (table, columns) in &shared.tables {
            let mut shown: Vec<String> = columns.iter().map(|column| format!("quote({})", pick(column))).collect();
            shown.push("''".to_owned());
            let rows = self.ask(&format!("SELECT {} FROM {} ORDER BY 1", shown.join(" || '|' || "), pick(table)));
            text += &format!("{}: {}\n", table.0, rows.concat().join(" / "));
        }
        text
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Tables and columns that the old and the new schema have in common.
pub struct Shared {
    tables: Vec<(Names, Vec<Names>)>,
}

impl Shared {
    pub fn of(before: &Schema, after: &Schema, case: &Case, options: &Options) -> Self {
        Self { tables: shared((before, after), case, options, &|_, _| false) }
    }
}

struct Quiet;

impl Watch for Quiet {
    fn statements(&mut self, _done: usize, _total: usize) {}
    fn interrupted(&self) -> bool {
        false
    }
}
