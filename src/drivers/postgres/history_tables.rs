//! Creation of the version table and the journal, and extension of a journal that an earlier version created.

use super::errors::ConnectionError;
use super::{Postgres, state, wire};
use crate::database::definition::add_definition;
use crate::database::journal::create_journal;
use crate::database::statements::{create_version_table, version_table};
use crate::database::{DatabaseError, VersionTable};
use crate::sql::Dialect;

impl Postgres<'_> {
    /// Creates the tables that do not exist.
    pub(super) fn ensure_history_tables(&mut self) -> Result<(), DatabaseError> {
        let table = self.found()?.table;
        let usual = create_version_table(Dialect::POSTGRES, &table);
        let results = match self.create_tables(&table, &usual) {
            // A version table that was renamed keeps the name of its primary key's index, so the name is taken
            // (duplicate_table): let the server choose another one.
            Err(trouble) if trouble.sqlstate() == Some("42P07") => {
                self.create_tables(&table, &create_version_table_unnamed(&table))
            }
            created => created,
        }?;
        let found = state::found(&table, results.last());
        let is_older = found.journal_exists && !found.keeps_definitions;
        self.found = Some(found);
        if is_older { self.extend_journal(&table) } else { Ok(()) }
    }

    fn create_tables(
        &mut self,
        table: &VersionTable,
        version_table: &str,
    ) -> Result<Vec<wire::WireRows>, ConnectionError> {
        let statements = [
            "SET client_min_messages = warning".to_owned(), // IF NOT EXISTS would chat
            version_table.to_owned(),
            create_journal(Dialect::POSTGRES, table),
            "RESET client_min_messages".to_owned(),
            state::lookup(table),
        ];
        self.link.run_query(&statements.join(";\n"))
    }

    /// Adds the column that a journal of an earlier version lacks. Only its owner may; for others it stays as it is.
    fn extend_journal(&mut self, table: &VersionTable) -> Result<(), DatabaseError> {
        match self.link.run_query(&add_definition(Dialect::POSTGRES, table)) {
            Err(refused) if refused.sqlstate() == Some("42501") => Ok(()), // insufficient_privilege
            added => {
                added?;
                self.look_up()?;
                Ok(())
            }
        }
    }
}

fn create_version_table_unnamed(table: &VersionTable) -> String {
    let name = version_table(Dialect::POSTGRES, table);
    format!("CREATE TABLE IF NOT EXISTS {name} (version_num VARCHAR(255) NOT NULL PRIMARY KEY)")
}
