//! Command lines of PostgreSQL's programs. The password is passed in the environment, everything else in the connection
//! string (<https://www.postgresql.org/docs/current/libpq-connect.html>).

use std::path::{Path, PathBuf};
use std::process::Command;

use super::BackupContext;
use super::error::BackupError;
use super::pipeline::apart;
use super::program::{ProductVersion, Program, ProgramQuery};
use crate::config::DatabaseUrl;
use crate::database::{Database, Server};

/// Folder in which Debian installs the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// URL parameters that are not copied to the connection string. Password, user and database are passed separately;
/// `sslnegotiation` is unknown to libpq before 17; `client_encoding` is left to the programs.
const NOT_PASSED_ON: [&str; 6] = ["password", "sslpassword", "user", "dbname", "sslnegotiation", "client_encoding"];

/// Product and version of the server, in the form in which programs are compared with it.
pub(super) fn identity(server: &Server) -> ProductVersion {
    ProductVersion { product: server.product.clone(), version: server.version.clone() }
}

/// Finds `pg_dump` of the server's major version or, if there is none, of the next later one. An older `pg_dump`
/// refuses to work.
pub(super) fn dump_program(order: &BackupContext<'_>, server: &Server) -> Result<Program, BackupError> {
    let server = identity(server);
    let wanted = ProgramQuery { names: &["pg_dump"], before: Vec::new(), behind: version_folders(), server: &server };
    let fits = |found: &ProductVersion| found.product == server.product && found.major() >= server.major();
    match &order.service.backup.program {
        Some(name) => wanted.named(name, order, &fits),
        None => wanted.find_nearest(order, &fits),
    }
}

/// Finds `pg_restore` of the version of `writer`, the program that wrote the backup (`pg_dump 15.8`), or of the next
/// later one.
pub(super) fn restore_program(
    order: &BackupContext<'_>,
    server: &Server,
    writer: &str,
) -> Result<Program, BackupError> {
    let configured = order.service.backup.program.as_deref().and_then(Path::parent);
    let before = configured.filter(|folder| !folder.as_os_str().is_empty());
    let writer = writer_identity(server, writer);
    let fits = fits_writer(&writer);
    wanted_beside(&["pg_restore"], before, &writer).find_nearest(order, &fits)
}

/// Returns `true` if `pg_restore` is newer than the server, so that its scripts may contain settings that the server
/// does not have.
pub(super) fn is_newer(pg_restore: &Program, server: &Server) -> bool {
    pg_restore.identity.major() > identity(server).major()
}

/// Finds the `psql` next to `pg_restore`. Both must be of one version, because `psql` runs the script that `pg_restore`
/// writes.
pub(super) fn script_program(
    pg_restore: &Program,
    order: &BackupContext<'_>,
    server: &Server,
    writer: &str,
) -> Result<Program, BackupError> {
    let writer = writer_identity(server, writer);
    wanted_beside(&["psql"], pg_restore.path.parent(), &writer).find(order, &fits_writer(&writer))
}

fn writer_identity(server: &Server, writer: &str) -> ProductVersion {
    let version = writer.rsplit(' ').next().unwrap_or_default().to_owned();
    ProductVersion { product: server.product.clone(), version }
}

fn fits_writer(writer: &ProductVersion) -> impl Fn(&ProductVersion) -> bool {
    |found| found.product == writer.product && found.major() >= writer.major()
}

fn wanted_beside<'w>(names: &'w [&'w str], before: Option<&Path>, writer: &'w ProductVersion) -> ProgramQuery<'w> {
    let before = before.map(Path::to_owned).into_iter().collect();
    ProgramQuery { names, before, behind: version_folders(), server: writer }
}

/// Returns the program folders of all installed versions, newest first.
fn version_folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let version = |entry: &std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let mut folders: Vec<_> = entries.filter_map(|entry| Some((version(&entry)?, entry.path().join("bin")))).collect();
    folders.sort();
    folders.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// Returns the name of the current database.
