//! Cursor over the significant tokens of one statement, with their positions.

use crate::diagnostic::Span;
use crate::sql::{Dialect, Lexer, TableName, TokenKind, unquoted};

/// Returns a name as the server keeps it: one that is too long in bytes is cut.
fn shortened(mut name: String, dialect: Dialect) -> String {
    if let Some((longest, "bytes")) = dialect.change_rules().longest_name()
        && name.len() > longest
    {
        let end = (0..=longest).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name.truncate(end);
    }
    name
}

/// Significant token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'t> {
    pub(super) kind: TokenKind,
    pub(super) text: &'t str,
    pub(super) span: Span,
}

/// Rest of a statement. A clone can be used to look ahead.
#[derive(Debug, Clone)]
pub(super) struct Reader<'t> {
    pub(super) sql: &'t str,
    words: std::rc::Rc<[Word<'t>]>,
    at: usize,
    end: usize,
    pub(super) dialect: Dialect,
}

impl<'t> Reader<'t> {
    pub(super) fn new(sql: &'t str, dialect: Dialect) -> Self {
        let counts = |kind: TokenKind| {
            !kind.is_trivia() && !matches!(kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose)
        };
        let tokens = Lexer::new(sql, dialect).map_while(Result::ok).filter(|token| counts(token.kind));
        let words: std::rc::Rc<[Word<'t>]> =
            tokens.map(|token| Word { kind: token.kind, text: token.span.slice(sql), span: token.span }).collect();
        let end = words.len();
        Self { sql, words, at: 0, end, dialect }
    }

    pub(super) fn peek(&self) -> Option<Word<'t>> {
        self.words.get(self.at).copied().filter(|_| self.at < self.end)
    }

