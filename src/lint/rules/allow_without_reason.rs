//! `allow-without-reason`. The linter itself finds it, when all other rules have been asked.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "allow-without-reason",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "An allowance without a reason",
    danger: "In a year the reason for accepting the danger is forgotten, and whether it still holds.",
    safe: "Write `-- lint: allow RULE because REASON`.",
    scales: false,
    check: |_, _| {},
};
