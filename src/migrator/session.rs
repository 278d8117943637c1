//! One request of a program: connects, runs the engine and creates the report. Works on a thread of its own, because
//! drivers bring an asynchronous runtime, which would panic inside a runtime of the program.

use jiff::Timestamp;

use super::error::{Error, Stopped};
use super::report::{Report, ServiceReport, Status};
use super::{Migrator, Options};
use crate::config::{DatabaseUrl, LockKind, Service};
use crate::database::{self, BorrowedConnection, Database, DatabaseError, VersionTable};
use crate::drivers;
use crate::engine::{
    self, EngineError, Job, LockTimeout, Operator, PlannedRun, RunOutcome, RunTarget, Setting, StampRequest,
};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::operations::{self, Lost};
use crate::project::{History, ServiceSelection};

/// A migrator with the connection that the program passed to it, if any.
pub(super) struct MigratorSession<'m, 'c> {
    pub(super) migrator: &'m Migrator,
    pub(super) lent: Option<&'c mut dyn BorrowedConnection>,
}

/// Runs `work` on a new thread and waits for it. A panic of the thread is passed on.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let joined = std::thread::scope(|scope| scope.spawn(work).join());
    joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl MigratorSession<'_, '_> {
    pub(super) fn run(self, run_target: &RunTarget) -> Result<Report, Error> {
        apart(move || self.run_here(run_target))
    }

    pub(super) fn plan(mut self, run_target: &RunTarget) -> Result<Report, Error> {
        apart(move || {
            let Self { migrator, lent } = &mut self;
            let chosen = chosen(migrator, lent.is_some())?;
            let (mut surveyed, _) = survey(migrator, lent.as_deref_mut(), &chosen, run_target, true)?;
            refuse_half_done(&mut surveyed)?;
            let planned =
                |(history, surveyed): (&&History, &PlannedRun<'_>)| ServiceReport::surveyed(history, surveyed);
            Ok(Report { services: chosen.iter().zip(&surveyed).map(planned).collect() })
        })
    }

    pub(super) fn stamp(mut self, targets: &[&str], purge: bool) -> Result<Report, Error> {
        apart(move || {
            let Self { migrator, lent } = &mut self;
            let (chosen, stamp) = (chosen(migrator, lent.is_some())?, StampRequest { targets, purge });
            if chosen.len() > 1 {
                // All services are checked first, so that a refusal does not come after another service was stamped.
                for history in &chosen {
                    let failed = |error: EngineError| Error::in_service(&history.service, error);
                    let mut database = connect(migrator, None, history)?;
                    let read = engine::read_history(history, &mut *database);
                    let (history, state) = read.map_err(|error| failed(error.into()))?;
                    stamp.plan(history, &database::ids(&state.rows)).map_err(failed)?;
                }
            }
            let mut services = Vec::new();
            for history in chosen {
                match stamped(migrator, lent.as_deref_mut(), history, stamp) {
                    Ok(service) => services.push(service),
                    Err(Error::Service { service, error }) if !services.is_empty() => {
                        return Err(Error::stopped(Report { services }, vec![(service, error)]));
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(Report { services })
        })
    }

    pub(super) fn status(mut self) -> Result<Vec<Status>, Error> {
        apart(move || {
            let Self { migrator, lent } = &mut self;
            let chosen = chosen(migrator, lent.is_some())?;
            chosen.into_iter().map(|history| status(migrator, lent.as_deref_mut(), history)).collect()
        })
    }

    fn run_here(mut self, run_target: &RunTarget) -> Result<Report, Error> {
        let Self { migrator, lent } = &mut self;
        let chosen = chosen(migrator, lent.is_some())?;
        let (mut surveyed, waits) = survey(migrator, lent.as_deref_mut(), &chosen, run_target, false)?;
        let is_held = matches!(run_target, RunTarget::Downgrade(_)) && !migrator.options.may_lose_rows;
        if is_held {
            refuse_half_done(&mut surveyed)?;
            refuse_losses(&mut surveyed)?;
        }
        let began: Vec<bool> = surveyed.iter().map(|surveyed| !surveyed.survey().plan.is_empty()).collect();
        let warnings: Vec<Vec<String>> =
            surveyed.iter_mut().map(|surveyed| surveyed.survey_and_database_mut().1.warnings().to_vec()).collect();
        let operator = Operator::current();
        let options = options(&migrator.options, &operator);
        let (outcomes, snapshot) = engine::run_all(surveyed, &waits, &options, &migrator.watcher);
        if let Some(snapshot) = snapshot {
            snapshot.store(&options, &migrator.watcher);
        }
        // A pinned plan becomes empty when the current revisions changed after it was checked (see `refuse_losses`).
        let vanished = |(outcome, began): &(&RunOutcome, &bool)| outcome.plan.is_empty() && **began;
        let moved = outcomes.iter().zip(&began).find(vanished).filter(|_| is_held);
        let moved = moved.map(|(outcome, _)| outcome.service.clone());
        let (report, errors) = results(outcomes, &chosen, warnings);
        match moved {
            Some(service) => Err(Error::ConcurrentChange { service, others: Box::new(Stopped { report, errors }) }),
            None if errors.is_empty() => Ok(report),
            None => Err(Error::stopped(report, errors)),
        }
    }
}

/// Returns the selected services; an error if a single connection was passed for several.
fn chosen(migrator: &Migrator, is_lent: bool) -> Result<Vec<&History>, Error> {
    let is_chosen = |name: &String| migrator.only.as_ref().is_none_or(|only| only.contains(name));
    let chosen: Vec<&History> = migrator
        .histories
        .iter()
        .map(|history| &**history)
        .filter(|history| is_chosen(&history.service.name))
        .collect();
    if is_lent && chosen.len() != 1 {
        return Err(Error::SeveralServices(chosen.iter().map(|history| history.service.name.clone()).collect()));
    }
    Ok(chosen)
}

/// Returns the other services that revisions of `chosen` depend on, or whose revisions depend on those of `chosen`.
fn referenced<'m>(migrator: &'m Migrator, chosen: &[&History]) -> Vec<&'m History> {
    let selection = ServiceSelection::new(chosen.iter().copied());
    let others = migrator.histories.iter().map(|history| &**history);
    others.filter(|history| !selection.contains(&history.service.name) && selection.is_related_to(history)).collect()
}

fn survey<'a>(
    migrator: &'a Migrator,
    mut lent: Option<&'a mut (dyn BorrowedConnection + '_)>,
    chosen: &[&'a History],
    run_target: &RunTarget,
    looking: bool,
) -> Result<(Vec<PlannedRun<'a>>, engine::Waits), Error> {
    let mut jobs = Vec::new();
    let others = referenced(migrator, chosen);
    for (index, history) in chosen.iter().chain(&others).enumerate() {
        let is_chosen = index < chosen.len();
        let dialect = match &lent {
            // The connection is only for the selected service; others are read through their URLs.
            Some(lent) if is_chosen => lent.dialect(),
            _ => url(&history.service)?.dialect(),
        };
        let database_name =
            if is_chosen && lent.is_some() { "lent".to_owned() } else { service_location(&history.service) };
        let database = connect(migrator, if is_chosen { lent.take() } else { None }, history)?;
        let (variables, single_transaction) = (&migrator.variables, migrator.options.single_transaction);
        let setting = Setting { dialect, variables, single_transaction, looking };
        jobs.push(Job { history, database, database_name, run_target: is_chosen.then(|| run_target.clone()), setting });
    }
    engine::survey_all(jobs).map_err(|(service, error)| Error::Service { service, error })
}

fn url(service: &Service) -> Result<&DatabaseUrl, Error> {
    service.url().map_err(|error| Error::in_service(service, DatabaseError::Url(error.to_string())))
}

/// Identifies the database of a service: equal for services that share one, which then take turns.
fn service_location(service: &Service) -> String {
    let Ok(url) = service.url() else { return String::new() };
    match url.path() {
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string(),
        None => format!("{:?} {:?}", url.hosts(), url.database()),
    }
}

fn connect<'c>(
    migrator: &Migrator,
    lent: Option<&'c mut (dyn BorrowedConnection + '_)>,
    history: &History,
) -> Result<Box<dyn Database + 'c>, Error> {
    let service = &history.service;
    let failed = |error: DatabaseError| Error::in_service(service, error);
    let table = VersionTable { schema: service.version_schema.clone(), name: service.version_table.clone() };
    let is_lease = service.gentle.lock == LockKind::Lease;
    if let Some(lent) = lent {
        if is_lease {
            return Err(Error::LeaseNeedsUrl { service: service.name.clone() });
        }
        return lent.lend(&table).map_err(failed);
    }
    let environment = |name: &str| migrator.variable_of_environment(name);
    let mut database = drivers::open(url(service)?, &table, &service.name, &environment).map_err(failed)?;
    if is_lease {
        database.use_lease(service.gentle.lease_time);
    }
    database.watch_replicas(&service.gentle.replicas, &environment).map_err(failed)?;
    Ok(database)
}

