//! Fresh database of each kind, with functions to inspect it without aludel.
#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use aludel::config::DatabaseUrl;
use aludel::database::{
    Database, Durability, FailureCause, JournalFacts, RevisionExecution, RunFailure, Transaction, VersionTable, Watch,
};
use aludel::diagnostic::Span;
use aludel::drivers;
use aludel::graph::{Operation, RowChange};
use aludel::id::RevisionId;
use aludel::sql::{Dialect, Piece, StatementKind};

use crate::support;

/// Fresh, empty database.
pub struct Backend {
    pub dialect: Dialect,
    pub url: String,
    folder: Option<tempfile::TempDir>,
}

impl Backend {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.db").display());
        Self { dialect: Dialect::SQLITE, url, folder: Some(folder) }
    }

    pub fn mariadb() -> Self {
        Self { dialect: Dialect::MYSQL, url: support::mariadb().new_database(), folder: None }
    }

    pub fn postgres() -> Self {
        Self { dialect: Dialect::POSTGRES, url: support::postgres().new_database(), folder: None }
    }

    /// The made-up database of the tests: `src/dialects/memory/` and `src/drivers/memory/`.
    pub fn memory() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let url = format!("memory:///contract{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        Self { dialect: Dialect::MEMORY, url, folder: None }
    }

    /// Path of the database file; `None` unless the database is SQLite.
    pub fn file(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.path().join("a.db"))
    }

    pub fn open(&self) -> Box<dyn Database> {
        self.open_table("aludel_version")
    }

    pub fn open_table(&self, name: &str) -> Box<dyn Database> {
        let url = DatabaseUrl::parse(&self.url, None).unwrap();
        drivers::open(&url, &table(name), "contract", &|_| None).unwrap()
    }

    /// Opens the database and creates aludel's tables.
    pub fn ready(&self) -> Box<dyn Database> {
        let mut database = self.open();
        database.ensure_tables().unwrap();
        database
    }

    /// Runs `sql` in the real client; in a session of its own if there is none. Columns are separated by `|`.
    pub fn shell(&self, sql: &str) -> String {
        match (&self.folder, self.dialect) {
            (Some(folder), _) => support::sqlite_shell(&folder.path().join("a.db"), sql),
            (None, Dialect::MEMORY) => {
                let results = self.open().execute(sql).unwrap();
                let rows =
                    results.into_iter().flatten().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join("|"));
                rows.collect::<Vec<_>>().join("\n")
            }
            (None, Dialect::MYSQL) => support::mariadb().shell(&self.url, sql).replace('\t', "|"),
            (None, _) => support::postgres().shell(&self.url, sql),
        }
    }

    /// Returns the names of all tables, sorted.
    pub fn tables(&self) -> Vec<String> {
        let sql = match self.dialect {
            Dialect::SQLITE => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name;",
            Dialect::MYSQL => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name;"
            }
            Dialect::POSTGRES => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name;"
            }
            Dialect::MEMORY => "SELECT name FROM memory_tables;",
            other => panic!("no tests of {other:?}"),
        };
        self.shell(sql).lines().map(str::to_owned).collect()
    }
}

pub fn table(name: &str) -> VersionTable {
    VersionTable { schema: None, name: name.to_owned() }
}

pub fn change(delete: &[&str], insert: &[&str]) -> RowChange {
    let ids = |texts: &[&str]| texts.iter().map(|text| RevisionId::new(text).unwrap()).collect();
    RowChange { delete: ids(delete), insert: ids(insert) }
}

/// Revision to run, with explicit pieces.
pub struct Script {
    pub revision: String,
    pub operation: Operation,
    pub text: String,
    pub pieces: Vec<Piece>,
    pub change: RowChange,
}

impl Script {
    /// Creates a script of `statements`, joined with semicolons. The first piece is a comment, for which nothing is
    /// sent.
    pub fn new(revision: &str, change: RowChange, statements: &[(StatementKind, &str)]) -> Self {
        let mut text = "-- größe\n".to_owned();
        let mut pieces =
            vec![Piece { span: Span::new(0, text.len()), sql: Span::new(0, 0), kind: StatementKind::Nothing }];
        for (kind, sql) in statements {
            let start = text.len();
            text += sql;
            let sql = Span::new(start, text.len());
            text += ";\n";
            pieces.push(Piece { span: Span::new(start, text.len()), sql, kind: *kind });
        }
        Self { revision: revision.to_owned(), operation: Operation::Upgrade, text, pieces, change }
    }

    /// Creates a script that adds a base with this id.
    pub fn base(revision: &str, statements: &[(StatementKind, &str)]) -> Self {
        Self::new(revision, change(&[], &[revision]), statements)
    }

    pub fn unit(&self, transaction: Transaction) -> RevisionExecution<'_> {
        let journal = JournalFacts {
            started_at: "2026-11-21T12:00:00.123456Z",
            checksum: "0000000000000000000000000000000000000000000000000000000000000000",
            parents: None,
            definition: None,
            os_user: "o'hara\\x",
            host: "größe",
            tool_version: "0.1.0",
            operation: None,
        };
        let Self { revision, operation, text, pieces, change } = self;
        RevisionExecution {
            revision,
            operation: *operation,
            text,
            pieces,
            require: &[],
            verify: &[],
            change,
            rows_after: None,
            transaction,
            skip: 0,
            hashes: "",
            journal: Some(journal),
            durability: Durability::Immediate,
            next: None,
        }
    }

    pub fn run(&self, database: &mut dyn Database, transaction: Transaction) -> Result<(), RunFailure> {
        aludel::engine::execute::run(database, &self.unit(transaction), &mut Quiet).map(|_| ())
    }
}

/// Watch that never stops the run.
pub struct Quiet;

impl Watch for Quiet {
    fn statements(&mut self, _done: usize, _total: usize) {}
    fn interrupted(&self) -> bool {
        false
    }
}

/// Watch that requests a stop after this number of statements.
pub struct StopAfter {
    pub statements: usize,
    pub seen: Vec<(usize, usize)>,
}

impl Watch for StopAfter {
    fn statements(&mut self, done: usize, total: usize) {
        self.seen.push((done, total));
    }
    fn interrupted(&self) -> bool {
        self.seen.len() >= self.statements
    }
}

/// Returns the server's message for a refused statement.
pub fn refusal(failure: &RunFailure) -> &str {
    match &failure.cause {
        FailureCause::Statement(error) => &error.message,
        other => panic!("{other:?}"),
    }
}
