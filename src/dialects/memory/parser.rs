//! Parser of the in-memory database: a descent over the tokens of the crate's own lexer.

use super::statement::{ColumnDefinition, MemoryExpression, MemoryStatement, RowCondition, RowQuery, TableDefinition};
use crate::diagnostic::Span;
use crate::sql::{Dialect, Lexer, Token, TokenKind, unquoted};

/// Error in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemorySyntaxError {
    /// Description.
    pub message: String,
    /// Byte at which it was found.
    pub offset: usize,
}

/// Result of a part of the grammar.
type Parsed<T> = Result<T, MemorySyntaxError>;

/// Parses statements separated by semicolons.
///
/// # Errors
/// [`MemorySyntaxError`] at the first token that fits nowhere.
pub fn parse(text: &str) -> Parsed<Vec<MemoryStatement>> {
    let lexed: Result<Vec<Token>, _> = Lexer::new(text, Dialect::MEMORY).collect();
    let tokens =
        lexed.map_err(|error| MemorySyntaxError { message: error.problem.to_string(), offset: error.span.start })?;
    let tokens = tokens.into_iter().filter(|token| !token.kind.is_trivia()).collect();
    let mut parser = MemoryParser { text, tokens, at: 0 };
    let mut statements = Vec::new();
    while parser.peek().is_some() {
        if !parser.take(";") {
            statements.push(parser.statement()?);
            if parser.peek().is_some() {
                parser.expect(";")?;
            }
        }
    }
    Ok(statements)
}

struct MemoryParser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
}

impl<'t> MemoryParser<'t> {
    fn peek(&self) -> Option<(TokenKind, &'t str)> {
        self.tokens.get(self.at).map(|token| (token.kind, token.span.slice(self.text)))
    }

