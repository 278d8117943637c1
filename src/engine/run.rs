//! Runs the surveyed plans: each service under its own lock, and waiting for the revisions of other services that it
//! depends on.

mod ahead;
mod job;
mod steps;
mod texts;

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use self::job::ServiceJob;
pub use self::job::{Job, PlannedRun, RunOutcome};
use super::error::EngineError;
use super::external::{ServiceProgress, Waits, waits};
use super::lock::{LockTimeout, with_lock};
use super::lock_monitor::{LockMonitor, MonitorContext};
use super::observer::{Event, Observer};
use super::online::{self, OnlineRun};
use super::operator::Operator;
use super::prepare::{PreparedStep, Setting};
use super::recorded::read_history;
use super::replaced;
use super::resume::{Resumption, resumptions};
use super::retry::Retry;
use super::schedule::Scheduler;
use super::snapshot::PendingSnapshot;
use super::survey::{PreparedRun, RunTarget, survey};
use super::throttle::BackfillThrottle;
use super::unit::{UnitBuilder, failed};
use super::watcher::RevisionWatcher;
use crate::database::{self, Database};
use crate::graph::{Plan, Step};
use crate::id::RevisionId;
use crate::project::History;

/// Options of a run.
pub struct Options<'a> {
    /// Maximum wait for the lock.
    pub lock_timeout: LockTimeout,
    /// Maximum number of services that run at the same time.
    pub jobs: usize,
    /// True to run all pending revisions of a service in one transaction.
    pub single_transaction: bool,
    /// True to terminate sessions that block a revision.
    pub kill_blockers: bool,
    /// User and host for the journal.
    pub operator: &'a Operator,
    /// Returns the current time: RFC 3339, UTC, microseconds.
    pub now: &'a (dyn Fn() -> String + Sync),
}

/// Error with the name of the service that it belongs to.
pub type ServiceError = (String, EngineError);

/// Surveys all services: plans, texts, and dependencies between services. Changes nothing.
///
/// # Errors
/// The first error that would make the run fail, with its service.
pub fn survey_all(jobs: Vec<Job<'_>>) -> Result<(Vec<PlannedRun<'_>>, Waits), ServiceError> {
    let mut surveyed = Vec::new();
    let mut looked_at = Vec::new();
    for mut job in jobs {
        let name = job.history.service.name.clone();
        let failed = |error| (name.clone(), error);
        if let Some(run_target) = &job.run_target {
            let survey = survey(job.history, &mut *job.database, run_target, job.setting).map_err(failed)?;
            surveyed.push(PlannedRun { job, survey });
        } else {
            let (history, state) =
                read_history(job.history, &mut *job.database).map_err(|error| failed(error.into()))?;
            looked_at.push((history, database::ids(&state.rows)));
        }
    }
    let progress = surveyed.iter().map(|PlannedRun { survey, .. }| {
        (
            survey.history.service.name.clone(),
            ServiceProgress::new(survey.history, &survey.plan.from, Some(&survey.plan)),
        )
    });
    let others = looked_at
        .iter()
        .map(|(history, rows)| (history.service.name.clone(), ServiceProgress::new(history, rows, None)));
    let progress: BTreeMap<_, _> = progress.chain(others).collect();
    let waits = waits(&progress)?;
    Ok((surveyed, waits))
}

