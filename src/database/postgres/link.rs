//! One connection and what may be said on it: simple-protocol messages of one or more statements, and COPY data.
//! Counts round trips. Knows the protocol; must not know version tables or revisions.

use std::future::Future;
use std::io::Cursor;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use postgres::SimpleQueryMessage;
use tokio::runtime::Runtime;

use super::cancel::Canceller;
use super::connect::{Connected, LastWords, Recipe};
use super::errors::Trouble;
use super::lent::{self, Lent};
use super::message::{Message, Part};
use super::verify;
use crate::database::DatabaseError;
use crate::database::session::{Opener, Session, TextRows};

/// How often a waiting message asks whether the user wants to stop.
const TICK: Duration = Duration::from_millis(50);

/// How many requests to stop, one after the other, may stay without an answer before the network counts as silent.
const SILENT_REQUESTS: u32 = 2;

/// How much of COPY's data is handed over at a time, in bytes.
pub(super) const CHUNK: usize = 64 * 1024;

/// Rows as text; NULL is none.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// Who is told how a message gets on.
pub(super) trait Listener {
    /// A statement of the message has ended well.
    fn completed(&mut self) {}
    /// Before that: its rows. Those that are given back stand in the reply.
    fn rows(&mut self, rows: Rows) -> Rows {
        rows
    }
    /// Whether the message is to be cancelled.
    fn interrupted(&self) -> bool {
        false
    }
    /// Whether rows are wanted.
    fn wants_rows(&self) -> bool {
        false
    }
    /// How many rows of a statement are kept; the others are dropped as they come.
    fn limit(&self) -> usize {
        usize::MAX
    }
}

/// Wants the rows and does not interrupt.
pub(super) struct Reader;

impl Listener for Reader {
    fn wants_rows(&self) -> bool {
        true
    }
}

/// What came back for a message.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// The rows of each statement that ended well (empty ones where rows were not wanted).
    pub(super) results: Vec<Rows>,
    /// The columns of the last statement that gave rows.
    pub(super) columns: Vec<String>,
    /// The rows that a statement gave before it failed.
    pub(super) unfinished: Rows,
    /// Whether rows were dropped because there were more than the listener's limit.
    pub(super) has_more: bool,
    /// Why the message did not run to its end.
    pub(super) trouble: Option<Trouble>,
}

/// What is told of a server that answers neither a message nor the request to stop it.
const SILENT: &str = "the server is silent: it does not answer, and takes no request to stop either";

impl Reply {
    fn silent() -> Self {
        Self { trouble: Some(Trouble::Lost(SILENT.to_owned())), ..Self::default() }
    }

    /// The results, or why there are not all of them.
    pub(super) fn into_result(self) -> Result<Vec<Rows>, Trouble> {
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => Ok(self.results),
        }
    }
}

/// One connection: our own, or a program's.
pub(super) struct Link<'c> {
    wire: Wire<'c>,
    /// Lost, or out of step: not to be used again.
    is_broken: bool,
    /// Whether [`Link::say_all`] sends each statement in a message of its own.
    is_statement_wise: bool,
    round_trips: u64,
    /// How long an answer is waited for; `None`: as long as it takes.
    deadline: Option<Duration>,
}

enum Wire<'c> {
    Own(Box<Own>),
    Lent(Lent<'c>),
}

/// A connection of our own, which can be made anew.
struct Own {
    runtime: Runtime,
    recipe: Arc<Recipe>,
    client: tokio_postgres::Client,
    canceller: Canceller,
    last_words: LastWords,
}

impl<'c> Link<'c> {
    pub(super) fn new(runtime: Runtime, recipe: Recipe, connected: Connected) -> Self {
        Self::own(runtime, Arc::new(recipe), connected)
    }

    fn own(runtime: Runtime, recipe: Arc<Recipe>, connected: Connected) -> Self {
        let canceller = Canceller::new(&connected);
        let Connected { client, last_words, .. } = connected;
        let own = Own { runtime, recipe, client, canceller, last_words };
        Self {
            wire: Wire::Own(Box::new(own)),
            is_broken: false,
            is_statement_wise: false,
            round_trips: 0,
            deadline: None,
        }
    }

    /// What is said goes over a program's connection.
    pub(super) const fn lent(lent: Lent<'c>) -> Self {
        Self { wire: Wire::Lent(lent), is_broken: false, is_statement_wise: true, round_trips: 0, deadline: None }
    }