/// Returns an error if a service will be refused because of a half-applied revision: nothing is run then, also not in
/// the other services.
fn refuse_half_done(surveyed: &mut [PlannedRun<'_>]) -> Result<(), Error> {
    for surveyed in surveyed {
        let checked = surveyed.check();
        checked.map_err(|error| Error::Service { service: surveyed.service().to_owned(), error })?;
    }
    Ok(())
}

/// Stamps one service.
fn stamped(
    migrator: &Migrator,
    lent: Option<&mut (dyn BorrowedConnection + '_)>,
    history: &History,
    stamp: StampRequest<'_>,
) -> Result<ServiceReport, Error> {
    let mut database = connect(migrator, lent, history)?;
    let operator = Operator::current();
    let options = options(&migrator.options, &operator);
    let stamped = engine::stamp(history, &mut *database, stamp, &options, &migrator.watcher);
    let stamped = stamped.map_err(|error| Error::in_service(&history.service, error))?;
    Ok(ServiceReport::planned(history, &stamped.plan))
}

/// Returns an error if a downgrade would delete rows. Otherwise pins the checked plan, so that the run applies exactly
/// this plan or nothing.
fn refuse_losses(surveyed: &mut [PlannedRun<'_>]) -> Result<(), Error> {
    let mut lost: Vec<(String, Lost)> = Vec::new();
    for surveyed in surveyed.iter_mut() {
        let service = surveyed.service().to_owned();
        let (survey, database) = surveyed.survey_and_database_mut();
        let found = operations::losses(database, &survey.plan, &survey.prepared);
        let found = found.map_err(|error| Error::Service { service: service.clone(), error })?;
        lost.extend(found.into_iter().map(|lost| (service.clone(), lost)));
        surveyed.pin_plan();
    }
    if lost.is_empty() { Ok(()) } else { Err(Error::DataLoss(lost)) }
}

/// Returns the applied steps of all services and the errors of those that failed.
fn results(
    outcomes: Vec<RunOutcome>,
    chosen: &[&History],
    warnings: Vec<Vec<String>>,
) -> (Report, Vec<(String, EngineError)>) {
    let (mut services, mut errors) = (Vec::new(), Vec::new());
    for (outcome, warnings) in outcomes.into_iter().zip(warnings) {
        let Some(history) = chosen.iter().find(|history| history.service.name == outcome.service) else { continue };
        services.push(ServiceReport { warnings, ..ServiceReport::done(history, &outcome) });
        errors.extend(outcome.error.map(|error| (outcome.service, error)));
    }
    // Errors that are only a consequence of another service's failure come last.
    errors.sort_by_key(|(_, error)| matches!(error, EngineError::Blocked { .. }));
    (Report { services }, errors)
}

fn status(
    migrator: &Migrator,
    lent: Option<&mut (dyn BorrowedConnection + '_)>,
    history: &History,
) -> Result<Status, Error> {
    let failed = |error: EngineError| Error::in_service(&history.service, error);
    let mut database = connect(migrator, lent, history)?;
    let (history, state) = engine::read_history(history, &mut *database).map_err(|error| failed(error.into()))?;
    let server = database.server().clone();
    let changed = engine::changed_revisions(history, &state, server.dialect).map_err(failed)?;
    let rows = database::ids(&state.rows);
    let unknown = history.graph.unknown_rows(&rows);
    let current: Vec<RevisionId> = rows.into_iter().filter(|row| !unknown.contains(row)).collect();
    let pending = history.graph.pending(&current);
    let ahead = history.recorded().map(|revision| revision.header.revision.clone()).collect();
    let (service, incomplete) = (history.service.name.clone(), state.incomplete);
    Ok(Status { service, server, current, unknown, ahead, pending, incomplete, changed })
}

fn options<'a>(options: &Options, operator: &'a Operator) -> engine::Options<'a> {
    engine::Options {
        lock_timeout: LockTimeout(options.lock_timeout),
        jobs: options.jobs,
        single_transaction: options.single_transaction,
        kill_blockers: options.kill_blockers,
        operator,
        now: &now,
    }
}

/// Returns the current time as RFC 3339 in UTC with microseconds.
fn now() -> String {
    format!("{:.6}", Timestamp::now())
}

/// Returns the target of a run. A configured phase limits upgrades only.
pub(super) fn run_target(migrator: &Migrator, operation: Operation, target: &str) -> RunTarget {
    match (operation, migrator.options.phase) {
        (Operation::Downgrade, _) => RunTarget::Downgrade(target.to_owned()),
        (_, Some(phase)) => RunTarget::Phase(target.to_owned(), phase),
        (_, None) => RunTarget::Upgrade(target.to_owned()),
    }
}
