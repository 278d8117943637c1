//! Rules of a dialect for the files and tables of other tools.

use super::imported::File;
use super::script::{Notes, SectionText};

/// Rules of one dialect for the histories of other tools: what a tool does differently with this database. Implemented
/// in the dialect's folder and found with [`crate::sql::Dialect::format_rules`].
pub trait FormatRules: Sync {
    /// Converts a script written for the database's own client to SQL or a template. `files` are the files that it may
    /// include.
    fn convert_client_script(&self, file: &File, _files: &[File], _notes: &mut Notes<'_>) -> SectionText {
        (file.content().to_owned(), false)
    }

    /// Encloses a statement whose body contains statements in lines that change the client's delimiter. `None` for
    /// another statement, or if the body needs no delimiter.
    fn delimited_body(&self, _statement: &str) -> Option<String> {
        None
    }

    /// Returns `true` if a file that is sent as one message runs in one transaction.
    fn runs_message_in_transaction(&self) -> bool {
        false
    }

    /// Clause that skips all rows of a query: the server evaluates it completely and returns nothing. (Many servers do
    /// not evaluate a query at all whose LIMIT is 0.)
    fn skip_all_rows(&self) -> &'static str {
        "LIMIT 0"
    }

    /// Returns `true` if Sqitch keeps its registry in another database file, beside the database; otherwise it is
    /// a schema on the same server.
    fn has_sqitch_registry_file(&self) -> bool {
        false
    }

    /// Schema of Drizzle's version table; `None` for that of the session.
    fn drizzle_schema(&self) -> Option<&'static str> {
        None
    }

    /// Names of this database in Liquibase's `dbms` attributes.
    fn liquibase_names(&self) -> &'static [&'static str] {
        &[]
    }

    /// Name of Liquibase's version table.
    fn liquibase_table(&self) -> &'static str {
        "DATABASECHANGELOG"
    }

    /// Names of Alembic's implementations for this database, as its log prints them (`Context impl PostgresqlImpl.`).
    fn alembic_implementations(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns `true` if Alembic runs a revision in a transaction (`transactional_ddl` of its implementation).
    fn has_alembic_transaction(&self) -> bool {
        false
    }

    /// Schemes of SQLAlchemy's URLs for this database, without drivers. Empty if SQLAlchemy does not support it.
    fn sqlalchemy_schemes(&self) -> &'static [&'static str] {
        &[]
    }

    /// Scheme of SQLAlchemy's URL if the project's own names another kind of database. `None` if SQLAlchemy does not
    /// support this one.
    fn sqlalchemy_scheme(&self) -> Option<&'static str> {
        self.sqlalchemy_schemes().first().copied()
    }
}
