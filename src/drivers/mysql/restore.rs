//! Restore of a dump by the client `mariadb` or `mysql`.

use super::dump::OwnSession;
use super::dump_program::{client_program, connecting};
use crate::database::program::{Program, ProgramCall, ProgramError, ProgramSearch};
use crate::database::restore::{LoadTarget, RestoreMethod, RestoreRequest, RestoreTrial, StepwiseRestore};
use crate::database::{Database, DatabaseError, DumpError, Server};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::sql::{Dialect, quote_identifier};

/// Returns the way in which a backup replaces the contents of the current database.
pub(super) fn method(database: &mut dyn Database, request: &RestoreRequest<'_>) -> Result<RestoreMethod, DumpError> {
    let session = OwnSession::read(database)?;
    let target = LoadTarget { url: request.url, name: &session.database };
    let client = client(database.server(), request, &target, session.has_tls)?;
    Ok(RestoreMethod::Stepwise(StepwiseRestore { client, empty }))
}

/// Returns the client that runs statements in the database `target`.
pub(super) fn client(
    server: &Server,
    request: &RestoreRequest<'_>,
    target: &LoadTarget<'_>,
    has_tls: bool,
) -> Result<ProgramCall, ProgramError> {
    let flavour = MysqlFlavour::from_handle(server.flavour);
    Ok(client_call(&client_program(&request.search, server)?, &request.search, flavour, target, has_tls))
}

fn client_call(
    program: &Program,
    search: &ProgramSearch<'_>,
    flavour: MysqlFlavour,
    target: &LoadTarget<'_>,
    has_tls: bool,
) -> ProgramCall {
    connecting(program, search.environment, flavour, target.url, has_tls).arg("--batch").arg(target.name)
}

/// Returns the test of a new dump. Newer dumps begin with a client command (`enable the sandbox mode`) that an older
/// client reports as an error.
pub(super) fn trial(
    database: &mut dyn Database,
    request: &RestoreRequest<'_>,
) -> Result<Option<RestoreTrial>, DumpError> {
    let program = client_program(&request.search, database.server())?;
    if request.piped {
        return Ok(None);
    }
    let session = OwnSession::read(database)?;
    let target = LoadTarget { url: request.url, name: &session.database };
    let client = client_call(
        &program,
        &request.search,
        MysqlFlavour::from_handle(database.server().flavour),
        &target,
        session.has_tls,
    );
    Ok(Some(RestoreTrial::Client { client, head_length }))
}

/// Returns the length of a dump's head in bytes: comments and settings, some of which MySQL's programs write as
/// comments.
fn head_length(dump: &[u8]) -> u64 {
    let is_of_head = |line: &&[u8]| {
        let line = line.trim_ascii();
        line.is_empty()
            || line.starts_with(b"--")
            || (line.starts_with(b"/*") && (line.ends_with(b"*/;") || line.ends_with(b"*/")))
    };
    dump.split_inclusive(|byte| *byte == b'\n').take_while(is_of_head).map(|line| line.len() as u64).sum()
}

/// Drops everything in the database except the tables `kept`.
fn empty(database: &mut dyn Database, kept: &[String]) -> Result<(), DatabaseError> {
    let drops: String = drops(database, kept)?.iter().map(|drop| format!("{drop}; ")).collect();
    let settings = "SET SESSION lock_wait_timeout = 60; SET SESSION foreign_key_checks = 0";
    let back = "SET SESSION lock_wait_timeout = DEFAULT; SET SESSION foreign_key_checks = DEFAULT";
    let dropped = database.execute(&format!("{settings}; {drops}{back}"));
    if dropped.is_err() {
        // The message ended at the failed statement. If this fails too, the session is gone with its settings.
        let _ = database.execute(back);
    }
    dropped.map(drop)
}

/// Returns the statements that drop everything in the database except the tables `kept`. Empty if there is nothing to
/// drop.
fn drops(database: &mut dyn Database, kept: &[String]) -> Result<Vec<String>, DatabaseError> {
    let lists = database.execute(
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE(); \
         SELECT routine_name, routine_type FROM information_schema.routines WHERE routine_schema = DATABASE(); \
         SELECT event_name, 'EVENT' FROM information_schema.events WHERE event_schema = DATABASE()",
    )?;
    let mut drops = Vec::new();
    for row in lists.iter().flatten() {
        let [Some(name), Some(kind)] = row.as_slice() else { continue };
        let kind = match kind.as_str() {
            "VIEW" | "SYSTEM VIEW" => "VIEW",
            kind @ ("SEQUENCE" | "PROCEDURE" | "FUNCTION" | "EVENT" | "PACKAGE" | "PACKAGE BODY") => kind,
            _ if kept.contains(name) => continue,
            _ => "TABLE",
        };
        drops.push(format!("DROP {kind} IF EXISTS {}", quote_identifier(name, Dialect::MYSQL)));
    }
    Ok(drops)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_dump_ends_before_its_first_statement() {
        let head =
            "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n--\n\n/*!40101 SET NAMES utf8mb4 */;\n";
        let body = "DROP TABLE IF EXISTS `t`;\n/*!40101 SET x */;\n";
        assert_eq!(head_length(format!("{head}{body}").as_bytes()), head.len() as u64);
        assert_eq!(head_length(head.as_bytes()), head.len() as u64);
        assert_eq!(head_length(b"/*!50003 CREATE TRIGGER t\n */;\n"), 0);
    }
}
