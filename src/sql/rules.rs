//! What a dialect knows about the text of statements.

use std::collections::BTreeSet;

use super::{
    ClientCommand, Impact, LeadingTokens, Lexis, ObjectKind, StatementBody, TableNameToken, TokenKind, WordCursor,
    enclosed,
};

/// Rules of one dialect for SQL text: its tokens, its kinds of statements, what they change and lock, how names and
/// texts are quoted. Implemented in the dialect's folder and found with [`super::Dialect::rules`].
pub trait DialectRules: Sync {
    /// Name used in templates and JSON: `postgresql`, `mysql`, `sqlite`.
    fn name(&self) -> &'static str;

    // Tokens and names

    /// Returns the lexical rules.
    fn lexis(&self) -> &'static Lexis;

    /// Returns an unquoted identifier as the catalog stores it.
    fn fold_identifier(&self, word: &str) -> String {
        word.to_owned()
    }

    /// Returns `name` as a quoted identifier.
    fn quote_identifier(&self, name: &str) -> String {
        enclosed(name, '"')
    }

    /// Returns an expression whose value is exactly `text` on a server with default settings.
    fn quote_literal(&self, text: &str) -> String {
        enclosed(text, '\'')
    }

    // End of a statement

    /// Returns the state of a statement before its first token; it determines which semicolons end the statement.
    fn statement_body<'t>(&self) -> Box<dyn StatementBody<'t> + 't>;

    /// Returns the command of a client program that the token `word` begins, with the text `after` the token. The token
    /// is a backslash or the first one of a statement; with `at_start`, nothing but white space and comments precedes
    /// it.
    fn client_command<'t>(
        &self,
        kind: TokenKind,
        word: &'t str,
        after: &'t str,
        at_start: bool,
    ) -> Option<ClientCommand<'t>>;

    // Kind of a statement

    /// Returns `true` if the statement begins or ends a transaction. `COMMIT` and `ROLLBACK`, which do in all dialects,
    /// are recognized before.
    fn controls_transaction(&self, leading: LeadingTokens<'_>) -> bool;

    /// Returns `true` if the statement may affect later statements of the session.
    fn is_setting(&self, leading: LeadingTokens<'_>) -> bool;

    /// Returns `true` if the statement only reads or writes rows. `SELECT`, `INSERT` and the like, which do in all
    /// dialects, are recognized before.
    fn touches_rows(&self, leading: LeadingTokens<'_>) -> bool;

    /// Returns the name of the statement if it cannot run (or has no effect) inside a transaction.
    fn refuses_transaction(&self, _sql: &str) -> Option<&'static str> {
        None
    }

    /// Returns `true` for a statement that reads a file which the client sends.
    fn loads_local_file(&self, _sql: &str) -> bool {
        false
    }

    /// Returns `true` if statements can leave values in variables of the session (`@name`).
    fn has_session_variables(&self) -> bool {
        false
    }

    // Effect of a statement

    /// Returns the locks, losses and required privileges of a statement.
    fn impact(&self, words: WordCursor<'_>) -> Impact;

    /// Returns the name of the other database that a statement writes to or switches to.
    fn named_database<'t>(&self, _words: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
        None
    }

    /// Returns the names of the extensions that a text creates. A text that is not SQL (a Python revision) is searched
    /// word by word.
    fn created_extensions(&self, _text: &str) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Kind of the object that `CREATE DATABASE` creates.
    fn kind_of_database(&self) -> ObjectKind {
        ObjectKind::Database
    }

    /// Returns `true` if `ALTER TABLE` adds, drops and renames indexes.
    fn alters_indexes_in_tables(&self) -> bool {
        false
    }

    /// Returns `true` if `ALTER TABLE a RENAME b` renames the table.
    fn renames_table_without_to(&self) -> bool {
        false
    }
}
