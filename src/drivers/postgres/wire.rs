//! One connection: sends simple-protocol messages of one or more statements, and COPY data. Counts round trips.
//! Implements the protocol only; independent of version tables and revisions.

mod queue;

use std::collections::VecDeque;
use std::future::Future;
use std::io::Cursor;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use postgres::SimpleQueryMessage;
use tokio::runtime::Runtime;
use tokio_postgres::SimpleQueryStream;

use super::borrowed::{self, BorrowedPostgres};
use super::cancel::Canceller;
use super::connect::{EstablishedConnection, LastWords, Recipe};
use super::errors::ConnectionError;
use super::message::{Message, StatementRole};
use super::verify;
use crate::database::DatabaseError;
use crate::database::session::{Opener, Session, TextRows};

/// Interval at which a waiting connection checks for an interruption by the user.
const TICK: Duration = Duration::from_millis(50);

/// Number of requests to stop, one after the other, that may stay without an answer before the network counts as silent.
const SILENT_REQUESTS: u32 = 2;

/// Size of a chunk of COPY data, in bytes.
pub(super) const CHUNK: usize = 64 * 1024;

/// Rows in text format; a NULL is `None`.
pub(super) type WireRows = Vec<Vec<Option<String>>>;

/// Receiver of a message's results while they arrive.
pub(super) trait ResponseListener {
    /// Called when a statement of the message has completed.
    fn completed(&mut self) {}
    /// Called before `completed` with the rows of the statement. The returned rows become part of the reply.
    fn rows(&mut self, rows: WireRows) -> WireRows {
        rows
    }
    /// Returns whether the message should be cancelled.
    fn interrupted(&self) -> bool {
        false
    }
    /// Returns whether rows should be collected.
    fn wants_rows(&self) -> bool {
        false
    }
    /// Returns the maximum number of rows to keep for each statement; further ones are dropped as they arrive.
    fn limit(&self) -> usize {
        usize::MAX
    }
}

/// Collects rows and never interrupts.
pub(super) struct RowReader;

impl ResponseListener for RowReader {
    fn wants_rows(&self) -> bool {
        true
    }
}

/// Response to a message.
#[derive(Debug, Default)]
pub(super) struct WireReply {
    /// Rows of each completed statement (empty if rows were not collected).
    pub(super) results: Vec<WireRows>,
    /// Columns of the last statement that returned rows.
    pub(super) columns: Vec<String>,
    /// Rows that a statement returned before it failed.
    pub(super) unfinished: WireRows,
    /// True if rows were dropped because of the listener's limit.
    pub(super) has_more: bool,
    /// Error that ended the message early.
    pub(super) trouble: Option<ConnectionError>,
}

/// Error for a server that answers neither a message nor a cancel request.
const SILENT: &str = "the server does not respond, neither to the statement nor to a request to cancel it";

impl WireReply {
    fn silent() -> Self {
        Self { trouble: Some(ConnectionError::Lost(SILENT.to_owned())), ..Self::default() }
    }

    /// Returns the results, or the error if they are incomplete.
    pub(super) fn into_result(self) -> Result<Vec<WireRows>, ConnectionError> {
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => Ok(self.results),
        }
    }
}

/// A connection: aludel's own, or one borrowed from a program.
pub(super) struct WireConnection<'c> {
    wire: Wire<'c>,
    /// The connection is lost or out of step and must not be used again.
    is_broken: bool,
    /// True if [`WireConnection::send_batch`] sends each statement in a separate message.
    is_statement_wise: bool,
    round_trips: u64,
    /// Timeout for a response; `None` for no limit.
    deadline: Option<Duration>,
    /// Responses to come of the messages that were queued, in order.
    queued: VecDeque<Pin<Box<SimpleQueryStream>>>,
}

enum Wire<'c> {
    Own(Box<Own>),
    Lent(BorrowedPostgres<'c>),
}

/// A connection of aludel's own, which can be reopened.
struct Own {
    runtime: Runtime,
    recipe: Arc<Recipe>,
    client: tokio_postgres::Client,
    canceller: Canceller,
    last_words: LastWords,
}

impl<'c> WireConnection<'c> {
    pub(super) fn new(runtime: Runtime, recipe: Recipe, connected: EstablishedConnection) -> Self {
        Self::own(runtime, Arc::new(recipe), connected)
    }

