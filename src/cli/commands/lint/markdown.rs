//! Findings as Markdown, for a comment on a pull request.

use crate::cli::lint::view::ShownFinding;
use crate::lint::Severity;

/// Returns a list with each finding, and the safe statements folded below it. Empty without findings.
pub(super) fn markdown(findings: &[ShownFinding]) -> String {
    findings.iter().map(item).collect()
}

fn item(finding: &ShownFinding) -> String {
    let [line, ..] = finding.lines_and_columns();
    let level = match finding.finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let found = &finding.finding;
    let mut text =
        format!("- **{level}** `{}:{line}` {}: {}\n", finding.portable_path(), found.rule, escaped(&found.text));
    for note in &found.notes {
        text += &format!("  <br>{}\n", escaped(note));
    }
    if !found.safe.is_empty() {
        let fence = fence_around(&found.safe);
        let safe: String = found.safe.lines().map(|line| format!("  {line}\n")).collect();
        text +=
            &format!("  <details><summary>Write instead</summary>\n\n  {fence}sql\n{safe}  {fence}\n\n  </details>\n");
    }
    text
}

/// Escapes text for Markdown and puts it on one line: names of tables may contain any character.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '@' => escaped.extend(['\\', character]),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

/// A fence that is longer than any row of backticks in the text.
fn fence_around(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(escaped("rows of a_b, `*` and <i>\n@x"), "rows of a\\_b, \\`\\*\\` and &lt;i> \\@x");
        assert_eq!(fence_around("SELECT 1"), "```");
        assert_eq!(fence_around("SELECT '````'"), "`````");
    }
}
