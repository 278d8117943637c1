//! Revisions written in Python that cannot be read or rendered, in words.

use super::Report;
use crate::diagnostic::Location;
use crate::foreign::alembic::{PythonError, PythonProblem};

/// A Python file that cannot be read without running it.
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
        PythonProblem::Computed { name } | PythonProblem::Conditional { name } => {
            report.hint(format!("write what comes out: {name} = \"...\", once, at the beginning of a line")).hint(by_hand)
        }
        PythonProblem::NoDownRevision => report.hint("write `down_revision = None` for a base"),
        PythonProblem::WrongType { .. } | PythonProblem::InvalidId { .. } | PythonProblem::Syntax(_) => report,
    }
}
