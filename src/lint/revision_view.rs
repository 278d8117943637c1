//! A revision as rules see it: its statements, parsed, and how they run.

use crate::ddl::{self, DdlServer, DdlStatement};
use crate::diagnostic::Span;
use crate::id::RevisionId;
use crate::sql::{self, Batch, SplitError, StatementKind};

/// Statement of a revision.
#[derive(Debug, Clone)]
pub struct LintedStatement {
    /// Text without surrounding white space and comments.
    pub sql: String,
    /// Its bytes in the section.
    pub span: Span,
    /// White space and comments before it, up to the end of the statement before.
    pub before: String,
    pub parsed: DdlStatement,
    /// Runs in batches (`-- aludel: batch`).
    pub is_batch: bool,
}

/// Revision with its statements.
#[derive(Debug, Clone)]
pub struct LintedRevision {
    /// Id of the revision.
    pub id: RevisionId,
    /// Its statements, in order.
    pub statements: Vec<LintedStatement>,
    /// All of them run in one transaction.
    pub in_transaction: bool,
    /// A lock timeout holds for it.
    pub has_lock_timeout: bool,
    /// A statement timeout holds for it.
    pub has_statement_timeout: bool,
    /// Text behind the last statement.
    pub rest: String,
}

impl LintedRevision {
    /// Splits and parses the text of a section.
    ///
    /// # Errors
    /// The text cannot be split into statements.
    pub fn parse(id: RevisionId, text: &str, in_transaction: bool, server: &DdlServer) -> Result<Self, SplitError> {
        let mut statements = Vec::new();
        let mut comments = String::new();
        for piece in sql::split(text, server.dialect)? {
            let whole = piece.span.slice(text);
            if piece.kind == StatementKind::Nothing {
                comments.push_str(whole);
                continue;
            }
            let before = Span::new(piece.span.start, piece.sql.start).slice(text);
            let sql = piece.sql.slice(text);
            let is_batch = matches!(Batch::parse(text, &piece, server.dialect), Ok(Some(_)));
            let parsed = ddl::parse(sql, server.dialect);
            let before = std::mem::take(&mut comments) + before;
            statements.push(LintedStatement { sql: sql.to_owned(), span: piece.sql, before, parsed, is_batch });
        }
        Ok(Self {
            id,
            statements,
            in_transaction: in_transaction && server.dialect.rules().has_transactional_ddl(),
            has_lock_timeout: false,
            has_statement_timeout: false,
            rest: comments,
        })
    }
}
