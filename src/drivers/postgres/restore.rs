//! Restore of an archive of `pg_dump`. `pg_restore` connects directly where that is fastest; otherwise it writes a script
//! that `psql` runs in one transaction with the statements that empty the database.

use super::dump::{CUSTOM, DIRECTORY, current_database};
use super::dump_program::{connecting, is_newer, restore_program, script_program};
use super::script_head::{HeadFilter, head_statements, known_settings};
use crate::database::program::ProgramCall;
use crate::database::restore::{
    LoadTarget, ParallelRestore, RestoreMethod, RestoreRequest, RestoreTrial, ScriptFilter, ScriptLoad, ScriptSource,
    TransactionRestore,
};
use crate::database::{Database, DatabaseError, DumpError, Server};

/// Returns the way in which a backup replaces the contents of the current database.
pub(super) fn method(database: &mut dyn Database, request: &RestoreRequest<'_>) -> Result<RestoreMethod, DumpError> {
    let name = current_database(database)?;
    let pg_restore = restore_program(&request.search, database.server(), request.writer)?;
    // A newer `pg_restore` sets parameters that the server does not have. Only a script can be filtered on its way to
    // the server.
    if !is_newer(&pg_restore, database.server()) {
        if request.format == DIRECTORY && request.jobs > 1 {
            let program = connecting(&pg_restore, &request.search, request.url, &name);
            let program = program.args(["--exit-on-error", "--clean", "--if-exists", "--jobs"]);
            let program = program.arg(request.jobs.to_string()).arg(request.path);
            return Ok(RestoreMethod::Parallel(ParallelRestore { empty: format!("BEGIN; {EMPTY} COMMIT"), program }));
        }
        // One transaction of `pg_restore` itself is fastest.
        if request.format == CUSTOM && !request.piped && is_empty(database)? {
            let program = connecting(&pg_restore, &request.search, request.url, &name);
            let options = ["--single-transaction", "--exit-on-error", "--clean", "--if-exists"];
            return Ok(RestoreMethod::OneProgram(program.args(options)));
        }
    }
    Ok(RestoreMethod::OneTransaction(TransactionRestore { name, empty: EMPTY, script }))
}

/// Finds the programs of a restore by a script: `pg_restore` writes it, `psql` runs it.
pub(super) fn script(
    database: &mut dyn Database,
    request: &RestoreRequest<'_>,
    target: &LoadTarget<'_>,
) -> Result<ScriptLoad, DumpError> {
    let server = database.server();
    let pg_restore = restore_program(&request.search, server, request.writer)?;
    let psql = script_program(&pg_restore, &request.search, server, request.writer)?;
    let filter: Option<Box<dyn ScriptFilter>> = match is_newer(&pg_restore, server) {
        true => Some(Box::new(HeadFilter::new(known_settings(database)?))),
        false => None,
    };
    let client = connecting(&psql, &request.search, target.url, target.name);
    let client = client.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]);
    let writer = ProgramCall::new(pg_restore.path).args(["--clean", "--if-exists", "--file=-"]);
    let (writer, source) = match request.format {
        DIRECTORY => (writer.arg(request.path), ScriptSource::Path),
        _ => (writer, ScriptSource::Stdin),
    };
    Ok(ScriptLoad { writer, source, filter, client })
}

/// Returns the test of a new archive.
pub(super) fn trial(server: &Server, request: &RestoreRequest<'_>) -> Result<Option<RestoreTrial>, DumpError> {
    let pg_restore = restore_program(&request.search, server, request.writer)?;
    script_program(&pg_restore, &request.search, server, request.writer)?;
    let writer = ProgramCall::new(pg_restore.path).args(["--schema-only", "--file=-"]).arg(request.path);
    Ok((!request.piped).then_some(RestoreTrial::Script { writer, run_head }))
}

fn run_head(database: &mut dyn Database, script: &str) -> Result<(), DatabaseError> {
    let head = head_statements(script, &known_settings(database)?);
    let tried = database.execute(&format!("BEGIN;\n{head}\nROLLBACK;"));
    if tried.is_err() {
        // The failed transaction is still open.
        database.execute("ROLLBACK")?;
    }
    tried.map(|_| ())
}

/// Returns `true` if no user schema contains anything but objects of extensions.
fn is_empty(database: &mut dyn Database) -> Result<bool, DatabaseError> {
    let query = "SELECT 1 FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n \
               ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid \
               WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e \
               WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e') LIMIT 1";
    Ok(database.execute(query)?.first().is_none_or(Vec::is_empty))
}

/// Drops all objects in user schemas and the schemas themselves (except `public`), but keeps extensions and their
/// objects. Without it, tables that the backup does not contain would remain after a restore.
const EMPTY: &str = "
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
