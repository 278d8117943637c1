//! Reports of databases that cannot be reached and of statements that a server refused.

use super::ErrorReport;
use crate::config::CredentialError;
use crate::database::{DatabaseError, ErrorKind, ServerError};
use crate::error_code::ErrorCode;
use crate::sql::{ConnectRefusal, advice_of_all};

impl From<&DatabaseError> for ErrorReport {
    fn from(error: &DatabaseError) -> Self {
        let words = error.to_string();
        match error {
            DatabaseError::Url(message) => {
                let about =
                    message.strip_prefix('`').and_then(|rest| rest.split_once('`')).map_or("url", |(key, _)| key);
                Self::new(ErrorCode::ConfigInvalid, message.clone()).about(about).hint(URL_PLACES)
            }
            DatabaseError::UrlParameter { known, instead, .. } => {
                let report = Self::new(ErrorCode::ConfigInvalid, words).about("url").hint(URL_PLACES);
                let report =
                    if known.is_empty() { report } else { report.note(format!("known are {}", known.join(", "))) };
                report.hints(instead.map(str::to_owned))
            }
            DatabaseError::Credentials(error) => credentials(error, words),
            DatabaseError::Connect { message, sqlstate } => {
                let mut report = Self::new(ErrorCode::ConnectionFailed, message.clone())
                    .note("nothing was changed")
                    .hint(what_to_check(sqlstate.as_deref()));
                report.sqlstate.clone_from(sqlstate);
                report
            }
            DatabaseError::NoSecondConnection { sqlstate, .. } => {
                let mut report = Self::new(ErrorCode::ConnectionFailed, words)
                    .note("nothing was run")
                    .hint(second_connection())
                    .hint("or bypass the pooler, with `lock: advisory`, which needs only one connection");
                report.sqlstate.clone_from(sqlstate);
                report
            }
            DatabaseError::Server(error) => server(error, ErrorCode::DatabaseError),
            DatabaseError::ConnectionLost(message) => Self::new(ErrorCode::ConnectionLost, message.clone()),
        }
    }
}

fn credentials(error: &CredentialError, words: String) -> ErrorReport {
    let report = ErrorReport::new(ErrorCode::PasswordUnavailable, words);
    match error {
        CredentialError::NotStarted { .. } => {
            report.about("url_command").hint("is the program installed, and on the PATH? It is not run by a shell")
        }
        CredentialError::Failed { said, .. } => {
            let said = said.lines().map(|line| format!("stderr: {line}"));
            said.fold(report.about("url_command"), ErrorReport::note)
                .hint("run the command by hand; `{run: [...], timeout: 1m}` gives it more time")
        }
        CredentialError::Output { .. } => report
            .about("url_command")
            .note("what it printed is not shown")
            .hint("it must print one line: the password or token, or the whole URL if the config has no `url`"),
        CredentialError::NoUrl { .. } => report
            .about("url_command")
            .note("what it printed is not shown")
            .hint("if it prints a password or token, set `url` too"),
        CredentialError::File { .. } => report.about("password_file").hint("the file must contain the password alone"),
    }
    .note("nothing was changed")
}

/// Places where a URL can be set; a hint for as long as its position in the config file is not known.
pub const URL_PLACES: &str = "the URL is in aludel.yaml, DATABASE_URL or --url";

fn second_connection() -> String {
    let limits: Vec<_> = advice_of_all(|rules| rules.connection_limit()).collect();
    format!("allow the user a second connection: default_pool_size of the pooler, {}", limits.join(", "))
}

fn what_to_check(sqlstate: Option<&str>) -> &'static str {
    let refusal = sqlstate.and_then(|sqlstate| advice_of_all(|rules| rules.connect_refusal(sqlstate)).next());
    match refusal {
        Some(ConnectRefusal::Login) => {
            "are user and password right? The password comes from the URL, else from PGPASSWORD or ~/.pgpass \
             (PostgreSQL) or MYSQL_PWD (MySQL, MariaDB)"
        }
        Some(ConnectRefusal::NoDatabase) => {
            "`aludel create-database` creates the database, and so does --create-database with upgrade, deploy, push and wait"
        }
        None => "is the URL right, and is the server running (for SQLite: does the folder exist)?",
    }
}

/// Report of a statement that the server refused.
pub(super) fn server(error: &ServerError, code: ErrorCode) -> ErrorReport {
    let mut report = ErrorReport::new(code, error.message.clone());
    report.sqlstate.clone_from(&error.sqlstate);
    // SQLite's code 1 (SQLITE_ERROR) is generic.
    let number = error.number.filter(|number| *number != 1).map(|number| format!("error {number}"));
    let state = error.sqlstate.as_ref().map(|state| format!("SQLSTATE {state}"));
    let codes: Vec<_> = [state, number].into_iter().flatten().collect();
    if !codes.is_empty() {
        report.notes.push(codes.join(", "));
    }
    let hint = match error.kind {
        Some(ErrorKind::PermissionDenied) => Some("`aludel preflight` names the GRANT that is missing"),
        Some(ErrorKind::DiskFull) => Some("the disk or the server's quota is full: free some space first"),
        _ => None,
    };
    report.hints.extend(hint.map(str::to_owned));
    report.hints.extend(error.advice.map(str::to_owned));
    let said = [("detail", &error.detail), ("the server's hint", &error.hint), ("context", &error.context)];
    for (what, text) in said {
        if let Some(text) = text {
            report.notes.push(format!("{what}: {text}"));
        }
    }
    report
}
