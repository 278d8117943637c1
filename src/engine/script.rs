//! The whole run as one SQL script for `psql -v ON_ERROR_STOP=1`, `mariadb` and `sqlite3 -bail`, with version rows and
//! journal. Needs no connection.

use super::error::{EngineError, OnlineRefusal};
use super::execute::steps_of_script;
use super::online;
use super::operator::Operator;
use super::prepare::{PreparedStep, Setting, prepare_each, refuse_one_way};
use super::stamp::rows_left;
use super::unit::facts;
use crate::database::journal::{self, JournalEntry, Started, Took};
use crate::database::statements;
use crate::database::{Durability, JournalFacts, Outcome, RevisionExecution, RunStep, Transaction, VersionTable};
use crate::diagnostic::Span;
use crate::graph::{Operation, Plan, RowChange, Step};
use crate::project::History;
use crate::sql::{self, Dialect, Piece, SavedSetting, StatementKind};

/// Parameters of a script.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Dialect, template variables, one transaction or many.
    pub setting: Setting<'a>,
    pub table: &'a VersionTable,
    /// User and host for the journal.
    pub operator: &'a Operator,
}

/// Returns the script that runs `plan`.
///
/// # Errors
/// A file that cannot be read, a template that cannot be rendered, a revision that is refused.
pub fn script(history: &History, plan: &Plan, frame: Frame<'_>) -> Result<String, EngineError> {
    let mut writer = ScriptWriter { frame, text: String::new(), saved: Vec::new() };
    writer.head(&history.service.name, plan);
    if plan.direction == Operation::Stamp {
        writer.stamp(plan);
        return Ok(writer.text);
    }
    let single = frame.setting.single_transaction;
    if single {
        writer.begin();
    }
    // A step is not needed again once it has been written.
    prepare_each(history, plan, frame.setting, |step, prepared| {
        online::refuse_step(step, prepared, OnlineRefusal::Script)?;
        writer.step(step, prepared);
        Ok(())
    })?;
    refuse_one_way(history, plan)?;
    if single {
        writer.commit();
    }
    Ok(writer.text)
}

struct ScriptWriter<'a> {
    frame: Frame<'a>,
    text: String,
    /// Settings of the revision being written, to be restored behind it.
    saved: Vec<SavedSetting>,
}

