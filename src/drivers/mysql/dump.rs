//! Dumps with `mariadb-dump` or `mysqldump`.

use super::{MysqlDriver, dump_program, readable, restore};
use crate::database::dump::{
    ContentsRequest, DatabaseContents, DumpMethod, DumpOutput, DumpPrograms, DumpRequest, DumpStream, Obstacle,
    ProgramDump,
};
use crate::database::journal::journal_name;
use crate::database::program::{Program, ProgramCall, ProgramSearch};
use crate::database::restore::{LoadMethod, LoadTarget, RestoreMethod, RestoreRequest, RestoreTrial};
use crate::database::{Database, DatabaseError, DumpError, Dumper, VersionTable};
use crate::dialects::mysql::flavour::MysqlFlavour;

impl Dumper for MysqlDriver {
    fn dump_method(&self) -> DumpMethod {
        DumpMethod::Programs(&Self)
    }

    fn dump_formats(&self) -> &'static [&'static str] {
        &["sql"]
    }

    fn dumped_tables(&self) -> Option<&'static str> {
        Some(
            "SELECT NULL, table_name FROM information_schema.tables WHERE table_schema = DATABASE() \
         AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 2",
        )
    }

    fn read_contents(
        &self,
        database: &mut dyn Database,
        request: &ContentsRequest<'_>,
    ) -> Result<DatabaseContents, DumpError> {
        Ok(readable::contents(database, request)?)
    }
}

impl DumpPrograms for MysqlDriver {
    fn check_dump(
        &self,
        database: &mut dyn Database,
        search: &ProgramSearch<'_>,
    ) -> Result<(String, Vec<Obstacle>), DumpError> {
        let program = dump_program::dump_program(search, database.server())?;
        Ok((name_and_version(&program), Vec::new()))
    }

    /// Returns three dumps in sequence: everything except the version table, the journal and the events; then those two
    /// tables; then the events. An interrupted restore thus never looks like a database at some revision.
    fn dump(&self, database: &mut dyn Database, request: &DumpRequest<'_>) -> Result<ProgramDump, DumpError> {
        let program = dump_program::dump_program(&request.search, database.server())?;
        let flavour = MysqlFlavour::from_handle(database.server().flavour);
        let session = OwnSession::read(database)?;
        let name = &session.database;
        let call = || {
            let call =
                dump_program::connecting(&program, request.search.environment, flavour, request.url, session.has_tls);
            // One consistent snapshot, unbuffered rows, and binary values as hexadecimal.
            let call = call.args(["--single-transaction", "--quick", "--hex-blob", "--no-tablespaces", "--tz-utc"]);
            call.args(flavour.dump_options().iter().copied())
        };
        let own = own_tables(database, request.table, name)?;
        let ignored = own.iter().map(|table| format!("--ignore-table={name}.{table}"));
        let mut data: Vec<ProgramCall> = vec![call().args(["--routines", "--triggers"]).args(ignored).arg(name)];
        if !own.is_empty() {
            data.push(call().arg(name).args(&own));
        }
        let events = call().args(["--events", "--no-data", "--no-create-info", "--skip-triggers"]).arg(name);
        let output = DumpOutput::Stream(DumpStream { data, events: Some(events), only_appends: true });
        Ok(ProgramDump { program: name_and_version(&program), format: "sql", ending: "sql", output })
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
        let session = OwnSession::read(database)?;
        Ok(LoadMethod::Client(restore::client(database.server(), request, target, session.has_tls)?))
    }

    fn try_restore(
        &self,
        database: &mut dyn Database,
        request: &RestoreRequest<'_>,
    ) -> Result<Option<RestoreTrial>, DumpError> {
        restore::trial(database, request)
    }
}

fn name_and_version(program: &Program) -> String {
    format!("{} dump {}", program.identity.product, program.identity.version)
}

/// Returns the names of the version table and the journal, as far as they exist in the current database.
fn own_tables(database: &mut dyn Database, table: &VersionTable, current: &str) -> Result<Vec<String>, DatabaseError> {
    let state = database.state()?;
    let tables = [(state.version_table_exists, table.name.clone()), (state.journal_exists, journal_name(table))];
    // `version_schema` may be set to the current database.
    let is_here = table.schema.as_deref().is_none_or(|schema| schema == current);
    Ok(tables.into_iter().filter(|(exists, _)| *exists && is_here).map(|(_, name)| name).collect())
}

/// Properties of aludel's own connection.
pub(super) struct OwnSession {
    /// Name of the current database.
    pub(super) database: String,
    /// `true` if the connection uses TLS.
    pub(super) has_tls: bool,
}

impl OwnSession {
    /// Reads these properties from the server.
    pub(super) fn read(database: &mut dyn Database) -> Result<Self, DatabaseError> {
        let rows = database.execute("SELECT DATABASE(); SHOW STATUS LIKE 'Ssl_cipher'")?;
        let value = |index: usize, column: usize| rows.get(index).and_then(|rows| rows.first()?.get(column)?.clone());
        Ok(Self {
            database: value(0, 0).unwrap_or_default(),
            has_tls: value(1, 1).is_some_and(|cipher| !cipher.is_empty()),
        })
    }
}
