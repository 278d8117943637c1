//! Conversion of scripts written for psql: variables become template variables; commands are replaced, removed or kept
//! with a warning.
//!
//! Source: PostgreSQL's manual, psql, "Variables", "SQL Interpolation", "Meta-Commands". psql replaces `:name`,
//! `:'name'` and `:"name"` outside quotes. A variable that the script sets is set in the template; any other one is
//! read from `x`.

use std::collections::BTreeSet;

use crate::diagnostic::Span;
use crate::formats::{Caution, File, Notes, SectionText, placeholders};
use crate::sql::{self, Dialect, Lexer, Token, TokenKind};

/// Commands that only affect psql's own output and are removed.
const TALK: [&str; 15] = [
    "\\pset",
    "\\timing",
    "\\echo",
    "\\qecho",
    "\\warn",
    "\\x",
    "\\a",
    "\\t",
    "\\H",
    "\\C",
    "\\f",
    "\\T",
    "\\unset",
    "\\conninfo",
    "\\encoding",
];
/// Variables that control psql itself.
const OWN: [&str; 9] = [
    "ON_ERROR_STOP",
    "ON_ERROR_ROLLBACK",
    "QUIET",
    "VERBOSITY",
    "ECHO",
    "ECHO_HIDDEN",
    "AUTOCOMMIT",
    "SHOW_CONTEXT",
    "SINGLELINE",
];
/// Maximum depth of includes.
const DEEPEST: usize = 10;

/// Converts the script `file` to SQL or a template. `files` are the files that it may include.
pub(super) fn converted(file: &File, files: &[File], notes: &mut Notes<'_>) -> SectionText {
    let text = file.content();
    if !text.contains([':', '\\']) {
        return (text.to_owned(), false);
    }
    let text = included(file, files, notes, 0);
    // The text becomes a template only if it contains a variable, and only then braces must be escaped. So a first
    // pass, whose warnings are dropped, finds out which.
    let mut unheard = Vec::new();
    let plain = Conversion::new(&text, false, &mut Notes::new("", &mut unheard));
    match plain.is_template {
        false => {
            let result = Conversion::new(&text, false, notes);
            (result.text, false)
        }
        true => (Conversion::new(&text, true, notes).text, true),
    }
}

/// Replaces `\i` and `\ir` commands by the content of the files they name, if these exist.
fn included(file: &File, files: &[File], notes: &mut Notes<'_>, depth: usize) -> String {
    let mut result = String::new();
    for line in file.content().split_inclusive('\n') {
        let other = include_of(line).and_then(|(path, beside)| find(file, files, path, beside));
        match other.filter(|_| depth < DEEPEST) {
            Some(other) => {
                notes.add(Caution::Included { command: line.trim().to_owned() });
                let text = included(other, files, notes, depth + 1);
                result.push_str(&text);
                result.push_str(if text.ends_with('\n') { "" } else { "\n" });
            }
            None => result.push_str(line),
        }
    }
    result
}

/// Parses an include command. Returns the path and whether it is relative to the script.
fn include_of(line: &str) -> Option<(&str, bool)> {
    let (command, path) = line.trim().split_once(char::is_whitespace)?;
    let beside = match command {
        "\\i" | "\\include" => false,
        "\\ir" | "\\include_relative" => true,
        _ => return None,
    };
    Some((path.trim().trim_matches('\''), beside))
}

fn find<'f>(from: &File, files: &'f [File], path: &str, beside: bool) -> Option<&'f File> {
    let mut parts: Vec<&str> = Vec::new();
    if beside {
        parts.extend(from.folder().split('/').filter(|part| !part.is_empty()));
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    files.iter().find(|file| file.path == path)
}

/// State of a conversion.
struct Conversion<'t> {
    source: &'t str,
    text: String,
    is_template: bool,
    /// `true` if template syntax outside variables is escaped.
    keeps: bool,
    /// Variables set by the script.
    set: BTreeSet<&'t str>,
    brackets: usize,
    /// Offset of the current statement.
    statement: usize,
}

impl<'t> Conversion<'t> {
    fn new(source: &'t str, keeps: bool, notes: &mut Notes<'_>) -> Self {
        let (text, set) = (String::with_capacity(source.len()), BTreeSet::new());
        let mut conversion = Self { source, text, is_template: false, keeps, set, brackets: 0, statement: 0 };
        let mut at = 0;
        while at < source.len() {
            at = conversion.run(at, notes);
        }
        conversion
    }

    /// Processes tokens from offset `from` on. Returns the offset at which a new lexer has to start.
    fn run(&mut self, from: usize, notes: &mut Notes<'_>) -> usize {
        let source = self.source;
        let rest = &source[from..];
        let mut tokens = Lexer::new(rest, Dialect::POSTGRES).peekable();
        while let Some(token) = tokens.next() {
            let Ok(Token { kind, span }) = token else { break };
            let (span, text) = (span.shifted(from), span.slice(rest));
            match (kind, text) {
                (TokenKind::Backslash, _) => return self.command(span.start, notes),
                (TokenKind::Semicolon, _) => {
                    self.keep(span);
                    if self.copies(span.start) {
                        return self.data(span.end);
                    }
                    self.statement = span.end;
                }
                (TokenKind::Operator, ":") => {
                    let next = tokens.peek().and_then(|token| token.as_ref().ok().copied());
                    match next.and_then(|next| self.variable(next.kind, next.span.slice(rest))) {
                        Some(replacement) => {
                            let name = format!(":{}", next.map(|next| next.span.slice(rest)).unwrap_or_default());
                            self.replace(&name, &replacement, notes);
                            tokens.next();
                        }
                        None => self.keep(span),
                    }
                }
                _ => {
                    self.brackets = match text {
                        "[" => self.brackets + 1,
                        "]" => self.brackets.saturating_sub(1),
                        _ => self.brackets,
                    };
                    self.keep(span);
                }
            }
        }
        // Text that the lexer rejects is kept; splitting the script reports the error later.
        let done = Lexer::new(rest, Dialect::POSTGRES).map_while(Result::ok).last().map_or(0, |token| token.span.end);
        self.keep(Span::new(from + done, source.len()));
        source.len()
    }