/// Runs all services, concurrently where they do not wait for one another. A service that ends while others run stores
/// its snapshot at once; that of the last one is returned, to be stored behind the report of the outcomes.
#[must_use]
pub fn run_all<'a>(
    surveyed: Vec<PlannedRun<'a>>,
    waits: &Waits,
    options: &Options<'_>,
    observer: &dyn Observer,
) -> (Vec<RunOutcome>, Option<PendingSnapshot<'a>>) {
    let scheduler = Scheduler::new(options.jobs);
    let pending = Mutex::new(None);
    let running = AtomicUsize::new(surveyed.len());
    let run = |PlannedRun { job, survey }: PlannedRun<'a>| {
        let (mut database, job) = job.disconnected();
        let mut run = ServiceRun::new(job, survey, waits, &scheduler, options, observer);
        let end = scheduler.end_of(&run.service);
        let result = run.go(&mut *database);
        // What waits for this service need not wait for its snapshot.
        drop(end);
        let is_last = running.fetch_sub(1, Ordering::Relaxed) == 1;
        match result {
            Ok(newest_entry) => {
                let snapshot = newest_entry.map(|newest_entry| run.snapshot(database, newest_entry));
                if is_last {
                    *pending.lock().unwrap_or_else(PoisonError::into_inner) = snapshot;
                } else if let Some(snapshot) = snapshot {
                    // The others may take hours, for which no connection stays open.
                    snapshot.store(options, observer);
                }
                run.outcome(None)
            }
            Err(error) => run.outcome(Some(error)),
        }
    };
    let outcomes = run_each(surveyed, run);
    (outcomes, pending.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Calls `run` for each service: in a thread of its own, if there are several.
fn run_each<'a>(surveyed: Vec<PlannedRun<'a>>, run: impl Fn(PlannedRun<'a>) -> RunOutcome + Sync) -> Vec<RunOutcome> {
    if surveyed.len() == 1 {
        return surveyed.into_iter().map(run).collect();
    }
    std::thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = surveyed
            .into_iter()
            .map(|planned| {
                let (service, plan) = (planned.service().to_owned(), planned.survey.plan.clone());
                (service, plan, scope.spawn(move || run(planned)))
            })
            .collect();
        let join = |(service, plan, thread): (String, Plan, ScopedJoinHandle<'_, RunOutcome>)| {
            thread.join().unwrap_or_else(|panic| RunOutcome {
                service,
                plan,
                durations: Vec::new(),
                error: Some(EngineError::Panicked { message: panic_message(&*panic) }),
            })
        };
        threads.into_iter().map(join).collect()
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}

/// Run of one service.
struct ServiceRun<'a> {
    service: String,
    history: &'a History,
    database_name: String,
    run_target: Option<RunTarget>,
    setting: Setting<'a>,
    survey: PreparedRun<'a>,
    /// Texts of the current step and of those behind it that were needed already.
    texts: RefCell<BTreeMap<usize, Arc<PreparedStep>>>,
    /// Their definitions for the journal.
    definitions: RefCell<BTreeMap<usize, Option<Arc<str>>>>,
    /// False if the journal is one of an earlier version and could not be extended.
    keeps_definitions: bool,
    resumptions: BTreeMap<RevisionId, Resumption>,
    /// Replaced revisions that the journal records as applied.
    replaced: BTreeSet<RevisionId>,
    /// Version rows after each step.
    rows_after: Vec<Vec<RevisionId>>,
    waits: &'a Waits,
    /// Revisions that another service waits for.
    awaited: BTreeSet<&'a RevisionId>,
    scheduler: &'a Scheduler,
    options: &'a Options<'a>,
    observer: &'a dyn Observer,
    /// Durations of the steps that are committed, the first ones of the plan.
    durations: Vec<Duration>,
    /// Durations of the steps after those that have run and are not committed yet.
    uncommitted: Vec<(Duration, String)>,
    /// Number of steps that are committed each by itself, because a transaction that they shared was lost.
    apart: usize,
}

impl<'a> ServiceRun<'a> {
    fn new(
        job: ServiceJob<'a>,
        survey: PreparedRun<'a>,
        waits: &'a Waits,
        scheduler: &'a Scheduler,
        options: &'a Options<'a>,
        observer: &'a dyn Observer,
    ) -> Self {
        let ServiceJob { history, database_name, run_target, setting } = job;
        let service = history.service.name.clone();
        let awaited =
            waits.values().flatten().filter(|need| need.service == service).map(|need| &need.revision).collect();
        Self {
            service,
            history,
            database_name,
            run_target,
            setting,
            survey,
            texts: RefCell::default(),
            definitions: RefCell::default(),
            keeps_definitions: false,
            resumptions: BTreeMap::new(),
            replaced: BTreeSet::new(),
            rows_after: Vec::new(),
            waits,
            awaited,
            scheduler,
            options,
            observer,
            durations: Vec::new(),
            uncommitted: Vec::new(),
            apart: 0,
        }
    }

    fn outcome(self, error: Option<EngineError>) -> RunOutcome {
        RunOutcome { service: self.service, plan: self.survey.plan, durations: self.durations, error }
    }

