//! One-line texts of errors, for the log of a program. Without advice: only the command line knows which command would
//! help.

use super::error::Stopped;
use crate::diagnostic::{Location, position};
use crate::engine::{Changed, EngineError, RevisionRefusal};
use crate::operations::{Amount, Lost};
use crate::project::ProjectError;
use crate::sql::Loss;

/// Returns the error with its position in front: `revisions/a.sql:7:25: ...`.
pub(super) fn project(error: &ProjectError) -> String {
    match error.location() {
        Some(location) => format!("{}: {error}", shown_location(location)),
        None => error.to_string(),
    }
}

fn shown_location(location: &Location) -> String {
    let at = position(&location.text, location.span.start);
    format!("{}:{}:{}", location.path.display(), at.line, at.column)
}

/// Returns the error of the engine with its position and the server's message.
pub(super) fn engine(error: &EngineError) -> String {
    match error {
        EngineError::Project(error) => project(error),
        EngineError::UnknownRows(rows) => format!("{error}: {}", rows.join(", ")),
        EngineError::Refused { location, refusal, .. } => {
            format!("{error}: {}: {}", shown_location(location), refused(refusal))
        }
        EngineError::Locked { holder, waited } => {
            format!("{error}, after waiting {:.0} s: {}", waited.as_secs_f64(), holder.description)
        }
        EngineError::Failed { location, statement, statements, failure, .. } => {
            let at = location.as_ref().map(|location| format!(" at {}", shown_location(location))).unwrap_or_default();
            let number = statement.map(|number| format!(" (statement {number} of {statements})")).unwrap_or_default();
            let stays = if failure.rolled_back { "; it was rolled back" } else { "" };
            format!("{error}{at}{number}: {}{stays}", failure.summary())
        }
        EngineError::Online(failure) => format!("{error}: {}", failure.said),
        EngineError::LockRefused { failed, .. } => format!("{error}: {}", engine(failed)),
        EngineError::Incomplete(incomplete) => {
            let said = incomplete.error.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
            format!("{error}{said}")
        }
        EngineError::Changed(changed) => {
            let changed: Vec<String> = changed.iter().map(changed_words).collect();
            format!("{error}: {}", changed.join(", "))
        }
        _ => error.to_string(),
    }
}

fn changed_words(changed: &Changed) -> String {
    format!("{} was {}", changed.revision, changed.what.name())
}

fn refused(refusal: &RevisionRefusal) -> String {
    match refusal {
        RevisionRefusal::LocalFile => {
            "LOAD DATA LOCAL requests a file from the client, and aludel sends none".to_owned()
        }
        RevisionRefusal::OwnTransaction { keyword, .. } => {
            format!("{keyword} in a revision that already runs in a transaction")
        }
        RevisionRefusal::NotInTransaction { statement } => format!("{statement} cannot run in a transaction"),
        RevisionRefusal::Placeholder => "a placeholder (`/* FILL IN */`) is not filled in".to_owned(),
        RevisionRefusal::GitConflict => "git left a merge conflict here".to_owned(),
        RevisionRefusal::Strings { setting } => format!("with {setting} a string in it ends elsewhere"),
        RevisionRefusal::Split(error) => error.to_string(),
        RevisionRefusal::Template(error) => error.to_string(),
        RevisionRefusal::CopyElsewhere => "COPY ... FROM stdin is PostgreSQL's".to_owned(),
        RevisionRefusal::MissingUpgrade => "there is no upgrade section".to_owned(),
        RevisionRefusal::MissingDowngrade => "there is no downgrade section".to_owned(),
        RevisionRefusal::MissingRollback => "there is no file that reverts it".to_owned(),
        RevisionRefusal::SingleTransaction => "this database cannot roll all of it back in one transaction".to_owned(),
        RevisionRefusal::NotAQuery => "a verify section may contain only queries".to_owned(),
        RevisionRefusal::Batch(_) => "this cannot run in batches".to_owned(),
        RevisionRefusal::Python { .. } => {
            "it is written in Python, and no Alembic is configured to render it".to_owned()
        }
        RevisionRefusal::Online(_) => "it has no SQL, and Alembic cannot run it here".to_owned(),
        RevisionRefusal::NotTransactional => {
            "it has `transaction: false`, but a single transaction is requested".to_owned()
        }
    }
}

/// Lists losses: `auth: 3f2a drops notes (3 rows), ...`.
pub(super) fn losses(lost: &[(String, Lost)]) -> String {
    let lines = lost.iter().map(|(service, lost)| format!("{service}: {}", loss(lost)));
    lines.collect::<Vec<_>>().join(", ")
}

fn loss(lost: &Lost) -> String {
    let Lost { revision, loss, table, column, amount } = lost;
    let what = match column {
        Some(column) => format!("drops {column} of {table}"),
        None => format!("{} {table}", loss.name()),
    };
    let unit = if *loss == Loss::Column { "values" } else { "rows" };
    let amount = match amount {
        Amount::Rows(number) => format!("{number} {unit}"),
        Amount::Tables(number) => format!("{number} tables"),
        Amount::Unknown => "the number of rows is not known".to_owned(),
    };
    format!("{revision} {what} ({amount})")
}

/// Returns the message of a downgrade that was not run in `service`, with the errors of the other services.
pub(super) fn moved(service: &str, others: &Stopped) -> String {
    let moved = format!("{service}: another runner changed the version rows after the downgrade was checked");
    if others.errors.is_empty() { moved } else { format!("{moved}; {}", failure(others)) }
}

/// Joins the errors of all services that stopped.
pub(super) fn failure(stopped: &Stopped) -> String {
    let lines = stopped.errors.iter().map(|(service, error)| format!("{service}: {}", engine(error)));
    lines.collect::<Vec<_>>().join("; ")
}
