//! Revisions that are sent before the ones ahead of them have been answered. The server runs messages in order, so all
//! that has to be ensured is that nothing behind a failed revision takes effect:
//!
//! - A failure behind BEGIN leaves the transaction aborted. The server then refuses each statement up to a ROLLBACK, and
//!   the first of the next message is BEGIN (manual, "Message Flow", "Multiple Statements in a Simple Query").
//! - A failure before it (a syntax error anywhere in the message), or of COMMIT (a deferred constraint), leaves no
//!   transaction. Then the guard of the next message fails: it changes the version row that the failed revision should
//!   have left or, on another line of the history, requires exactly the version rows that it should have left.
//!
//! A rehearsal has no version rows. There each transaction leaves its revision's name in a setting of the session, which
//! a rollback takes back, and the next one requires it.

use super::*;
use crate::drivers::postgres::version_guard::quote_literal;
use crate::id::RevisionId;

/// Setting that names the last revision of a rehearsal that was committed in this session.
const REHEARSED: &str = "aludel.rehearsed";

/// Assumptions of a revision that was sent ahead.
pub(super) enum AheadOf {
    /// Nothing: it was the first.
    Nothing,
    /// The revision before it left the row that this one changes.
    Parent,
    /// The revision before it, on another line of the history, left these version rows.
    Other(Vec<RevisionId>),
    /// The revision before it in a rehearsal, which has this name, was committed.
    Rehearsed(String),
}

/// Statement that records the revision of a rehearsal, once its transaction is committed.
pub(super) fn record_rehearsed(revision: &str) -> String {
    format!("SET {REHEARSED} = {}", quote_literal(revision))
}

/// Statement that divides by zero unless `revision` is the last one of the rehearsal that was committed.
pub(super) fn require_rehearsed(revision: &str) -> String {
    let last = format!("coalesce(pg_catalog.current_setting('{REHEARSED}', true), '')");
    format!("SELECT 1 / ({last} = {})::integer", quote_literal(revision))
}

/// A revision that was sent ahead.
pub(in crate::drivers::postgres) struct SentRevision {
    revision: String,
    message: Message,
    /// Prepared statements that it uses or creates.
    pub(super) names: Option<PreparedStatements>,
    /// Number of version rows before it.
    rows_before: Option<usize>,
    /// Version rows that it leaves.
    rows_after: Vec<RevisionId>,
    /// Version rows that it adds.
    inserts: Vec<RevisionId>,
}

/// Sends a revision ahead; see [`crate::database::Database::send_ahead`].
pub(in crate::drivers::postgres) fn send_ahead(
    database: &mut Postgres<'_>,
    unit: &RevisionExecution<'_>,
    steps: &[RunStep<'_>],
    wants_times: bool,
) -> bool {
    let Some(found) = database.found.clone() else { return false };
    let rows_after = match unit.rows_after {
        Some(rows) => rows,
        None if unit.is_recorded() => return false,
        None => &[],
    };
    if unit.transaction != Transaction::Own || unit.statements().any(|(_, piece)| must_wait(unit, piece)) {
        return false;
    }
    let ahead_of = match database.ahead.back() {
        None => AheadOf::Nothing,
        Some(before) if !unit.is_recorded() => AheadOf::Rehearsed(before.revision.clone()),
        Some(before) if unit.change.delete.iter().any(|row| before.inserts.contains(row)) => AheadOf::Parent,
        Some(before) => AheadOf::Other(before.rows_after.clone()),
    };
    let names = if unit.is_recorded() { database.prepared() } else { None };
    let rows_before = database.known.rows;
    let mut run = PostgresRun { ahead: Some(ahead_of), ..PostgresRun::new(database, found.table, unit) };
    let mut message = Message::default();
    let copy = run.add_up_to_copy(&mut message, steps, 0, names, wants_times);
    assert!(copy.is_none(), "a revision with COPY is not sent ahead");
    if !run.database.link.queue(message.text()) {
        return false;
    }
    if names.is_some() {
        // Those behind it run only if this one has prepared them.
        database.prepared = PreparedState::Ready;
    }
    database.known.change(unit.change);
    database.ahead.push_back(SentRevision {
        revision: unit.revision.to_owned(),
        message,
        names,
        rows_before,
        rows_after: rows_after.to_vec(),
        inserts: unit.change.insert.clone(),
    });
    true
}

/// Returns whether a revision with this statement cannot be part of a pipeline: COPY is more than one message. In a
/// rehearsal, `SET TRANSACTION ISOLATION LEVEL` has to come before any query, and so before the check of the revision
/// before. (In a run it fails, because the version rows change first.)
fn must_wait(unit: &RevisionExecution<'_>, piece: &Piece) -> bool {
    let sql = piece.sql.slice(unit.text);
    match piece.kind {
        StatementKind::CopyFromStdin { .. } => true,
        StatementKind::Setting => {
            let is_of_transaction = |word: &String| matches!(word.as_str(), "TRANSACTION" | "TRANSACTION_ISOLATION");
            !unit.is_recorded() && sql::keywords(sql, DIALECT).take(3).any(|word| is_of_transaction(&word))
        }
        _ => copies_out(sql),
    }
}

impl PostgresRun<'_, '_> {
    /// Returns this revision as it was sent ahead, if it was.
    pub(super) fn take_sent(&mut self) -> Option<SentRevision> {
        let is_next = self.database.ahead.front().is_some_and(|sent| sent.revision == self.unit.revision);
        let sent = if is_next { self.database.ahead.pop_front() } else { None };
        self.ahead = sent.is_some().then_some(AheadOf::Nothing);
        sent
    }

    /// Waits for the answer to this revision. After a failure, discards the answers to all behind it.
    pub(super) fn receive(&mut self, sent: &SentRevision, watch: &mut dyn Watch) -> Result<(), MessageStop> {
        self.clock = None;
        let parts: Vec<StatementRole> = sent.message.parts().collect();
        let mut counter = self.counter(parts.clone(), true, watch);
        let reply = self.database.link.next_response(&mut counter);
        (self.done, self.clock) = (counter.done, counter.clock);
        self.judge(&sent.message, &parts, reply).map_err(|stop| self.discard_ahead(sent, stop))
    }

    fn discard_ahead(&mut self, sent: &SentRevision, stop: MessageStop) -> MessageStop {
        let behind = std::mem::take(&mut self.database.ahead).len();
        let succeeded = self.database.link.discard_queued();
        self.database.known.rows = sent.rows_before;
        let trouble = match stop.trouble {
            ConnectionError::Lost(message) if behind > 0 && self.unit.is_recorded() => ConnectionError::Lost(format!(
                "{message} (revisions sent behind this one, which may have run too: {behind})"
            )),
            ConnectionError::Server { .. } if succeeded > 0 => ConnectionError::ours(
                "revisions behind the one that failed were applied, which their check of the one before should have \
                 prevented",
            ),
            trouble => trouble,
        };
        MessageStop { trouble, ..stop }
    }
}