    /// Runs the plan. Returns the newest row of the journal, if a snapshot is left to store.
    fn go(&mut self, database: &mut dyn Database) -> Result<Option<Option<String>>, EngineError> {
        // An incomplete downgrade has not changed the version rows yet, so an empty plan alone does not mean that there
        // is nothing to do.
        let state = &self.survey.state;
        if self.survey.plan.is_empty() && state.incomplete.is_empty() && state.moved_rows.is_empty() {
            return Ok(None);
        }
        let (service, lock_timeout, observer) = (self.service.clone(), self.options.lock_timeout, self.observer);
        with_lock(database, &service, lock_timeout, observer, |database| {
            self.survey_again(database)?;
            self.observer.event(&self.service, &Event::Planned { revisions: self.survey.plan.steps.len() });
            let done = std::thread::scope(|scope| {
                let (kills, service) = (self.options.kill_blockers, &*service);
                let lock_monitor = database
                    .monitor()
                    .map(|monitor| LockMonitor::start(scope, MonitorContext { monitor, service, observer, kills }));
                if self.options.single_transaction {
                    self.steps_together(database, lock_monitor.as_ref())
                } else {
                    self.steps(database, lock_monitor.as_ref())
                }
            });
            if done.is_err() {
                self.make_durable(database);
            }
            let steps = self.survey.plan.steps.iter().take(self.durations.len());
            done.and(replaced::note_reverted(self.history, database, steps, &self.replaced, self.options))?;
            Ok(self.prepare_snapshot(database))
        })
    }

    /// Prepares the snapshot, and returns the newest row of the journal; `None` if none is to be stored. A failure is
    /// reported only: the run itself has succeeded.
    fn prepare_snapshot(&self, database: &mut dyn Database) -> Option<Option<String>> {
        if self.durations.is_empty() || !self.history.service.schema.snapshot {
            return None;
        }
        let prepared = PendingSnapshot::prepare(database);
        prepared.inspect_err(|error| self.observer.event(&self.service, &Event::SnapshotNotKept { error })).ok()
    }

