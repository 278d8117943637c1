//! Classification of a statement by its first tokens.

use super::lexer::{Lexer, TokenKind};
use super::{Dialect, StatementKind};

/// First four tokens of a statement, without white space, comments, delimiters of executable comments, and opening
/// parentheses.
#[derive(Debug, Clone, Copy)]
pub struct LeadingTokens<'t>([&'t str; 4]);

impl<'t> LeadingTokens<'t> {
    fn new(sql: &'t str, dialect: Dialect) -> Self {
        let mut found = [""; 4];
        let code = Lexer::new(sql, dialect).map_while(Result::ok).filter(|token| {
            !token.kind.is_trivia()
                && !matches!(token.kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose | TokenKind::Open)
        });
        for (slot, token) in found.iter_mut().zip(code) {
            *slot = token.span.slice(sql);
        }
        Self(found)
    }

    /// Returns `true` if the token at `index` is one of `keywords`, in upper or lower case.
    #[must_use]
    pub fn is(&self, index: usize, keywords: &[&str]) -> bool {
        self.0.get(index).is_some_and(|token| keywords.iter().any(|keyword| token.eq_ignore_ascii_case(keyword)))
    }

    /// Returns `true` if the first token is one of `keywords`, in upper or lower case.
    #[must_use]
    pub fn starts_with(&self, keywords: &[&str]) -> bool {
        self.is(0, keywords)
    }
}

/// Kind of the statement `sql`. COPY from stdin is recognized by the splitter instead.
pub(super) fn kind(sql: &str, dialect: Dialect) -> StatementKind {
    let leading = LeadingTokens::new(sql, dialect);
    let rules = dialect.rules();
    if controls_transaction(leading, dialect) {
        StatementKind::TransactionControl
    } else if rules.is_setting(leading) {
        StatementKind::Setting
    } else if touches_rows(leading, dialect) {
        StatementKind::Rows
    } else {
        StatementKind::Other
    }
}

fn controls_transaction(leading: LeadingTokens<'_>, dialect: Dialect) -> bool {
    if leading.starts_with(&["ROLLBACK"]) {
        let savepoint = if leading.is(1, &["WORK", "TRANSACTION"]) { 2 } else { 1 };
        return !leading.is(savepoint, &["TO"]);
    }
    leading.starts_with(&["COMMIT"]) || dialect.rules().controls_transaction(leading)
}

fn touches_rows(leading: LeadingTokens<'_>, dialect: Dialect) -> bool {
    const EVERYWHERE: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "EXPLAIN"];
    leading.starts_with(&EVERYWHERE) || dialect.rules().touches_rows(leading)
}
