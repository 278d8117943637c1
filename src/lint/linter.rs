//! Asks the rules about revisions, in their order.

use std::collections::BTreeSet;

use super::allowance::{self, Allowance};
use super::finding::{Finding, Severity};
use super::revision_view::LintedRevision;
use super::rule::{Findings, FoundItem, Rule, View};
use super::rules::{self, rule_named};
use super::settings::{LintSettings, RuleLevel};
use super::sizes::TableSizes;
use crate::ddl::{DdlServer, Outline};
use crate::id::RevisionId;
use crate::sql::SplitError;
use crate::units;

/// Section of a revision that is examined.
#[derive(Debug, Clone)]
pub struct RevisionText {
    /// Id of the revision.
    pub id: RevisionId,
    /// Text of the section, as it would run.
    pub text: String,
    /// Runs in a transaction, as its header says.
    pub in_transaction: bool,
    /// The header sets a lock timeout.
    pub has_lock_timeout: bool,
    /// The header sets a statement timeout.
    pub has_statement_timeout: bool,
    /// Allowances of the header: `allow RULE because REASON`.
    pub allowances: Vec<String>,
}

/// Linter of one service.
pub struct Linter<'a> {
    /// Settings.
    pub settings: &'a LintSettings,
    /// Server that the revisions are for.
    pub server: DdlServer,
    /// Sizes of tables, if known.
    pub sizes: &'a TableSizes,
    /// Rules of a team's own.
    pub own: &'a dyn OwnRules,
}

/// Rules of a team's own, as the linter runs them.
pub trait OwnRules {
    /// Returns `true` if there are none.
    fn is_empty(&self) -> bool;

    /// Returns `true` if there is a rule with this name.
    fn has(&self, name: &str) -> bool;

    /// Returns what the rules find in a revision, each with the index of its statement, if it has one.
    fn check(&self, before: &Outline, revision: &LintedRevision, after: &Outline) -> Vec<OwnFinding>;
}

/// Finding of a team's own rule.
#[derive(Debug, Clone)]
pub struct OwnFinding {
    /// Name of the rule.
    pub rule: String,
    /// Severity of the rule.
    pub severity: Severity,
    /// Index of the statement.
    pub statement: Option<usize>,
    /// Message of the finding.
    pub text: String,
}

/// No rules of a team's own.
#[derive(Debug)]
pub struct NoOwnRules;

impl OwnRules for NoOwnRules {
    fn is_empty(&self) -> bool {
        true
    }

    fn has(&self, _name: &str) -> bool {
        false
    }

    fn check(&self, _before: &Outline, _revision: &LintedRevision, _after: &Outline) -> Vec<OwnFinding> {
        Vec::new()
    }
}

/// Findings, and how many were allowed.
#[derive(Debug, Default)]
pub struct LintReport {
    /// Findings in the order of the revisions and their statements.
    pub findings: Vec<Finding>,
    /// Number of findings that an allowance left out.
    pub allowed: usize,
    /// Number of statements examined.
    pub statements: usize,
}

