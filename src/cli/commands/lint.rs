//! `lint`: what revisions would do to a busy database.

mod edited;
mod fix;
mod formats;
mod history;
mod markdown;
mod rows;
mod scope;
mod sizes;
mod trace;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use self::fix::FixReport;
use self::scope::{Scope, scope};
use self::trace::TraceReport;
use crate::cli::context::Context;
use crate::cli::each::each_service;
use crate::cli::lint::own::OwnRuleSet;
use crate::cli::lint::view::ShownFinding;
use crate::cli::lint::{outline_below, state, view};
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::text;
use crate::lint::{Linter, Severity, TableSizes};
use crate::project::History;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel lint                                   # what the next upgrade would run\n  \
    aludel lint --against origin/main --format github\n  aludel lint 3f2a -s auth\n  aludel lint :                                  # all revisions\n  \
    aludel preflight --json > sizes.json && aludel lint --sizes sizes.json\n\n\
    Examines the revisions that are not applied, or, where the database cannot be asked, all of them. The schema before \
    them comes from a replay in a shadow database; with --offline, or where no shadow can be had, from the texts of the \
    revisions.\n\n\
    `-- lint: allow RULE because REASON` before a statement, or `lint:` in the header, accepts a finding.\n\n\
    Exit status: 3 when there is an error, or when --trace finds a difference."
)]
pub struct LintArgs {
    /// Revisions to examine: one, a range A:B, or that of a file
    #[arg(value_name = "REVISION|A:B|FILE", conflicts_with = "against")]
    pub what: Option<String>,
    /// Examine the revisions that this git ref does not have
    #[arg(long, value_name = "REF")]
    pub against: Option<String>,
    /// Connect to nothing: take the state of the schema from the texts
    #[arg(long)]
    pub offline: bool,
    /// Sizes of the tables: the output of `preflight --json` of production
    #[arg(long, value_name = "FILE")]
    pub sizes: Option<PathBuf>,
    /// Run the statements on a shadow, and compare their locks and rewrites with what is predicted
    #[arg(long, conflicts_with = "offline")]
    pub trace: bool,
    /// With --trace: fill the tables that the statements touch with so many made-up rows
    #[arg(long = "rows", value_name = "N", requires = "trace", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub made_up_rows: Option<u64>,
    /// Rewrite what has one right answer, if it is proved to end in the same schema
    #[arg(long, conflicts_with = "offline")]
    pub fix: bool,
    /// Format of the output
    #[arg(long, value_enum, default_value_t = LintFormat::Text)]
    pub format: LintFormat,
}

/// Format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// For a person
    Text,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code quality report of GitLab
    Gitlab,
    /// JUnit XML
    Junit,
    /// A list for a comment on a pull request
    Markdown,
}

pub fn run(arguments: &LintArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let context = if arguments.offline { context } else { &context.connecting() };
    let sizes = arguments.sizes.as_deref().map(sizes::read).transpose()?.unwrap_or_default();
    let mut shown = Vec::new();
    let mut answer = each_service(context, |history, several, answer| {
        let examined = examine(history, arguments, &sizes, context);
        let examined = examined.map_err(|report| report.of_service(&history.service.name))?;
        answer.text += &text::section(several, &history.service.name, examined.lines());
        answer.negative |= examined.trace.as_ref().is_some_and(|trace| trace.is_negative);
        answer.negative |= examined.findings.iter().any(|finding| finding.finding.severity == Severity::Error);
        answer.services.push(examined.document(&history.service.name));
        shown.extend(examined.findings);
        Ok(())
    })?;
    if arguments.format != LintFormat::Text {
        answer.text = formats::document(arguments.format, &shown);
        answer.is_script = true;
    }
    Ok(answer)
}

/// Findings of one service.
struct Examined {
    findings: Vec<ShownFinding>,
    /// Facts for the reader: what was examined, on which state.
    notes: Vec<String>,
    revisions: usize,
    statements: usize,
    allowed: usize,
    state: &'static str,
    /// Fixes that were written, with `--fix`.
    fixed: FixReport,
    /// Effects of the statements on a shadow, with `--trace`.
    trace: Option<TraceReport>,
}

