//! Reports of Python revisions that cannot be read or rendered.

use std::path::PathBuf;

use super::Report;
use crate::diagnostic::Location;
use crate::foreign::alembic::{PythonError, PythonProblem};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::render::Unrendered;

/// Report of a Python file that cannot be read without running it.
pub(super) fn unreadable(report: Report, location: Location, error: &PythonError) -> Report {
    let report = report.at(location, "");
    let by_hand = match &error.revision {
        Some(id) => format!("or write the revision as SQL: a .sql file with `-- revision: {id}` takes its place"),
        None => "or write the revision as SQL, and take this file away".to_owned(),
    };
    match &error.problem {
        PythonProblem::Constant { constant, .. } => {
            report.hint(format!("say its value in aludel.yaml:\nconstants:\n  {constant}: VALUE")).hint(by_hand)
        }
        PythonProblem::Computed { name } | PythonProblem::Conditional { name } => report
            .hint(format!("write what comes out: {name} = \"...\", once, at the beginning of a line"))
            .hint(by_hand),
        PythonProblem::NoDownRevision => report.hint("write `down_revision = None` for a base"),
        PythonProblem::WrongType { .. } | PythonProblem::InvalidId { .. } | PythonProblem::Syntax(_) => report,
    }
}

/// Report of Python revisions in a plan when the config has no `python:`.
pub(super) fn not_rendered(operation: Operation, revisions: usize) -> Report {
    let are = if revisions == 1 { "the revision is" } else { "revisions are" };
    let count = if revisions == 1 { String::new() } else { format!("{revisions} ") };
    let message = format!("{count}{are} written in Python: aludel runs no Python, so no {} of it", operation.name());
    let message = if revisions == 1 { message } else { message.replace("of it", "of them") };
    Report::new("python-revision", message)
        .hint("let Alembic render the SQL; in aludel.yaml, for the service: `python: alembic`, or `poetry run alembic -c alembic.ini`, ...")
        .hint("or turn the revisions into SQL files once and for all: aludel import alembic")
}

/// Report of a revision whose SQL Alembic could not write.
pub(super) fn unrendered(report: Report, revision: &RevisionId, unrendered: Unrendered, path: PathBuf) -> Report {
    let report = report.of_revision(revision).note("nothing was run");
    let report = match unrendered.location {
        Some(location) => report.at(location, ""),
        None => Report { path: Some(path), ..report },
    };
    report
        .note("a revision that reads the database while it runs has no SQL of its own")
        .hint(format!("write it as SQL: a .sql file with `-- revision: {revision}` takes its place"))
}

/// Report of an Alembic that did not run as required.
pub(super) fn alembic(report: Report, command: &str, reason: &str) -> Report {
    if reason.contains("changes the version table") {
        return report.hint("is the service's `version_table` the one that env.py configures?");
    }
    if reason.contains("writes SQL for") {
        return report.hint("the Alembic that `python:` names has to be configured for the same kind of database");
    }
    if reason.contains("to stdout") {
        return report
            .note("nothing was run")
            .hint("let its handler write to stderr: in alembic.ini, args = (sys.stderr,)");
    }
    report.note("nothing was run").hint(format!("try it by hand, in the config's folder: {command} heads"))
}