impl ScriptWriter<'_> {
    fn dialect(&self) -> Dialect {
        self.frame.setting.dialect
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn statement(&mut self, sql: &str) {
        self.text.push_str(sql);
        self.text.push_str(";\n");
    }

    fn begin(&mut self) {
        self.statement(self.dialect().rules().begin_statement());
    }

    fn commit(&mut self) {
        self.statement("COMMIT");
    }

    fn head(&mut self, service: &str, plan: &Plan) {
        let rows = |ids: &[crate::id::RevisionId]| {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            if ids.is_empty() { "base".to_owned() } else { ids.join(", ") }
        };
        let (from, to) = (rows(&plan.from), rows(&plan.to));
        self.line(&format!("-- aludel {} of service {service}, from {from} to {to}", plan.direction.name()));
        self.line("");
        self.statement(&statements::create_version_table(self.dialect(), self.frame.table));
        self.statement(&journal::create_journal(self.dialect(), self.frame.table));
    }

    fn stamp(&mut self, plan: &Plan) {
        self.line("");
        self.begin();
        for (step, left) in plan.steps.iter().zip(plan.rows_after_steps()) {
            let rows = rows_left(&left);
            self.revision(&unit(self.frame.operator, step, None, (Transaction::Shared, &rows)));
        }
        self.commit();
    }

    fn step(&mut self, step: &Step, prepared: &PreparedStep) {
        let rolls_back_ddl = self.dialect().rules().has_transactional_ddl();
        let mode = prepared.mode(rolls_back_ddl, self.frame.setting.single_transaction);
        let dash = if prepared.message.is_empty() { "" } else { " - " };
        self.line(&format!("\n-- {} {}{dash}{}", step.operation.name(), step.revision, prepared.message));
        self.require(prepared);
        self.revision(&unit(self.frame.operator, step, Some(prepared), (mode, &prepared.parents)));
    }

    /// Writes the require queries as comments: a script cannot stop because of rows that a query returns.
    fn require(&mut self, prepared: &PreparedStep) {
        let Some(require) = &prepared.require else { return };
        self.line("-- before it runs, this must find nothing:");
        for query in require.queries() {
            for line in query.lines() {
                self.line(format!("--   {line}").trim_end());
            }
        }
    }

    fn revision(&mut self, unit: &RevisionExecution<'_>) {
        steps_of_script(unit).into_iter().for_each(|step| self.run_step(step, unit));
    }

    /// Writes a step of a run. What only a connection needs is left out: timeouts, the lease, comparisons, notes.
    fn run_step(&mut self, step: RunStep<'_>, unit: &RevisionExecution<'_>) {
        match step {
            RunStep::Begin(_) => self.begin(),
            RunStep::Commit(_) => self.commit(),
            RunStep::ChangeRows => self.rows(unit.change),
            RunStep::Piece(piece) => {
                if let Some(piece) = unit.pieces.get(piece) {
                    self.save_settings(piece, unit.text);
                    self.piece(piece, unit.text);
                }
            }
            // A reset, so that what the revision has set does not affect the next one, where that is possible.
            RunStep::RestoreSession => {
                let rules = self.dialect().rules();
                let has_settings = unit.has_settings() || rules.may_hide_setting(unit.text);
                if let Some(reset) = rules.reset_session().filter(|_| has_settings) {
                    self.line(reset);
                }
                for saved in std::mem::take(&mut self.saved) {
                    self.statement(&saved.restore);
                }
            }
            RunStep::InsertJournal(Outcome { state, done, error }) => {
                let entry = unit.entry(state, Took::Unknown, done, error);
                self.journal(&JournalEntry { started: Started::Now, ..entry });
            }
            _ => {}
        }
    }

    /// Saves what a setting changes, the first time that the revision changes it.
    fn save_settings(&mut self, piece: &Piece, text: &str) {
        if piece.kind != StatementKind::Setting {
            return;
        }
        for setting in self.dialect().rules().saved_settings(piece.sql.slice(text)) {
            if !self.saved.contains(&setting) {
                self.statement(&setting.save);
                self.saved.push(setting);
            }
        }
    }

    fn rows(&mut self, change: &RowChange) {
        for statement in statements::change_rows(self.dialect(), self.frame.table, change) {
            self.statement(&statement.sql);
        }
    }

    fn journal(&mut self, entry: &JournalEntry<'_>) {
        self.statement(&journal::insert_journal(self.dialect(), self.frame.table, entry));
    }

    /// Writes a statement with the comments before it. A client that splits at each semicolon needs another delimiter
    /// around a body.
    fn piece(&mut self, piece: &Piece, text: &str) {
        if let StatementKind::CopyFromStdin { data } = piece.kind {
            let rows = data.slice(text);
            let end = if rows.is_empty() || rows.ends_with('\n') { "" } else { "\n" };
            self.statement(piece.sql.slice(text).trim_end());
            self.line(&format!("{rows}{end}\\."));
            return;
        }
        let comments = Span::new(piece.span.start, piece.sql.start).slice(text).trim();
        if !comments.is_empty() {
            self.line(comments);
        }
        let whole = whole_range(piece, text, self.dialect());
        let sql = whole.trim_end();
        let delimited = self.dialect().rules().with_delimiter(sql, '/').filter(|_| sql.contains(';'));
        if let Some(delimited) = delimited {
            self.text.push_str(&delimited);
        } else {
            // The semicolon must not become part of a line comment at the end.
            let end = if sql.lines().last().is_some_and(|line| line.contains("--") || line.contains('#')) {
                "\n"
            } else {
                ""
            };
            self.text.push_str(sql);
            self.text.push_str(end);
            self.text.push_str(";\n");
        }
    }
}

/// Returns what a run of the step would execute; without a prepared revision, only its change of the version rows.
fn unit<'u>(
    operator: &'u Operator,
    step: &'u Step,
    prepared: Option<&'u PreparedStep>,
    (transaction, parents): (Transaction, &'u str),
) -> RevisionExecution<'u> {
    let checksum = prepared.map_or("", |prepared| prepared.checksum.as_str());
    RevisionExecution {
        revision: step.revision.as_str(),
        operation: step.operation,
        text: prepared.map_or("", |prepared| prepared.section.text.as_str()),
        pieces: prepared.map_or(&[], |prepared| prepared.pieces.as_slice()),
        require: &[],
        verify: &[],
        change: &step.change,
        rows_after: None,
        transaction,
        skip: 0,
        hashes: "",
        journal: Some(JournalFacts { parents: Some(parents), ..facts(operator, "", checksum) }),
        durability: Durability::Immediate,
        next: None,
    }
}

/// Returns the statement. In a script, one that runs in batches covers the whole key range at once.
fn whole_range(piece: &Piece, text: &str, dialect: Dialect) -> String {
    let sql = piece.sql.slice(text);
    match sql::Batch::parse(text, piece, dialect) {
        Ok(Some(_)) => sql::with_range(sql, dialect, i64::MIN + 1, i64::MAX),
        _ => sql.to_owned(),
    }
}
