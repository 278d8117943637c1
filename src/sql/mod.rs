//! SQL as text: dialects, the lexer, splitting into statements, quoting, fingerprints, and the static analysis of
//! single statements. Files, revisions and connections are out of scope.

mod advice_rules;
mod batch;
mod classify;
mod cross_database;
mod dialect;
mod effect;
mod error;
mod fingerprint;
mod flavour;
mod history_rules;
mod impact;
mod keyword;
mod lexer;
mod lexis;
mod query;
mod quote;
mod rules;
mod scan;
mod session;
mod split;
mod strings;
#[cfg(test)]
pub(crate) mod tests;
mod transaction_control;
mod writing;

use crate::diagnostic::Span;

pub use advice_rules::{AdviceRules, ConnectRefusal, StatementRefusal, advice_of_all};
pub use batch::{Batch, BatchError, BatchProblem, with_range};
pub use classify::LeadingTokens;
pub use cross_database::{TableNameToken, named_database};
pub use dialect::Dialect;
pub use effect::{CatalogObject, Effect, ObjectKind, effect};
pub use error::{SplitError, SplitProblem};
pub use fingerprint::{fingerprint, statement_fingerprint};
pub use flavour::Flavour;
pub use history_rules::{HistoryRules, TableTypes};
pub use impact::{
    Blocks, Impact, Losing, Loss, LossScope, RequiredPrivilege, TableLock, TableName, WordCursor, Work, impact,
};
pub use keyword::{keywords, refuses_transaction, unquoted_words};
pub use lexer::{Lexer, Token, TokenKind};
pub use lexis::{Lexis, listed_operator_length};
pub use query::{first_no_query, is_query};
pub use quote::{enclosed, qualified, quote_identifier, quote_literal, unquoted};
pub use rules::{DialectRules, INSTEAD_OF_COMMAND, INSTEAD_OF_TIMEOUT, SavedSetting};
pub use scan::word_end;
pub use session::lost_with_session;
pub use split::{ClientCommand, PlainBody, StatementBody, is_blank_or_comment, split};
pub use strings::first_string_read_otherwise;
pub use transaction_control::{TransactionControl, chain_opened_by};
pub use writing::writing_word;

/// Part of a text that was split. The `span`s of consecutive pieces are adjacent and cover the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// All bytes of the piece: leading white space and comments, the statement, its terminator.
    pub span: Span,
    /// Text to send to the server: from the first token of the statement to its last, without surrounding white space
    /// and comments and without the terminator. Empty for [`StatementKind::Nothing`].
    pub sql: Span,
    /// Kind of the piece.
    pub kind: StatementKind,
}

/// Kind of a piece, as far as it matters for execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// White space, comments, an empty statement, a `DELIMITER` line, `\restrict`: there is nothing to send.
    Nothing,
    /// Statement that only reads or writes rows (SELECT, INSERT, UPDATE, DELETE, REPLACE, WITH, VALUES, LOAD DATA, COPY
    /// to or from a file, EXPLAIN, SHOW...). It can run inside a transaction on every database.
    Rows,
    /// `COPY ... FROM stdin` (PostgreSQL) together with the data lines that follow it.
    CopyFromStdin {
        /// Data lines, without the terminating `\.` line.
        data: Span,
    },
    /// `BEGIN`, `START TRANSACTION`, `COMMIT`, `END`, `ROLLBACK`, `ABORT`, `PREPARE TRANSACTION`, MySQL's `XA`: would
    /// break the transaction that encloses a revision. SAVEPOINT, RELEASE and ROLLBACK TO are not included.
    TransactionControl,
    /// `SET`, `RESET`, `SELECT set_config(...)`, `PRAGMA`, `USE`: may affect later statements of the session.
    Setting,
    /// Everything else, mainly DDL.
    Other,
}
