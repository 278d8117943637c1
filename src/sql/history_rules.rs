//! Rules of a dialect for the tables that aludel itself keeps: version table, journal, stored schema.

use super::enclosed;

/// Types and options of aludel's own tables.
#[derive(Debug, Clone, Copy)]
pub struct TableTypes {
    /// Type of a revision id. Two ids that differ in case are different.
    pub revision_id: &'static str,
    /// Options of the version table, with a space before them.
    pub version_options: &'static str,
    /// Type of an increasing id, with the primary key.
    pub row_id: &'static str,
    /// Type of an instant.
    pub instant: &'static str,
    /// Type of a text of any length.
    pub long_text: &'static str,
    /// Options of all other tables, with a space before them.
    pub options: &'static str,
}

/// Rules of one dialect for aludel's own tables. Part of [`super::DialectRules`].
pub trait HistoryRules {
    /// Returns the types of columns and the options of tables.
    fn table_types(&self) -> &'static TableTypes;

    /// Returns `text`, which contains no NUL, as a literal with the same value under all settings of a session.
    fn literal_in_any_mode(&self, text: &str) -> String {
        enclosed(text, '\'')
    }

    /// Returns a literal for an instant, given as RFC 3339 in UTC.
    fn instant_literal(&self, instant: &str) -> String {
        self.literal_in_any_mode(instant)
    }

    /// Returns an expression for the instant at which the statement runs.
    fn current_instant(&self) -> &'static str;

    /// Returns an expression for the column `name` as RFC 3339 in UTC.
    fn instant_as_text(&self, name: &str) -> String {
        name.to_owned()
    }

    /// Returns an expression for the instant at which the transaction began; the current instant if the server does not
    /// keep it.
    fn transaction_start(&self) -> &'static str {
        self.current_instant()
    }

    /// Returns an expression for the milliseconds since the transaction began. `None` if the server does not keep that
    /// time.
    fn elapsed_in_transaction(&self) -> Option<&'static str> {
        None
    }

    /// Returns an expression for the milliseconds since the server received the message. `None` if the server does not
    /// keep that time.
    fn elapsed_in_message(&self) -> Option<&'static str> {
        None
    }

    /// Returns what a SELECT without a table needs between its expressions and WHERE, with a space before it.
    fn clause_for_no_table(&self) -> &'static str {
        ""
    }

    /// Returns a query that returns one row if the table exists.
    fn table_exists(&self, schema: Option<&str>, name: &str) -> String;
}
