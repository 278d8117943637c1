//! Rules of a dialect for the text of statements.

use std::collections::BTreeSet;

use super::{
    AdviceRules, ClientCommand, Flavour, HistoryRules, Impact, LeadingTokens, Lexis, ObjectKind, PlainBody,
    StatementBody, StatementRefusal, TableNameToken, TokenKind, TransactionControl, WordCursor, enclosed,
};

/// Advice instead of a parameter of a URL that limits the time of a statement.
pub const INSTEAD_OF_TIMEOUT: &str =
    "remove it: `statement_timeout` in aludel.yaml limits a statement, `lock_timeout` a wait";

/// Advice for most commands of a client program.
pub const INSTEAD_OF_COMMAND: &str = "remove it, and write what it does as SQL";

/// Statements of a script around a setting that must not affect the next revision. No statement ends with a semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSetting {
    /// Statement that saves the value.
    pub save: String,
    /// Statement that restores it.
    pub restore: String,
}

/// Rules of one dialect for SQL text: its tokens, its kinds of statements, what they change and lock, how names and
/// texts are quoted. Implemented in the dialect's folder and found with [`super::Dialect::rules`].
pub trait DialectRules: HistoryRules + AdviceRules + Sync {
    /// Name used in templates and JSON: `postgresql`, `mysql`, `sqlite`.
    fn name(&self) -> &'static str;

    // Products

    /// Returns the product that gave the dialect its name.
    fn default_flavour(&self) -> Flavour {
        Flavour::named(self.name())
    }

    /// Returns the product that is called `name` in stored schemas.
    fn flavour_named(&self, name: &str) -> Option<Flavour> {
        Some(self.default_flavour()).filter(|flavour| flavour.name() == name)
    }