impl Linter<'_> {
    /// Applies revisions to an outline without examining them: the history before those that are examined. A text that
    /// cannot be split changes nothing.
    #[must_use]
    pub fn outline_after(&self, mut outline: Outline, revisions: &[RevisionText]) -> Outline {
        for revision in revisions {
            if let Ok(parsed) = LintedRevision::parse(revision.id.clone(), &revision.text, true, &self.server) {
                for statement in &parsed.statements {
                    outline.count_row_version(&statement.parsed, &self.server);
                    outline.apply(&statement.parsed);
                }
            }
        }
        outline.settle();
        outline
    }

    /// Examines revisions in the order in which they would run, from what the database holds before them.
    ///
    /// # Errors
    /// The text of a revision cannot be split into statements.
    pub fn examine(
        &self,
        before: &Outline,
        revisions: &[RevisionText],
    ) -> Result<LintReport, (RevisionId, SplitError)> {
        let parsed = revisions.iter().map(|revision| self.parsed(revision)).collect::<Result<Vec<_>, _>>()?;
        let mut end = before.clone();
        for statement in parsed.iter().flat_map(|revision| &revision.statements) {
            end.apply(&statement.parsed);
        }
        let mut report = LintReport::default();
        let mut outline = before.clone();
        for (index, revision) in parsed.iter().enumerate() {
            let header = revisions.get(index).map(|text| text.allowances.as_slice()).unwrap_or_default();
            let later = parsed.split_at(index + 1).1;
            self.examine_one((revision, header), (&mut outline, &end), later, &mut report);
        }
        Ok(report)
    }

    /// Examines each revision as an upgrade of its own, in their order: what the revisions before it made is in use by
    /// then. A text that cannot be split has no findings, and changes nothing.
    #[must_use]
    pub fn examine_each(&self, before: &Outline, revisions: &[RevisionText]) -> LintReport {
        let mut report = LintReport::default();
        // `end` is one revision ahead of `outline`, so that neither has to be copied for each revision.
        let (mut outline, mut end) = (before.clone(), before.clone());
        for text in revisions {
            let Ok(revision) = self.parsed(text) else { continue };
            outline.settle();
            end.settle();
            revision.statements.iter().for_each(|statement| end.apply(&statement.parsed));
            self.examine_one((&revision, &text.allowances), (&mut outline, &end), &[], &mut report);
        }
        report
    }

    /// Examines one revision, and applies it to `outline`. `end` is what the database holds after all of the upgrade,
    /// `later` is the rest of it.
    fn examine_one(
        &self,
        (revision, header): (&LintedRevision, &[String]),
        (outline, end): (&mut Outline, &Outline),
        later: &[LintedRevision],
        report: &mut LintReport,
    ) {
        let allowances = allowances(revision, header);
        let (mut found, mut works, mut used) = (Vec::new(), Vec::new(), BTreeSet::new());
        // Copied for rules that compare it with what follows.
        let start = (!self.own.is_empty()).then(|| outline.clone());
        for (index, statement) in revision.statements.iter().enumerate() {
            let server = &self.server;
            let sizes = self.sizes;
            let view = View { revision, index, statement, before: outline, end, server, sizes, works: &works, later };
            self.check_rules(&view, &mut found);
            used.extend(self.needed_in_use(&view, &allowances));
            let work = view.most_work();
            works.push(work);
            outline.count_row_version(&statement.parsed, server);
            outline.apply(&statement.parsed);
        }
        report.statements += revision.statements.len();
        if let Some(start) = &start {
            found.extend(self.asked_own(start, revision, outline));
        }
        self.without_allowed(revision, (&allowances, used), found, report);
    }

    fn asked_own(&self, before: &Outline, revision: &LintedRevision, after: &Outline) -> Vec<(usize, Finding)> {
        let place = |own: OwnFinding| {
            let level = match self.settings.levels.get(&own.rule) {
                Some(RuleLevel::Off) => return None,
                Some(RuleLevel::At(severity)) => *severity,
                None => own.severity,
            };
            let statement = own.statement.and_then(|index| Some((index, revision.statements.get(index)?)));
            let first = revision.statements.first().map(|statement| (0, statement));
            let (index, span) = statement.or(first).map(|(index, statement)| (index, statement.span))?;
            let (rule, revision, text) = (own.rule, revision.id.clone(), own.text);
            let (object, notes, safe) = (None, Vec::new(), String::new());
            Some((index, Finding { rule, severity: level, revision, span, object, text, notes, safe }))
        };
        self.own.check(before, revision, after).into_iter().filter_map(place).collect()
    }

    fn parsed(&self, revision: &RevisionText) -> Result<LintedRevision, (RevisionId, SplitError)> {
        let parsed = LintedRevision::parse(revision.id.clone(), &revision.text, revision.in_transaction, &self.server);
        let mut parsed = parsed.map_err(|error| (revision.id.clone(), error))?;
        parsed.has_lock_timeout = revision.has_lock_timeout || self.settings.has_lock_timeout;
        parsed.has_statement_timeout = revision.has_statement_timeout || self.settings.has_statement_timeout;
        Ok(parsed)
    }

    fn check_rules(&self, view: &View<'_>, found: &mut Vec<(usize, Finding)>) {
        for rule in rules::rules().iter().filter(|rule| rule.dialects.contains(&self.server.dialect)) {
            let Some(level) = self.level(rule) else { continue };
            let mut items = Findings::default();
            (rule.check)(view, &mut items);
            found.extend(items.items.into_iter().map(|item| (view.index, self.finding(rule, level, view, item))));
        }
    }

    /// Severity of a rule's findings; `None` if it is off.
    fn level(&self, rule: &Rule) -> Option<Severity> {
        match self.settings.levels.get(rule.code) {
            Some(RuleLevel::Off) => None,
            Some(RuleLevel::At(severity)) => Some(*severity),
            None => rule.severity,
        }
    }

    fn finding(&self, rule: &Rule, level: Severity, view: &View<'_>, item: FoundItem) -> Finding {
        let is_configured = self.settings.levels.contains_key(rule.code);
        let mut severity = item.severity.filter(|_| !is_configured).unwrap_or(level);
        let mut notes = item.notes;
        if let Some((table, size)) = item.object.as_ref().and_then(|table| Some((table, self.sizes.get(table)?))) {
            let rows = size.rows.map(|rows| format!("about {} rows, ", units::format_count(rows))).unwrap_or_default();
            notes.push(format!("{table} has {rows}{}", units::format_bytes(size.bytes)));
            if rule.scales && size.bytes <= self.settings.small_table {
                severity = Severity::Info;
            }
        }
        let start = view.statement.span.start;
        let span = item.span.map_or(view.statement.span, |span| span.shifted(start));
        let (rule, revision) = (rule.code.to_owned(), view.revision.id.clone());
        Finding { rule, severity, revision, span, object: item.object, text: item.text, notes, safe: item.safe }
    }

    /// Returns the allowances that a statement would need if its tables had users. Where a whole history is examined all
    /// tables are new, and an allowance that a running database needs must not count as unused.
    fn needed_in_use(&self, view: &View<'_>, allowances: &[Allowance]) -> Vec<usize> {
        let covers = |allowance: &Allowance| allowance.statement.is_none_or(|own| own == view.index);
        let covering: Vec<_> = allowances.iter().enumerate().filter(|(_, allowance)| covers(allowance)).collect();
        if covering.is_empty() {
            return Vec::new();
        }
        let mut settled = view.before.clone();
        settled.settle();
        let view = View { before: &settled, ..*view };
        let is_needed = |allowance: &Allowance| {
            let mut items = Findings::default();
            if let Some(rule) = rule_named(&allowance.rule) {
                (rule.check)(&view, &mut items);
            }
            !items.items.is_empty()
        };
        covering.into_iter().filter(|(_, allowance)| is_needed(allowance)).map(|(at, _)| at).collect()
    }

    /// Leaves out what an allowance covers, and reports allowances that are unknown, unused or without a reason.
    fn without_allowed(
        &self,
        revision: &LintedRevision,
        (allowances, mut used): (&[Allowance], BTreeSet<usize>),
        found: Vec<(usize, Finding)>,
        report: &mut LintReport,
    ) {
        let mut kept = Vec::new();
        for (statement, finding) in found {
            let covers = |allowance: &&Allowance| {
                allowance.rule == finding.rule && allowance.statement.is_none_or(|own| own == statement)
            };
            let covering: Vec<_> =
                allowances.iter().enumerate().filter(|(_, allowance)| covers(allowance)).map(|(at, _)| at).collect();
            if covering.is_empty() {
                kept.push(finding);
            } else {
                report.allowed += 1;
                used.extend(covering);
            }
        }
        for (at, allowance) in allowances.iter().enumerate() {
            let finding = self.about_allowance(allowance, used.contains(&at));
            kept.extend(finding.map(|(rule, severity, text)| Finding {
                rule: rule.to_owned(),
                severity,
                revision: revision.id.clone(),
                span: allowance.span.unwrap_or_default(),
                object: None,
                text,
                notes: Vec::new(),
                safe: String::new(),
            }));
        }
        kept.sort_by_key(|finding| finding.span.start);
        report.findings.append(&mut kept);
    }

    fn about_allowance(&self, allowance: &Allowance, is_used: bool) -> Option<(&'static str, Severity, String)> {
        let rule = &allowance.rule;
        let (code, text) = match rule_named(rule) {
            None if self.own.has(rule) && is_used && !allowance.reason.is_empty() => return None,
            None if self.own.has(rule) && is_used => (
                "allow-without-reason",
                format!("the allowance of {rule} gives no reason: write `allow {rule} because ...`"),
            ),
            None if self.own.has(rule) => ("allow-unused", format!("nothing here needs the allowance of {rule}")),
            None => {
                let known = rules::rules().iter().map(|known| known.code);
                let hint = crate::diagnostic::nearest(rule, known).map(|near| format!("; did you mean {near}?"));
                ("allow-unknown-rule", format!("there is no rule {rule}{}", hint.unwrap_or_default()))
            }
            Some(known) if !is_used && known.dialects.contains(&self.server.dialect) => {
                ("allow-unused", format!("nothing here needs the allowance of {rule}"))
            }
            Some(_) if allowance.reason.is_empty() => (
                "allow-without-reason",
                format!("the allowance of {rule} gives no reason: write `allow {rule} because ...`"),
            ),
            Some(_) => return None,
        };
        let severity = rule_named(code).and_then(|rule| self.level(rule))?;
        Some((code, severity, text))
    }
}

fn allowances(revision: &LintedRevision, header: &[String]) -> Vec<Allowance> {
    let mut allowances: Vec<Allowance> = header.iter().flat_map(|entry| allowance::in_header(entry)).collect();
    for (index, statement) in revision.statements.iter().enumerate() {
        let start = statement.span.start.saturating_sub(statement.before.len());
        allowances.extend(allowance::in_comments(&statement.before, start, Some(index)));
    }
    allowances
}