    /// Returns the byte at which the next token starts.
    fn offset(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |token| token.span.start)
    }

    fn wrong<T>(&self, expected: &str) -> Parsed<T> {
        let found = self.peek().map_or("the end", |(_, text)| text);
        Err(MemorySyntaxError { message: format!("expected {expected}, found {found}"), offset: self.offset() })
    }

    /// Consumes the next token if it is this keyword or operator.
    fn take(&mut self, word: &str) -> bool {
        let quoted = [TokenKind::Text, TokenKind::QuotedIdentifier];
        let is = self.peek().is_some_and(|(kind, text)| !quoted.contains(&kind) && text.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    /// Consumes the next tokens if they are these keywords.
    fn take_all(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        let is = words.iter().all(|word| self.take(word));
        if !is {
            self.at = start;
        }
        is
    }

    fn expect(&mut self, word: &str) -> Parsed<()> {
        if self.take(word) { Ok(()) } else { self.wrong(word) }
    }

    fn name(&mut self) -> Parsed<String> {
        match self.peek() {
            Some((TokenKind::Word | TokenKind::QuotedIdentifier, text)) => {
                self.at += 1;
                Ok(unquoted(text))
            }
            _ => self.wrong("a name"),
        }
    }

    /// Parses `( item, item )`.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect("(")?;
        let items = self.items(item)?;
        self.expect(")")?;
        Ok(items)
    }

    /// Parses `item, item`.
    fn items<T>(&mut self, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn statement(&mut self) -> Parsed<MemoryStatement> {
        let start = self.offset();
        Ok(if self.take("BEGIN") {
            MemoryStatement::Begin
        } else if self.take("COMMIT") {
            MemoryStatement::Commit
        } else if self.take("ROLLBACK") {
            MemoryStatement::Rollback
        } else if self.take("SET") {
            let name = self.name()?;
            self.expect("=")?;
            MemoryStatement::Set(name, self.literal()?)
        } else if self.take_all(&["DROP", "DATABASE"]) {
            MemoryStatement::DropDatabase(self.name()?)
        } else if self.take_all(&["CREATE", "TABLE"]) {
            let is_optional = self.take_all(&["IF", "NOT", "EXISTS"]);
            MemoryStatement::CreateTable(self.table(start)?, is_optional)
        } else if self.take_all(&["DROP", "TABLE"]) {
            let is_optional = self.take_all(&["IF", "EXISTS"]);
            MemoryStatement::DropTable(self.name()?, is_optional)
        } else if self.take_all(&["INSERT", "INTO"]) {
            let table = self.name()?;
            let has_columns = matches!(self.peek(), Some((TokenKind::Open, _)));
            let columns = if has_columns { self.list(Self::name)? } else { Vec::new() };
            self.expect("VALUES")?;
            MemoryStatement::Insert(table, columns, self.items(|row| row.list(Self::scalar))?)
        } else if self.take("UPDATE") {
            let table = self.name()?;
            self.expect("SET")?;
            let values = self.items(|value| {
                let column = value.name()?;
                value.expect("=")?;
                Ok((column, value.scalar()?))
            })?;
            MemoryStatement::Update(table, values, self.conditions()?)
        } else if self.take_all(&["DELETE", "FROM"]) {
            let table = self.name()?;
            MemoryStatement::Delete(table, self.conditions()?)
        } else {
            let mut parts = vec![self.query()?];
            while self.take_all(&["UNION", "ALL"]) {
                parts.push(self.query()?);
            }
            MemoryStatement::Select(parts)
        })
    }

    fn query(&mut self) -> Parsed<RowQuery> {
        if !self.take("SELECT") {
            return self.wrong("a statement");
        }
        let columns = self.items(Self::named_scalar)?;
        let table = if self.take("FROM") { Some(self.name()?) } else { None };
        Ok(RowQuery { columns, table, conditions: self.conditions()? })
    }

    /// Parses an expression and the name that may follow it, which has no effect.
    fn named_scalar(&mut self) -> Parsed<MemoryExpression> {
        let scalar = self.scalar()?;
        let is_clause = ["FROM", "WHERE", "UNION"].iter().any(|word| self.is(word));
        if !is_clause && matches!(self.peek(), Some((TokenKind::Word, _))) {
            self.at += 1;
        }
        Ok(scalar)
    }

    fn is(&mut self, word: &str) -> bool {
        let is = self.take(word);
        self.at -= usize::from(is);
        is
    }

    fn scalar(&mut self) -> Parsed<MemoryExpression> {
        if self.take("@") {
            return Ok(MemoryExpression::Setting(self.name()?));
        } else if self.take_all(&["COUNT", "("]) {
            let is_distinct = self.take("DISTINCT");
            let count = if self.take("*") {
                MemoryExpression::CountRows
            } else {
                MemoryExpression::Count(self.name()?, is_distinct)
            };
            self.expect(")")?;
            return Ok(count);
        } else if self.take_all(&["MAX", "("]) {
            let column = self.name()?;
            self.expect(")")?;
            return Ok(MemoryExpression::Max(column));
        }
        match self.peek() {
            Some((TokenKind::Text | TokenKind::Number, _)) => Ok(MemoryExpression::Literal(self.literal()?)),
            _ if self.is("NULL") => Ok(MemoryExpression::Literal(self.literal()?)),
            _ => self.name().map(MemoryExpression::Column),
        }
    }

    fn literal(&mut self) -> Parsed<Option<String>> {
        if self.take("NULL") {
            return Ok(None);
        }
        match self.peek() {
            Some((TokenKind::Text | TokenKind::Number, text)) => {
                self.at += 1;
                Ok(Some(unquoted(text)))
            }
            _ => self.wrong("a value"),
        }
    }

    fn conditions(&mut self) -> Parsed<Vec<RowCondition>> {
        let mut conditions = Vec::new();
        if self.take("WHERE") {
            conditions.push(self.condition()?);
            while self.take("AND") {
                conditions.push(self.condition()?);
            }
        }
        Ok(conditions)
    }

    fn condition(&mut self) -> Parsed<RowCondition> {
        let column = self.name()?;
        let values = if self.take("IN") {
            self.list(Self::scalar)?
        } else {
            self.expect("=")?;
            vec![self.scalar()?]
        };
        Ok(RowCondition { column, values })
    }

    /// Parses the name and the columns of a table whose statement starts at the byte `start`.
    fn table(&mut self, start: usize) -> Parsed<TableDefinition> {
        let name = self.name()?;
        self.expect("(")?;
        let (mut columns, mut key) = (Vec::<ColumnDefinition>::new(), None);
        loop {
            if self.take("CONSTRAINT") {
                self.name()?;
            }
            if self.take_all(&["PRIMARY", "KEY"]) {
                let of = self.list(Self::name)?;
                key = columns.iter().position(|column| of.first() == Some(&column.name));
            } else {
                let (column, is_key) = self.column()?;
                key = if is_key { Some(columns.len()) } else { key };
                columns.push(column);
            }
            if !self.take(",") {
                break;
            }
        }
        let end = self.offset() + 1;
        self.expect(")")?;
        Ok(TableDefinition { name, sql: Span::new(start, end).slice(self.text).to_owned(), columns, key })
    }

    /// Parses a column, and whether it is the primary key.
    fn column(&mut self) -> Parsed<(ColumnDefinition, bool)> {
        let name = self.name()?;
        let type_name = self.name()?;
        let length = if self.take("(") {
            let length = self.literal()?.and_then(|number| number.parse().ok());
            self.expect(")")?;
            length
        } else {
            None
        };
        let (mut is_required, mut is_key) = (false, false);
        loop {
            if self.take_all(&["NOT", "NULL"]) {
                is_required = true;
            } else if self.take_all(&["PRIMARY", "KEY"]) {
                is_key = true;
            } else if !self.take("NULL") {
                break;
            }
        }
        let is_numbered = is_key && type_name.eq_ignore_ascii_case("INTEGER");
        Ok((ColumnDefinition { name, length, is_required, is_numbered }, is_key))
    }
}
