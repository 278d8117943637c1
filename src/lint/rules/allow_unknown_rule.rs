//! `allow-unknown-rule`. The linter itself finds it, when all other rules have been asked.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "allow-unknown-rule",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "An allowance of a rule that does not exist",
    danger: "A misspelt code allows nothing.",
    safe: "Write the code as the finding prints it.",
    scales: false,
    check: |_, _| {},
};
