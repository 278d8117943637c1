//! Reports of Python revisions that cannot be read or rendered.

use std::path::Path;

use super::ErrorReport;
use crate::diagnostic::Location;
use crate::engine::{OnlineCause, OnlineFailure, OnlineRefusal};
use crate::error_code::ErrorCode;
use crate::formats::alembic::{PythonError, PythonProblem};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::render::Unrendered;

/// Report of a Python file that cannot be read without running it.
pub(super) fn unreadable(report: ErrorReport, location: &Location, error: &PythonError) -> ErrorReport {
    let report = report.at(location, "");
    let by_hand = match &error.revision {
        Some(id) => format!("or write the revision as SQL: a .sql file with `-- revision: {id}` takes its place"),
        None => "or write the revision as SQL, and remove this file".to_owned(),
    };
    match &error.problem {
        PythonProblem::Constant { constant, .. } => {
            report.hint(format!("set its value in aludel.yaml:\nconstants:\n  {constant}: VALUE")).hint(by_hand)
        }
        PythonProblem::Computed { name } | PythonProblem::Conditional { name } => report
            .hint(format!("write the resulting value: {name} = \"...\", once, at the beginning of a line"))
            .hint(by_hand),
        PythonProblem::NoDownRevision => report.hint("write `down_revision = None` for a base"),
        PythonProblem::WrongType { .. } | PythonProblem::InvalidId { .. } | PythonProblem::Syntax(_) => report,
    }
}

/// Report of Python revisions in a plan when the config has no `python:`.
pub(super) fn not_rendered(operation: Operation, revisions: usize) -> ErrorReport {
    let are = if revisions == 1 { "the revision is" } else { "revisions are" };
    let count = if revisions == 1 { String::new() } else { format!("{revisions} ") };
    let message =
        format!("{count}{are} written in Python, which aludel does not run: no {} is possible", operation.name());
    ErrorReport::new(ErrorCode::PythonRevision, message)
        .hint("let Alembic render the SQL; in aludel.yaml, for the service: `python: alembic`, or `poetry run alembic -c alembic.ini`, ...")
        .hint("or convert the revisions to SQL files: aludel import alembic")
}

/// Report of a revision whose SQL Alembic could not write.
pub(super) fn unrendered(
    report: ErrorReport,
    revision: &RevisionId,
    unrendered: &Unrendered,
    path: &Path,
) -> ErrorReport {
    let report = report.of_revision(revision).note("nothing was run");
    let report = match &unrendered.location {
        Some(location) => report.at(location, ""),
        None => report.in_file(path),
    };
    report
        .note("a revision that reads the database while it runs has no SQL of its own")
        .hint("let Alembic run it under aludel's lock and journal; in aludel.yaml, for the service: `python: {run: alembic, online: true}`")
        .hint(format!("write it as SQL: a .sql file with `-- revision: {revision}` takes its place"))
}

/// A revision that only Alembic can run, where it cannot.
pub(super) fn not_online(refusal: OnlineRefusal, revision: &RevisionId) -> ErrorReport {
    let report = ErrorReport::new(
        ErrorCode::PythonUnrendered,
        match refusal {
            OnlineRefusal::Script => "the revision has no SQL for a script: Alembic runs it",
            OnlineRefusal::Shadow => "the revision has no SQL to replay in a scratch database: Alembic runs it",
            OnlineRefusal::SingleTransaction => {
                "Alembic runs the revision in its own session, but --single-transaction requires one transaction"
            }
            OnlineRefusal::Lease => {
                "Alembic runs the revision, and its statements do not check the lease (`lock: lease`)"
            }
        },
    );
    let by_hand = format!("write it as SQL: a .sql file with `-- revision: {revision}` takes its place");
    match refusal {
        OnlineRefusal::Script => {
            report.hint("write a script up to the revision before it, run it online, and continue after it")
        }
        OnlineRefusal::Shadow => report,
        OnlineRefusal::SingleTransaction => report.hint("remove --single-transaction"),
        OnlineRefusal::Lease => {
            report.hint("run it with `lock: advisory`, on a connection without a transaction pooler")
        }
    }
    .hint(by_hand)
}

/// A run of Alembic that did not come to its end.
pub(super) fn online(failure: &OnlineFailure) -> ErrorReport {
    let rows = |rows: &[String]| if rows.is_empty() { "nothing".to_owned() } else { rows.join(", ") };
    let said = if failure.said.is_empty() { String::new() } else { format!(": {}", failure.said) };
    let (revision, operation) = (&failure.revision, failure.operation.name());
    let report = match &failure.cause {
        OnlineCause::Failed => ErrorReport::new(ErrorCode::PythonFailed, format!("{failure}{said}")),
        OnlineCause::Killed => ErrorReport::new(ErrorCode::PythonFailed, format!("Alembic was killed in the {operation} of revision {revision}")),
        OnlineCause::Interrupted => {
            ErrorReport::new(ErrorCode::PythonFailed, format!("Alembic was interrupted in the {operation} of revision {revision}"))
        }
        OnlineCause::OtherDatabase { applied, rows: ours } => ErrorReport::new(
            ErrorCode::AlembicElsewhere,
            format!("Alembic works on another database: there {} is applied, here {}", rows(applied), rows(ours)),
        )
        .hint("from which environment variable does env.py read its URL? `python: {run: alembic, online: true, url_variable: NAME}`")
        .hint("and is the service's `version_table` the one that env.py configures?"),
        OnlineCause::RowsNotMoved => ErrorReport::new(
            ErrorCode::AlembicElsewhere,
            format!("Alembic reports that the {operation} of {revision} is done, but the version rows here have not changed"),
        )
        .note("it worked on another database, or with another version table; what it changed there stays")
        .hint("from which environment variable does env.py read its URL? `python: {run: alembic, online: true, url_variable: NAME}`"),
        OnlineCause::OtherRows { rows: found } => ErrorReport::new(
            ErrorCode::RowsMoved,
            format!("after the {operation} of {revision} the version table contains {}, which it should not have left", rows(found)),
        ),
    };
    let report = report.of_revision(revision);
    let report = match &failure.location {
        Some(location) => report.at(location, ""),
        None => report.in_file(&failure.path),
    };
    match (&failure.cause, failure.is_rolled_back) {
        (OnlineCause::OtherDatabase { .. } | OnlineCause::OtherRows { .. }, true) => report.note("nothing was run"),
        (_, true) => {
            report.note("nothing of it was applied: it was rolled back").hint("fix it, then run the same command again")
        }
        (_, false) => report
            .note("it is not known how much of it took effect: its statements may have been committed one by one")
            .hint(format!("check the database; if all of it took effect: aludel repair --statement-applied {revision}"))
            .hint(format!("if nothing did, or once it is reverted: aludel repair --statement-not-applied {revision}")),
    }
}

/// Report of an Alembic that did not run as required.
pub(super) fn alembic(report: ErrorReport, command: &str, reason: &str) -> ErrorReport {
    if reason.contains("changes the version table") {
        return report.hint("is the service's `version_table` the one that env.py configures?");
    }
    if reason.contains("writes SQL for") {
        return report.hint("the Alembic that `python:` names must be configured for the same kind of database");
    }
    if reason.contains("to stdout") {
        return report
            .note("nothing was run")
            .hint("let its handler write to stderr: in alembic.ini, args = (sys.stderr,)");
    }
    report.note("nothing was run").hint(format!("try it by hand, in the config's folder: {command} heads"))
}
