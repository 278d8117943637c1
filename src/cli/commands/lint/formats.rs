//! Findings in the formats of other programs: SARIF, GitHub, GitLab, JUnit.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::LintFormat;
use super::markdown::markdown;
use crate::cli::junit::{JunitCase, JunitOutcome, JunitSuite, junit_document};
use crate::cli::lint::view::{PAGE, ShownFinding};
use crate::hexadecimal::hexadecimal;
use crate::lint::{Severity, rule_named};

/// Returns the document.
pub(super) fn document(format: LintFormat, findings: &[ShownFinding]) -> String {
    match format {
        LintFormat::Text => String::new(),
        LintFormat::Sarif => pretty(&sarif(findings)),
        LintFormat::Github => findings.iter().map(github).collect(),
        LintFormat::Gitlab => pretty(&gitlab(findings)),
        LintFormat::Junit => junit(findings),
        LintFormat::Markdown => markdown(findings),
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The finding with its notes and the safe statements, as one text.
fn full_text(finding: &ShownFinding) -> String {
    let mut text = finding.finding.text.clone();
    for note in &finding.finding.notes {
        text += &format!("\n{note}");
    }
    if !finding.finding.safe.is_empty() {
        text += &format!("\nWrite instead:\n{}", finding.finding.safe);
    }
    text
}

/// Static Analysis Results Interchange Format 2.1.0
/// (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
fn sarif(findings: &[ShownFinding]) -> Value {
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.finding.rule.as_str()).collect();
    let rules: Vec<Value> = codes.iter().map(|code| sarif_rule(code)).collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let [line, column, end_line, end_column] = finding.lines_and_columns();
            json!({
                "ruleId": finding.finding.rule,
                "ruleIndex": codes.iter().position(|code| *code == finding.finding.rule),
                "level": sarif_level(finding.finding.severity),
                "message": { "text": full_text(finding) },
                "partialFingerprints": { "aludel/v1": fingerprint(finding) },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": finding.portable_path() },
                        "region": {
                            "startLine": line,
                            "startColumn": column,
                            "endLine": end_line,
                            "endColumn": end_column.max(column + usize::from(line == end_line)),
                        },
                    },
                }],
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "aludel",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn sarif_rule(code: &str) -> Value {
    let page = format!("{PAGE}#{code}");
    match rule_named(code) {
        Some(rule) => json!({
            "id": code,
            "shortDescription": { "text": rule.title },
            "fullDescription": { "text": rule.danger },
            "help": { "text": format!("{} See {page}.", rule.safe) },
            "defaultConfiguration": { "level": sarif_level(rule.severity.unwrap_or(Severity::Info)) },
        }),
        None => json!({ "id": code }),
    }
}

const fn sarif_level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Identity of a finding across changes of other lines: rule, file and text.
fn fingerprint(finding: &ShownFinding) -> String {
    let mut hash = Sha256::new();
    for part in [finding.finding.rule.as_str(), &finding.portable_path(), &finding.finding.text] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hexadecimal(&hash.finalize()[..16])
}

/// Workflow command of GitHub Actions ("Workflow commands for GitHub Actions").
fn github(finding: &ShownFinding) -> String {
    let [line, column, end_line, end_column] = finding.lines_and_columns();
    let command = match finding.finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| escaped(text).replace(':', "%3A").replace(',', "%2C");
    // Columns of several lines are not allowed.
    let columns =
        if line == end_line { format!(",col={column},endColumn={end_column}") } else { format!(",endLine={end_line}") };
    format!(
        "::{command} file={},line={line}{columns},title={}::{}\n",
        property(&finding.portable_path()),
        property(&finding.finding.rule),
        escaped(&full_text(finding))
    )
}

/// Code quality report of GitLab ("Code Quality", report format).
fn gitlab(findings: &[ShownFinding]) -> Value {
    let mut seen = BTreeSet::new();
    let entry = |finding: &ShownFinding| {
        let [line, ..] = finding.lines_and_columns();
        let severity = match finding.finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Info => "info",
        };
        // Fingerprints have to differ within a report.
        let mut identity = fingerprint(finding);
        while !seen.insert(identity.clone()) {
            identity.push('+');
        }
        json!({
            "description": full_text(finding),
            "check_name": finding.finding.rule,
            "fingerprint": identity,
            "severity": severity,
            "location": { "path": finding.portable_path(), "lines": { "begin": line } },
        })
    };
    findings.iter().map(entry).collect()
}

/// JUnit XML: a finding is a failed test; those for information pass.
fn junit(findings: &[ShownFinding]) -> String {
    let case = |finding: &ShownFinding| {
        let [line, ..] = finding.lines_and_columns();
        let outcome = match finding.finding.severity {
            Severity::Info => JunitOutcome::Passed,
            _ => JunitOutcome::Failed { message: finding.finding.text.clone(), text: full_text(finding) },
        };
        let file = finding.portable_path();
        JunitCase { class: finding.finding.rule.clone(), name: format!("{file}:{line}"), file: Some(file), outcome }
    };
    junit_document(&[JunitSuite { name: "lint".to_owned(), cases: findings.iter().map(case).collect() }])
}
