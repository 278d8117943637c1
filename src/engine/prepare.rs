//! Turns a plan into text that can be sent: reads sections, renders templates, splits statements, and refuses
//! everything that is known to fail, before anything runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::{EngineError, RevisionRefusal};
use super::online::OnlineRevision;
use super::prepared_steps::{PreparedSteps, StepBudget};
use super::python;
use super::replaced::nothing_to_run;
use super::section_queries::{SectionQueries, section_queries};
use super::timeouts;
use crate::config::{Layout, Service};
use crate::database::{Timeouts, Transaction};
use crate::diagnostic::{Location, Span};
use crate::graph::{Operation, Plan, Step};
use crate::id::RevisionId;
use crate::parallel::map_chunks;
use crate::project::{History, HistoryEntry, ProjectError};
use crate::revision::{BodyContext, Rendered, Revision, Section, SourceText, is_conflict_marker, render_section};
use crate::schema::Script;
use crate::sql::{self, Batch, Dialect, Lexer, Piece, StatementKind, TokenKind};

/// Comment that marks a revision as intentionally without statements.
const NOTHING_TO_DO: &str = "nothing to do";

/// Minimum number of steps for each thread: preparing fewer does not pay for starting it.
const STEPS_PER_THREAD: usize = 64;

/// Number of steps that [`prepare_each`] prepares in parallel before it passes them on.
const STEPS_AT_ONCE: usize = 1024;

/// A step with the text to send.
#[derive(Debug)]
pub struct PreparedStep {
    /// Message of the revision; may be empty.
    pub message: String,
    /// Path of the revision's file.
    pub path: PathBuf,
    /// Text of the file, with what it includes.
    pub file: SourceText,
    /// Section that runs, with the mapping of its positions to the file.
    pub section: Rendered,
    /// Statements of the section.
    pub pieces: Vec<Piece>,
    /// Fingerprint of the section.
    pub checksum: String,
    /// Revisions that this one depends on, as stored in the journal.
    pub parents: String,
    /// True if the revision runs in a transaction, as far as the database allows it.
    pub transaction: bool,
    /// Timeouts of its statements.
    pub timeouts: Timeouts,
    /// Require section; only for upgrades.
    pub require: Option<Box<SectionQueries>>,
    /// Verify section; only for upgrades.
    pub verify: Option<Box<SectionQueries>>,
    /// Set if the revision has no SQL and Alembic runs it.
    pub online: Option<Box<OnlineRevision>>,
}

impl PreparedStep {
    /// Returns the pieces that are sent.
    pub fn sent(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing)
    }

    /// Returns the number of statements that are sent.
    #[must_use]
    pub fn statements(&self) -> usize {
        self.sent().count()
    }

    /// Returns `true` for a template that was not filled in: no statement, and no comment "nothing to do". Means nothing
    /// for a Python revision.
    #[must_use]
    pub fn is_unwritten(&self) -> bool {
        self.section.is_as_written()
            && self.pieces.iter().all(|piece| piece.kind == StatementKind::Nothing)
            && !self.section.text.to_ascii_lowercase().contains(NOTHING_TO_DO)
    }

    /// Returns whether the first statement runs in batches, so that a part of it may have run before it counts as run.
    #[must_use]
    pub fn begins_with_batch(&self, dialect: Dialect) -> bool {
        let first = self.sent().next();
        first.is_some_and(|piece| Batch::parse(&self.section.text, piece, dialect).is_ok_and(|batch| batch.is_some()))
    }

    /// Returns whether no statement is of a kind that changes a schema. (A function that a query calls may.)
    #[must_use]
    pub fn has_rows_only(&self) -> bool {
        let changes = |piece: &Piece| matches!(piece.kind, StatementKind::Other | StatementKind::TransactionControl);
        self.online.is_none() && !self.pieces.iter().any(changes)
    }

    /// Converts a span of the section to a position in the file.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        self.file.locate(&self.path, self.section.in_file(span))
    }

    /// Returns the relation of the revision to transactions. `rolls_back_ddl` is true for a database with transactional
    /// DDL.
    #[must_use]
    pub fn mode(&self, rolls_back_ddl: bool, single_transaction: bool) -> Transaction {
        let only_rows = || {
            self.pieces.iter().all(|piece| match piece.kind {
                StatementKind::Nothing | StatementKind::Rows | StatementKind::CopyFromStdin { .. } => true,
                // Setting autocommit to 1 commits the open transaction (MySQL manual, "autocommit").
                StatementKind::Setting => {
                    !piece.sql.slice(&self.section.text).to_ascii_lowercase().contains("autocommit")
                }
                StatementKind::TransactionControl | StatementKind::Other => false,
            })
        };
        // Changed rows can be rolled back even where DDL cannot (MySQL).
        match (single_transaction, self.transaction) {
            (true, _) => Transaction::Shared,
            (false, true) if rolls_back_ddl || only_rows() => Transaction::Own,
            (false, _) => Transaction::None,
        }
    }
}

