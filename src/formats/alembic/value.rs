//! Evaluation of constant expressions: `None`, strings, collections, names of other constants, and `+` between them.
//! Anything else is not evaluated.

use std::collections::BTreeMap;

use super::error::{PythonError, PythonProblem};
use super::literal::{FStringPart, Literal, literal};
use super::token::{PythonLexer, PythonToken};
use super::{Constants, Variable};
use crate::diagnostic::Span;

/// A value, with the span of each string in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PythonValue {
    /// `None`.
    Nothing,
    /// A string.
    Text(String, Span),
    /// A tuple, list or set.
    Many(Vec<PythonValue>),
    /// Any other value, with a description for messages.
    Other(&'static str, Span),
}

/// Maximum depth of references between constants.
const DEPTH: usize = 16;
/// Maximum number of open brackets.
const DEEPEST: usize = 64;

/// Names that a value may refer to.
pub(super) struct ConstantScope<'s> {
    pub(super) text: &'s str,
    /// Offset of the value of each module-level name assigned so far.
    pub(super) names: &'s BTreeMap<&'s str, usize>,
    /// Constants given in the config.
    pub(super) constants: &'s Constants,
    /// Variable whose value is read.
    pub(super) variable: Variable,
}

impl ConstantScope<'_> {
    /// Evaluates the expression at offset `at`.
    ///
    /// # Errors
    /// [`PythonError`] if it is not a constant expression.
    pub(super) fn value(&self, at: usize) -> Result<PythonValue, PythonError> {
        self.value_at(at, 0).map(|(value, _)| value)
    }

    fn value_at(&self, at: usize, depth: usize) -> Result<(PythonValue, usize), PythonError> {
        let mut parser = Parser { scope: self, lexer: PythonLexer::new(self.text, at), depth };
        let value = parser.list_of_expressions()?;
        let end = parser.lexer.peek()?;
        // In `a = b = value`, an `=` ends the expression `b`.
        if end.ends_statement() || end.is(b'=') {
            return Ok((value, parser.lexer.at));
        }
        Err(self.computed(Span::new(at, parser.lexer.at)))
    }

    fn computed(&self, span: Span) -> PythonError {
        let text = span.slice(self.text);
        let end = text.find(['\n', '\r']).unwrap_or(text.len());
        let span = Span::new(span.start, span.start + text[..end].trim_end().len());
        PythonError::new(PythonProblem::Computed { name: self.variable.name() }, span)
    }

    /// Returns the constant called `name`: assigned earlier in the file, or given in the config.
    fn constant(&self, name: &str, span: Span, depth: usize) -> Result<PythonValue, PythonError> {
        if let Some(at) = self.names.get(name).filter(|_| depth < DEPTH) {
            return self.value_at(*at, depth + 1).map(|(value, _)| value);
        }
        let text = |value: &String| PythonValue::Text(value.clone(), span);
        match self.constants.get(name).map(Vec::as_slice) {
            Some([one]) => Ok(text(one)),
            Some(many) => Ok(PythonValue::Many(many.iter().map(text).collect())),
            None => {
                let problem = PythonProblem::Constant { name: self.variable.name(), constant: name.to_owned() };
                Err(PythonError::new(problem, span))
            }
        }
    }
}

struct Parser<'p> {
    scope: &'p ConstantScope<'p>,
    lexer: PythonLexer<'p>,
    depth: usize,
}

