//! The require sections of all pending revisions, as far as their tables exist already.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Item, Level};
use crate::database::{Database, DatabaseError, ErrorKind, HistoryState, QueryOutcome, SHOWN_ROWS, ServerError};
use crate::diagnostic::position;
use crate::engine::{self, PreparedStep, SectionQueries};
use crate::graph::{Operation, Plan, Step};
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{Dialect, Lexer, Loss, StatementKind, TokenKind, impact, unquoted};

const CHECK: &str = "requirements";

/// Returns an item for each query that is in the way, and one for the others. Empty if no pending revision has a
/// require section.
pub(super) fn items(
    database: &mut dyn Database,
    (history, state): (&History, &HistoryState),
    (plan, prepared): (&Plan, &[Arc<PreparedStep>]),
    dialect: Dialect,
) -> Result<Vec<Item>, DatabaseError> {
    let mut items = Vec::new();
    let mut others = Others::default();
    let mut writers: Vec<Writer<'_>> = Vec::new();
    for (step, prepared) in plan.steps.iter().zip(prepared) {
        match &prepared.require {
            Some(require) if has_begun(state, step) => others.resumed.extend(locate_query(require, 0)),
            Some(require) => {
                // What no pending revision can make is missing in the upgrade too.
                let may_come = !writers.is_empty() || needs_other_service(history, &step.revision);
                for (index, sql) in require.queries().into_iter().enumerate() {
                    let Some(place) = locate_query(require, index) else { continue };
                    match engine::run_query(database, sql)? {
                        None => others.passed += 1,
                        Some(QueryOutcome::Refused(error)) if may_come && is_missing(&error) => {
                            others.missing.push(place);
                        }
                        Some(found) => {
                            let names = names(sql, dialect);
                            let writer = writers.iter().find(|writer| writer.writes_one_of(&names));
                            items.push(found_item(&step.revision, &place, found, writer));
                        }
                    }
                }
            }
            None => {}
        }
        writers.push(Writer::new(&step.revision, prepared, dialect));
    }
    items.extend(others.item());
    Ok(items)
}

/// Returns whether an earlier upgrade of the revision stopped half-way: it continues there, without its requirements.
fn has_begun(state: &HistoryState, step: &Step) -> bool {
    let is_it = |revision: &str| RevisionId::from_row(revision) == step.revision;
    state.incomplete.iter().any(|half| half.operation == Operation::Upgrade.name() && is_it(&half.revision))
}

fn needs_other_service(history: &History, id: &RevisionId) -> bool {
    history.entry(id).is_ok_and(|entry| entry.header.depends_on.iter().any(|need| need.service.is_some()))
}

fn is_missing(error: &ServerError) -> bool {
    matches!(error.kind, Some(ErrorKind::NoSuchTable | ErrorKind::NoSuchObject))
}

/// Returns `FILE:LINE` of a query.
fn locate_query(require: &SectionQueries, index: usize) -> Option<String> {
    let location = require.locate(index)?;
    let line = position(&location.text, location.span.start).line;
    Some(format!("{}:{line}", location.path.display()))
}

fn found_item(revision: &RevisionId, place: &str, found: QueryOutcome, writer: Option<&Writer<'_>>) -> Item {
    let rows = match found {
        QueryOutcome::Rows(rows) => rows,
        QueryOutcome::Refused(error) => {
            return Item::new(CHECK, Level::Stop, format!("{place} of {revision} was refused: {}", error.message));
        }
    };
    let count = match (rows.rows.len(), rows.has_more) {
        (_, true) => format!("more than {SHOWN_ROWS} rows"),
        (1, false) => "1 row".to_owned(),
        (several, false) => format!("{several} rows"),
    };
    let item = match writer {
        // The upgrade runs the query once more, with the rows as they are then.
        Some(Writer { revision: earlier, .. }) => Item::new(
            CHECK,
            Level::Warning,
            format!("{place} finds {count} now; {earlier} changes rows there before {revision} requires none"),
        ),
        None => Item::new(CHECK, Level::Stop, format!("{revision} requires that {place} finds nothing: {count}")),
    };
    item.with_rows(rows)
}

/// Queries that are not in the way.
#[derive(Debug, Default)]
struct Others {
    /// Number of those that found nothing.
    passed: usize,
    /// Places of those that use something that does not exist yet.
    missing: Vec<String>,
    /// Places of the first query of each revision that continues where it stopped.
    resumed: Vec<String>,
}

impl Others {
    fn item(self) -> Option<Item> {
        let passed = match self.passed {
            0 => None,
            1 => Some("1 query finds nothing".to_owned()),
            several => Some(format!("{several} queries find nothing")),
        };
        let listed = |reason: &str, places: &[String]| {
            (!places.is_empty()).then(|| format!("not asked yet, {reason}: {}", places.join(", ")))
        };
        let missing = listed("as their tables or columns do not exist", &self.missing);
        let resumed = listed("as their revision continues where it stopped", &self.resumed);
        let texts: Vec<String> = [passed, missing, resumed].into_iter().flatten().collect();
        (!texts.is_empty()).then(|| Item::new(CHECK, Level::Ok, texts.join("; ")))
    }
}

/// Tables in which a pending revision changes rows.
struct Writer<'p> {
    revision: &'p RevisionId,
    /// Names in lower case, without schema.
    tables: BTreeSet<String>,
    /// True if the text does not reveal all of them.
    is_opaque: bool,
}

impl<'p> Writer<'p> {
    fn new(revision: &'p RevisionId, prepared: &PreparedStep, dialect: Dialect) -> Self {
        let mut writer = Self { revision, tables: BTreeSet::new(), is_opaque: prepared.online.is_some() };
        for piece in prepared.sent() {
            let impact = impact(piece.sql.slice(&prepared.section.text), dialect);
            let is_rows = matches!(piece.kind, StatementKind::Rows | StatementKind::CopyFromStdin { .. });
            let written = impact.locks.iter().filter(|_| is_rows).map(|lock| &lock.table);
            let emptied = impact.losses.iter().filter(|losing| losing.loss != Loss::Column).map(|losing| &losing.table);
            writer.tables.extend(written.chain(emptied).map(|table| table.name.to_lowercase()));
            writer.is_opaque |= impact.is_opaque;
        }
        writer
    }

    fn writes_one_of(&self, names: &BTreeSet<String>) -> bool {
        self.is_opaque || !self.tables.is_disjoint(names)
    }
}

/// Returns all names in a query, in lower case.
fn names(sql: &str, dialect: Dialect) -> BTreeSet<String> {
    let tokens = Lexer::new(sql, dialect).map_while(Result::ok);
    let is_name = |kind| matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    tokens.filter(|token| is_name(token.kind)).map(|token| unquoted(token.span.slice(sql)).to_lowercase()).collect()
}