    pub(super) fn next(&mut self) -> Option<Word<'t>> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// Returns `true` if the next token is this keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|word| word.kind == TokenKind::Word && word.text.eq_ignore_ascii_case(keyword))
    }

    /// Returns `true` if the next token is one of the keywords.
    pub(super) fn is_one(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }

    /// Consumes the keywords if all of them come next.
    pub(super) fn take(&mut self, keywords: &[&str]) -> bool {
        let start = self.at;
        for keyword in keywords {
            if !self.is(keyword) {
                self.at = start;
                return false;
            }
            self.at += 1;
        }
        true
    }

    /// Consumes one of the keywords if it comes next.
    pub(super) fn take_one(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.take(&[keyword]))
    }

    /// Consumes the sign if it comes next.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let is = self.peek().is_some_and(|word| word.text == sign && word.kind != TokenKind::QuotedIdentifier);
        self.at += usize::from(is);
        is
    }

    /// Consumes `IF EXISTS` or `IF NOT EXISTS`.
    pub(super) fn condition(&mut self) -> bool {
        self.take(&["IF", "NOT", "EXISTS"]) || self.take(&["IF", "EXISTS"])
    }

    /// Consumes an identifier and returns it as the catalog stores it.
    pub(super) fn identifier(&mut self) -> Option<String> {
        let word = self.peek()?;
        let name = match word.kind {
            TokenKind::Word => self.dialect.rules().fold_identifier(word.text),
            TokenKind::QuotedIdentifier => unquoted(word.text),
            // SQLite takes a string for a name where only a name can be ("SQLite Keywords").
            TokenKind::Text if self.dialect.rules().is_file() => unquoted(word.text),
            _ => return None,
        };
        self.at += 1;
        Some(shortened(name, self.dialect))
    }

    /// Consumes a name with an optional schema.
    pub(super) fn name(&mut self) -> Option<TableName> {
        let mut parts = vec![self.identifier()?];
        while self.sign(".") {
            parts.push(self.identifier()?);
        }
        self.sign("*");
        let name = parts.pop()?;
        Some(TableName { schema: parts.pop(), name })
    }

    /// Consumes names separated by commas.
    pub(super) fn names(&mut self) -> Vec<TableName> {
        let mut names = Vec::new();
        loop {
            self.take(&["ONLY"]);
            names.extend(self.name());
            if self.peek().is_some_and(|word| word.kind == TokenKind::Open) {
                self.group();
            }
            if !self.sign(",") {
                return names;
            }
        }
    }

    /// Consumes a text in parentheses and returns a reader of what is inside; `None` if no parenthesis comes next.
    pub(super) fn group(&mut self) -> Option<Self> {
        if self.peek()?.kind != TokenKind::Open {
            return None;
        }
        let start = self.at + 1;
        let mut depth = 0_usize;
        while let Some(word) = self.next() {
            match word.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => {
                    depth -= 1;
                    if depth == 0 {
                        let end = self.at - 1;
                        return Some(Self { at: start, end, words: self.words.clone(), ..*self });
                    }
                }
                _ => {}
            }
        }
        Some(Self { at: start, end: self.end, words: self.words.clone(), ..*self })
    }

    /// Consumes one token, or everything in parentheses.
    pub(super) fn skip(&mut self) {
        if self.group().is_none() {
            self.at += 1;
        }
    }

    /// Splits the rest at commas outside parentheses.
    pub(super) fn clauses(&self) -> Vec<Self> {
        let mut rest = self.clone();
        let mut clauses = Vec::new();
        let mut start = rest.at;
        // ARRAY[1, 2] has commas of its own.
        let mut brackets = 0_usize;
        while !rest.is_at_end() {
            match rest.peek().map(|word| word.text) {
                Some("[") => brackets += 1,
                Some("]") => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            if brackets == 0 && rest.peek().is_some_and(|word| word.text == ",") {
                clauses.push(Self { at: start, end: rest.at, words: self.words.clone(), ..*self });
                rest.at += 1;
                start = rest.at;
            } else {
                rest.skip();
            }
        }
        if start < rest.end {
            clauses.push(Self { at: start, end: rest.end, words: self.words.clone(), ..*self });
        }
        clauses
    }

    /// Returns `true` if the keywords occur in the rest outside parentheses, one directly after the other.
    pub(super) fn has(&self, keywords: &[&str]) -> bool {
        self.clone().find(keywords)
    }

    /// Returns `true` if the keyword occurs anywhere in the rest.
    pub(super) fn has_anywhere(&self, keyword: &str) -> bool {
        let words = self.rest();
        words.iter().any(|word| word.kind == TokenKind::Word && word.text.eq_ignore_ascii_case(keyword))
    }

    /// Skips to the position after the keywords, outside parentheses. Returns `false`, at the end, if they do not occur.
    pub(super) fn find(&mut self, keywords: &[&str]) -> bool {
        while !self.is_at_end() {
            if self.take(keywords) {
                return true;
            }
            self.skip();
        }
        false
    }

    fn rest(&self) -> &[Word<'t>] {
        #[allow(clippy::expect_used, reason = "the cursor stops at the end")]
        self.words.get(self.at.min(self.end)..self.end).expect("the end is within the statement")
    }

    /// Returns the text of the rest, in the spelling of the file.
    pub(super) fn text(&self) -> &'t str {
        self.span().slice(self.sql)
    }

    /// Returns the span of the rest; an empty one at the end.
    pub(super) fn span(&self) -> Span {
        let rest = self.rest();
        match (rest.first(), rest.last()) {
            (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
            _ => Span::default(),
        }
    }

    /// Returns the text from here up to, but not including, the position of `later`.
    pub(super) fn until(&self, later: &Self) -> Self {
        Self { end: later.at, words: self.words.clone(), ..*self }
    }

    /// Returns the rest in lower case, its tokens separated by one blank where the file separates them.
    pub(super) fn plain(&self) -> String {
        let rest = self.rest();
        let mut plain = String::new();
        let mut last = None;
        for word in rest {
            if last.is_some_and(|end: usize| end < word.span.start) && !plain.ends_with(['(', ',']) && word.text != ")"
            {
                plain.push(' ');
            }
            match word.kind {
                TokenKind::Word => plain.push_str(&word.text.to_lowercase()),
                _ => plain.push_str(word.text),
            }
            last = Some(word.span.end);
        }
        plain
    }

    /// Returns `true` if a name in a list has an operator class or a collation behind it.
    pub(super) fn has_special_order(&self) -> bool {
        self.clauses().into_iter().any(|mut clause| {
            clause.skip();
            clause.group();
            !clause.is_at_end() && !clause.is_one(&["ASC", "DESC", "NULLS"])
        })
    }

    /// Returns the names in a list, without orders, lengths and operator classes; an expression is returned with its
    /// parentheses.
    pub(super) fn key_columns(&self) -> Vec<String> {
        self.clauses()
            .into_iter()
            .filter_map(|mut clause| {
                let whole = clause.clone();
                if clause.peek()?.kind == TokenKind::Open {
                    return Some(clause.plain());
                }
                let name = clause.identifier()?;
                let is_length = clause
                    .clone()
                    .group()
                    .is_some_and(|inner| inner.peek().is_some_and(|word| word.kind == TokenKind::Number));
                let is_call = clause.peek().is_some_and(|word| word.kind == TokenKind::Open) && !is_length;
                Some(if is_call { format!("({})", whole.plain()) } else { name })
            })
            .collect()
    }
}

impl<'t> Reader<'t> {
    /// Returns the token before the next one.
    pub(super) fn before(&self) -> Option<Word<'t>> {
        self.words.get(self.at.checked_sub(1)?).copied()
    }
}