    fn snapshot<'d>(&self, database: Box<dyn Database + 'd>, newest_entry: Option<String>) -> PendingSnapshot<'d> {
        let plan = &self.survey.plan;
        let snapshot = PendingSnapshot::new(self.service.clone(), database, plan.to.clone(), newest_entry)
            .owners(self.history.service.schema.owners);
        // What was begun in an earlier run was perhaps another text.
        match self.survey.prepared.all_kept().filter(|_| self.resumptions.is_empty()) {
            Some(steps) => snapshot.after(plan.from.clone(), steps),
            None => snapshot,
        }
    }

    /// Creates missing tables, and plans again if another runner has changed the version rows since the survey. Called
    /// with the lock held.
    fn survey_again(&mut self, database: &mut dyn Database) -> Result<(), EngineError> {
        let state = &self.survey.state;
        if !(state.version_table_exists && state.journal_exists && state.keeps_definitions) {
            let _slot = self.scheduler.acquire_slot(&self.database_name, &[]);
            database.ensure_tables()?;
        }
        if self.run_target.is_none() {
            return Ok(());
        }
        let mut fresh = database.state()?;
        if online::settle(self.history, &fresh, database)? {
            fresh = database.state()?;
        }
        if !self.history.replaces_nothing() {
            let context = (&*self.service, self.options, self.observer);
            if replaced::settle(self.history, database, &fresh, self.setting.variables, context)? {
                fresh = database.state()?;
            }
            self.replaced = replaced::recorded(self.history, &fresh);
        }
        if fresh.rows != self.survey.state.rows {
            self.plan_anew(database)?;
        }
        self.keeps_definitions = fresh.keeps_definitions;
        if !fresh.keeps_definitions {
            self.observer.event(&self.service, &Event::DefinitionsNotKept);
        }
        let PreparedRun { history, plan, prepared, .. } = &self.survey;
        self.resumptions = resumptions(&history.graph, plan, prepared, &fresh.incomplete, database)?;
        Ok(())
    }

    /// Plans again after another runner has changed the version rows. Steps that are no longer in the plan count as
    /// done, because other services may wait for them.
    fn plan_anew(&mut self, database: &mut dyn Database) -> Result<(), EngineError> {
        let Some(run_target) = &self.run_target else { return Ok(()) };
        // Files may have been edited while the other runner had the lock.
        self.history.forget_texts();
        let fresh = survey(self.history, database, run_target, self.setting)?;
        let before = std::mem::replace(&mut self.survey, fresh).plan.steps;
        let still = |step: &Step| self.survey.plan.steps.iter().any(|new| new.revision == step.revision);
        for step in before.iter().filter(|step| !still(step)) {
            self.scheduler.done(&self.service, &step.revision);
        }
        Ok(())
    }

    /// Runs all steps in one transaction. For other services they are done only after the commit.
    fn steps_together(
        &mut self,
        database: &mut dyn Database,
        lock_monitor: Option<&LockMonitor>,
    ) -> Result<(), EngineError> {
        database.begin()?;
        let result = self.steps(database, lock_monitor).and_then(|()| Ok(database.commit()?));
        if result.is_err() {
            self.durations.clear();
            // The first error is returned. If the rollback fails, the connection is gone, and the transaction with it.
            let _ = database.rollback();
            return result;
        }
        for step in &self.survey.plan.steps {
            self.scheduler.done(&self.service, &step.revision);
        }
        result
    }

    /// Runs a revision that has no SQL with the service's Alembic.
    fn run_alembic(
        &self,
        database: &mut dyn Database,
        index: usize,
        step: &Step,
        prepared: &PreparedStep,
    ) -> Result<Duration, EngineError> {
        let rows_before = match index.checked_sub(1) {
            Some(before) => self.rows_after(before),
            None => self.survey.plan.from.as_slice(),
        };
        let definition = self.definition(index);
        let run = OnlineRun {
            definition: definition.as_deref(),
            history: self.survey.history,
            step,
            prepared,
            rows_before,
            rows_after: self.rows_after(index),
            options: self.options,
            observer: self.observer,
        };
        run.run(database)
    }

    /// Runs the statements of step `index`, except the first `skip`, which ran in an earlier attempt.
    fn run_statements(
        &self,
        database: &mut dyn Database,
        index: usize,
        skip: usize,
        lock_monitor: Option<&LockMonitor>,
    ) -> Result<Duration, EngineError> {
        let (step, prepared) = (self.survey.step(index), &*self.text(index)?);
        let definition = self.definition(index);
        let revision = &step.revision;
        let mode = prepared.mode(database.has_transactional_ddl(), self.options.single_transaction);
        database.set_timeouts(prepared.timeouts);
        let retries = self.history.service.gentle.lock_retries;
        let mut retry = Retry::new(&self.service, revision, self.observer, retries, lock_monitor);
        let dialect = database.server().dialect;
        let has_begun = skip > 0 || (self.resumptions.contains_key(revision) && prepared.begins_with_batch(dialect));
        let next = self.next(index, mode, database);
        let next_definition = next.as_ref().and_then(|_| self.definition(index + 1));
        loop {
            if retry.tries == 0 {
                self.send_ahead(database, index);
            }
            let throttle =
                BackfillThrottle::new(&self.service, self.observer, &self.history.service.gentle, lock_monitor);
            let mut watcher =
                RevisionWatcher::new((&self.service, self.observer), prepared, revision, &mut retry, throttle);
            // Built again for each attempt: the start time in the journal is the one of the attempt.
            let next = next.as_ref().map(|(step, prepared)| {
                let rows_after = Some(self.rows_after(index + 1));
                UnitBuilder::new((step, prepared), rows_after, (mode, 0), dialect, self.options)
                    .defined(next_definition.as_deref())
            });
            let next = next.as_ref().map(|next| next.unit(None));
            let sending =
                UnitBuilder::new((step, prepared), Some(self.rows_after(index)), (mode, skip), dialect, self.options)
                    .durable(self.durability(database, index))
                    .begun(has_begun)
                    .defined(definition.as_deref());
            let unit = sending.unit(next.as_ref());
            let mut run = || super::execute::run(database, &unit, &mut watcher);
            let result = match lock_monitor {
                Some(lock_monitor) => lock_monitor.watched(prepared.timeouts.lock, run),
                None => run(),
            };
            watcher.tell_statement();
            let result = result.map_err(|failure| failed(step, prepared, failure, watcher.batched));
            // Those before it have to run again first.
            if result.is_err() && database.undone() > 0 && !self.observer.interrupted() {
                return result;
            }
            if let Some(duration) = retry.judge(result, mode)? {
                return Ok(duration);
            }
        }
    }

    /// Returns the version rows after step `index`.
    #[allow(clippy::expect_used, reason = "`steps` computes them before the first step")]
    fn rows_after(&self, index: usize) -> &[RevisionId] {
        self.rows_after.get(index).expect("the plan has rows after each of its steps")
    }
}