    fn own(runtime: Runtime, recipe: Arc<Recipe>, connected: EstablishedConnection) -> Self {
        let canceller = Canceller::new(&connected);
        let EstablishedConnection { client, last_words, .. } = connected;
        let own = Own { runtime, recipe, client, canceller, last_words };
        Self {
            wire: Wire::Own(Box::new(own)),
            is_broken: false,
            is_statement_wise: false,
            round_trips: 0,
            deadline: None,
            queued: VecDeque::new(),
        }
    }

    /// Wraps a program's connection.
    pub(super) const fn lent(lent: BorrowedPostgres<'c>) -> Self {
        Self {
            wire: Wire::Lent(lent),
            is_broken: false,
            is_statement_wise: true,
            round_trips: 0,
            deadline: None,
            queued: VecDeque::new(),
        }
    }

    /// From now on sends each statement of a revision in a separate message.
    pub(super) const fn send_statement_wise(&mut self) {
        self.is_statement_wise = true;
    }

    /// Returns whether each statement of a revision is sent in a separate message. Such a sequence of messages is not
    /// an implicit transaction.
    pub(super) const fn is_statement_wise(&self) -> bool {
        self.is_statement_wise
    }

    /// Returns the program's connection, if it is one.
    pub(super) const fn lender(&self) -> Option<&BorrowedPostgres<'c>> {
        match &self.wire {
            Wire::Lent(lent) => Some(lent),
            Wire::Own(_) => None,
        }
    }

    /// Returns a function that opens further connections to the same server; `None` for a program's connection, whose
    /// parameters are not known.
    pub(super) fn opener(&self) -> Option<Opener> {
        let Wire::Own(own) = &self.wire else { return None };
        let recipe = Arc::clone(&own.recipe);
        Some(Arc::new(move |deadline| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime =
                runtime.map_err(|error| DatabaseError::Connect { message: error.to_string(), sqlstate: None })?;
            let connected = recipe.connect_within(&runtime, deadline)?;
            let link = WireConnection::own(runtime, Arc::clone(&recipe), connected);
            Ok(Box::new(WireConnection { deadline: Some(deadline), ..link }))
        }))
    }

    /// Abandons this session with its locks and its transaction, and opens a new one.
    pub(super) fn reconnect(&mut self) -> Result<(), ConnectionError> {
        let Wire::Own(own) = &mut self.wire else {
            return Err(ConnectionError::Lost("the program's connection cannot be reopened".to_owned()));
        };
        let connected = own.recipe.connect(&own.runtime).map_err(|error| ConnectionError::Lost(error.to_string()))?;
        own.canceller = Canceller::new(&connected);
        own.last_words = connected.last_words;
        own.client = connected.client;
        self.is_broken = false;
        self.queued.clear();
        // The task of the old connection terminates it when the runtime runs again: with the next message.
        Ok(())
    }

    /// Returns whether the connection must not be used again.
    pub(super) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Returns the number of responses that were awaited.
    pub(super) const fn round_trips(&self) -> u64 {
        self.round_trips
    }

    /// Executes `sql` (one message, one round trip). Returns the rows of each statement.
    pub(super) fn run_query(&mut self, sql: &str) -> Result<Vec<WireRows>, ConnectionError> {
        self.ask_for(sql, || RowReader).map(|(results, _)| results)
    }

    /// [`WireConnection::run_query`] with a listener, which is returned. A retry uses a new one.
    pub(super) fn ask_for<L: ResponseListener>(
        &mut self,
        sql: &str,
        new: impl Fn() -> L,
    ) -> Result<(Vec<WireRows>, L), ConnectionError> {
        let mut listener = new();
        let mut reply = self.say(sql, &mut listener);
        // A cancel request may arrive after its target has ended and hit this message instead, which was not to
        // be cancelled: retry once.
        if reply.trouble.as_ref().is_some_and(ConnectionError::is_cancel) {
            listener = new();
            let second = self.say(sql, &mut listener);
            // In a transaction every later message is refused: the first error is the reason.
            if !second.trouble.as_ref().is_some_and(ConnectionError::is_aborted_transaction) {
                reply = second;
            }
        }
        Ok((reply.into_result()?, listener))
    }

    /// Returns the error of a message that cannot be sent now.
    fn refusal(&self) -> Option<ConnectionError> {
        if self.is_broken {
            return Some(self.lost());
        }
        // Responses arrive in order: that of this message would wait behind those that nothing has read. To read and
        // discard them here would hide whether the revisions that were sent ahead were applied.
        let queued = self.queued.len();
        (queued > 0).then(|| ConnectionError::ours(&format!("messages that were sent before have no answer: {queued}")))
    }

    /// Executes `sql` (one message, one round trip), with a listener. Refuses while messages are queued.
    pub(super) fn say(&mut self, sql: &str, listener: &mut dyn ResponseListener) -> WireReply {
        if sql.contains('\0') {
            let trouble = ConnectionError::ours("the text contains a NUL character, which PostgreSQL does not accept");
            return WireReply { trouble: Some(trouble), ..WireReply::default() };
        }
        if let Some(trouble) = self.refusal() {
            return WireReply { trouble: Some(trouble), ..WireReply::default() };
        }
        self.round_trips += 1;
        let mut reply = match &mut self.wire {
            Wire::Own(own) => own.runtime.block_on(async {
                let said = say(&own.client, &own.canceller, sql, listener);
                match self.deadline {
                    None => said.await,
                    Some(deadline) => {
                        tokio::time::timeout(deadline, said).await.unwrap_or_else(|_| WireReply::silent())
                    }
                }
            }),
            Wire::Lent(lent) => lent.say(sql, listener),
        };
        reply.trouble = reply.trouble.map(|trouble| self.explained(trouble));
        reply
    }

    /// Sends a message in one round trip, or in one for each statement: a program's driver reports only the outcome of
    /// a whole message, and Citus refuses some statements that are combined with others
    /// ([`crate::dialects::postgres::flavour::PostgresFlavour::requires_separate_messages`]).
    pub(super) fn send_batch(&mut self, message: &Message, listener: &mut dyn ResponseListener) -> WireReply {
        if !self.is_statement_wise {
            return self.say(message.text(), listener);
        }
        let mut whole = WireReply::default();
        let mut before = 0;
        for (part, sql) in message.statements() {
            if listener.interrupted() {
                return WireReply { trouble: Some(borrowed::interrupted()), ..whole };
            }
            let mut reply = self.say(sql, listener);
            whole.columns = reply.columns;
            whole.has_more = reply.has_more;
            // A query that must return no rows fails by itself in a joint message ([`verify::fence`]); here it is a plain query, and its
            // rows mean failure.
            if reply.trouble.is_none() && matches!(part, StatementRole::Query(_)) {
                let found = reply.results.pop().unwrap_or_default();
                if !found.is_empty() {
                    whole.unfinished = found;
                    reply.trouble = Some(verify::found());
                }
            }
            if let Some(trouble) = reply.trouble {
                // Error positions count from the start of the whole message, as they would in one round trip.
                whole.trouble = Some(trouble.shifted(before));
                return whole;
            }
            whole.results.append(&mut reply.results);
            before += sql.chars().count();
        }
        whole
    }

    /// Runs `statement`, a `COPY ... FROM stdin`, with `data`. Takes three round trips, because the driver supports
    /// COPY only in the extended protocol.
    ///
    /// If the server refuses the COPY, the driver sends one Sync too many (tokio-postgres 0.7, `copy_in.rs`: one after
    /// Execute, one after CopyFail). Each later response would then be taken for the one to the previous message, so
    /// the connection must not be used again.
    pub(super) fn copy(
        &mut self,
        statement: &str,
        data: &str,
        listener: &mut dyn ResponseListener,
    ) -> Result<(), ConnectionError> {
        if let Some(trouble) = self.refusal() {
            return Err(trouble);
        }
        self.round_trips += 3;
        let result = match &mut self.wire {
            Wire::Own(own) => own.runtime.block_on(copy(&own.client, &own.canceller, statement, data, listener)),
            Wire::Lent(lent) => {
                let copied = lent.copy(statement, data, listener);
                copied.map_err(|(error, is_out_of_step)| (ConnectionError::new(&error), is_out_of_step))
            }
        };
        result.map_err(|(trouble, is_out_of_step)| {
            self.is_broken = is_out_of_step;
            self.explained(trouble)
        })
    }

    /// Replaces the message of a broken connection by the error of its background task, which often is the only one to
    /// get the reason.
    fn explained(&mut self, trouble: ConnectionError) -> ConnectionError {
        match trouble {
            ConnectionError::Lost(message) => {
                self.is_broken = true;
                ConnectionError::Lost(self.last_words().unwrap_or(message))
            }
            ConnectionError::Server { fatal, .. } => {
                self.is_broken |= fatal;
                trouble
            }
        }
    }

    fn last_words(&self) -> Option<String> {
        match &self.wire {
            Wire::Own(own) => own.last_words.lock().ok()?.clone(),
            Wire::Lent(_) => None,
        }
    }

    fn lost(&self) -> ConnectionError {
        ConnectionError::Lost(self.last_words().unwrap_or_else(|| "the connection is closed".to_owned()))
    }
}

