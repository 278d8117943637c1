//! Extraction of a revision's metadata from a Python file.

use super::docstring;
use super::error::{PythonError, PythonProblem};
use super::literal::{Literal, literal};
use super::module::{Assigned, Module, module};
use super::token::{PythonLexer, PythonToken};
use super::value::PythonValue;
use super::{Constants, Variable};
use crate::diagnostic::Span;
use crate::id::{InvalidId, RevisionId};

/// Metadata of a Python revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonRevision {
    /// Id of the revision.
    pub revision: RevisionId,
    /// Ids of its parents.
    pub down_revisions: Vec<RevisionId>,
    /// Ids and labels of revisions that must be applied first.
    pub depends_on: Vec<String>,
    /// Labels that the revision declares.
    pub branch_labels: Vec<String>,
    /// First paragraph of the docstring as a single line.
    pub message: Option<String>,
    /// `Create Date` of the docstring as RFC 3339; taken as UTC if it has no offset.
    pub created: Option<String>,
}

/// Returns `true` if Alembic reads a file of this name (`alembic.script.base._only_source_rev_file`). Resource forks of
/// macOS (`._x.py`) are binary and excluded as well.
#[must_use]
pub fn is_revision_file(name: &[u8]) -> bool {
    let ignored: [&[u8]; 3] = [b".#", b"__init__", b"._"];
    name.ends_with(b".py") && !ignored.iter().any(|start| name.starts_with(start))
}

/// Reads a Python file with this name and text. Returns `None` if it has no `revision` and thus is not a revision file.
///
/// # Errors
/// [`PythonError`] with a span of `text` if a value cannot be determined without running the file.
pub fn read(name: &str, text: &str, constants: &Constants) -> Result<Option<PythonRevision>, PythonError> {
    let mut module = module(text, constants)?;
    let id = match module.variables.remove(&Variable::Revision) {
        Some(assigned) => id(assigned)?,
        None => match legacy_id(name).filter(|_| module.variables.contains_key(&Variable::DownRevision)) {
            Some(id) => (id, Span::default()),
            None => return Ok(None),
        },
    };
    let (revision, span) = id;
    let id = revision.as_str().to_owned();
    let rest = rest(text, module, revision, span);
    rest.map(Some).map_err(|error| PythonError { revision: Some(id), ..error })
}

/// Returns the id of a file of Alembic 0.1, which had it only in the file name (`_legacy_rev` of
/// `alembic.script.base`).
fn legacy_id(name: &str) -> Option<RevisionId> {
    let stem = name.strip_suffix(".py")?;
    let is_hex = !stem.is_empty() && stem.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_hex { RevisionId::new(stem).ok() } else { None }
}

fn rest(text: &str, mut module: Module<'_>, revision: RevisionId, span: Span) -> Result<PythonRevision, PythonError> {
    let down = module.variables.remove(&Variable::DownRevision);
    let down = down.ok_or_else(|| PythonError::new(PythonProblem::NoDownRevision, span))?;
    let down_revisions = texts(Variable::DownRevision, down)?
        .into_iter()
        .map(|(text, span)| new_id(Variable::DownRevision, &text, span))
        .collect::<Result<_, _>>()?;
    let mut symbols = |variable| match module.variables.remove(&variable) {
        None => Ok(Vec::new()),
        // Alembic ignores an empty string.
        Some(assigned) => texts(variable, assigned)
            .map(|texts| texts.into_iter().map(|(text, _)| text).filter(|text| !text.is_empty()).collect()),
    };
    let branch_labels = symbols(Variable::BranchLabels)?;
    let depends_on = symbols(Variable::DependsOn)?;
    let doc = module.docstring.map(|span| docstring_text(text, span)).unwrap_or_default();
    let (message, created) = (docstring::message(&doc), docstring::created(&doc));
    Ok(PythonRevision { revision, down_revisions, depends_on, branch_labels, message, created })
}

fn docstring_text(text: &str, span: Span) -> String {
    let mut lexer = PythonLexer::new(&text[..span.end], span.start);
    let mut doc = String::new();
    while let Ok(PythonToken::Text(span)) = lexer.next() {
        let source = span.slice(text);
        match literal(source) {
            // Bytes and f-strings are not docstrings.
            Literal::Text(part) if !source.starts_with(['f', 'F']) => doc += &part,
            _ => return String::new(),
        }
    }
    doc
}

fn id(assigned: Assigned) -> Result<(RevisionId, Span), PythonError> {
    let variable = Variable::Revision;
    match assigned? {
        (PythonValue::Text(text, span), _) => Ok((new_id(variable, &text, span)?, span)),
        (value, target) => Err(wrong_type(variable, &value, target, "text")),
    }
}

fn new_id(variable: Variable, text: &str, span: Span) -> Result<RevisionId, PythonError> {
    let wrong = |error: InvalidId| PythonError::new(PythonProblem::InvalidId { name: variable.name(), error }, span);
    RevisionId::new(text).map_err(wrong)
}

/// Accepts `None`, a string or a collection of strings. Returns the strings with their spans.
fn texts(variable: Variable, assigned: Assigned) -> Result<Vec<(String, Span)>, PythonError> {
    let (value, target) = assigned?;
    let items = match value {
        PythonValue::Nothing => Vec::new(),
        PythonValue::Many(items) => items,
        one => vec![one],
    };
    let mut texts = Vec::new();
    for item in items {
        match item {
            PythonValue::Text(text, span) => texts.push((text, span)),
            // Alembic reads `(None,)` as `None`.
            PythonValue::Nothing => {}
            other => return Err(wrong_type(variable, &other, target, "None, text or a collection of texts")),
        }
    }
    Ok(texts)
}

fn wrong_type(variable: Variable, value: &PythonValue, target: Span, expected: &'static str) -> PythonError {
    let (found, span) = match value {
        PythonValue::Nothing => ("None", target),
        PythonValue::Many(_) => ("a collection", target),
        PythonValue::Text(_, span) => ("text", *span),
        PythonValue::Other(found, span) => (*found, *span),
    };
    PythonError::new(PythonProblem::WrongType { name: variable.name(), found, expected }, span)
}

/// Returns the span of the variable's name in its last assignment, or of the error in that assignment.
#[must_use]
pub fn place_of(text: &str, variable: Variable) -> Option<Span> {
    let module = module(text, &Constants::new()).ok()?;
    match module.variables.get(&variable)? {
        Ok((_, target)) => Some(*target),
        Err(error) => Some(error.span),
    }
}
