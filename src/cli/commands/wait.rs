//! `wait`: waits until servers answer, or until another job has brought the databases to the heads of these files.

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::current::DatabasePosition;
use super::preflight::duration;
use crate::cli::connection_prefetch::{self, ConnectionResult};
use crate::cli::context::Context;
use crate::cli::database_creation::{self, CreateDatabase};
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::text;
use crate::config::Service;
use crate::database::{Database, DatabaseError, HistoryState};
use crate::engine;
use crate::error_code::ErrorCode;
use crate::project::History;
use crate::units::format_elapsed;

/// Pause after the first attempt; it doubles with each attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel wait && aludel upgrade head         # in a container that starts before its \
    server\n  aludel wait --for heads --timeout 10m      # another job migrates\n  aludel wait --all --create-database"
)]
pub struct WaitArgs {
    /// State to wait for
    #[arg(long = "for", value_name = "STATE", value_enum, default_value = "server")]
    pub state: WaitState,
    /// Give up after TIME
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub timeout: Duration,
    #[command(flatten)]
    pub creation: CreateDatabase,
}

/// States to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WaitState {
    /// The server accepts a connection to the database
    Server,
    /// All revisions of these files are applied
    Heads,
}

impl WaitState {
    const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Heads => "heads",
        }
    }
}

/// Service that is waited for.
struct Awaited {
    service: Service,
    /// Time at which it was ready.
    ready: Option<Duration>,
    /// Number of attempts.
    attempts: u32,
    /// Reason why it is not ready, as far as it was reported.
    obstacle: WaitObstacle,
}

/// Reason why a service is not ready.
#[derive(PartialEq, Eq)]
struct WaitObstacle {
    text: String,
    /// The server answers, and has no such database.
    is_missing_database: bool,
}

/// Result of one attempt of a service.
enum Attempt {
    /// It is ready.
    Ready,
    /// It is not, for this reason.
    NotYet(WaitObstacle),
    /// It never will be.
    Refused(Box<CommandError>),
}

pub fn run(arguments: &WaitArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let started = Instant::now();
    let services = match arguments.state {
        WaitState::Server => context.chosen()?,
        // Invalid files are reported now and not after a wait.
        WaitState::Heads => context.for_reading()?.iter().map(|history| history.service.clone()).collect(),
    };
    let awaited = |service: &Service| Awaited {
        service: service.clone(),
        ready: None,
        attempts: 0,
        obstacle: WaitObstacle { text: "no answer yet".to_owned(), is_missing_database: false },
    };
    let mut all: Vec<Awaited> = services.iter().map(awaited).collect();
    let (sender, receiver) = mpsc::channel();
    for (index, service) in services.into_iter().enumerate() {
        let poll = Poll { service, state: arguments.state, creates: arguments.creation.create_database };
        let sender = sender.clone();
        // A thread each, because connecting may take longer than the timeout. It ends with the process.
        std::thread::spawn(move || poll.until_ready(index, &sender));
    }
    while all.iter().any(|awaited| awaited.ready.is_none()) {
        let left = arguments.timeout.saturating_sub(started.elapsed());
        match next(&receiver, left) {
            Some((index, attempt)) => record(&mut all[index], attempt, arguments, started.elapsed(), context)?,
            None => return Err(timed_out(&all, arguments)),
        }
    }
    Ok(CommandOutput {
        services: all.iter().map(|awaited| document(awaited, arguments.state)).collect(),
        ..CommandOutput::default()
    })
}

/// Waits for the next attempt; `None` if there is none in time.
fn next(receiver: &Receiver<(usize, Attempt)>, left: Duration) -> Option<(usize, Attempt)> {
    receiver.recv_timeout(left).ok()
}

fn record(
    awaited: &mut Awaited,
    attempt: Attempt,
    arguments: &WaitArgs,
    elapsed: Duration,
    context: &Context<'_>,
) -> Result<(), CommandError> {
    awaited.attempts += 1;
    let name = &awaited.service.name;
    match attempt {
        Attempt::Refused(report) => return Err(report.of_service(name)),
        Attempt::NotYet(obstacle) if obstacle == awaited.obstacle => {}
        Attempt::NotYet(obstacle) => {
            context.status(&format!("{name}: waiting: {}", obstacle.text));
            awaited.obstacle = obstacle;
        }
        Attempt::Ready => {
            awaited.ready = Some(elapsed);
            let what = match arguments.state {
                WaitState::Server => "the server answers",
                WaitState::Heads => "all revisions are applied",
            };
            let time =
                if awaited.attempts > 1 { format!(", after {}", format_elapsed(elapsed)) } else { String::new() };
            context.status(&format!("{name}: {what}{time}"));
        }
    }
    Ok(())
}