    /// Returns product and version in what a program of the database prints for `--version`; more text may follow the
    /// version. `None` for the programs of other databases.
    fn program_version<'t>(&self, _printed: &'t str) -> Option<(&'static str, &'t str)> {
        None
    }

    // URLs of databases

    /// Returns the schemes of the database's URLs, in lower case.
    fn url_schemes(&self) -> &'static [&'static str];

    /// Returns those of the schemes that messages list: one for each product. Empty for a dialect that no user meets.
    fn listed_url_schemes(&self) -> &'static [&'static str];

    /// Returns `true` if a URL names a file rather than a server.
    fn is_file(&self) -> bool {
        false
    }

    /// Returns advice for a parameter of a URL that only another tool understands; `name` is in lower case, without `_`
    /// and `-`.
    fn instead_of_parameter(&self, _name: &str) -> Option<&'static str> {
        None
    }

    // Tokens and names

    /// Returns the lexical rules.
    fn lexis(&self) -> &'static Lexis {
        &Lexis::STANDARD
    }

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

    /// Returns an expression whose value is the literal of a column's value, exact to the last bit, or the word NULL.
    /// `column` is a quoted name, `data_type` the type as the catalog prints it.
    fn literal_expression(&self, column: &str, data_type: &str) -> String;

    /// Returns the statement that sets a counter to a value that was read from another database: a sequence by its schema
    /// and name with a dot between, or the AUTO_INCREMENT of a table.
    fn set_counter(&self, name: &str, value: &str) -> String;

    /// Returns the statements before and after INSERTs whose foreign keys allow no order; `None` if there are none, or
    /// none are needed.
    fn without_foreign_key_checks(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    // End of a statement

    /// Returns the state of a statement before its first token; it determines which semicolons end the statement.
    fn statement_body<'t>(&self) -> Box<dyn StatementBody<'t> + 't> {
        Box::new(PlainBody)
    }

    /// Returns the command of a client program that the token `word` begins, with the text `after` the token. The token
    /// is a backslash or the first one of a statement; with `at_start`, nothing but white space and comments precedes
    /// it. `None` for all tokens if the client has no commands.
    fn client_command<'t>(
        &self,
        _kind: TokenKind,
        _word: &'t str,
        _after: &'t str,
        _at_start: bool,
    ) -> Option<ClientCommand<'t>> {
        None
    }

    // Kind of a statement

    /// Returns `true` if the statement begins or ends a transaction. `COMMIT` and `ROLLBACK`, which do in all dialects,
    /// are recognized before.
    fn controls_transaction(&self, leading: LeadingTokens<'_>) -> bool;

    /// Returns the effect of a statement of the kind [`super::StatementKind::TransactionControl`] on the session's
    /// transaction, from its first words in upper case.
    fn transaction_control(&self, words: &[&str]) -> TransactionControl {
        TransactionControl::standard(words)
    }

    /// Returns `true` if the statement may affect later statements of the session.
    fn is_setting(&self, leading: LeadingTokens<'_>) -> bool;

    /// Returns `true` if the statement only reads or writes rows. `SELECT`, `INSERT` and the like, which do in all
    /// dialects, are recognized before.
    fn touches_rows(&self, _leading: LeadingTokens<'_>) -> bool {
        false
    }

    /// Returns the name of the statement if it cannot run (or has no effect) inside a transaction.
    fn refuses_transaction(&self, _sql: &str) -> Option<&'static str> {
        None
    }

    /// Returns the texts for a statement that needs something of its client which aludel does not do.
    fn refused_statement(&self, _sql: &str) -> Option<&'static StatementRefusal> {
        None
    }

    /// Functions, in upper case, that refer to the previous statement of the session. In a new session they return a
    /// value without an error.
    fn functions_of_previous_statement(&self) -> &'static [&'static str] {
        &[]
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

    // Runs: transactions, sessions, and scripts for the database's client.

    /// Returns `true` if DDL can be rolled back.
    fn has_transactional_ddl(&self) -> bool {
        true
    }

    /// Statement that begins a transaction that will write.
    fn begin_statement(&self) -> &'static str {
        "BEGIN"
    }

    /// Prefix that suppresses the notices of the statements behind it (`IF EXISTS` sends one) until the end of the
    /// session, or of the transaction if `in_transaction`. Empty for a server that sends none.
    fn without_notices(&self, _in_transaction: bool) -> &'static str {
        ""
    }

    /// Lines of a script that reset what a revision has set for its session. `None` if they are not reset.
    fn reset_session(&self) -> Option<&'static str> {
        None
    }

    /// Returns what a script saves before a setting and restores behind the revision, where [`Self::reset_session`] is
    /// `None`; empty if nothing can be.
    fn saved_settings(&self, _statement: &str) -> Vec<SavedSetting> {
        Vec::new()
    }

    /// Returns `true` if a statement of the text may change the session's settings without being a setting itself.
    fn may_hide_setting(&self, _text: &str) -> bool {
        false
    }

    /// Encloses a statement in lines that change the delimiter of the database's client to `mark`, twice or more. `None`
    /// for a client that finds the end of a statement with semicolons by itself.
    fn with_delimiter(&self, _statement: &str, _mark: char) -> Option<String> {
        None
    }

    /// Returns `true` if the server supports `COPY ... FROM stdin`.
    fn has_copy_from_stdin(&self) -> bool {
        false
    }

    /// Returns `true` if the statement waits for older transactions without blocking anybody, and leaves an invalid
    /// object behind if it is aborted.
    fn is_concurrent(&self, _statement: &str) -> bool {
        false
    }

    /// Returns `true` if databases have extensions, whose objects a schema can use.
    fn has_extensions(&self) -> bool {
        false
    }

    /// Returns `true` if ALTER TABLE has a clause `CHANGE old new`, which renames a column.
    fn has_change_column(&self) -> bool {
        false
    }

    /// Returns `true` if a text may do something else in a transaction that it shares with another one: it asks for the
    /// time of the transaction, for example. Only for dialects whose transactions hold revisions.
    fn is_bound_to_transaction(&self, _text: &str) -> bool {
        false
    }

    /// Words in statements about what all databases of a server share, such as roles: shadows on one server are then not
    /// independent of each other.
    fn words_of_shared_objects(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns `true` if the catalog may get a value that is computed when the statement runs: the time, for example.
    fn may_store_computed_value(&self, _statement: &str) -> bool {
        false
    }

    /// Words with which CREATE TABLE or ALTER TABLE may change or remove rows: a function that converts them, partitions
    /// that are dropped or exchanged, another engine, duplicates that are removed.
    fn row_changing_words(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns the statement in a form that can run inside a transaction, if it has one.
    fn in_transaction(&self, statement: &str) -> String {
        statement.to_owned()
    }

    /// Returns statements that make the server parse and check a statement without running it.
    fn prepare_only(&self, statement: &str) -> String {
        format!("EXPLAIN {statement}")
    }

    /// Rewrites a statement for a schema that takes the place of the default one.
    fn in_schema(&self, statement: &str, _schema: &str) -> String {
        statement.to_owned()
    }
}
