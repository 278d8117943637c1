//! SQL as text: dialects, the lexer, splitting into statements, quoting, fingerprints.
//! Knows nothing of files, revisions or connections.

mod batch;
mod classify;
mod effect;
mod elsewhere;
mod error;
mod extensions;
mod fingerprint;
mod impact;
mod keyword;
mod lexer;
mod mysql;
mod postgres;
mod quote;
mod scan;
mod session;
mod split;
mod sqlite;
mod strings;
#[cfg(test)]
mod tests;

use crate::diagnostic::Span;

pub use batch::{Batch, BatchError, BatchProblem, with_range};
pub use effect::{Effect, Object, ObjectKind, effect};
pub use elsewhere::named_database;
pub use error::{SplitError, SplitProblem};
pub use extensions::created_extensions;
pub use fingerprint::{fingerprint, statement_fingerprint};
pub use impact::{Blocks, Impact, Lock, Losing, Loss, Need, Part, TableName, Work, impact};
pub use keyword::{keywords, loads_local_file, refuses_transaction};
pub use lexer::{Lexer, Token, TokenKind};
pub use quote::{qualified, quote_identifier, quote_literal, unquoted};
pub use session::lost_with_session;
pub use split::split;
pub use strings::first_string_read_otherwise;

/// The SQL dialect of a database. MySQL and MariaDB share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// PostgreSQL 12 and later.
    Postgres,
    /// MySQL 8 and MariaDB 10.6 and later.
    Mysql,
    /// SQLite 3.
    Sqlite,
}

impl Dialect {
    /// The dialect's name as templates and JSON see it: `postgresql`, `mysql`, `sqlite`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::Mysql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }
}

/// One piece of a split text. The pieces' `span`s follow one another without a gap and cover the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// All bytes of the piece: leading white space and comments, the statement, its terminator.
    pub span: Span,
    /// What to send: the statement from its first token to its last, without white space and comments around it and
    /// without its terminator. Empty for [`Kind::Nothing`].
    pub sql: Span,
    /// What kind of piece it is.
    pub kind: Kind,
}

/// What a piece of SQL text is, as far as running it has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// White space, comments, an empty statement, a `DELIMITER` line, `\restrict`: nothing to send.
    Nothing,
    /// A statement that only reads or writes rows (SELECT, INSERT, UPDATE, DELETE, REPLACE, WITH, VALUES, LOAD DATA,
    /// COPY to or from a file, EXPLAIN, SHOW...):
    /// it can be in a transaction on every database.
    Rows,
    /// `COPY ... FROM stdin` (PostgreSQL) with the data lines that follow it (without the `\.` line).
    CopyFromStdin {
        /// The data lines.
        data: Span,
    },
    /// `BEGIN`, `START TRANSACTION`, `COMMIT`, `END`, `ROLLBACK`, `ABORT`, `PREPARE TRANSACTION`, MySQL's `XA`:
    /// would break the transaction aludel wraps around a revision. (Not SAVEPOINT, RELEASE, ROLLBACK TO.)
    TransactionControl,
    /// `SET`, `RESET`, `SELECT set_config(...)`, `PRAGMA`, `USE`: may change how later statements run.
    Setting,
    /// Anything else, DDL in the first place.
    Other,
}
