//! A report for a ticket, as Markdown: headings, facts, findings, tables.

use std::path::Path;

use super::printable::{self, without_secrets};
use super::report::Report;
use super::{table, verdict};
use crate::database::Rows;
use crate::runbook::{Item, Verdict};

/// Markdown in the making.
#[derive(Debug, Default)]
pub struct Paper {
    text: String,
}

impl Paper {
    /// A paper under its title.
    pub fn new(title: &str) -> Self {
        Self { text: format!("# {title}\n") }
    }

    /// A heading below the title.
    pub fn heading(&mut self, heading: &str) {
        self.text += &format!("\n## {heading}\n\n");
    }

    /// A line of a list.
    pub fn fact(&mut self, fact: &str) {
        self.text += &format!("- {}\n", plain(fact).replace('\n', "\n  "));
    }

    /// A table.
    pub fn table(&mut self, rows: &Rows) {
        self.text += &format!("\n{}\n", table::markdown(rows));
    }

    /// What a preflight found.
    pub fn items(&mut self, items: &[Item]) {
        let row = |item: &Item| [item.level.name(), item.check, &item.text].map(|text| Some(text.to_owned())).to_vec();
        let columns = ["", "check", "finding"].map(str::to_owned).to_vec();
        self.text += &table::wide_markdown(&Rows { columns, rows: items.iter().map(row).collect(), has_more: false });
        for item in items {
            if !item.remedies.is_empty() {
                let is_sql = item.remedies.iter().all(|remedy| remedy.ends_with(';'));
                let language = if is_sql { "sql" } else { "text" };
                self.text += &format!("\n```{language}\n{}\n```\n", item.remedies.join("\n"));
            }
            if let Some(rows) = &item.rows {
                self.text += &format!("\n{}:\n\n{}", item.check, table::markdown(rows));
            }
        }
    }

    /// What a verification found.
    pub fn verdicts(&mut self, verdicts: &[Verdict]) {
        if verdicts.is_empty() {
            self.fact("nothing to verify");
        }
        for verdict in verdicts {
            let problem = verdict
                .wrong
                .as_ref()
                .map_or_else(|| "ok".to_owned(), |wrong| format!("**wrong**: {}", verdict::problem(wrong)));
            self.fact(&format!("{}: {problem}", verdict::subject(verdict)));
            if let Some(rows) = verdict.wrong.as_ref().and_then(verdict::rows) {
                self.table(rows);
            }
        }
    }

    /// What went wrong.
    pub fn failure(&mut self, report: &Report) {
        self.text += &format!("\n```text\n{}\n```\n", report.render(false));
    }

    /// Writes it to the file; nothing when none was asked for.
    pub fn write(&self, path: Option<&Path>) -> Result<(), Report> {
        let Some(path) = path else { return Ok(()) };
        std::fs::write(path, &*printable::lines(&without_secrets(&plain(&self.text)), false)).map_err(|error| {
            let report = Report::new("report-unwritable", format!("the report cannot be written: {error}"));
            Report { path: Some(path.to_owned()), ..report }
        })
    }
}

/// Without colours.
fn plain(text: &str) -> String {
    console::strip_ansi_codes(text).into_owned()
}
