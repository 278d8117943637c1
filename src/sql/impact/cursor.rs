//! Cursor over the significant tokens of a statement: keywords, names, and clauses separated by commas.

use super::super::Dialect;
use super::super::lexer::{Lexer, TokenKind};
use super::super::quote::unquoted;
use super::TableName;

/// Rest of a statement. A clone can be used for lookahead.
#[derive(Debug, Clone)]
pub struct WordCursor<'t> {
    tokens: Vec<(TokenKind, &'t str)>,
    at: usize,
    dialect: Dialect,
}

impl<'t> WordCursor<'t> {
    pub(super) fn new(sql: &'t str, dialect: Dialect) -> Self {
        let counts = |kind: TokenKind| {
            !kind.is_trivia() && !matches!(kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose)
        };
        let tokens = Lexer::new(sql, dialect).map_while(Result::ok).filter(|token| counts(token.kind));
        // Commas and dots are tokens of their own in all dialects, although the lexer joins the characters of
        // operators.
        Self { tokens: tokens.map(|token| (token.kind, token.span.slice(sql))).collect(), at: 0, dialect }
    }

    /// First words in upper case: two, or three for `CREATE UNIQUE INDEX` and `CREATE INDEX CONCURRENTLY`.
    pub(super) fn verb(&self) -> String {
        let mut words = self.clone();
        words.at = 0;
        let first: Vec<String> = words
            .tokens
            .iter()
            .take_while(|(kind, _)| *kind == TokenKind::Word)
            .take(3)
            .map(|(_, text)| text.to_ascii_uppercase())
            .collect();
        let count = match first.first().map(String::as_str) {
            Some("CREATE" | "DROP" | "ALTER" | "REFRESH") => {
                let third = first.get(2).map(String::as_str);
                let long = matches!(third, Some("INDEX" | "CONCURRENTLY" | "VIEW" | "TABLE" | "FUNCTION" | "TRIGGER"));
                if long { 3 } else { 2 }
            }
            Some("TRUNCATE" | "INSERT" | "DELETE" | "LOCK" | "COMMENT" | "RENAME") => 2,
            _ => 1,
        };
        let named = |word: &&String| word.chars().all(|c| c.is_ascii_alphabetic());
        first.iter().take(count).take_while(named).cloned().collect::<Vec<_>>().join(" ")
    }

    fn peek(&self) -> Option<(TokenKind, &'t str)> {
        self.tokens.get(self.at).copied()
    }

    /// Returns `true` if the next token is this keyword.
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self.peek(), Some((TokenKind::Word, text)) if text.eq_ignore_ascii_case(keyword))
    }

    /// Consumes the keywords if all of them come next; otherwise consumes nothing.
    pub fn take(&mut self, keywords: &[&str]) -> bool {
        let mut ahead = self.clone_at();
        for keyword in keywords {
            if !self.word_at(ahead).is_some_and(|word| word.eq_ignore_ascii_case(keyword)) {
                return false;
            }
            ahead += 1;
        }
        self.at = ahead;
        true
    }

    fn clone_at(&self) -> usize {
        self.at
    }

    fn word_at(&self, at: usize) -> Option<&'t str> {
        match self.tokens.get(at) {
            Some((TokenKind::Word, text)) => Some(text),
            _ => None,
        }
    }

    /// Consumes each of the optional keyword sequences that comes next, in the given order.
    pub fn skip(&mut self, optional: &[&[&str]]) {
        for keywords in optional {
            self.take(keywords);
        }
    }

    /// Consumes one of the keywords if it comes next.
    pub fn take_one(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.take(&[keyword]))
    }

    /// Consumes the punctuation mark if it comes next.
    pub fn sign(&mut self, sign: &str) -> bool {
        let is = self.peek().is_some_and(|(_, text)| text == sign);
        self.at += usize::from(is);
        is
    }

    /// Consumes options in parentheses if they come next.
    pub fn skip_group(&mut self) {
        if self.sign("(") {
            while !self.is_at_end() && !self.sign(")") {
                self.advance();
            }
        }
    }

    /// Consumes any token. Returns `false` at the end.
    pub fn advance(&mut self) -> bool {
        self.at += 1;
        self.at <= self.tokens.len()
    }

    /// Returns `true` if no token is left.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// Consumes a name with an optional schema, and the `.*` that MySQL allows behind a table to delete from.
    pub fn name(&mut self) -> Option<TableName> {
        let mut parts = vec![self.identifier()?];
        while self.sign(".") {
            match self.identifier() {
                Some(part) => parts.push(part),
                None if self.sign("*") => break,
                None => return None,
            }
        }
        let name = parts.pop()?;
        Some(TableName { schema: parts.pop(), name })
    }

    /// Consumes the name of a column, and returns the table in front of it.
    pub fn table_of_column(&mut self) -> Option<TableName> {
        let mut parts = vec![self.identifier()?];
        while self.sign(".") {
            parts.push(self.identifier()?);
        }
        parts.pop()?;
        let name = parts.pop()?;
        Some(TableName { schema: parts.pop(), name })
    }

    /// Consumes a list of names separated by commas.
    pub fn names(&mut self) -> Vec<TableName> {
        let mut names = Vec::new();
        loop {
            self.take(&["ONLY"]);
            names.extend(self.name());
            self.sign("*");
            if !self.sign(",") {
                return names;
            }
        }
    }

    fn identifier(&mut self) -> Option<String> {
        let (kind, text) = self.peek()?;
        let name = match kind {
            TokenKind::Word => self.dialect.rules().fold_identifier(text),
            TokenKind::QuotedIdentifier => unquoted(text),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// Returns `true` if the keywords occur in the rest, one directly after the other.
    pub fn contains(&self, keywords: &[&str]) -> bool {
        let mut words = self.clone();
        loop {
            if words.take(keywords) {
                return true;
            }
            if !words.advance() {
                return false;
            }
        }
    }

    /// Skips to the position after the keywords. Returns `false`, at the end, if they do not occur.
    pub fn find(&mut self, keywords: &[&str]) -> bool {
        while !self.is_at_end() {
            if self.take(keywords) {
                return true;
            }
            self.at += 1;
        }
        false
    }

    /// Skips to the first of the keyword sequences outside parentheses, without consuming it. Returns `false`, at the
    /// end, if none occurs.
    pub fn seek_outside(&mut self, sequences: &[&[&str]]) -> bool {
        let mut depth = 0_usize;
        while let Some((kind, _)) = self.peek() {
            match kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ if depth == 0 && sequences.iter().any(|keywords| self.clone().take(keywords)) => return true,
                _ => {}
            }
            self.at += 1;
        }
        false
    }

    /// Splits the rest at commas outside parentheses.
    pub fn clauses(&self) -> Vec<Self> {
        let mut clauses = Vec::new();
        let (mut depth, mut start) = (0_usize, self.at);
        let mut end = |start: usize, end: usize| {
            let tokens = self.tokens.iter().take(end).skip(start).copied().collect();
            clauses.push(Self { tokens, at: 0, dialect: self.dialect });
        };
        for (index, (kind, text)) in self.tokens.iter().enumerate().skip(self.at) {
            match kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ if depth == 0 && *text == "," => {
                    end(start, index);
                    start = index + 1;
                }
                _ => {}
            }
        }
        end(start, self.tokens.len());
        clauses
    }
}
