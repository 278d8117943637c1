//! Where a revision comes from: the commit that added its file, and its last run on the service's database.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::text;
use crate::database::JournalRow;
use crate::id::RevisionId;
use crate::project::{self, FileCommit, History};

/// Commits and runs of the revisions of one service.
pub struct Origins {
    commits: BTreeMap<RevisionId, FileCommit>,
    /// Newest entry of each revision in the journal.
    runs: BTreeMap<String, JournalRow>,
}

/// Origin of one revision.
pub struct Origin<'o> {
    commit: Option<&'o FileCommit>,
    run: Option<&'o JournalRow>,
    created: Option<&'o str>,
    /// Purpose of the revision.
    pub message: &'o str,
}

impl Origins {
    /// Reads the git repository of the revisions and the journal of the database. Without a repository, or a database
    /// that answers, that part is unknown.
    pub fn read(history: &History, context: &Context<'_>) -> Self {
        let commits = project::commits(history).unwrap_or_default();
        let journal = context.connect(history).and_then(|mut database| database.journal(usize::MAX >> 1));
        let journal = journal.unwrap_or_else(|error| {
            let first = error.to_string().lines().next().unwrap_or_default().to_owned();
            context.status(&format!("{}: not known when a revision ran: {first}", history.service.name));
            Vec::new()
        });
        let mut runs = BTreeMap::new();
        // The newest row comes first.
        for row in journal.into_iter().filter(|row| row.state == "done") {
            runs.entry(row.revision.clone()).or_insert(row);
        }
        Self { commits, runs }
    }

    /// Returns the origin of a revision.
    pub fn find<'o>(&'o self, history: &'o History, id: &RevisionId) -> Origin<'o> {
        let header = text::entry(history, id).map(|entry| &entry.header);
        Origin {
            commit: self.commits.get(id),
            run: self.runs.get(id.as_str()),
            created: header.and_then(|header| header.created.as_deref()),
            message: header.and_then(|header| header.message.as_deref()).unwrap_or_default(),
        }
    }
}

impl Origin<'_> {
    /// Day of the commit; of a file that is not committed, the day on which it was written. Empty if neither is known.
    pub fn day(&self) -> &str {
        let time = self.commit.map(|commit| commit.date.as_str()).or(self.created).unwrap_or_default();
        time.split(['T', ' ']).next().unwrap_or_default()
    }

    /// Author of the commit; empty for a file that is not committed.
    pub fn author(&self) -> &str {
        self.commit.map_or("", |commit| commit.author.as_str())
    }

    /// Returns what the journal has of the last run, in one line.
    pub fn run_line(&self) -> Option<String> {
        let row = self.run?;
        let time = row.started_at.split_at_checked(19).map_or(&*row.started_at, |(time, _)| time).replace('T', " ");
        let what = match row.operation.as_str() {
            "upgrade" => "ran",
            "downgrade" => "reverted",
            other => other,
        };
        Some(format!("{what} {time} by {}@{}", row.os_user, row.host))
    }

    /// Document for `--json`.
    pub fn document(&self) -> Value {
        json!({
            "message": self.message,
            "created": self.created,
            "commit": self.commit.map(|commit| json!({
                "commit": commit.commit, "author": commit.author, "date": commit.date,
            })),
            "run": self.run.map(|row| json!({
                "operation": row.operation, "started_at": row.started_at, "duration_ms": row.duration_ms,
                "os_user": row.os_user, "host": row.host,
            })),
        })
    }
}
