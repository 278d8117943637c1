//! Reasons why a Python file cannot be read as a revision without running it. Contains facts with byte spans and no
//! advice.

use crate::diagnostic::Span;
use crate::id::InvalidId;

/// Reason why a Python file cannot be read as a revision without running it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PythonProblem {
    /// The value has to be computed: a call, an operator, an f-string with an expression.
    #[error("`{name}` cannot be read without running the file")]
    Computed {
        /// Name of the variable.
        name: &'static str,
    },
    /// The value is a name that the file does not assign a constant to.
    #[error("`{name}` is the value of `{constant}`, which is defined elsewhere")]
    Constant {
        /// Name of the variable.
        name: &'static str,
        /// Name used as the value, as written: `cli.EXPAND_BRANCH`.
        constant: String,
    },
    /// The variable is assigned within an `if`, `try`, `with` or loop.
    #[error("`{name}` is set in a conditional block")]
    Conditional {
        /// Name of the variable.
        name: &'static str,
    },
    /// The value is neither `None` nor a string nor a collection of strings.
    #[error("`{name}` is {found}, not {expected}")]
    WrongType {
        /// Name of the variable.
        name: &'static str,
        /// Type of the value.
        found: &'static str,
        /// Expected type.
        expected: &'static str,
    },
    /// The string is not a valid revision id.
    #[error("`{name}`: {error}")]
    InvalidId {
        /// Name of the variable.
        name: &'static str,
        /// Reason.
        error: InvalidId,
    },
    /// The file assigns `revision` but not `down_revision`.
    #[error("there is no `down_revision`")]
    NoDownRevision,
    /// The file is not valid Python: for example, a string or bracket is not closed.
    #[error("this is not Python: {0}")]
    Syntax(&'static str),
}

/// Error in a Python revision file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct PythonError {
    /// Kind of error.
    pub problem: PythonProblem,
    /// Position of the error.
    pub span: Span,
    /// Id of the revision, if it could be read.
    pub revision: Option<String>,
}

impl PythonError {
    pub(super) const fn new(problem: PythonProblem, span: Span) -> Self {
        Self { problem, span, revision: None }
    }
}
