//! Case files of `aludel test`: rows that are put in at a revision, steps up and down, and what a query has to find.
//! Text only: the markers are comments as the dialect's lexer finds them, so that one in a string is part of the string.

mod error;
mod marker;
mod table;
#[cfg(test)]
mod tests;

use crate::diagnostic::Span;
use crate::sql::{self, Dialect, Lexer, StatementKind, TokenKind};

pub use error::CaseFileError;
pub use marker::CaseMarker;
pub use table::ExpectedTable;

use marker::marker_of;

/// Target of a marker, with its position in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseTarget {
    /// Target as written.
    pub text: String,
    /// Bytes of the target.
    pub span: Span,
}

/// Rows that every case gets when its history passes a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixture {
    /// Revision after which the rows are put in.
    pub at: CaseTarget,
    /// SQL that puts them in.
    pub sql: Span,
}

/// One test case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// Name; `None` for a case that is named after its file.
    pub name: Option<String>,
    /// Position of the history at which the case begins.
    pub at: CaseTarget,
    /// Steps, in order.
    pub steps: Vec<CaseStep>,
}

/// Step of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseStep {
    /// Runs SQL.
    Run(Span),
    /// Upgrades to the target.
    Upgrade(CaseTarget),
    /// Downgrades to the target.
    Downgrade(CaseTarget),
    /// Runs queries, which have to find nothing.
    ExpectNothing(Vec<Span>),
    /// Runs a query, which has to find these rows, in any order.
    ExpectRows(Span, ExpectedTable),
}

/// Parsed case file. Spans are byte ranges of its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFile {
    /// Fixtures, in file order.
    pub fixtures: Vec<Fixture>,
    /// Cases, in file order.
    pub cases: Vec<TestCase>,
}

impl CaseFile {
    /// Parses a complete file.
    ///
    /// # Errors
    /// [`CaseFileError`], with spans of `text`.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, CaseFileError> {
        let mut parser = CaseParser { text, dialect, file: Self::default(), open: OpenItem::None };
        let comments = line_comments(text, dialect)?;
        let mut markers = Vec::new();
        for span in &comments {
            markers.extend(marker_of(*span, text)?.map(|marker| (marker, *span)));
        }
        let first = markers.first().map_or(text.len(), |(_, span)| span.start);
        if let Some(span) = parser.first_statement(Span::new(0, first))? {
            return Err(if markers.is_empty() {
                CaseFileError::NoMarker { span }
            } else {
                CaseFileError::OutsideCase { span }
            });
        }
        let ends = markers.iter().skip(1).map(|(_, span)| span.start).chain([text.len()]);
        for ((marker, span), end) in markers.iter().zip(ends) {
            let body = Span::new(span.end, end);
            let lines: Vec<Span> =
                comments.iter().copied().filter(|line| line.start >= body.start && line.end <= body.end).collect();
            parser.part(marker, *span, body, &lines)?;
        }
        parser.finish()
    }
}

/// Returns `true` if the text has a line that is a marker. The text need not be valid SQL of any dialect.
#[must_use]
pub fn has_case_marker(text: &str) -> bool {
    super::lines::lines_from(text, 0).any(|line| matches!(marker_of(line.span(), text), Ok(Some(_))))
}

/// Returns the spans of the `--` comments that begin at the start of a line.
fn line_comments(text: &str, dialect: Dialect) -> Result<Vec<Span>, CaseFileError> {
    let mut comments = Vec::new();
    for token in Lexer::new(text, dialect) {
        let token = token.map_err(CaseFileError::Split)?;
        let line = text.get(..token.span.start).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        if token.kind == TokenKind::Comment && token.span.slice(text).starts_with("--") && line.trim().is_empty() {
            comments.push(token.span);
        }
    }
    Ok(comments)
}

/// Fixture or case that the next marker may continue.
enum OpenItem {
    None,
    /// `@case` without its `@at`: the name, and the marker.
    Named(String, Span),
    /// The last case of the file.
    Case,
}

struct CaseParser<'t> {
    text: &'t str,
    dialect: Dialect,
    file: CaseFile,
    open: OpenItem,
}

