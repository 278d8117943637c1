//! What a dialect knows about the text of statements.

/// Rules of one dialect for SQL text: its tokens, its kinds of statements, what they change and lock, how names and
/// texts are quoted. Implemented in the dialect's folder and found with [`super::Dialect::rules`].
pub trait DialectRules: Sync {
    /// Name used in templates and JSON: `postgresql`, `mysql`, `sqlite`.
    fn name(&self) -> &'static str;

    // Runs: transactions, sessions, and scripts for the database's client.

    /// Returns `true` if DDL can be rolled back.
    fn has_transactional_ddl(&self) -> bool {
        true
    }

    /// Statement that begins a transaction that will write.
    fn begin_statement(&self) -> &'static str;

    /// Prefix that suppresses the notices of the statements behind it (`IF EXISTS` sends one) until the end of the
    /// session, or of the transaction if `in_transaction`. Empty for a server that sends none.
    fn without_notices(&self, _in_transaction: bool) -> &'static str {
        ""
    }

    /// Lines of a script that reset what a revision has set for its session. `None` if they are not reset.
    fn reset_session(&self) -> Option<&'static str> {
        None
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

    /// Returns `true` if the statement makes the server read a file of the client.
    fn loads_local_file(&self, _statement: &str) -> bool {
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

    /// Returns the statement that creates a schema if it does not exist. `None` where a version table is never in
    /// a schema of its own database.
    fn create_schema(&self, _name: &str) -> Option<String> {
        None
    }

    /// Returns the statement in a form that can run inside a transaction, if it has one.
    fn in_transaction(&self, statement: &str) -> String {
        statement.to_owned()
    }

    /// Rewrites a statement for a schema that takes the place of the default one.
    fn in_schema(&self, statement: &str, _schema: &str) -> String {
        statement.to_owned()
    }
}