/// Parameters of [`prepare`] besides the plan.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Dialect of the database.
    pub dialect: Dialect,
    /// Variables for templates, which the user passed as `KEY=VALUE`.
    pub variables: &'a BTreeMap<String, String>,
    /// True to run all revisions in one transaction.
    pub single_transaction: bool,
    /// True if nothing will run. Python revisions are then not rendered where no Alembic is configured.
    pub looking: bool,
}

impl<'a> Setting<'a> {
    /// Returns what the templates of a service's revisions can use.
    pub(super) fn body_context<'c>(self, service: &'c Service) -> BodyContext<'c>
    where
        'a: 'c,
    {
        BodyContext {
            dialect: self.dialect,
            service: &service.name,
            schema: service.version_schema.as_deref(),
            env: service.env.as_deref(),
            x: self.variables,
        }
    }
}

/// Reads, renders, splits and checks the section of every step of `plan`.
///
/// # Errors
/// A file that cannot be read, a template that cannot be rendered, a revision that is refused.
pub fn prepare<'a>(history: &'a History, plan: &Plan, setting: Setting<'a>) -> Result<PreparedSteps<'a>, EngineError> {
    let budget = StepBudget::new(plan.steps.len());
    let preparer = StepPreparer::new(history, plan, setting)?;
    let held = preparer.map(&plan.steps, |index, prepared, is_python| budget.held(index, prepared, is_python))?;
    Ok(PreparedSteps::new(history, setting, held))
}

/// Prepares the steps of `plan` as [`prepare`] does, and passes each to `visit`, in order. Keeps no more than
/// [`STEPS_AT_ONCE`] of them.
///
/// # Errors
/// As [`prepare`]; the error of `visit`, which is not called again then.
pub(super) fn prepare_each(
    history: &History,
    plan: &Plan,
    setting: Setting<'_>,
    mut visit: impl FnMut(&Step, &PreparedStep) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let preparer = StepPreparer::new(history, plan, setting)?;
    for steps in plan.steps.chunks(STEPS_AT_ONCE) {
        let prepared = preparer.map(steps, |_, prepared, _| prepared)?;
        steps.iter().zip(&prepared).try_for_each(|(step, prepared)| visit(step, prepared))?;
    }
    Ok(())
}

/// Prepares steps of one plan.
struct StepPreparer<'a> {
    history: &'a History,
    setting: Setting<'a>,
    scripts: python::Scripts,
}

impl<'a> StepPreparer<'a> {
    fn new(history: &'a History, plan: &Plan, setting: Setting<'a>) -> Result<Self, EngineError> {
        let rolls_back_ddl = setting.dialect.rules().has_transactional_ddl();
        if let (true, false, Some(step)) = (setting.single_transaction, rolls_back_ddl, plan.steps.first()) {
            let path = history.entry(&step.revision)?.path.clone();
            let location = Location { path, text: String::new(), span: Span::default() };
            return Err(refused(step, location, RevisionRefusal::SingleTransaction));
        }
        Ok(Self { history, setting, scripts: python::scripts(history, plan, setting)? })
    }