impl CaseParser<'_> {
    fn part(
        &mut self,
        (word, argument): &(CaseMarker, Option<Span>),
        marker: Span,
        body: Span,
        lines: &[Span],
    ) -> Result<(), CaseFileError> {
        let needs = || CaseFileError::NoArgument { span: marker, marker: *word };
        let target = || {
            let span = argument.ok_or_else(needs)?;
            Ok(CaseTarget { text: span.slice(self.text).to_owned(), span })
        };
        if let (OpenItem::Named(_, span), false) = (&self.open, *word == CaseMarker::At) {
            return Err(CaseFileError::NoStart { span: *span });
        }
        match word {
            CaseMarker::Case => {
                let name = argument.ok_or_else(needs)?.slice(self.text).to_owned();
                self.open = OpenItem::Named(name, marker);
                self.nothing_in(body)
            }
            CaseMarker::At => {
                let name = match std::mem::replace(&mut self.open, OpenItem::Case) {
                    OpenItem::Named(name, _) => Some(name),
                    OpenItem::None | OpenItem::Case => None,
                };
                let at = target()?;
                self.file.cases.push(TestCase { name, at, steps: Vec::new() });
                self.run(body)
            }
            CaseMarker::Fixture => {
                self.open = OpenItem::None;
                let at = target()?;
                self.file.fixtures.push(Fixture { at, sql: body });
                Ok(())
            }
            CaseMarker::Upgrade => {
                let step = CaseStep::Upgrade(target()?);
                self.step(step, marker)?;
                self.run(body)
            }
            CaseMarker::Downgrade => {
                let step = CaseStep::Downgrade(target()?);
                self.step(step, marker)?;
                self.run(body)
            }
            CaseMarker::Expect => {
                let step = self.expect(marker, body, lines)?;
                self.step(step, marker)
            }
        }
    }

    fn expect(&self, marker: Span, body: Span, lines: &[Span]) -> Result<CaseStep, CaseFileError> {
        let queries = self.statements(body)?;
        if let Some(span) = queries.iter().find(|span| !sql::is_query(span.slice(self.text), self.dialect)) {
            return Err(CaseFileError::NotAQuery { span: *span });
        }
        let table = ExpectedTable::parse(lines, self.text)?;
        match (queries.as_slice(), table) {
            ([], _) => Err(CaseFileError::NoQuery { span: marker }),
            (_, None) => Ok(CaseStep::ExpectNothing(queries)),
            ([query], Some(table)) if query.end <= table.span.start => Ok(CaseStep::ExpectRows(*query, table)),
            ([.., query], Some(_)) => Err(CaseFileError::TableOfSeveral { span: *query }),
        }
    }

    /// Adds a step to the case that is open.
    fn step(&mut self, step: CaseStep, marker: Span) -> Result<(), CaseFileError> {
        let case = match self.open {
            OpenItem::Case => self.file.cases.last_mut(),
            OpenItem::None | OpenItem::Named(..) => None,
        };
        case.ok_or(CaseFileError::OutsideCase { span: marker })?.steps.push(step);
        Ok(())
    }

    fn run(&mut self, body: Span) -> Result<(), CaseFileError> {
        match self.first_statement(body)? {
            Some(span) => self.step(CaseStep::Run(body), span),
            None => Ok(()),
        }
    }

    fn nothing_in(&self, body: Span) -> Result<(), CaseFileError> {
        match self.first_statement(body)? {
            Some(span) => Err(CaseFileError::OutsideCase { span }),
            None => Ok(()),
        }
    }

    fn first_statement(&self, body: Span) -> Result<Option<Span>, CaseFileError> {
        Ok(self.statements(body)?.first().copied())
    }

    fn statements(&self, body: Span) -> Result<Vec<Span>, CaseFileError> {
        let pieces = sql::split(body.slice(self.text), self.dialect).map_err(|mut error| {
            error.span = error.span.shifted(body.start);
            CaseFileError::Split(error)
        })?;
        let sent = pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing);
        Ok(sent.map(|piece| piece.sql.shifted(body.start)).collect())
    }

    fn finish(self) -> Result<CaseFile, CaseFileError> {
        match self.open {
            OpenItem::Named(_, span) => Err(CaseFileError::NoStart { span }),
            OpenItem::None | OpenItem::Case => Ok(self.file),
        }
    }
}
