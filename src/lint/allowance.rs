//! Allowances: `-- lint: allow RULE because REASON` before a statement, or in the header of a revision.

use crate::diagnostic::Span;

/// An allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowance {
    /// Code of the rule.
    pub(super) rule: String,
    /// Reason; empty if none is given.
    pub(super) reason: String,
    /// Its bytes in the section; `None` for one of the header.
    pub(super) span: Option<Span>,
    /// Statement that it is for; `None` for all of the revision.
    pub(super) statement: Option<usize>,
}

/// Returns the allowances in comments. `text` starts at `offset` of the section.
pub(super) fn in_comments(text: &str, offset: usize, statement: Option<usize>) -> Vec<Allowance> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if let Some(rest) = trimmed.strip_prefix("--").and_then(|rest| rest.trim_start().strip_prefix("lint:")) {
            let at = offset + start + line.len() - line.trim_start().len();
            let span = Some(Span::new(at, at + trimmed.len()));
            found.extend(parsed(rest).map(|(rule, reason)| Allowance { rule, reason, span, statement }));
        }
        start += line.len();
    }
    found
}

/// Parses `allow RULE[, RULE] because REASON`.
fn parsed(text: &str) -> impl Iterator<Item = (String, String)> + use<> {
    let rest = text.trim().strip_prefix("allow").unwrap_or_default();
    let (rules, reason) = match rest.split_once(" because ") {
        Some((rules, reason)) => (rules, reason.trim()),
        None => (rest.trim_end_matches(" because"), ""),
    };
    let rules: Vec<_> = rules.split([',', ' ']).filter(|rule| !rule.is_empty()).map(str::to_owned).collect();
    let reason = reason.to_owned();
    rules.into_iter().map(move |rule| (rule, reason.clone()))
}

/// Parses an entry of the header: `allow RULE because REASON`.
pub(super) fn in_header(entry: &str) -> impl Iterator<Item = Allowance> {
    parsed(entry).map(|(rule, reason)| Allowance { rule, reason, span: None, statement: None })
}

/// Returns `true` if an entry of the header allows the rule and gives a reason.
#[must_use]
pub fn is_allowed_in_header(entries: &[String], rule: &str) -> bool {
    let mut allowances = entries.iter().flat_map(|entry| in_header(entry));
    allowances.any(|allowance| allowance.rule == rule && !allowance.reason.is_empty())
}
