//! Reads the statements of a Python file: the docstring, and the values assigned to module-level variables of a
//! revision. Skips the bodies of functions and classes.

use std::collections::BTreeMap;

use super::error::{PythonError, PythonProblem};
use super::token::{PythonLexer, PythonToken};
use super::value::{ConstantScope, PythonValue};
use super::{Constants, Variable};
use crate::diagnostic::Span;

/// Value assigned to a variable with the span of the assignment's target, or the reason why it is unknown.
pub(super) type Assigned = Result<(PythonValue, Span), PythonError>;

/// Facts found in a file.
#[derive(Debug, Default)]
pub(super) struct Module<'t> {
    /// Docstring: the first statement if it is a string.
    pub(super) docstring: Option<Span>,
    /// Last value assigned to each variable.
    pub(super) variables: BTreeMap<Variable, Assigned>,
    /// Offset of the value last assigned to each other module-level name.
    names: BTreeMap<&'t str, usize>,
}

/// Keywords of statements whose bodies have their own scope or run later.
const BODIES: [&str; 3] = ["def", "class", "async"];
/// Keywords of statements whose bodies run conditionally in the scope of the module.
const BLOCKS: [&str; 10] = ["if", "elif", "else", "try", "except", "finally", "with", "for", "while", "match"];

/// Parses a whole file.
///
/// # Errors
/// [`PythonError`] for strings and brackets that are not closed.
pub(super) fn module<'t>(text: &'t str, constants: &Constants) -> Result<Module<'t>, PythonError> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut walker =
        Walker { lexer: PythonLexer::new(text, start), constants, found: Module::default(), first: true, hidden: None };
    while !walker.lexer.at_end() {
        walker.line()?;
    }
    Ok(walker.found)
}

struct Walker<'t, 'c> {
    lexer: PythonLexer<'t>,
    constants: &'c Constants,
    found: Module<'t>,
    /// `true` until the first statement is read.
    first: bool,
    /// Indentation of the current function or class. Lines with a deeper indentation belong to its body.
    hidden: Option<usize>,
}