fn examine(
    history: &History,
    arguments: &LintArgs,
    sizes: &TableSizes,
    context: &Context<'_>,
) -> Result<Examined, CommandError> {
    let settings = state::settings(&history.service)?;
    let Scope { examined, rows_before, mut notes, applied, edited } = scope(history, arguments, context)?;
    let texts = state::texts(history, &examined, context)?;
    notes.extend(texts.notes);
    let ground = state::ground(history, &rows_before, arguments.offline || texts.sections.is_empty(), context)?;
    notes.extend(ground.notes.iter().cloned());
    let own = OwnRuleSet::read(history.service.lint.own.as_deref())?;
    let linter = Linter { settings: &settings, server: ground.server, sizes, own: &own };
    let revisions: Vec<_> = texts.sections.iter().map(|section| section.text.clone()).collect();
    let outline = match ground.outline.clone() {
        Some(mut outline) => {
            if ground.server.dialect.change_rules().most_row_versions(&ground.server).is_some() {
                outline.take_row_versions(&outline_below(history, &examined, &linter, context)?);
            }
            outline
        }
        None => outline_below(history, &examined, &linter, context)?,
    };
    let report =
        linter.examine(&outline, &revisions).map_err(|(id, error)| texts_error(&texts.sections, &id, &error))?;
    own.failure()?;
    let traced = || {
        let amounts = (arguments.made_up_rows, sizes);
        trace::traced(history, (&texts.sections, &rows_before), &ground, amounts, context)
    };
    let trace = arguments.trace.then(traced).transpose()?;
    let mut findings = history::findings(history, &settings, &examined, (applied.as_deref(), &edited));
    findings.extend(report.findings.into_iter().map(|finding| view::shown(finding, &texts.sections)));
    let fixed = match arguments.fix {
        true => fix::fixed(history, (&findings, &texts.sections), &ground.server, applied.is_some(), context)?,
        false => FixReport::default(),
    };
    Ok(Examined {
        fixed,
        findings,
        notes,
        revisions: examined.len(),
        statements: report.statements,
        allowed: report.allowed,
        state: ground.name,
        trace,
    })
}

/// Error of a section that cannot be split into statements, with its place in the file.
fn texts_error(
    sections: &[state::LintedSection],
    id: &crate::id::RevisionId,
    error: &crate::sql::SplitError,
) -> CommandError {
    let report = crate::report::split_error(error).of_revision(id);
    let location = sections.iter().find(|section| section.text.id == *id).map(|section| section.locate(error.span));
    CommandError::from(match location {
        Some(location) => report.at(&location, ""),
        None => report,
    })
}

impl Examined {
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.findings.iter().flat_map(ShownFinding::lines).collect();
        if let Some(trace) = &self.trace {
            lines.extend(trace.lines.iter().cloned());
            lines.push(String::new());
        }
        let count = |severity: Severity, noun: &str| {
            let number = self.findings.iter().filter(|finding| finding.finding.severity == severity).count();
            (number > 0).then(|| match severity {
                Severity::Info => format!("{number} for information"),
                _ => text::count(number, noun),
            })
        };
        let counts = [count(Severity::Error, "error"), count(Severity::Warning, "warning"), count(Severity::Info, "")];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        let found = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
        let allowed = if self.allowed > 0 { format!("; {} allowed", self.allowed) } else { String::new() };
        lines.push(format!(
            "{} with {}: {found}{allowed}",
            text::count(self.revisions, "revision"),
            text::count(self.statements, "statement")
        ));
        lines.extend(self.fixed.lines.iter().cloned());
        lines.extend(self.notes.iter().map(|note| crate::cli::style::faint(note)));
        lines
    }

    fn document(&self, service: &str) -> serde_json::Value {
        let mut document = json!({
            "service": service,
            "ok": self.findings.iter().all(|finding| finding.finding.severity != Severity::Error),
            "findings": self.findings.iter().map(ShownFinding::document).collect::<Vec<_>>(),
            "revisions": self.revisions,
            "statements": self.statements,
            "allowed": self.allowed,
            "state": self.state,
            "notes": self.notes,
            "fixed": self.fixed.documents,
        });
        if let Some(trace) = &self.trace {
            document["trace"] = json!(trace.statements);
            if let Some(filled) = &trace.filled {
                document["filled"] = filled.clone();
            }
        }
        document
    }
}