    /// Prepares the steps in parallel. `keep` gets each with its index and whether it is a Python revision, and returns
    /// what is kept of it.
    fn map<T: Send>(
        &self,
        steps: &[Step],
        keep: impl Fn(usize, PreparedStep, bool) -> T + Sync,
    ) -> Result<Vec<T>, EngineError> {
        map_chunks(steps.iter().enumerate().collect(), STEPS_PER_THREAD, |share: Vec<_>| {
            let mut kept = Vec::with_capacity(share.len());
            for (index, step) in share {
                let is_python = self.history.entry(&step.revision)?.is_python();
                kept.push(keep(index, self.prepare(step, is_python)?, is_python));
            }
            Ok(kept)
        })
    }

    fn prepare(&self, step: &Step, is_python: bool) -> Result<PreparedStep, EngineError> {
        if is_python {
            return python::prepared(self.history, step, &self.scripts, self.setting);
        }
        let read = self.history.read_section(&step.revision, section_of(step.operation).0)?;
        prepare_step(self.history, step, self.setting, read)
    }
}

/// Reads and prepares a step a second time, if `is_checked` returns `true` for its file.
///
/// # Errors
/// [`EngineError::EditedMeanwhile`]; a file that cannot be read.
pub(super) fn prepare_again(
    history: &History,
    step: &Step,
    setting: Setting<'_>,
    is_checked: impl Fn(&str) -> bool,
) -> Result<PreparedStep, EngineError> {
    let edited = || -> EngineError {
        let path = history.entry(&step.revision).map(|entry| entry.path.clone()).unwrap_or_default();
        EngineError::EditedMeanwhile { revision: step.revision.clone(), path }
    };
    match history.read_section(&step.revision, section_of(step.operation).0) {
        Ok((path, revision)) if is_checked(&revision.text) => prepare_step(history, step, setting, (path, revision)),
        Err(error) if matches!(*error, ProjectError::Read { .. }) => Err(error.into()),
        // What was checked could be read, so a file that cannot be parsed was edited too.
        Ok(_) | Err(_) => Err(edited()),
    }
}

fn prepare_step(
    history: &History,
    step: &Step,
    setting: Setting<'_>,
    (path, revision): (PathBuf, Revision),
) -> Result<PreparedStep, EngineError> {
    if history.entry(&step.revision)?.own_down_revisions.is_some() {
        return Ok(nothing_to_run(history, step, (path, revision), setting));
    }
    let section = rendered(history, step, &path, &revision, setting)?;
    let mut pieces = sql::split(&section.text, setting.dialect).map_err(|error| {
        let span = section.in_file(error.span);
        let location = revision.text.locate(&path, span);
        refused(step, location, RevisionRefusal::Split(error))
    })?;
    // A plan may have many revisions, most of them with a statement or two.
    pieces.shrink_to_fit();
    let side = section_of(step.operation).0;
    let known = history.kept_fingerprint(&step.revision, setting.dialect).filter(|_| side == Section::Upgrade);
    let checksum = known.map_or_else(|| revision.fingerprint(side, setting.dialect), str::to_owned);
    let parents = parents(history, &step.revision);
    let queries = |section| match step.operation {
        Operation::Upgrade => section_queries(history, &path, &revision, section, setting),
        Operation::Downgrade | Operation::Stamp => Ok(None),
    };
    let (require, verify) = (queries(Section::Require)?.map(Box::new), queries(Section::Verify)?.map(Box::new));
    let Revision { header, text: file, .. } = revision;
    let timeouts = timeouts::timeouts(&history.service.gentle, &header, &pieces, &section.text, setting.dialect);
    let message = header.message.unwrap_or_default();
    let batches = batches(step, &path, &file, &section, &pieces, setting.dialect)?;
    let transaction = header.transaction && !batches;
    let online = None;
    let prepared = PreparedStep {
        message,
        path,
        file,
        section,
        pieces,
        checksum,
        parents,
        transaction,
        timeouts,
        require,
        verify,
        online,
    };
    refuse_what_would_fail(step, &prepared, setting)?;
    Ok(prepared)
}

