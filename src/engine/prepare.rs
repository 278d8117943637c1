//! From a plan to text that can be sent: sections read, templates rendered, statements split, and everything
//! refused that is known to fail, before anything runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::{EngineError, RevisionRefusal};
use super::online::OnlineRevision;
use super::python;
use super::timeouts;
use super::verify::{Verify, verify_section};
use crate::config::Layout;
use crate::database::{Timeouts, Transaction};
use crate::diagnostic::{Location, Span};
use crate::graph::{Graph, Operation, Plan, Step};
use crate::id::RevisionId;
use crate::parallel::map_chunks;
use crate::project::{History, HistoryEntry};
use crate::revision::{BodyContext, Rendered, Revision, Section, is_conflict_marker, render_section};
use crate::schema::Script;
use crate::sql::{self, Batch, Dialect, Lexer, Piece, StatementKind, TokenKind};

/// What a comment says in a revision that has no statements on purpose.
const NOTHING_TO_DO: &str = "nothing to do";

/// From so many steps on it pays to prepare with several threads.
const STEPS_PER_THREAD: usize = 64;

/// A step with the text that it sends.
#[derive(Debug)]
pub struct PreparedStep {
    /// The revision's message; empty when it has none.
    pub message: String,
    /// The revision's file.
    pub path: PathBuf,
    /// The file's text.
    pub file: String,
    /// The section that runs, with the way back to the file.
    pub section: Rendered,
    /// The section's statements.
    pub pieces: Vec<Piece>,
    /// The section's fingerprint.
    pub checksum: String,
    /// What the revision needs, as the journal keeps it.
    pub parents: String,
    /// Whether the file asks for a transaction.
    pub transaction: bool,
    /// What its statements may take.
    pub timeouts: Timeouts,
    /// What has to hold at the end of an upgrade.
    pub verify: Option<Verify>,
    /// Set if the revision has no SQL and Alembic runs it.
    pub online: Option<OnlineRevision>,
}

impl PreparedStep {
    /// The pieces that are sent.
    pub fn sent(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing)
    }

    /// How many statements are sent.
    #[must_use]
    pub fn statements(&self) -> usize {
        self.sent().count()
    }

    /// Whether the file is a template that nobody has written in: there is no statement, and no comment says "nothing to do".
    #[must_use]
    pub fn is_unwritten(&self) -> bool {
        self.section.is_as_written()
            && self.path.extension().is_none_or(|extension| extension != "py")
            && self.pieces.iter().all(|piece| piece.kind == StatementKind::Nothing)
            && !self.section.text.to_ascii_lowercase().contains(NOTHING_TO_DO)
    }

    /// The place in the file of a span of the section.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        Location { path: self.path.clone(), text: self.file.clone(), span: self.section.in_file(span) }
    }

    /// How the revision relates to transactions on a database.
    #[must_use]
    pub fn mode(&self, rolls_back_ddl: bool, single_transaction: bool) -> Transaction {
        let only_rows = || {
            self.pieces.iter().all(|piece| match piece.kind {
                StatementKind::Nothing | StatementKind::Rows | StatementKind::CopyFromStdin { .. } => true,
                // Switching it on would commit what is open.
                StatementKind::Setting => {
                    !piece.sql.slice(&self.section.text).to_ascii_lowercase().contains("autocommit")
                }
                StatementKind::TransactionControl | StatementKind::Other => false,
            })
        };
        match (single_transaction, self.transaction) {
            (true, _) => Transaction::Shared,
            (false, true) if rolls_back_ddl || only_rows() => Transaction::Own,
            (false, _) => Transaction::None,
        }
    }
}

/// What preparing has to know beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The database's dialect.
    pub dialect: Dialect,
    /// What the user gave for templates as `KEY=VALUE`.
    pub variables: &'a BTreeMap<String, String>,
    /// One transaction for all revisions.
    pub single_transaction: bool,
    /// Nothing will run: revisions in Python need not be rendered where nobody can.
    pub looking: bool,
}