fn document(awaited: &Awaited, state: WaitState) -> Value {
    let waited = awaited.ready.map(|waited| u64::try_from(waited.as_millis()).unwrap_or(u64::MAX));
    let mut document = json!({
        "service": awaited.service.name, "for": state.name(), "ready": awaited.ready.is_some(),
        "waited_ms": waited, "attempts": awaited.attempts,
    });
    if awaited.ready.is_none() {
        document["reason"] = json!(awaited.obstacle.text);
    }
    document
}

/// Returns the report of the services that were not ready in time; the first of them carries the others.
fn timed_out(all: &[Awaited], arguments: &WaitArgs) -> CommandError {
    let report = |awaited: &Awaited| {
        let time = format_elapsed(arguments.timeout);
        let (what, hint) = match arguments.state {
            _ if awaited.obstacle.is_missing_database => (
                "the database does not exist",
                "`aludel wait --create-database` creates it; --timeout TIME waits longer for another job that does",
            ),
            WaitState::Server => {
                ("the server does not answer", "`aludel status` shows the whole error; --timeout TIME waits longer")
            }
            WaitState::Heads => (
                "not all revisions are applied",
                "`aludel status` shows what is pending; does the other job run, with the same files?",
            ),
        };
        CommandError::new(ErrorCode::WaitTimeout, format!("{what} after {time}"))
            .of_service(&awaited.service.name)
            .note(format!("last answer: {}", awaited.obstacle.text))
            .hint(hint)
    };
    let mut late = all.iter().filter(|awaited| awaited.ready.is_none()).map(report);
    let mut first =
        late.next().unwrap_or_else(|| CommandError::new(ErrorCode::WaitTimeout, "nothing was waited for".to_owned()));
    first.report.also = late.map(|late| late.report).collect();
    first.services = all.iter().map(|awaited| document(awaited, arguments.state)).collect();
    first
}

/// Repeated attempts for one service.
struct Poll {
    service: Service,
    state: WaitState,
    creates: bool,
}

impl Poll {
    /// Sends the result of each attempt, the last of which is final.
    fn until_ready(self, index: usize, sender: &Sender<(usize, Attempt)>) {
        let mut pause = FIRST_PAUSE;
        let mut database = None;
        loop {
            let attempt = self.attempt(&mut database);
            let is_final = !matches!(attempt, Attempt::NotYet(_));
            if sender.send((index, attempt)).is_err() || is_final {
                return;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Makes one attempt on the open connection, or on a new one.
    fn attempt(&self, connection: &mut Option<Box<dyn Database>>) -> Attempt {
        let mut database = match connection.take().map_or_else(|| self.connect(), Ok) {
            Ok(database) => database,
            Err(error) => return failed(error),
        };
        if self.state == WaitState::Server {
            return Attempt::Ready;
        }
        match self.position(&mut *database) {
            Ok(attempt) => {
                *connection = Some(database);
                attempt
            }
            // The next attempt gets a new connection.
            Err(attempt) => attempt,
        }
    }

    fn connect(&self) -> ConnectionResult {
        let connected = connection_prefetch::connect(&self.service);
        if self.creates { database_creation::connect_or_create(&self.service, connected).1 } else { connected }
    }

    /// Compares the version rows with the files. They are loaded again each time, because a history is read together
    /// with the revisions that the journal of one moment describes.
    fn position(&self, database: &mut dyn Database) -> Result<Attempt, Attempt> {
        let history = History::load(&self.service).map_err(|error| Attempt::Refused(Box::new(error.into())))?;
        let (history, state) = engine::read_history(&history, database).map_err(failed)?;
        let position = DatabasePosition::new(history, &state);
        if position.is_head {
            return Ok(Attempt::Ready);
        }
        Ok(Attempt::NotYet(WaitObstacle { text: distance(history, &state, &position), is_missing_database: false }))
    }
}

/// Returns what is missing: `2 revisions pending, at 3f2a9c1b7d40`.
fn distance(history: &History, state: &HistoryState, position: &DatabasePosition) -> String {
    let known: Vec<_> = position.known().cloned().collect();
    let pending = text::count(history.graph.pending(&known).len(), "revision");
    let half_done = state.incomplete.first().map(|open| format!("; {} is half-applied", open.revision));
    let unknown: Vec<String> = position.unknown.iter().map(ToString::to_string).collect();
    let unknown = (!unknown.is_empty()).then(|| format!("; no file has {}", unknown.join(", ")));
    format!(
        "{pending} pending, at {}{}{}",
        text::rows(&position.rows),
        half_done.unwrap_or_default(),
        unknown.unwrap_or_default()
    )
}

/// Returns the attempt that failed with `error`: an invalid URL never becomes valid, anything else may pass.
fn failed(error: DatabaseError) -> Attempt {
    match error {
        DatabaseError::Url(_) | DatabaseError::UrlParameter { .. } => Attempt::Refused(Box::new((&error).into())),
        error => Attempt::NotYet(WaitObstacle {
            text: error.to_string().lines().next().unwrap_or_default().to_owned(),
            is_missing_database: database_creation::is_missing(&error),
        }),
    }
}