impl Parser<'_> {
    /// Reads `a`, or `a, b`, which is a tuple.
    fn list_of_expressions(&mut self) -> Result<PythonValue, PythonError> {
        let first = self.sum()?;
        if !self.lexer.peek()?.is(b',') {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.lexer.peek()?.is(b',') {
            self.lexer.next()?;
            let token = self.lexer.peek()?;
            if token.ends_statement() || token.is(b'=') {
                break;
            }
            items.push(self.sum()?);
        }
        Ok(PythonValue::Many(items))
    }

    fn sum(&mut self) -> Result<PythonValue, PythonError> {
        let start = self.lexer.at;
        let mut sum = self.term()?;
        while self.lexer.peek()?.is(b'+') {
            self.lexer.next()?;
            sum = match (sum, self.term()?) {
                (PythonValue::Text(one, span), PythonValue::Text(other, _)) => PythonValue::Text(one + &other, span),
                (PythonValue::Many(one), PythonValue::Many(other)) => PythonValue::Many([one, other].concat()),
                _ => return Err(self.scope.computed(Span::new(start, self.lexer.at))),
            };
        }
        Ok(sum)
    }

    fn term(&mut self) -> Result<PythonValue, PythonError> {
        let token = self.lexer.next()?;
        let value = match token {
            PythonToken::Text(span) => self.strings(span)?,
            PythonToken::Number(span) => PythonValue::Other("a number", span),
            PythonToken::Name(span) => return self.name(span),
            PythonToken::Operator(b'(', _) => self.parenthesised()?,
            PythonToken::Operator(b'[', _) => PythonValue::Many(self.items(b']')?.0),
            PythonToken::Operator(b'{', _) => PythonValue::Many(self.items(b'}')?.0),
            _ => return Err(self.scope.computed(token.span())),
        };
        // `("a", "b")[0]`, `"a".lower()`, `"%s" % x` have to be computed.
        let next = self.lexer.peek()?;
        if [b'.', b'[', b'(', b'%'].iter().any(|byte| next.is(*byte)) {
            return Err(self.scope.computed(Span::new(token.span().start, next.span().end)));
        }
        Ok(value)
    }

    /// Joins adjacent string literals.
    fn strings(&mut self, first: Span) -> Result<PythonValue, PythonError> {
        let mut text = self.string(first)?;
        let mut end = first.end;
        while let PythonToken::Text(span) = self.lexer.peek()? {
            self.lexer.next()?;
            end = span.end;
            text = match (text, self.string(span)?) {
                (PythonValue::Text(one, at), PythonValue::Text(other, _)) => PythonValue::Text(one + &other, at),
                (other @ PythonValue::Other(..), _) | (_, other) => other,
            };
        }
        Ok(match text {
            PythonValue::Text(text, _) => PythonValue::Text(text, Span::new(first.start, end)),
            other => other,
        })
    }

    fn string(&self, span: Span) -> Result<PythonValue, PythonError> {
        match literal(span.slice(self.scope.text)) {
            Literal::Text(text) => Ok(PythonValue::Text(text, span)),
            Literal::Other(what) => Ok(PythonValue::Other(what, span)),
            Literal::Format(parts) => {
                let parts = parts.iter().map(|part| self.part(part, span)).collect::<Result<String, _>>()?;
                Ok(PythonValue::Text(parts, span))
            }
        }
    }

    fn part(&self, part: &FStringPart, span: Span) -> Result<String, PythonError> {
        match part {
            FStringPart::Text(text) => Ok(text.clone()),
            FStringPart::Expression(name) if is_name(name) => match self.scope.constant(name, span, self.depth)? {
                PythonValue::Text(text, _) => Ok(text),
                _ => Err(self.scope.computed(span)),
            },
            FStringPart::Expression(_) => Err(self.scope.computed(span)),
        }
    }

    /// Reads `None`, the name of a constant, or `tuple(...)` and similar around a collection.
    fn name(&mut self, span: Span) -> Result<PythonValue, PythonError> {
        let mut whole = span;
        while self.lexer.peek()?.is(b'.') {
            self.lexer.next()?;
            whole.end = self.lexer.next()?.span().end;
        }
        let name: String = whole.slice(self.scope.text).split_whitespace().collect();
        let next = self.lexer.peek()?;
        if next.is(b'(') && ["tuple", "list", "set", "frozenset"].contains(&name.as_str()) {
            return self.conversion(whole);
        }
        if next.is(b'(') || next.is(b'[') || next.is(b'%') {
            return Err(self.scope.computed(Span::new(whole.start, self.call_end())));
        }
        match name.as_str() {
            "None" => Ok(PythonValue::Nothing),
            "True" | "False" => Ok(PythonValue::Other("true or false", whole)),
            "lambda" | "not" | "await" | "yield" => Err(self.scope.computed(whole)),
            _ => self.scope.constant(&name, whole, self.depth),
        }
    }

    /// Returns the end of the last token of the statement.
    fn call_end(&self) -> usize {
        let mut lexer = self.lexer.clone();
        let mut end = lexer.at;
        while let Ok(token) = lexer.next() {
            if token.ends_statement() {
                break;
            }
            end = token.span().end;
        }
        end
    }

    fn conversion(&mut self, name: Span) -> Result<PythonValue, PythonError> {
        self.lexer.next()?;
        match self.items(b')')?.0.as_slice() {
            [] => Ok(PythonValue::Many(Vec::new())),
            [PythonValue::Many(items)] => Ok(PythonValue::Many(items.clone())),
            _ => Err(self.scope.computed(Span::new(name.start, self.lexer.at))),
        }
    }

    /// Reads a parenthesized expression: `(a)` is `a`; `(a,)` and `()` are tuples.
    fn parenthesised(&mut self) -> Result<PythonValue, PythonError> {
        let (mut items, comma) = self.items(b')')?;
        Ok(if items.len() == 1 && !comma { items.remove(0) } else { PythonValue::Many(items) })
    }

    /// Reads the items up to and including the bracket `close`. Also returns whether the last item is followed by a
    /// comma.
    fn items(&mut self, close: u8) -> Result<(Vec<PythonValue>, bool), PythonError> {
        let mut items = Vec::new();
        let mut comma = false;
        loop {
            let token = self.lexer.peek()?;
            if token.is(close) {
                self.lexer.next()?;
                return Ok((items, comma));
            }
            if matches!(token, PythonToken::End(_)) || self.lexer.depth() > DEEPEST {
                return Err(PythonError::new(PythonProblem::Syntax("the bracket is not closed"), token.span()));
            }
            items.push(self.sum()?);
            let next = self.lexer.peek()?;
            comma = next.is(b',');
            if comma {
                self.lexer.next()?;
            } else if let PythonToken::End(span) = next {
                return Err(PythonError::new(PythonProblem::Syntax("the bracket is not closed"), span));
            } else if !next.is(close) {
                return Err(self.scope.computed(next.span()));
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_word = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    text.split('.').all(is_word)
}
