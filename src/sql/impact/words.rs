//! The tokens of a statement that count, read from left to right: keywords, names, the clauses between commas.

use super::super::Dialect;
use super::super::lexer::{Lexer, TokenKind};
use super::super::quote::unquoted;
use super::TableName;

/// What is left of a statement. Cheap to clone: a clone looks ahead.
#[derive(Debug, Clone)]
pub(super) struct Words<'t> {
    tokens: Vec<(TokenKind, &'t str)>,
    at: usize,
    dialect: Dialect,
}

impl<'t> Words<'t> {
    pub(super) fn new(sql: &'t str, dialect: Dialect) -> Self {
        let counts = |kind: TokenKind| {
            !kind.is_trivia() && !matches!(kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose)
        };
        let tokens = Lexer::new(sql, dialect).map_while(Result::ok).filter(|token| counts(token.kind));
        // The lexer may join several operators' signs; a comma or a point is one by itself.
        Self { tokens: tokens.map(|token| (token.kind, token.span.of(sql))).collect(), at: 0, dialect }
    }

    /// The first words in upper case: two, or three for `CREATE UNIQUE INDEX`, `CREATE INDEX CONCURRENTLY`.
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

    /// Whether the next token is that keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self.peek(), Some((TokenKind::Word, text)) if text.eq_ignore_ascii_case(keyword))
    }

    /// Takes the keywords when they come next, all of them or none.
    pub(super) fn take(&mut self, keywords: &[&str]) -> bool {
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

    /// Takes each of these that comes next, in this order.
    pub(super) fn skip(&mut self, optional: &[&[&str]]) {
        for keywords in optional {
            self.take(keywords);
        }
    }

    /// Takes one of these keywords.
    pub(super) fn take_one(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.take(&[keyword]))
    }

    /// Takes the sign when it comes next.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let is = self.peek().is_some_and(|(_, text)| text == sign);
        self.at += usize::from(is);
        is
    }

    /// Takes any token.
    pub(super) fn advance(&mut self) -> bool {
        self.at += 1;
        self.at <= self.tokens.len()
    }

    /// Whether nothing is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// Takes a name with an optional schema.
    pub(super) fn name(&mut self) -> Option<TableName> {
        let mut parts = vec![self.identifier()?];
        while self.sign(".") {
            parts.push(self.identifier()?);
        }
        let name = parts.pop()?;
        Some(TableName { schema: parts.pop(), name })
    }

    /// Takes names parted by commas.
    pub(super) fn names(&mut self) -> Vec<TableName> {
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
            TokenKind::Word if self.dialect == Dialect::Postgres => text.to_lowercase(),
            TokenKind::Word => text.to_owned(),
            TokenKind::QuotedIdentifier => unquoted(text),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// Whether the keywords stand somewhere in the rest, one after the other.
    pub(super) fn contains(&self, keywords: &[&str]) -> bool {
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

    /// Goes on behind the keyword; whether it is there.
    pub(super) fn find(&mut self, keywords: &[&str]) -> bool {
        while !self.is_at_end() {
            if self.take(keywords) {
                return true;
            }
            self.at += 1;
        }
        false
    }

    /// The rest, parted at commas outside parentheses.
    pub(super) fn clauses(&self) -> Vec<Self> {
        let mut clauses = Vec::new();
        let (mut depth, mut start) = (0_usize, self.at);
        let mut end = |start: usize, end: usize| {
            let tokens = self.tokens.get(start..end).unwrap_or_default().to_vec();
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