    fn keep(&mut self, span: Span) {
        let text = span.slice(self.source);
        if self.keeps && text.contains('{') {
            self.text.push_str(&placeholders::escaped(text));
        } else {
            self.text.push_str(text);
        }
    }

    /// Returns the replacement for the variable after a colon: its template variable and the text to insert. `None` if
    /// it is not a variable.
    fn variable(&self, kind: TokenKind, text: &str) -> Option<(String, String)> {
        let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote).filter(|name| is_name(name));
        let of = |name: &str| if self.set.contains(name) { name.to_owned() } else { placeholders::variable(name) };
        // Quotes in expressions are escape sequences: the template is split into SQL statements before it is rendered.
        match kind {
            // Within brackets a colon separates the bounds of an array slice.
            TokenKind::Word if self.brackets == 0 && is_name(text) => {
                Some((of(text), format!("{{{{ {} }}}}", of(text))))
            }
            TokenKind::Text => {
                let name = of(quoted('\'')?);
                let doubled = "replace(\"\\u0027\", \"\\u0027\\u0027\")";
                Some((name.clone(), format!("'{{{{ {name} | {doubled} }}}}'")))
            }
            TokenKind::QuotedIdentifier => {
                let name = of(quoted('"')?);
                let doubled = "replace('\\u0022', '\\u0022\\u0022')";
                Some((name.clone(), format!("\"{{{{ {name} | {doubled} }}}}\"")))
            }
            _ => None,
        }
    }

    fn replace(&mut self, name: &str, (variable, text): &(String, String), notes: &mut Notes<'_>) {
        self.is_template = true;
        if variable.starts_with("x.") || variable.starts_with("x[") {
            notes.add(Caution::Variable { name: name.to_owned(), variable: variable.clone() });
        }
        self.text.push_str(text);
    }

    /// Processes the command at `start`, which extends to the end of the line. Returns the offset of the next line.
    fn command(&mut self, start: usize, notes: &mut Notes<'_>) -> usize {
        let source = self.source;
        let rest = &source[start..];
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let end = start + line.len();
        let command = line.trim_end();
        let (word, arguments) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let shown = command.to_owned();
        match word {
            "\\restrict" | "\\unrestrict" => self.text.push_str(line),
            "\\set" => match assignment(arguments) {
                Some((name, _)) if OWN.contains(&name) => notes.add(Caution::CommandDropped { command: shown }),
                Some((name, value)) => {
                    self.set.insert(name);
                    self.is_template = true;
                    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
                    // In a comment, so that the line is not part of a statement.
                    self.text.push_str(&format!("-- {{% set {name} = \"{value}\" %}}\n"));
                }
                None => self.left(line, notes),
            },
            word if TALK.contains(&word) => notes.add(Caution::CommandDropped { command: shown }),
            _ => self.left(line, notes),
        }
        end
    }

    fn left(&mut self, line: &str, notes: &mut Notes<'_>) {
        notes.add(Caution::CommandLeft { command: line.trim_end().to_owned() });
        self.text.push_str(line);
    }

    /// Returns `true` if the statement that ends at `end` is `COPY ... FROM stdin`.
    fn copies(&self, end: usize) -> bool {
        let statement = &self.source[self.statement..end];
        let words: Vec<String> = sql::keywords(statement, Dialect::POSTGRES).collect();
        let from_stdin =
            words.windows(2).any(|pair| matches!(pair, [from, stdin] if from == "FROM" && stdin == "STDIN"));
        words.first().is_some_and(|word| word == "COPY") && from_stdin
    }

    /// Keeps the data of a COPY unchanged. Returns the offset at which SQL continues.
    fn data(&mut self, start: usize) -> usize {
        let rest = &self.source[start..];
        let mut length = 0;
        for line in rest.split_inclusive('\n') {
            length += line.len();
            if line.trim_end() == "\\." {
                break;
            }
        }
        self.keep(Span::new(start, start + length));
        self.statement = start + length;
        self.statement
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Parses `name value`, if the value is a single word or in quotes without escapes.
fn assignment(arguments: &str) -> Option<(&str, String)> {
    let (name, value) = arguments.trim().split_once(char::is_whitespace).unwrap_or((arguments.trim(), ""));
    let value = value.trim();
    let inside = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let simple = match inside {
        Some(inside) => inside.replace("''", "'"),
        None if value.contains([' ', '\t', '\'', '"', '`', ':', '\\']) => return None,
        None => value.to_owned(),
    };
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts && is_name(name) && !simple.contains('\\')).then_some((name, simple))
}