impl Session for WireConnection<'_> {
    fn run_query(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError> {
        Ok(Self::run_query(self, sql)?)
    }
}

impl Canceller {
    /// Awaits `future`. If the listener requests an interruption, sends a cancel request every second, because a
    /// request that arrives before the server has started the statement is lost. Returns `None` if the server does not
    /// accept these requests either: a server that accepts them may need time to stop, but for a silent network the
    /// system's timeout would be far too long.
    async fn wait<F: Future>(&self, future: F, listener: &dyn ResponseListener) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut ticks: u32 = 0;
        let mut unanswered = 0;
        loop {
            match tokio::time::timeout(TICK, future.as_mut()).await {
                Ok(output) => return Some(output),
                Err(_) if listener.interrupted() => {
                    if ticks.is_multiple_of(20) {
                        unanswered = if self.cancel().await { 0 } else { unanswered + 1 };
                    }
                    if unanswered >= SILENT_REQUESTS {
                        return None;
                    }
                    ticks += 1;
                }
                Err(_) => {}
            }
        }
    }
}

async fn say(
    client: &tokio_postgres::Client,
    canceller: &Canceller,
    sql: &str,
    listener: &mut dyn ResponseListener,
) -> WireReply {
    match client.simple_query_raw(sql).await {
        Ok(stream) => read(pin!(stream), canceller, listener).await,
        Err(error) => WireReply { trouble: Some(ConnectionError::new(&error)), ..WireReply::default() },
    }
}