/// Returns the revisions of its own service that a revision depends on: ids separated by spaces.
pub(super) fn parents(history: &History, id: &RevisionId) -> String {
    let Some(node) = history.graph.get(id.as_str()) else { return String::new() };
    let own = history.entry(id).ok().and_then(|entry| entry.own_down_revisions.as_ref());
    let downs = own.unwrap_or(&node.down_revisions).iter().map(RevisionId::as_str);
    downs.chain(node.depends_on.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
}

/// Refuses a plan that upgrades a revision without a way back, if the config requires one (`require_downgrade`). Python
/// revisions are exempt. Not used for a replay in a shadow database, where nothing has to be reverted.
///
/// # Errors
/// The first revision without a downgrade section.
pub fn refuse_one_way(history: &History, plan: &Plan) -> Result<(), EngineError> {
    if !history.service.schema.require_downgrade {
        return Ok(());
    }
    let is_sql = |step: &&Step| !history.entry(&step.revision).is_ok_and(HistoryEntry::is_python);
    let up = plan.steps.iter().filter(|step| step.operation == Operation::Upgrade);
    up.filter(is_sql).try_for_each(|step| refuse_without_downgrade(history, step))
}

fn refuse_without_downgrade(history: &History, step: &Step) -> Result<(), EngineError> {
    let (path, revision) = history.read_section(&step.revision, Section::Downgrade)?;
    if revision.body(Section::Downgrade).is_some() {
        return Ok(());
    }
    let end = Span::new(revision.text.len(), revision.text.len());
    let refusal = missing_downgrade(history, &step.revision);
    Err(refused(step, revision.text.locate(&path, end), refusal))
}

fn missing_downgrade(history: &History, id: &RevisionId) -> RevisionRefusal {
    if history.entry(id).is_ok_and(|entry| entry.recorded.is_some()) {
        RevisionRefusal::DowngradeNotKept
    } else if history.service.layout == Layout::Pairs {
        RevisionRefusal::MissingRollback
    } else {
        RevisionRefusal::MissingDowngrade
    }
}

pub(super) const fn section_of(operation: Operation) -> (Section, RevisionRefusal) {
    match operation {
        Operation::Downgrade => (Section::Downgrade, RevisionRefusal::MissingDowngrade),
        Operation::Upgrade | Operation::Stamp => (Section::Upgrade, RevisionRefusal::MissingUpgrade),
    }
}

/// Returns `true` if a statement of the section runs in batches, which are committed one by one.
fn batches(
    step: &Step,
    path: &Path,
    file: &SourceText,
    section: &Rendered,
    pieces: &[Piece],
    dialect: Dialect,
) -> Result<bool, EngineError> {
    let mut found = false;
    for piece in pieces {
        let batch = Batch::parse(&section.text, piece, dialect).map_err(|error| {
            let span = section.in_file(error.span);
            let location = file.locate(path, span);
            refused(step, location, RevisionRefusal::Batch(error.problem))
        })?;
        found |= batch.is_some();
    }
    Ok(found)
}

pub(super) fn rendered(
    history: &History,
    step: &Step,
    path: &Path,
    revision: &Revision,
    setting: Setting<'_>,
) -> Result<Rendered, EngineError> {
    let (section, refusal) = match section_of(step.operation) {
        (section, RevisionRefusal::MissingDowngrade) => (section, missing_downgrade(history, &step.revision)),
        usual => usual,
    };
    let context = setting.body_context(&history.service);
    let location = |span| revision.text.locate(path, span);
    match render_section(revision, section, &context) {
        Ok(Some(rendered)) => Ok(rendered),
        Ok(None) => Err(refused(step, location(Span::new(revision.text.len(), revision.text.len())), refusal)),
        Err(error) => Err(refused(step, location(error.span), RevisionRefusal::Template(error))),
    }
}

/// Refuses a step that must not start: a statement that cannot run inside its transaction, a placeholder, a conflict
/// marker.
pub(super) fn refuse_what_would_fail(
    step: &Step,
    prepared: &PreparedStep,
    setting: Setting<'_>,
) -> Result<(), EngineError> {
    let in_transaction = prepared.transaction;
    if setting.single_transaction && !in_transaction {
        let location = prepared.locate(Span::default());
        return Err(refused(step, location, RevisionRefusal::NotTransactional));
    }
    if let Some(span) = open_placeholder(&prepared.section.text, &prepared.pieces, setting.dialect) {
        return Err(refused(step, prepared.locate(span), RevisionRefusal::Placeholder));
    }
    let has_ddl = prepared.pieces.iter().any(|piece| piece.kind == StatementKind::Other);
    let is_whole = setting.dialect.rules().has_transactional_ddl() || !has_ddl;
    for piece in &prepared.pieces {
        let text = &prepared.section.text;
        // Detected before the first statement runs: on MySQL those before it could not be rolled back.
        if let Some(span) = left_by_git(&prepared.section.text, piece, setting.dialect) {
            return Err(refused(step, prepared.locate(span), RevisionRefusal::GitConflict));
        }
        if let Some(refusal) = refusal_of(piece, text, (in_transaction, is_whole), setting.dialect) {
            return Err(refused(step, prepared.locate(piece.sql), refusal));
        }
    }
    Ok(())
}

/// Returns the first comment that marks a placeholder. The same text in a name or a string does not count.
fn open_placeholder(text: &str, pieces: &[Piece], dialect: Dialect) -> Option<Span> {
    if !text.contains(Script::PLACEHOLDER) {
        return None;
    }
    // Only up to the end of the statement: the rows of COPY that may follow are not tokens.
    let in_piece = |piece: &Piece| {
        let end = if piece.kind == StatementKind::Nothing { piece.span.end } else { piece.sql.end };
        let part = Span::new(piece.span.start, end);
        let comments = Lexer::new(part.slice(text), dialect).filter_map(Result::ok);
        let mut comments = comments.filter(|token| token.kind == TokenKind::Comment);
        let found = comments.find(|token| token.span.slice(part.slice(text)) == Script::PLACEHOLDER)?;
        Some(found.span.shifted(part.start))
    };
    pieces.iter().find_map(in_piece)
}

/// Returns a conflict marker of git inside a statement, outside of strings and comments. A single marker counts,
/// because others may have been removed.
fn left_by_git(text: &str, piece: &Piece, dialect: Dialect) -> Option<Span> {
    let statement = piece.sql.slice(text);
    if !["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|marker| statement.contains(marker)) {
        return None;
    }
    let operators = Lexer::new(statement, dialect).filter_map(Result::ok);
    let mut starts = operators.filter(|token| token.kind == TokenKind::Operator).map(|token| token.span.start);
    let marker = |start: usize| {
        let begins_line = statement.get(..start).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
        let line = statement.get(start..)?.lines().next()?;
        (begins_line && is_conflict_marker(line)).then(|| Span::new(start, start + line.len()).shifted(piece.sql.start))
    };
    starts.find_map(marker)
}

/// Returns the reason to refuse a piece. `is_whole` is true if the whole revision is one transaction, because no
/// statement in it commits implicitly.
fn refusal_of(
    piece: &Piece,
    text: &str,
    (in_transaction, is_whole): (bool, bool),
    dialect: Dialect,
) -> Option<RevisionRefusal> {
    let statement = piece.sql.slice(text);
    match piece.kind {
        StatementKind::CopyFromStdin { .. } if !dialect.rules().has_copy_from_stdin() => {
            Some(RevisionRefusal::CopyElsewhere)
        }
        StatementKind::Rows => dialect.rules().refused_statement(statement).map(RevisionRefusal::Unsupported),
        StatementKind::TransactionControl if in_transaction => {
            let keyword = sql::keywords(statement, dialect).next().unwrap_or_default();
            Some(RevisionRefusal::OwnTransaction { keyword, is_whole })
        }
        StatementKind::Other | StatementKind::Setting if in_transaction => {
            let statement = sql::refuses_transaction(statement, dialect)?;
            Some(RevisionRefusal::NotInTransaction { statement })
        }
        _ => None,
    }
}

pub(super) fn refused(step: &Step, location: Location, refusal: RevisionRefusal) -> EngineError {
    EngineError::Refused {
        revision: step.revision.clone(),
        operation: step.operation,
        location: Box::new(location),
        refusal,
    }
}