pub(super) fn current_database(database: &mut dyn Database) -> Result<String, BackupError> {
    let rows = database.execute("SELECT pg_catalog.current_database()")?;
    Ok(rows.first().and_then(|rows| rows.first()?.first()?.clone()).unwrap_or_default())
}

/// Creates the command line of a program that connects to `database`.
pub(super) fn command(program: &Program, url: &DatabaseUrl, database: &str) -> Command {
    let mut command = Command::new(&program.path);
    command.arg("--no-password").arg("--dbname").arg(connection_string(url, database));
    if let Some(password) = password(url) {
        command.env("PGPASSWORD", password);
    }
    apart(&mut command);
    command
}

/// Runs `pg_dump` with `arguments` on the database at `url` and returns its output.
///
/// # Errors
/// [`BackupError`] if the program is not found or fails.
pub fn dump_text(
    order: &BackupContext<'_>,
    server: &Server,
    url: &DatabaseUrl,
    arguments: &[&str],
) -> Result<String, BackupError> {
    let program = dump_program(order, server)?;
    let mut command = command(&program, url, url.database().unwrap_or_default());
    let output = command.args(arguments).stdin(std::process::Stdio::null()).output();
    let output =
        output.map_err(|error| BackupError::BadProgram { program: program.path, reason: error.to_string() })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    Err(BackupError::Program { program: "pg_dump".to_owned(), status: output.status.to_string(), said })
}

/// Time that a dump waits for a locked table; the same as `lock_timeout` of a restore.
pub(super) const LOCK_WAIT: &str = "--lock-wait-timeout=60s";

/// Kind of session that blocks a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InTheWay {
    /// Blocks a dump: holds a table exclusively, so that it cannot even be read.
    Owner,
    /// Blocks a restore: holds any lock on a table.
    User,
}

/// Replaces a lock timeout of a program by an error that lists the blocking sessions.
pub(super) fn with_holders(error: BackupError, way: InTheWay, database: &mut dyn Database) -> BackupError {
    match error {
        // `pg_dump --lock-wait-timeout` sets `statement_timeout` for its LOCK TABLE.
        BackupError::Program { said, .. }
            if said.contains("lock timeout") || (said.contains("timeout") && said.contains("LOCK TABLE")) =>
        {
            let mode = if way == InTheWay::Owner { "l.mode = 'AccessExclusiveLock'" } else { "l.relation >= 16384" };
            // The list is only a help: if it cannot be read, the error is reported without it.
            let rows = database.execute(&holders(mode)).unwrap_or_default();
            BackupError::TableLocked { said, holders: rows.into_iter().flatten().flatten().flatten().collect() }
        }
        error => error,
    }
}

/// Lists sessions with relation locks in the current database. Objects of users have OIDs from 16384 on
/// (FirstNormalObjectId, access/transam.h).
fn holders(mode: &str) -> String {
    format!(
        "SELECT pg_catalog.concat('pid ', a.pid, ', user ', a.usename, ', application ', a.application_name, ', has ', \
         pg_catalog.string_agg(DISTINCT l.relation::pg_catalog.regclass::text, ', '), ', ', a.state, ' for ', \
         pg_catalog.round(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)), ' s: ', \
         pg_catalog.left(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), 80)) \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'relation' AND {mode} AND l.granted AND a.pid <> pg_catalog.pg_backend_pid() \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
         GROUP BY a.pid, a.usename, a.application_name, a.state, a.xact_start, a.query ORDER BY a.pid LIMIT 20"
    )
}

/// Returns the password of the URL. The programs read `PGPASSWORD` and `~/.pgpass` by themselves.
pub(super) fn password(url: &DatabaseUrl) -> Option<&str> {
    let named = |text: &&str| !text.is_empty();
    url.parameter("password").or_else(|| url.password().map(crate::config::Secret::expose)).filter(named)
}

