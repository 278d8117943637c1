//! Databases that could not be asked.

use super::Report;
use crate::database::{DatabaseError, ServerError};

impl From<DatabaseError> for Report {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Url(message) => {
                Self::new("config-invalid", message).hint("the URL is in aludel.yaml, DATABASE_URL or --url")
            }
            DatabaseError::Connect { message, sqlstate } => {
                let mut report = Self::new("connection-failed", message)
                    .note("nothing was changed")
                    .hint("is the server running, and are host, port, user and password right?");
                report.sqlstate = sqlstate;
                report
            }
            DatabaseError::Server(error) => server(&error, "database-error"),
            DatabaseError::ConnectionLost(message) => Self::new("connection-lost", message),
        }
    }
}

/// What a server said of a statement.
pub(super) fn server(error: &ServerError, code: &'static str) -> Report {
    let mut report = Report::new(code, error.message.clone());
    report.sqlstate.clone_from(&error.sqlstate);
    let number = error.number.map(|number| format!("error {number}"));
    let state = error.sqlstate.as_ref().map(|state| format!("SQLSTATE {state}"));
    let codes: Vec<_> = [state, number].into_iter().flatten().collect();
    if !codes.is_empty() {
        report.notes.push(codes.join(", "));
    }
    let said = [("detail", &error.detail), ("the server's hint", &error.hint), ("context", &error.context)];
    for (what, text) in said {
        if let Some(text) = text {
            report.notes.push(format!("{what}: {text}"));
        }
    }
    report
}
