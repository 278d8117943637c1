//! The runner is killed after it has changed the version row of a replaced revision, before the journal has it.

use std::process::Stdio;

use super::{contents, fresh, journal, position, releases, version_rows};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project, until};
use serde_json::json;

on_each_database! {
    killed_between_the_row_and_the_journal,
}

/// Keeps inserts into the journal waiting until it is dropped.
enum JournalHolder {
    Postgres(Box<::postgres::Client>),
    Mariadb(Box<::mysql::Conn>),
    Sqlite,
}

impl JournalHolder {
    fn new(project: &Project, kind: Kind, url: &str) -> Self {
        match kind {
            Kind::Postgres => {
                let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                client.batch_execute("BEGIN; LOCK TABLE aludel_version_history IN SHARE MODE").unwrap();
                Self::Postgres(Box::new(client))
            }
            Kind::Mariadb => {
                let mut conn = ::mysql::Conn::new(::mysql::Opts::from_url(url).unwrap()).unwrap();
                ::mysql::prelude::Queryable::query_drop(&mut conn, "LOCK TABLES aludel_version_history READ").unwrap();
                Self::Mariadb(Box::new(conn))
            }
            Kind::Sqlite => {
                // Takes longer than any test.
                let wait = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;";
                let trigger = format!("CREATE TRIGGER waits BEFORE INSERT ON aludel_version_history BEGIN {wait} END;");
                project.shell(kind, url, &trigger);
                Self::Sqlite
            }
        }
    }

    /// Returns `true` if the runner waits with its insert.
    fn is_reached(&mut self, project: &Project, kind: Kind, url: &str) -> bool {
        match self {
            Self::Postgres(_) => {
                let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted \
                               AND relation = 'aludel_version_history'::regclass;";
                project.shell(kind, url, waiting).contains('1')
            }
            Self::Mariadb(conn) => {
                let waiting = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() \
                               AND INFO LIKE 'INSERT INTO %aludel_version_history%' AND STATE LIKE '%lock%'";
                ::mysql::prelude::Queryable::query_first::<u64, _>(&mut **conn, waiting).unwrap() == Some(1)
            }
            // The rollback journal holds the page of the version table.
            Self::Sqlite => project.path("app.db-journal").exists(),
        }
    }

    fn release(self, project: &Project, kind: Kind, url: &str) {
        match self {
            Self::Postgres(mut client) => client.batch_execute("ROLLBACK").unwrap(),
            Self::Mariadb(mut conn) => ::mysql::prelude::Queryable::query_drop(&mut *conn, "UNLOCK TABLES").unwrap(),
            Self::Sqlite => drop(project.shell(kind, url, "DROP TRIGGER waits;")),
        }
    }
}

fn killed_between_the_row_and_the_journal(kind: Kind) {
    let (old, new, url) = releases(kind);
    old.ok(&["upgrade", "c111"]);
    // The file of SQLite's database is in the folder of the old release.
    let mut holder = JournalHolder::new(&old, kind, &url);
    let mut runner = new.command(&["upgrade", "head"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the runner to insert into the journal", || holder.is_reached(&old, kind, &url));
    runner.kill().unwrap();
    runner.wait().unwrap();
    holder.release(&old, kind, &url);
    until("the server to roll back", || version_rows(&old, kind, &url) == "c111");
    assert!(!journal(&old, kind, &url).contains("s111"));
    assert_eq!(position(&new), json!([["s111"], ["d111"]]));
    new.ok(&["upgrade", "head"]);
    assert_eq!(version_rows(&old, kind, &url), "d111");
    assert_eq!(journal(&old, kind, &url).matches("it replaces c111").count(), 1);
    assert_eq!(contents(&new, kind, &url), fresh(&old, kind, "head"));
}