fn connection_string(url: &DatabaseUrl, database: &str) -> String {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    if !url.hosts().is_empty() && url.parameter("host").is_none() {
        let hosts: Vec<_> = url.hosts().iter().map(|(host, _)| host.as_str()).collect();
        pairs.push(("host", hosts.join(",")));
        if url.hosts().iter().any(|(_, port)| port.is_some()) {
            let usual = || url.parameter("port").unwrap_or("5432").to_owned();
            let ports = url.hosts().iter().map(|(_, port)| port.map_or_else(usual, |port| port.to_string()));
            pairs.push(("port", ports.collect::<Vec<_>>().join(",")));
        }
    }
    if let Some(user) = url.parameter("user").or_else(|| url.user()) {
        pairs.push(("user", user.to_owned()));
    }
    pairs.push(("dbname", database.to_owned()));
    for (name, value) in url.parameters() {
        if !NOT_PASSED_ON.contains(&name.as_str()) && !pairs.iter().any(|(known, _)| known == name) {
            pairs.push((name, value.clone()));
        }
    }
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
    pairs.iter().map(|(name, value)| format!("{name}='{}'", quoted(value))).collect::<Vec<_>>().join(" ")
}

/// Returns `true` if no user schema contains anything but objects of extensions.
pub(super) fn is_empty(database: &mut dyn Database) -> Result<bool, BackupError> {
    let ask = "SELECT 1 FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n \
               ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid \
               WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e \
               WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e') LIMIT 1";
    Ok(database.execute(ask)?.first().is_none_or(Vec::is_empty))
}

/// Drops all objects in user schemas and the schemas themselves (except `public`), but keeps extensions and their
/// objects. Without it, tables that the backup does not contain would remain after a restore.
pub(super) const EMPTY: &str = "
SET LOCAL lock_timeout = '60s';
SET LOCAL client_min_messages = warning;
DO $aludel$
DECLARE
    o record;
BEGIN
    FOR o IN
        SELECT d.classid, d.objid, n.oid AS namespace, i.identity,
            CASE i.type WHEN 'statistics object' THEN 'statistics' WHEN 'composite type' THEN 'type' ELSE i.type END AS type
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_namespace n ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
        CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND d.classid NOT IN ('pg_catalog.pg_extension'::pg_catalog.regclass, 'pg_catalog.pg_default_acl'::pg_catalog.regclass,
                COALESCE(pg_catalog.to_regclass('pg_catalog.pg_publication_namespace'), 0)) -- since PostgreSQL 15
            AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
        ORDER BY i.type = 'sequence', d.objid
    LOOP
        IF EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = o.classid AND d.objid = o.objid
            AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = o.namespace) THEN
            EXECUTE pg_catalog.format('DROP %s %s CASCADE', o.type, o.identity);
        END IF;
    END LOOP;
    FOR o IN
        SELECT n.nspname FROM pg_catalog.pg_namespace n
        WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
            AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_extension e WHERE e.extnamespace = n.oid)
            AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                WHERE e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND e.objid = n.oid AND e.deptype = 'e')
    LOOP
        EXECUTE pg_catalog.format('DROP SCHEMA %I CASCADE', o.nspname);
    END LOOP;
END
$aludel$;
";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn string(url: &str) -> String {
        connection_string(&DatabaseUrl::parse(url, None).unwrap(), "it's")
    }

    #[test]
    fn everything_but_the_password_is_passed_on() {
        let url =
            "postgres://u:geheim@a:1,b/db?sslmode=verify-full&sslrootcert=/ca.pem&password=secret&application_name=x";
        assert_eq!(
            string(url),
            r"host='a,b' port='1,5432' user='u' dbname='it\'s' sslmode='verify-full' sslrootcert='/ca.pem' application_name='x'"
        );
        assert_eq!(
            string("postgres:///db?host=/run/pg&user=me&port=7"),
            r"user='me' dbname='it\'s' host='/run/pg' port='7'"
        );
    }
}