impl<'t> Walker<'t, '_> {
    fn line(&mut self) -> Result<(), PythonError> {
        let indent = self.lexer.indent();
        if self.lexer.skip_blank_line() {
            return Ok(());
        }
        if self.hidden.is_some_and(|hidden| indent > hidden) {
            return self.lexer.skip_line();
        }
        self.hidden = None;
        self.statements(indent)
    }

    /// Reads the statements of one logical line.
    fn statements(&mut self, indent: usize) -> Result<(), PythonError> {
        let mut conditional = indent > 0;
        loop {
            let token = self.lexer.peek()?;
            match token {
                PythonToken::End(_) => {
                    self.lexer.next()?;
                    return Ok(());
                }
                PythonToken::Newline(_) => {
                    self.lexer.next()?;
                    return Ok(());
                }
                PythonToken::Text(span) if self.first => {
                    self.first = false;
                    self.docstring(span)?;
                }
                PythonToken::Name(span) => {
                    self.first = false;
                    let word = span.slice(self.lexer.text);
                    if BODIES.contains(&word) {
                        self.hidden = Some(indent);
                        return self.lexer.skip_line();
                    }
                    if BLOCKS.contains(&word) && !self.is_assignment()? {
                        // `if x: revision = "a"`: the statements after the colon run conditionally.
                        conditional = true;
                        if !self.behind_colon()? {
                            return Ok(());
                        }
                        continue;
                    }
                    match word {
                        "import" | "from" => self.import()?,
                        _ => self.assignment(conditional)?,
                    }
                }
                PythonToken::Operator(b'@', _) => {
                    self.first = false;
                    return self.lexer.skip_line();
                }
                _ => {
                    self.first = false;
                    self.skip_statement()?;
                }
            }
            if self.lexer.peek()?.is(b';') {
                self.lexer.next()?;
            }
        }
    }

    /// Returns `true` if the keyword at the current position is an assignment target. `match` is only a soft keyword
    /// and may be a variable.
    fn is_assignment(&self) -> Result<bool, PythonError> {
        let mut lexer = self.lexer.clone();
        lexer.next()?;
        Ok(lexer.peek()?.is(b'='))
    }

    /// Records the docstring. It may consist of several adjacent literals, which are joined when its value is read.
    fn docstring(&mut self, first: Span) -> Result<(), PythonError> {
        let mut end = first.end;
        while let PythonToken::Text(span) = self.lexer.peek()? {
            self.lexer.next()?;
            end = span.end;
        }
        if self.lexer.peek()?.ends_statement() {
            self.found.docstring = Some(Span::new(first.start, end));
            return Ok(());
        }
        self.skip_statement()
    }

    fn skip_statement(&mut self) -> Result<(), PythonError> {
        while !self.lexer.peek()?.ends_statement() {
            self.lexer.next()?;
        }
        Ok(())
    }

    /// Moves behind the colon of a compound statement. Returns `true` if a statement follows on the same line.
    fn behind_colon(&mut self) -> Result<bool, PythonError> {
        loop {
            let token = self.lexer.next()?;
            if matches!(token, PythonToken::Newline(_) | PythonToken::End(_)) {
                return Ok(false);
            }
            if token.is(b':') && self.lexer.depth() == 0 {
                return Ok(true);
            }
        }
    }

    /// Reads `import x` and `from x import y as z`. A revision variable that is imported is defined in another file.
    fn import(&mut self) -> Result<(), PythonError> {
        let mut last = None;
        let bind = |found: &mut Module<'t>, last: Option<Span>, text: &'t str| {
            let Some(span) = last else { return };
            let name = span.slice(text);
            // From here on the name no longer refers to a constant of this file.
            found.names.remove(name);
            if let Some(variable) = Variable::named(name) {
                let problem = PythonProblem::Constant { name: variable.name(), constant: name.to_owned() };
                found.variables.insert(variable, Err(PythonError::new(problem, span)));
            }
        };
        while !self.lexer.peek()?.ends_statement() {
            match self.lexer.next()? {
                PythonToken::Name(span) => last = Some(span),
                token if token.is(b',') || token.is(b')') => bind(&mut self.found, last.take(), self.lexer.text),
                _ => {}
            }
        }
        bind(&mut self.found, last, self.lexer.text);
        Ok(())
    }

    /// Reads `a = b = value`, `a: T = value` and `a, b = value, value`. Skips any other statement that begins with a
    /// name.
    fn assignment(&mut self, conditional: bool) -> Result<(), PythonError> {
        let mut targets: Vec<Span> = Vec::new();
        let mut unpacked = false;
        let mut pending: Vec<Span> = Vec::new();
        let mut value = None;
        while !self.lexer.peek()?.ends_statement() {
            let token = self.lexer.next()?;
            match token {
                PythonToken::Name(span) => pending.push(span),
                token if token.is(b',') || token.is(b'(') || token.is(b')') => {}
                token if token.is(b':') && value.is_none() && pending.len() == 1 => self.annotation()?,
                token if token.is(b'=') => {
                    unpacked |= pending.len() > 1;
                    targets.append(&mut pending);
                    value = Some(self.lexer.at);
                    // Skips the value, unless another `=` follows: then it is a target.
                    self.value_end()?;
                }
                PythonToken::Operator(..) if self.augmented(token, &pending) => {
                    return self.augment(pending.first().copied());
                }
                _ => return self.skip_statement(),
            }
        }
        let Some(at) = value else { return Ok(()) };
        if unpacked {
            return self.unpack(&targets, at, conditional);
        }
        for span in targets {
            self.set(span, at, conditional);
        }
        Ok(())
    }

    /// Skips an annotation, up to its `=` or the end of the statement.
    fn annotation(&mut self) -> Result<(), PythonError> {
        let depth = self.lexer.depth();
        loop {
            let token = self.lexer.peek()?;
            if token.ends_statement() || (token.is(b'=') && self.lexer.depth() == depth) {
                return Ok(());
            }
            self.lexer.next()?;
        }
    }

    /// Moves to the end of the value if the statement ends there. Stays in place if another `=` follows, because the
    /// names before it are targets.
    fn value_end(&mut self) -> Result<(), PythonError> {
        let depth = self.lexer.depth();
        let mut lexer = self.lexer.clone();
        let mut in_lambda = false;
        loop {
            let token = lexer.peek()?;
            if token.ends_statement() {
                self.lexer = lexer;
                return Ok(());
            }
            // `lambda x=1: x` contains an `=` that does not assign.
            in_lambda |= matches!(token, PythonToken::Name(span) if span.slice(lexer.text) == "lambda");
            if token.is(b'=') && lexer.depth() == depth && !in_lambda {
                // The supposed value is another target: the caller reads it again as such.
                return Ok(());
            }
            lexer.next()?;
        }
    }

    fn augmented(&self, token: PythonToken, pending: &[Span]) -> bool {
        let PythonToken::Operator(byte, span) = token else { return false };
        let assigns = span.end == span.start + 2 && span.slice(self.lexer.text).ends_with('=');
        pending.len() == 1 && assigns && !b"=!<>:".contains(&byte)
    }

    /// `revision += "x"`: the result is not computed.
    fn augment(&mut self, target: Option<Span>) -> Result<(), PythonError> {
        let Some(span) = target else { return self.skip_statement() };
        let name = span.slice(self.lexer.text);
        self.found.names.remove(name);
        if let Some(variable) = Variable::named(name) {
            let problem = PythonProblem::Computed { name: variable.name() };
            self.found.variables.insert(variable, Err(PythonError::new(problem, span)));
        }
        self.skip_statement()
    }

    fn set(&mut self, target: Span, at: usize, conditional: bool) {
        let text = self.lexer.text;
        let name = target.slice(text);
        let Some(variable) = Variable::named(name) else {
            if conditional {
                self.found.names.remove(name);
            } else {
                self.found.names.insert(name, at);
            }
            return;
        };
        let value = match conditional {
            true => Err(PythonError::new(PythonProblem::Conditional { name: variable.name() }, target)),
            false => self.scope(variable).value(at).map(|value| (value, target)),
        };
        self.found.variables.insert(variable, value);
    }

    fn scope(&self, variable: Variable) -> ConstantScope<'_> {
        ConstantScope { text: self.lexer.text, names: &self.found.names, constants: self.constants, variable }
    }

    fn unpack(&mut self, targets: &[Span], at: usize, conditional: bool) -> Result<(), PythonError> {
        for (index, target) in targets.iter().enumerate() {
            let name = target.slice(self.lexer.text);
            let Some(variable) = Variable::named(name) else {
                self.found.names.remove(name);
                continue;
            };
            let value = match self.scope(variable).value(at) {
                _ if conditional => Err(PythonProblem::Conditional { name: variable.name() }),
                Ok(PythonValue::Many(items)) if items.len() == targets.len() => {
                    items.get(index).cloned().ok_or(PythonProblem::Computed { name: variable.name() })
                }
                _ => Err(PythonProblem::Computed { name: variable.name() }),
            };
            let value = value.map(|value| (value, *target)).map_err(|problem| PythonError::new(problem, *target));
            self.found.variables.insert(variable, value);
        }
        Ok(())
    }
}
