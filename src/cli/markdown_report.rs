//! Markdown reports for tickets: headings, facts, findings, tables.

use std::path::Path;

use super::check_view;
use super::context::Context;
use super::output::CommandOutput;
use super::report::CommandError;
use super::secrets::without_secrets;
use crate::database::QueryRows;
use crate::error_code::ErrorCode;
use crate::operations::{Item, Verdict};
use crate::report::{ErrorReport, printable, table};

/// A Markdown report under construction.
#[derive(Debug, Default)]
pub struct Paper {
    text: String,
}

impl Paper {
    /// Starts a report with its title.
    pub fn new(title: &str) -> Self {
        Self { text: format!("# {title}\n") }
    }

    /// Adds a heading below the title.
    pub fn heading(&mut self, heading: &str) {
        self.text += &format!("\n## {heading}\n\n");
    }

    /// Adds a list item.
    pub fn fact(&mut self, fact: &str) {
        self.text += &format!("- {}\n", plain(fact).replace('\n', "\n  "));
    }

    /// Adds a table.
    pub fn table(&mut self, rows: &QueryRows) {
        self.text += &format!("\n{}\n", table::markdown(rows));
    }

    /// Adds the findings of a preflight: a table of all, then the remedies and details of each.
    pub fn items(&mut self, items: &[Item]) {
        let row = |item: &Item| [item.level.name(), item.check, &item.text].map(|text| Some(text.to_owned())).to_vec();
        let columns = ["", "check", "finding"].map(str::to_owned).to_vec();
        self.text +=
            &table::wide_markdown(&QueryRows { columns, rows: items.iter().map(row).collect(), has_more: false });
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

    /// Adds the results of a verification.
    pub fn verdicts(&mut self, verdicts: &[Verdict]) {
        if verdicts.is_empty() {
            self.fact("nothing to verify");
        }
        for verdict in verdicts {
            let problem = verdict
                .wrong
                .as_ref()
                .map_or_else(|| "ok".to_owned(), |wrong| format!("**wrong**: {}", check_view::problem(wrong)));
            self.fact(&format!("{}: {problem}", check_view::subject(verdict)));
            if let Some(rows) = verdict.wrong.as_ref().and_then(check_view::rows) {
                self.table(rows);
            }
        }
    }

    /// Adds an error report.
    pub fn failure(&mut self, report: &CommandError) {
        self.text += &format!("\n```text\n{}\n```\n", report.render(false));
    }

    /// Writes the report to `path`; does nothing if it is `None`.
    pub fn write(&self, path: Option<&Path>) -> Result<(), CommandError> {
        let Some(path) = path else { return Ok(()) };
        std::fs::write(path, &*printable::lines(&without_secrets(&plain(&self.text)), false)).map_err(|error| {
            let report =
                ErrorReport::new(ErrorCode::ReportUnwritable, format!("the report cannot be written: {error}"));
            report.in_file(path).into()
        })
    }

    /// Writes the report of something that went wrong, which is reported itself: a report that cannot be written must
    /// not hide it, so that is only a warning.
    pub fn write_beside_failure(&self, path: Option<&Path>, context: &Context<'_>) {
        if let Err(report) = self.write(path) {
            let path = path.map(|path| path.display().to_string()).unwrap_or_default();
            context.warn(&format!("{path}: {}", report.report.message));
        }
    }

    /// Writes the report beside the answer of a command. It fails only if the answer is a success.
    pub fn write_beside(
        &self,
        answer: CommandOutput,
        path: Option<&Path>,
        context: &Context<'_>,
    ) -> Result<CommandOutput, CommandError> {
        match answer.negative {
            true => self.write_beside_failure(path, context),
            false => self.write(path)?,
        }
        Ok(answer)
    }
}

/// Strips colour sequences.
fn plain(text: &str) -> String {
    console::strip_ansi_codes(text).into_owned()
}
