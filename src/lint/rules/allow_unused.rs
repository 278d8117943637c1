//! `allow-unused`. The linter itself finds it, when all other rules have been asked.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "allow-unused",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "An allowance that nothing needs",
    danger: "The statement has changed, or the rule has learned: the next real finding would be hidden by it.",
    safe: "Remove the comment.",
    scales: false,
    check: |_, _| {},
};
