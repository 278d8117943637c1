//! `history-heads`. Findings in the graph, not in a statement.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "history-heads",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "Several heads",
    danger: "`head` means none of them: an upgrade stops and asks which one is meant.",
    safe: "Merge them: `aludel merge heads`, or give lines that are meant to be separate a label each.",
    scales: false,
    check: |_, _| {},
};