/// Reads the response to a message.
async fn read(
    mut stream: Pin<&mut SimpleQueryStream>,
    canceller: &Canceller,
    listener: &mut dyn ResponseListener,
) -> WireReply {
    let mut reply = WireReply::default();
    let mut rows = WireRows::new();
    loop {
        let message = match canceller.wait(stream.next(), listener).await {
            Some(Some(message)) => message,
            Some(None) => break,
            None => {
                reply.trouble = WireReply::silent().trouble;
                break;
            }
        };
        match message {
            Ok(SimpleQueryMessage::Row(row)) if listener.wants_rows() => {
                if rows.len() < listener.limit() {
                    rows.push((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect());
                } else {
                    reply.has_more = true;
                }
            }
            Ok(SimpleQueryMessage::RowDescription(columns)) if listener.wants_rows() => {
                reply.columns = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            Ok(SimpleQueryMessage::CommandComplete(_)) => {
                reply.results.push(listener.rows(std::mem::take(&mut rows)));
                listener.completed();
            }
            Ok(_) => {}
            Err(error) => {
                reply.trouble = Some(ConnectionError::new(&error));
                break;
            }
        }
    }
    reply.unfinished = rows;
    reply
}

/// The flag beside an error is true if the connection is out of step.
async fn copy(
    client: &tokio_postgres::Client,
    canceller: &Canceller,
    statement: &str,
    data: &str,
    listener: &mut dyn ResponseListener,
) -> Result<(), (ConnectionError, bool)> {
    let silent = || (ConnectionError::Lost(SILENT.to_owned()), true);
    let harmless = |error: postgres::Error| (ConnectionError::new(&error), false);
    let prepared = canceller.wait(client.prepare(statement), listener).await.ok_or_else(silent)?.map_err(harmless)?;
    let begun = canceller.wait(client.copy_in::<_, Cursor<Vec<u8>>>(&prepared), listener).await.ok_or_else(silent)?;
    let mut sink = pin!(begun.map_err(|error| (ConnectionError::new(&error), true))?);
    for chunk in data.as_bytes().chunks(CHUNK) {
        if listener.interrupted() {
            canceller.cancel().await;
        }
        let sent = canceller.wait(sink.send(Cursor::new(chunk.to_vec())), listener).await;
        sent.ok_or_else(silent)?.map_err(harmless)?;
    }
    canceller.wait(sink.as_mut().finish(), listener).await.ok_or_else(silent)?.map_err(harmless)?;
    listener.completed();
    Ok(())
}
