//! Dumps with `pg_dump`.

use super::{PostgresDriver, dump_privileges, dump_program, readable, restore};
use crate::database::dump::{
    BlockedProgram, ContentsRequest, DatabaseContents, DumpMethod, DumpOutput, DumpPrograms, DumpRequest, DumpStream,
    Obstacle, ProgramDump,
};
use crate::database::program::{Program, ProgramSearch};
use crate::database::restore::{LoadMethod, LoadTarget, RestoreMethod, RestoreRequest, RestoreTrial};
use crate::database::{Database, DatabaseError, DumpError, Dumper};

/// Formats of `pg_dump`: a file, and a folder of files.
pub(super) const CUSTOM: &str = "custom";
pub(super) const DIRECTORY: &str = "directory";

/// Time that a dump waits for a locked table; the same as `lock_timeout` of a restore.
const LOCK_WAIT: &str = "--lock-wait-timeout=60s";

impl Dumper for PostgresDriver {
    fn dump_method(&self) -> DumpMethod {
        DumpMethod::Programs(&Self)
    }

    fn dump_formats(&self) -> &'static [&'static str] {
        &[CUSTOM, DIRECTORY]
    }

    /// Partitioned tables store no rows themselves, and tables of extensions are not dumped.
    fn dumped_tables(&self) -> Option<&'static str> {
        Some(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         AND e.objid = c.oid AND e.deptype = 'e') ORDER BY 1, 2",
        )
    }

    fn read_contents(
        &self,
        database: &mut dyn Database,
        request: &ContentsRequest<'_>,
    ) -> Result<DatabaseContents, DumpError> {
        readable::contents(database.server(), request)
    }
}

impl DumpPrograms for PostgresDriver {
    fn check_dump(
        &self,
        database: &mut dyn Database,
        search: &ProgramSearch<'_>,
    ) -> Result<(String, Vec<Obstacle>), DumpError> {
        let program = dump_program::dump_program(search, database.server())?;
        Ok((name_and_version(&program), dump_privileges::missing(database)?))
    }

    fn has_parallel_dump(&self) -> bool {
        true
    }

    fn export_snapshot(&self) -> Option<&'static str> {
        Some("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT pg_catalog.pg_export_snapshot()")
    }

    fn dump(&self, database: &mut dyn Database, request: &DumpRequest<'_>) -> Result<ProgramDump, DumpError> {
        let program = dump_program::dump_program(&request.search, database.server())?;
        let call = dump_program::connecting(&program, &request.search, request.url, &current_database(database)?);
        let snapshot = request.snapshot.map(|snapshot| format!("--snapshot={snapshot}"));
        let name = name_and_version(&program);
        if request.jobs > 1 {
            let call = call.args(["--format=directory", "--jobs"]).arg(request.jobs.to_string()).args(snapshot);
            let output = DumpOutput::Folder(call.arg(LOCK_WAIT).arg("--file"));
            return Ok(ProgramDump { program: name, format: DIRECTORY, ending: "dir", output });
        }
        let call = call.arg("--format=custom").args(snapshot).arg(LOCK_WAIT);
        // `pg_dump` seeks back in a file to complete its table of contents.
        let output = DumpOutput::Stream(DumpStream { data: vec![call], events: None, only_appends: false });
        Ok(ProgramDump { program: name, format: CUSTOM, ending: "dump", output })
    }

    fn restore(&self, database: &mut dyn Database, request: &RestoreRequest<'_>) -> Result<RestoreMethod, DumpError> {
        restore::method(database, request)
    }

    fn load(
        &self,
        database: &mut dyn Database,
        request: &RestoreRequest<'_>,
        target: &LoadTarget<'_>,
    ) -> Result<LoadMethod, DumpError> {
        restore::script(database, request, target).map(LoadMethod::Script)
    }

    fn try_restore(
        &self,
        database: &mut dyn Database,
        request: &RestoreRequest<'_>,
    ) -> Result<Option<RestoreTrial>, DumpError> {
        restore::trial(database.server(), request)
    }

    fn blocking_sessions(
        &self,
        database: &mut dyn Database,
        said: &str,
        blocked: BlockedProgram,
    ) -> Option<Vec<String>> {
        // `pg_dump --lock-wait-timeout` sets `statement_timeout` for its LOCK TABLE.
        let timed_out = said.contains("lock timeout") || (said.contains("timeout") && said.contains("LOCK TABLE"));
        // A dump is blocked by a table that is held exclusively, so that it cannot even be read; a restore by any lock.
        let mode = match blocked {
            BlockedProgram::Dump => "l.mode = 'AccessExclusiveLock'",
            BlockedProgram::Restore => "l.relation >= 16384",
        };
        // The list is only a help: if it cannot be read, the error is reported without it.
        let mut rows = || database.execute(&holders(mode)).unwrap_or_default();
        timed_out.then(|| rows().into_iter().flatten().flatten().flatten().collect())
    }
}

fn name_and_version(program: &Program) -> String {
    format!("pg_dump {}", program.identity.version)
}

/// Returns the name of the current database.
pub(super) fn current_database(database: &mut dyn Database) -> Result<String, DatabaseError> {
    let rows = database.execute("SELECT pg_catalog.current_database()")?;
    Ok(rows.first().and_then(|rows| rows.first()?.first()?.clone()).unwrap_or_default())
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
