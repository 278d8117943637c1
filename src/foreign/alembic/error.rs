//! Why a Python file cannot be read as a revision without running it. Facts with byte spans; no advice.

use crate::diagnostic::Span;
use crate::id::InvalidId;

/// Why a Python file cannot be read as a revision without running it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PythonProblem {
    /// The value has to be computed: a call, an f-string with one, an operator.
    #[error("`{name}` cannot be read without running the file")]
    Computed {
        /// The variable.
        name: &'static str,
    },
    /// The value is that of a name that the file does not set to a constant.
    #[error("`{name}` is the value of `{constant}`, which stands elsewhere")]
    Constant {
        /// The variable.
        name: &'static str,
        /// The name, as written: `cli.EXPAND_BRANCH`.
        constant: String,
    },
    /// The variable is set within an `if`, `try`, `with` or loop.
    #[error("`{name}` is set in a block that may run or not")]
    Conditional {
        /// The variable.
        name: &'static str,
    },
    /// The value is neither None nor text nor a collection of texts.
    #[error("`{name}` is {found}, not {expected}")]
    WrongType {
        /// The variable.
        name: &'static str,
        /// What it is.
        found: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// A text that is no revision id.
    #[error("`{name}`: {error}")]
    InvalidId {
        /// The variable.
        name: &'static str,
        /// Why not.
        error: InvalidId,
    },
    /// There is a `revision`, and no `down_revision`.
    #[error("there is no `down_revision`")]
    NoDownRevision,
    /// A string, bracket or value that does not end, or something that is no Python.
    #[error("this is no Python: {0}")]
    Syntax(&'static str),
}

/// A file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct PythonError {
    /// What is wrong.
    pub problem: PythonProblem,
    /// Where.
    pub span: Span,
    /// The revision's id, as far as that could be read.
    pub revision: Option<String>,
}

impl PythonError {
    pub(super) const fn new(problem: PythonProblem, span: Span) -> Self {
        Self { problem, span, revision: None }
    }
}
