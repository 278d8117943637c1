//! Quick check of a new backup without a scratch database, so that an unusable one is detected early. `--verify` checks
//! more.

use std::io::Read as _;
use std::process::{Command, Stdio};

use super::error::BackupError;
use super::pipeline::{Chain, pump};
use super::repository::StoredBackup;
use super::restore::Filling;
use super::script_head::{head_statements, known_settings};
use super::{BackupContext, BackupPhase, BackupWatch, mysql, postgres};
use crate::database::Database;
use crate::sql::Dialect;

/// Size of the inspected part of a script in bytes; a head has about 1,000.
const LOOKED_AT: usize = 64 * 1024;

/// Reads the whole archive (PostgreSQL) or the start of the dump (MariaDB, MySQL) and runs the first statements that a
/// restore would run.
///
/// # Errors
/// [`BackupError::Unverified`] with the cause; [`BackupError::Interrupted`].
pub(super) fn read_back(
    backup: &StoredBackup,
    database: &mut dyn Database,
    order: &BackupContext<'_>,
    watch: &dyn BackupWatch,
) -> Result<(), BackupError> {
    let filling = Filling { backup, order, watch, phase: BackupPhase::Checking };
    let read = match database.server().dialect {
        Dialect::Postgres => postgres_archive(&filling, database),
        Dialect::Mysql => mysql_script(&filling, database),
        Dialect::Sqlite => Ok(()),
    };
    read.map_err(|cause| match cause {
        BackupError::Interrupted => BackupError::Interrupted,
        cause => BackupError::Unverified { path: backup.path.clone(), cause: Box::new(cause) },
    })
}

/// Checks an archive of `pg_dump`. After a pipe only the programs are searched for, because reversing the pipe may need
/// a key that is not available here.
fn postgres_archive(filling: &Filling<'_>, database: &mut dyn Database) -> Result<(), BackupError> {
    let Filling { backup, order, watch, .. } = filling;
    let (server, writer) = (database.server(), &backup.record.program);
    let pg_restore = postgres::restore_program(order, server, writer)?;
    postgres::script_program(&pg_restore, order, server, writer)?;
    if backup.record.piped {
        return Ok(());
    }
    let mut command = Command::new(&pg_restore.path);
    command.args(["--schema-only", "--file=-"]).arg(&backup.path);
    let (chain, ends) = Chain::start(vec![command], Stdio::null(), Stdio::piped())?;
    let mut start = Vec::new();
    if let Some(script) = ends.output {
        pump(script, &|| watch.interrupted(), &mut |piece| {
            let room = LOOKED_AT.saturating_sub(start.len());
            start.extend(piece.iter().take(room));
            Ok(())
        })?;
    }
    chain.finish()?;
    let head = head_statements(&String::from_utf8_lossy(&start), &known_settings(database)?);
    let tried = database.execute(&format!("BEGIN;\n{head}\nROLLBACK;"));
    if tried.is_err() {
        // The failed transaction is still open.
        database.execute("ROLLBACK")?;
    }
    tried.map(|_| ()).map_err(BackupError::from)
}

/// Checks a dump of MariaDB or MySQL. Newer dumps begin with a client command (`enable the sandbox mode`) that an older
/// client reports as an error.
fn mysql_script(filling: &Filling<'_>, database: &mut dyn Database) -> Result<(), BackupError> {
    let Filling { backup, order, .. } = filling;
    mysql::client_program(order, database.server())?;
    if backup.record.piped {
        return Ok(());
    }
    let failed = |error: std::io::Error| BackupError::file("read", &backup.path, &error);
    let mut start = Vec::new();
    let file = std::fs::File::open(&backup.path).map_err(failed)?;
    file.take(LOOKED_AT as u64).read_to_end(&mut start).map_err(failed)?;
    let here = mysql::here(database)?;
    filling.mysql_client(database, order.url()?, here.has_tls, &here.database, Some(mysql::head_length(&start)))
}