    /// Sends each statement of a revision in a message of its own from now on.
    pub(super) const fn send_statement_wise(&mut self) {
        self.is_statement_wise = true;
    }

    /// Whether each statement of a revision is a message of its own. Then a message is no transaction by itself.
    pub(super) const fn is_statement_wise(&self) -> bool {
        self.is_statement_wise
    }

    /// The program's connection, when it is one.
    pub(super) const fn lender(&self) -> Option<&Lent<'c>> {
        match &self.wire {
            Wire::Lent(lent) => Some(lent),
            Wire::Own(_) => None,
        }
    }

    /// Opens further connections to the same place; none: a program's connection does not tell how it was made.
    pub(super) fn opener(&self) -> Option<Opener> {
        let Wire::Own(own) = &self.wire else { return None };
        let recipe = Arc::clone(&own.recipe);
        Some(Arc::new(move |deadline| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime =
                runtime.map_err(|error| DatabaseError::Connect { message: error.to_string(), sqlstate: None })?;
            let connected = recipe.connect_within(&runtime, deadline)?;
            let link = Link::own(runtime, Arc::clone(&recipe), connected);
            Ok(Box::new(Link { deadline: Some(deadline), ..link }))
        }))
    }

    /// Leaves this session, with its locks and its transaction, and makes a new one.
    pub(super) fn reconnect(&mut self) -> Result<(), Trouble> {
        let Wire::Own(own) = &mut self.wire else {
            return Err(Trouble::Lost("the program's connection cannot be made anew".to_owned()));
        };
        let connected = own.recipe.connect(&own.runtime).map_err(|error| Trouble::Lost(error.to_string()))?;
        own.canceller = Canceller::new(&connected);
        own.last_words = connected.last_words;
        own.client = connected.client;
        self.is_broken = false;
        // The old connection says goodbye when the runtime runs: with the next message.
        Ok(())
    }

    /// Whether the connection is not to be used again.
    pub(super) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// How many times an answer was waited for.
    pub(super) const fn round_trips(&self) -> u64 {
        self.round_trips
    }

    /// Says `sql` (one message, one round trip), and gives the rows of each of its statements.
    pub(super) fn ask(&mut self, sql: &str) -> Result<Vec<Rows>, Trouble> {
        self.ask_for(sql, || Reader).map(|(results, _)| results)
    }

    /// The same with a listener, who is given back. Where it is said twice there is a new one.
    pub(super) fn ask_for<L: Listener>(&mut self, sql: &str, new: impl Fn() -> L) -> Result<(Vec<Rows>, L), Trouble> {
        let mut listener = new();
        let mut reply = self.say(sql, &mut listener);
        // A cancel request that came too late for what it was meant for may hit this one: it is not to be cancelled.
        if reply.trouble.as_ref().is_some_and(Trouble::is_cancel) {
            listener = new();
            reply = self.say(sql, &mut listener);
        }
        Ok((reply.into_result()?, listener))
    }

    /// Says `sql` (one message, one round trip) with somebody listening.
    pub(super) fn say(&mut self, sql: &str, listener: &mut dyn Listener) -> Reply {
        if sql.contains('\0') {
            let trouble = Trouble::ours("the text holds a NUL character, which PostgreSQL cannot take");
            return Reply { trouble: Some(trouble), ..Reply::default() };
        }
        if self.is_broken {
            return Reply { trouble: Some(self.lost()), ..Reply::default() };
        }
        self.round_trips += 1;
        let mut reply = match &mut self.wire {
            Wire::Own(own) => own.runtime.block_on(async {
                let said = say(&own.client, &own.canceller, sql, listener);
                match self.deadline {
                    None => said.await,
                    Some(deadline) => tokio::time::timeout(deadline, said).await.unwrap_or_else(|_| Reply::silent()),
                }
            }),
            Wire::Lent(lent) => lent.say(sql, listener),
        };
        reply.trouble = reply.trouble.map(|trouble| self.explained(trouble));
        reply
    }

    /// Sends a message in one round trip, or each of its statements in one: a program's driver returns only how a whole message
    /// ended, and Citus refuses some statements beside others ([`super::state::Found::has_citus`]).
    pub(super) fn say_all(&mut self, message: &Message, listener: &mut dyn Listener) -> Reply {
        if !self.is_statement_wise {
            return self.say(message.text(), listener);
        }
        let mut whole = Reply::default();
        let mut before = 0;
        for (part, sql) in message.statements() {
            if listener.interrupted() {
                return Reply { trouble: Some(lent::interrupted()), ..whole };
            }
            let mut reply = self.say(sql, listener);
            whole.columns = reply.columns;
            whole.has_more = reply.has_more;
            if reply.trouble.is_none() && matches!(part, Part::Verify(_)) {
                let found = reply.results.pop().unwrap_or_default();
                if !found.is_empty() {
                    whole.unfinished = found;
                    reply.trouble = Some(verify::found());
                }
            }
            if let Some(trouble) = reply.trouble {
                whole.trouble = Some(trouble.shifted(before));
                return whole;
            }
            whole.results.append(&mut reply.results);
            before += sql.chars().count();
        }
        whole
    }

    /// Runs `statement`, a `COPY ... FROM stdin`, with `data`: three round trips, as the driver does not have it in
    /// the simple protocol.
    ///
    /// When the server refuses to begin, the driver sends one Sync too many (tokio-postgres 0.7, `copy_in.rs`: one
    /// after Execute, one after CopyFail), and each answer from then on would be taken for that of the message
    /// before. So the connection is not to be used again.
    pub(super) fn copy(&mut self, statement: &str, data: &str, listener: &mut dyn Listener) -> Result<(), Trouble> {
        if self.is_broken {
            return Err(self.lost());
        }
        self.round_trips += 3;
        let result = match &mut self.wire {
            Wire::Own(own) => own.runtime.block_on(copy(&own.client, &own.canceller, statement, data, listener)),
            Wire::Lent(lent) => {
                let copied = lent.copy(statement, data, listener);
                copied.map_err(|(error, is_out_of_step)| (Trouble::new(&error), is_out_of_step))
            }
        };
        result.map_err(|(trouble, is_out_of_step)| {
            self.is_broken = is_out_of_step;
            self.explained(trouble)
        })
    }

    /// A broken connection often says why only to the task that drives it.
    fn explained(&mut self, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::Lost(message) => {
                self.is_broken = true;
                Trouble::Lost(self.last_words().unwrap_or(message))
            }
            Trouble::Server { fatal, .. } => {
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

    fn lost(&self) -> Trouble {
        Trouble::Lost(self.last_words().unwrap_or_else(|| "the connection is closed".to_owned()))
    }
}

impl Session for Link<'_> {
    fn ask(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError> {
        Ok(Self::ask(self, sql)?)
    }
}

impl Canceller {
    /// Waits for `future`, and asks the server to stop when the listener wants to; once a second, as a request
    /// that comes before the server has begun is lost. `None` when the server does not even take those requests: a server that
    /// takes them may need its time to stop, a silent network would be waited for until the system gives it up.
    async fn wait<F: Future>(&self, future: F, listener: &dyn Listener) -> Option<F::Output> {
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

async fn say(client: &tokio_postgres::Client, canceller: &Canceller, sql: &str, listener: &mut dyn Listener) -> Reply {
    let mut reply = Reply::default();
    let mut rows = Rows::new();
    let mut stream = match client.simple_query_raw(sql).await {
        Ok(stream) => Box::pin(stream),
        Err(error) => {
            reply.trouble = Some(Trouble::new(&error));
            return reply;
        }
    };
    loop {
        let message = match canceller.wait(stream.next(), listener).await {
            Some(Some(message)) => message,
            Some(None) => break,
            None => {
                reply.trouble = Reply::silent().trouble;
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
                reply.trouble = Some(Trouble::new(&error));
                break;
            }
        }
    }
    reply.unfinished = rows;
    reply
}

/// With the trouble: whether the connection is out of step.
async fn copy(
    client: &tokio_postgres::Client,
    canceller: &Canceller,
    statement: &str,
    data: &str,
    listener: &mut dyn Listener,
) -> Result<(), (Trouble, bool)> {
    let silent = || (Trouble::Lost(SILENT.to_owned()), true);
    let harmless = |error: postgres::Error| (Trouble::new(&error), false);
    let prepared = canceller.wait(client.prepare(statement), listener).await.ok_or_else(silent)?.map_err(harmless)?;
    let begun = canceller.wait(client.copy_in::<_, Cursor<Vec<u8>>>(&prepared), listener).await.ok_or_else(silent)?;
    let mut sink = pin!(begun.map_err(|error| (Trouble::new(&error), true))?);
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