/// Reads, renders, splits and checks the section of every step of `plan`.
///
/// # Errors
/// A file that cannot be read, a template that cannot be rendered, a revision that is refused.
pub fn prepare(history: &History, plan: &Plan, setting: Setting<'_>) -> Result<Vec<PreparedStep>, EngineError> {
    if let (true, Dialect::Mysql, Some(step)) = (setting.single_transaction, setting.dialect, plan.steps.first()) {
        let path = history.entry(&step.revision)?.path.clone();
        let location = Location { path, text: String::new(), span: Span::default() };
        return Err(refused(step, location, RevisionRefusal::SingleTransaction));
    }
    let scripts = python::scripts(history, plan, setting)?;
    let prepare = |step: &Step| match history.entry(&step.revision)?.is_python() {
        true => python::prepared(history, step, &scripts, setting),
        false => prepare_step(history, step, setting),
    };
    map_chunks(plan.steps.iter().collect(), STEPS_PER_THREAD, |share| share.into_iter().map(prepare).collect())
}

fn prepare_step(history: &History, step: &Step, setting: Setting<'_>) -> Result<PreparedStep, EngineError> {
    let (path, revision) = history.read_section(&step.revision, section_of(step.operation).0)?;
    let section = rendered(history, step, &path, &revision, setting)?;
    let pieces = sql::split(&section.text, setting.dialect).map_err(|error| {
        let span = section.in_file(error.span);
        let location = Location { path: path.clone(), text: revision.text.clone(), span };
        refused(step, location, RevisionRefusal::Split(error))
    })?;
    let checksum = checksum(&revision, section_of(step.operation).0, setting.dialect);
    let parents = parents(&history.graph, &step.revision);
    let verify = match step.operation {
        Operation::Upgrade => verify_section(history, &path, &revision, setting)?,
        Operation::Downgrade | Operation::Stamp => None,
    };
    let Revision { header, text: file, .. } = revision;
    let timeouts = timeouts::timeouts(&history.service.gentle, &header, &pieces, &section.text, setting.dialect);
    let message = header.message.unwrap_or_default();
    let batches = batches(step, &path, &file, &section, &pieces, setting.dialect)?;
    let transaction = header.transaction && !batches;
    let online = None;
    let prepared =
        PreparedStep { message, path, file, section, pieces, checksum, parents, transaction, timeouts, verify, online };
    refuse_what_would_fail(step, &prepared, setting)?;
    Ok(prepared)
}

/// The fingerprint of a section as it stands in the file. A template's is that of its own text: other values of
/// its variables are no edit.
pub(super) fn checksum(revision: &Revision, section: Section, dialect: Dialect) -> String {
    sql::fingerprint(revision.body(section).unwrap_or_default(), dialect)
}

/// What a revision needs in its own service: ids with blanks between.
pub(super) fn parents(graph: &Graph, id: &RevisionId) -> String {
    let node = graph.get(id.as_str());
    let needs = node.into_iter().flat_map(|node| {
        node.down_revisions.iter().map(RevisionId::as_str).chain(node.depends_on.iter().map(String::as_str))
    });
    needs.collect::<Vec<_>>().join(" ")
}

/// Where the config wants a way back for everything that runs: refuses a plan that goes up without one. What is only replayed in
/// a shadow needs none.
///
/// # Errors
/// The first revision that has none.
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
    let refusal = missing_downgrade(history);
    Err(refused(step, Location { path, text: revision.text, span: end }, refusal))
}

fn missing_downgrade(history: &History) -> RevisionRefusal {
    if history.service.layout == Layout::Pairs {
        RevisionRefusal::MissingRollback
    } else {
        RevisionRefusal::MissingDowngrade
    }
}

const fn section_of(operation: Operation) -> (Section, RevisionRefusal) {
    match operation {
        Operation::Downgrade => (Section::Downgrade, RevisionRefusal::MissingDowngrade),
        Operation::Upgrade | Operation::Stamp => (Section::Upgrade, RevisionRefusal::MissingUpgrade),
    }
}

