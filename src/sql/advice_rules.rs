//! Part of a dialect in error reports: its words for rights, settings and statements in messages and hints.

use super::Dialect;

/// Reason for which a server accepts no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectRefusal {
    /// The user or the password is wrong.
    Login,
    /// The database does not exist.
    NoDatabase,
}

/// Texts for a statement that is refused whatever the server would do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementRefusal {
    /// Message of the report.
    pub message: &'static str,
    /// Text beside the carets.
    pub label: &'static str,
    /// Hints.
    pub hints: &'static [&'static str],
}

/// Texts of one dialect in error reports. Part of [`super::DialectRules`].
pub trait AdviceRules {
    /// Names of the products that have the dialect: `MySQL and MariaDB`.
    fn products(&self) -> &'static str;

    /// Returns the reason for which a connection was refused with this SQLSTATE.
    fn connect_refusal(&self, _sqlstate: &str) -> Option<ConnectRefusal> {
        None
    }

    /// Setting that limits the number of a user's connections.
    fn connection_limit(&self) -> Option<&'static str> {
        None
    }

    /// Right to create shadow databases, and the products that have it.
    fn shadow_right(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Statements that grant the rights which a restore into a database of its own needs.
    fn restore_rights(&self) -> Option<&'static str> {
        None
    }

    /// Returns hints if a message of a restore reports a missing right.
    fn denied_restore(&self, _message: &str) -> &'static [&'static str] {
        &[]
    }

    /// Returns the statement that grants `user` the right to create databases.
    fn grant_databases(&self, _user: &str) -> Option<String> {
        None
    }

    /// Returns the statement that makes room for longer ids in the version table `table`.
    fn longer_ids(&self, _table: &str) -> Option<String> {
        None
    }

    /// Returns the command that dumps a database without the version table and its journal.
    fn dump_without(&self, _table: &str) -> Option<String> {
        None
    }

    /// Returns advice for a statement that [`super::DialectRules::refuses_transaction`] names, if revisions do not need
    /// it at all.
    fn instead_of_statement(&self, _name: &str) -> Option<&'static str> {
        None
    }
}

/// Returns what each dialect contributes, in the order of [`Dialect::all()`].
pub fn advice_of_all<T>(ask: impl Fn(&'static dyn super::DialectRules) -> Option<T>) -> impl Iterator<Item = T> {
    Dialect::all().filter_map(move |dialect| ask(dialect.rules()))
}
