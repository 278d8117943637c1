//! The whole run as one SQL script for `psql -v ON_ERROR_STOP=1`, `mariadb` and `sqlite3 -bail`, with version rows and
//! journal. Needs no connection.

use super::error::{EngineError, OnlineRefusal};
use super::online;
use super::prepare::{PreparedStep, Setting, prepare, refuse_one_way};
use super::run::Operator;
use super::stamp::rows_left;
use crate::database::journal::{self, JournalEntry, JournalState, Started, Took};
use crate::database::statements;
use crate::database::{Transaction, VersionTable};
use crate::diagnostic::Span;
use crate::graph::{Operation, Plan, RowChange, Step};
use crate::project::History;
use crate::sql::{self, Dialect, Piece, StatementKind};

/// Parameters of a script.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Dialect, template variables, one transaction or many.
    pub setting: Setting<'a>,
    /// The version table.
    pub table: &'a VersionTable,
    /// User and host for the journal.
    pub operator: &'a Operator,
}

/// Returns the script that runs `plan`.
///
/// # Errors
/// A file that cannot be read, a template that cannot be rendered, a revision that is refused.
pub fn script(history: &History, plan: &Plan, frame: Frame<'_>) -> Result<String, EngineError> {
    let mut writer = ScriptWriter { frame, text: String::new() };
    writer.head(&history.service.name, plan);
    if plan.direction == Operation::Stamp {
        writer.stamp(plan);
        return Ok(writer.text);
    }
    let prepared = prepare(history, plan, frame.setting)?;
    online::refuse(&plan.steps, &prepared, OnlineRefusal::Script)?;
    refuse_one_way(history, plan)?;
    let single = frame.setting.single_transaction;
    if single {
        writer.begin();
    }
    for (step, prepared) in plan.steps.iter().zip(&prepared) {
        writer.step(step, prepared);
    }
    if single {
        writer.commit();
    }
    Ok(writer.text)
}

struct ScriptWriter<'a> {
    frame: Frame<'a>,
    text: String,
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
            self.rows(&step.change);
            self.journal(step, None, &rows_left(&left));
        }
        self.commit();
    }

    fn step(&mut self, step: &Step, prepared: &PreparedStep) {
        let rolls_back_ddl = self.dialect().rules().has_transactional_ddl();
        let mode = prepared.mode(rolls_back_ddl, self.frame.setting.single_transaction);
        let dash = if prepared.message.is_empty() { "" } else { " - " };
        self.line(&format!("\n-- {} {}{dash}{}", step.operation.name(), step.revision, prepared.message));
        // Inside a transaction aludel's own rows come first: the revision may change the search path for what follows.
        match mode {
            Transaction::None => {
                self.pieces(prepared);
                self.forget_settings(prepared);
                self.begin();
                self.rows(&step.change);
                self.journal(step, Some(prepared), &prepared.parents);
                self.commit();
            }
            Transaction::Own | Transaction::Shared => {
                if mode == Transaction::Own {
                    self.begin();
                }
                self.rows(&step.change);
                self.journal(step, Some(prepared), &prepared.parents);
                self.pieces(prepared);
                if mode == Transaction::Own {
                    self.commit();
                }
                self.forget_settings(prepared);
            }
        }
    }

    fn rows(&mut self, change: &RowChange) {
        for statement in statements::change_rows(self.dialect(), self.frame.table, change) {
            self.statement(&statement.sql);
        }
    }

    fn journal(&mut self, step: &Step, prepared: Option<&PreparedStep>, parents: &str) {
        let checksum = prepared.map(|prepared| prepared.checksum.as_str());
        let statements = prepared.map_or(0, PreparedStep::statements);
        let operator = self.frame.operator;
        let entry = JournalEntry {
            revision: step.revision.as_str(),
            operation: step.operation.name(),
            state: JournalState::Done,
            started: Started::Now,
            took: Took::Unknown,
            checksum,
            statements_done: statements as u64,
            statements_total: statements as u64,
            running: None,
            hashes: None,
            parents: Some(parents),
            os_user: &operator.os_user,
            host: &operator.host,
            tool_version: &operator.tool_version,
            error: None,
        };
        self.statement(&journal::insert_journal(self.dialect(), self.frame.table, &entry));
    }

    /// Resets what a revision set for its session, so that it does not affect the next one, where that is possible.
    fn forget_settings(&mut self, prepared: &PreparedStep) {
        let sets = prepared.pieces.iter().any(|piece| piece.kind == StatementKind::Setting);
        if let Some(reset) = self.dialect().rules().reset_session().filter(|_| sets) {
            self.line(reset);
        }
    }

    fn pieces(&mut self, prepared: &PreparedStep) {
        let text = &prepared.section.text;
        for piece in &prepared.pieces {
            match piece.kind {
                StatementKind::Nothing => {}
                StatementKind::CopyFromStdin { data } => {
                    let rows = data.slice(text);
                    let end = if rows.is_empty() || rows.ends_with('\n') { "" } else { "\n" };
                    self.statement(piece.sql.slice(text).trim_end());
                    self.line(&format!("{rows}{end}\\."));
                }
                _ => self.piece(piece, text),
            }
        }
    }

    /// Writes a statement with the comments before it. A client that splits at each semicolon needs another delimiter
    /// around a body.
    fn piece(&mut self, piece: &Piece, text: &str) {
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

/// Returns the statement. In a script, one that runs in batches covers the whole key range at once.
fn whole_range(piece: &Piece, text: &str, dialect: Dialect) -> String {
    let sql = piece.sql.slice(text);
    match sql::Batch::of(text, piece, dialect) {
        Ok(Some(_)) => sql::with_range(sql, dialect, i64::MIN + 1, i64::MAX),
        _ => sql.to_owned(),
    }
}