/// Whether a statement of the section runs in batches, which commit one by one.
fn batches(
    step: &Step,
    path: &Path,
    file: &str,
    section: &Rendered,
    pieces: &[Piece],
    dialect: Dialect,
) -> Result<bool, EngineError> {
    let mut found = false;
    for piece in pieces {
        let batch = Batch::of(&section.text, piece, dialect).map_err(|error| {
            let span = section.in_file(error.span);
            let location = Location { path: path.to_owned(), text: file.to_owned(), span };
            refused(step, location, RevisionRefusal::Batch(error.problem))
        })?;
        found |= batch.is_some();
    }
    Ok(found)
}

fn rendered(
    history: &History,
    step: &Step,
    path: &Path,
    revision: &Revision,
    setting: Setting<'_>,
) -> Result<Rendered, EngineError> {
    let (section, refusal) = match section_of(step.operation) {
        (section, RevisionRefusal::MissingDowngrade) => (section, missing_downgrade(history)),
        usual => usual,
    };
    let service = &history.service;
    let context = BodyContext {
        dialect: setting.dialect,
        service: &service.name,
        schema: service.version_schema.as_deref(),
        env: service.env.as_deref(),
        x: setting.variables,
    };
    let location = |span| Location { path: path.to_owned(), text: revision.text.clone(), span };
    match render_section(revision, section, &context) {
        Ok(Some(rendered)) => Ok(rendered),
        Ok(None) => Err(refused(step, location(Span::new(revision.text.len(), revision.text.len())), refusal)),
        Err(error) => Err(refused(step, location(error.span), RevisionRefusal::Template(error))),
    }
}

/// Refuses statements that cannot be in a transaction, in a revision that is one.
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
    if let Some(span) = open_gap(&prepared.section.text, &prepared.pieces, setting.dialect) {
        return Err(refused(step, prepared.locate(span), RevisionRefusal::Gap));
    }
    let has_ddl = prepared.pieces.iter().any(|piece| piece.kind == StatementKind::Other);
    let is_whole = setting.dialect != Dialect::Mysql || !has_ddl;
    for piece in &prepared.pieces {
        let text = &prepared.section.text;
        // Found before the first statement runs: on MySQL those before it would stay.
        if let Some(span) = left_by_git(&prepared.section.text, piece, setting.dialect) {
            return Err(refused(step, prepared.locate(span), RevisionRefusal::GitConflict));
        }
        if let Some(refusal) = refusal_of(piece, text, (in_transaction, is_whole), setting.dialect) {
            return Err(refused(step, prepared.locate(piece.sql), refusal));
        }
    }
    Ok(())
}

/// The first comment that marks a gap; the same letters in a name or a string are none.
fn open_gap(text: &str, pieces: &[Piece], dialect: Dialect) -> Option<Span> {
    if !text.contains(Script::GAP) {
        return None;
    }
    // Up to the end of the statement: what follows may be rows of COPY, which are no tokens.
    let in_piece = |piece: &Piece| {
        let end = if piece.kind == StatementKind::Nothing { piece.span.end } else { piece.sql.end };
        let part = Span::new(piece.span.start, end);
        let comments = Lexer::new(part.of(text), dialect).filter_map(Result::ok);
        let mut comments = comments.filter(|token| token.kind == TokenKind::Comment);
        let found = comments.find(|token| token.span.of(part.of(text)) == Script::GAP)?;
        Some(found.span.shifted(part.start))
    };
    pieces.iter().find_map(in_piece)
}

/// A line of git's in a statement, outside of strings and comments, where one of three may have been left behind.
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

/// `is_whole`: the revision as a whole is one transaction, as no statement in it commits by itself.
fn refusal_of(
    piece: &Piece,
    text: &str,
    (in_transaction, is_whole): (bool, bool),
    dialect: Dialect,
) -> Option<RevisionRefusal> {
    let statement = piece.sql.slice(text);
    match piece.kind {
        StatementKind::CopyFromStdin { .. } if dialect != Dialect::Postgres => Some(RevisionRefusal::CopyElsewhere),
        StatementKind::Rows if dialect == Dialect::Mysql && sql::loads_local_file(statement) => {
            Some(RevisionRefusal::LocalFile)
        }
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
