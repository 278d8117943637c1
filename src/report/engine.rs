//! Reports of runs that did not start or that failed.

use super::refusal::refused;
use super::{ErrorReport, database, table, target, text};
use crate::database::{ErrorKind, FailureCause, Incomplete, QueryFinding, QueryOutcome, RunFailure, SectionQuery};
use crate::engine::{Changed, EngineError, FileDifference, NoRepair, RevisionEdit};
use crate::error_code::ErrorCode;
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::MissingReplaced;
use crate::revision::Section;
use crate::sql::advice_of_all;

impl From<&EngineError> for ErrorReport {
    fn from(error: &EngineError) -> Self {
        let words = error.to_string();
        match error {
            EngineError::Target(error) => error.into(),
            EngineError::Database(error) => error.into(),
            EngineError::Project(error) => Self::from(&**error),
            EngineError::UnknownRows(rows) => target::unknown_rows(Self::new(ErrorCode::UnknownRow, words), rows),
            EngineError::ReplacedFilesMissing(missing) => missing_replaced(Self::new(ErrorCode::ReplacedFilesMissing, words), missing),
            EngineError::DatabaseAhead { revisions } => {
                let ids: Vec<_> = revisions.iter().map(ToString::to_string).collect();
                Self::new(ErrorCode::DatabaseAhead, words)
                    .note(format!("applied by a newer release, without a file here: {}", ids.join(", ")))
                    .note("nothing was run: the config has `ahead: refuse`")
                    .hint("run the newer release's files, or downgrade first: aludel downgrade REVISION")
            }
            EngineError::VersionRowsLost { applied, rows, table, is } => {
                let again = if rows.is_empty() {
                    "nothing was run: with an empty table every revision would be applied again"
                } else {
                    "nothing was run: revisions without a row would be applied again"
                };
                let report = Self::new(ErrorCode::VersionRowsLost, words).note(again);
                let is_emptied = *is == "empty" && table.contains("alembic");
                let report = if is_emptied { report.note(EMPTIED_BY_ALEMBIC) } else { report };
                lost_rows_ways_out(rows, applied).into_iter().fold(report, Self::hint)
            }
            EngineError::Refused { revision, operation, location, refusal } => {
                let (label, report) = refused(*operation, refusal, revision);
                let report = report.of_revision(revision).note("nothing was run");
                report.at(location, label)
            }
            EngineError::IdsTooLong { ids, table, .. } => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                Self::new(ErrorCode::IdTooLong, format!("{words}; too long: {}", ids.join(", ")))
                    .note("nothing was run")
                    .hints(advice_of_all(|rules| rules.longer_ids(table)))
            }
            EngineError::Locked { holder, waited } => {
                Self::new(ErrorCode::Locked, format!("{words}, after waiting {:.0} s", waited.as_secs_f64()))
                    .note(format!("held by {}", holder.description))
                    .note("nothing was run")
                    .hint("wait until it is done and run again, or wait longer: --lock-timeout SECONDS")
                    .hints(holder.end.as_ref().map(|end| format!("if no runner is alive (a pooler may have kept its session): {end}")))
            }
            EngineError::Needs { revision, service, symbol, unknown } => {
                let report = Self::new(
                    ErrorCode::DependencyMissing,
                    format!("{words}, which {}", if *unknown { "does not exist" } else { "is not applied" }),
                )
                .of_revision(revision)
                .note("nothing was run");
                if *unknown {
                    report.hint(format!(
                        "is the service {service} in the config, and is {symbol} a revision or label of it?"
                    ))
                } else {
                    report
                        .hint(format!("aludel upgrade {symbol} -s {service}"))
                        .hint("or upgrade all services in an order that works: aludel upgrade head --all")
                }
            }
            EngineError::NeededBy { revision, service, dependent } => Self::new(ErrorCode::DependencyNeeded, words)
                .of_revision(revision)
                .note("nothing was run")
                .hint(format!("first: aludel downgrade {dependent}-1 -s {service}")),
            EngineError::Circle(at) => {
                let at: Vec<_> = at.iter().map(|(service, revision)| format!("{service}:{revision}")).collect();
                Self::new(ErrorCode::DependencyCycle, words)
                    .note(format!("these depend on each other: {}", at.join(", ")))
                    .hint("remove one of the `depends_on` lines")
            }
            EngineError::Blocked { service, revision } => Self::new(ErrorCode::Blocked, words)
                .note(format!("revisions that need {service}:{revision} were not run"))
                .hint(format!("fix {service} first, then run again")),
            EngineError::Failed { revision, operation, path, location, statement, statements, batched, failure } => {
                let report = failed(failure, *statement, *statements).of_revision(revision);
                let report = report.note(what_stays(failure, *operation, *statements, *batched));
                let report = ways_on(report, failure, *operation, (revision.as_ref(), *batched));
                match location {
                    Some(location) => report.at(location, label(failure, *statement, *statements)),
                    None if path.as_os_str().is_empty() => report,
                    None => report.in_file(path),
                }
            }
            EngineError::EarlyContract { revision, .. } => Self::new(ErrorCode::PhaseTooEarly, words)
                .of_revision(revision)
                .note("nothing was run")
                .hint("first: aludel upgrade TARGET --phase migrate")
                .hint("without --phase everything runs in order, as on a new database"),
            EngineError::LockRefused { revision, tries, blockers, failed } => {
                let inner = Self::from(&**failed);
                let again = if *tries == 0 { String::new() } else { format!(", tried again {}", text::times(*tries)) };
                let mut report = Self { code: ErrorCode::Locked, hints: Vec::new(), ..inner }.of_revision(revision);
                report.message = format!("{words}{again}: {}", report.message);
                for blocker in blockers {
                    report = report.note(format!("blocked by {}", text::blocker(blocker)));
                }
                report
                    .hint(
                        "run again when they have finished, terminate them yourself, or let --kill-blockers terminate them",
                    )
                    .hint("to wait longer: lock_timeout and lock_retries in the config, or lock_timeout in the header")
            }
            EngineError::Incomplete(incomplete) => incomplete_in_the_way(words, incomplete),
            EngineError::IncompleteChanged { incomplete, location, difference } => {
                let report = incomplete_changed(words, incomplete, *difference);
                match location {
                    Some(location) => report.at(location, "this differs from what ran"),
                    None => report,
                }
            }
            EngineError::StatementUnknown { incomplete, location, statement } => {
                let revision = &incomplete.revision;
                let end = if incomplete.error.as_deref() == Some("interrupted") {
                    "it was interrupted, and a part of its effect may remain"
                } else {
                    "its run ended during this statement, and the catalog does not show whether it took effect"
                };
                Self::new(ErrorCode::StatementUnknown, words)
                    .of_revision(revision)
                    .at(location, format!("statement {statement} of {}", incomplete.statements_total))
                    .note(end)
                    .note("nothing was run")
                    .hint(format!(
                        "check the database; if it took effect: aludel repair --statement-applied {revision}"
                    ))
                    .hint(format!("if it did not: aludel repair --statement-not-applied {revision}"))
                    .hint(format!("then continue: aludel {}", go_on(incomplete)))
            }
            EngineError::SessionLost { incomplete, location } => Self::new(ErrorCode::SessionLost, words)
                .of_revision(&incomplete.revision)
                .at(location, "a temporary table, a variable or the last row's number is lost")
                .note("nothing was run")
                .hint("write the statement so that it does not depend on the session; statements that have not run may be edited")
                .hint(format!("or finish the rest by hand, then: aludel stamp {}", incomplete.revision)),
            EngineError::Online(failure) => super::python::online(failure),
            EngineError::EditedMeanwhile { revision, path } => Self::new(ErrorCode::FileChanged, words)
                .of_revision(revision)
                .in_file(path)
                .note("the revision was not started")
                .hint("run the same command again: it checks the file again"),
            EngineError::Changed(changed) => {
                let report = Self::new(ErrorCode::ChecksumMismatch, words).note("nothing was run");
                let report = changed.iter().take(20).fold(report, |report, changed| report.note(changed_line(changed)));
                let report = match changed.len() {
                    0..=20 => report,
                    more => report.note(format!("and {} more", more - 20)),
                };
                let first = changed.first().map(|changed| changed.revision.to_string()).unwrap_or_default();
                report
                    .of_revision(&first)
                    .hint("restore the files, and write the changes as a new revision")
                    .hint(format!("or, if the database is right: {}", accept_line(changed)))
            }
            EngineError::NothingToRepair { revision, reason } => nothing_to_repair(words, revision.as_ref(), *reason),
            EngineError::ReadOnly { server, failed } => read_only(words, &server.remedies, Self::from(&**failed)),
            EngineError::Panicked { .. } => Self::new(ErrorCode::InternalError, words)
                .note("what was committed before stays; the transaction that was open was rolled back")
                .hint("`aludel status` shows where the service is; please report this fault of aludel"),
            EngineError::Interrupted => {
                Self::new(ErrorCode::Interrupted, "stopped before the next revision").hint("run the same command again to continue")
            }
        }
    }
}

/// Alembic empties the table by a `DELETE` in the transaction of the last downgrade, and writes no journal.
/// Hint for what all databases of a server share.
pub(super) const EXISTS_ON_SERVER: &str = "this belongs to the whole server, and is there from another database or an earlier run: create it only if it is \
    missing";

const EMPTIED_BY_ALEMBIC: &str = "Alembic's own `alembic downgrade base` leaves the table empty too, and aludel's journal does not \
                                  record what Alembic does";

/// Ways to recover a version table that lost rows: `rows` are those that it has, `applied` those that the journal records
/// beside them.
#[must_use]
pub fn lost_rows_ways_out(rows: &[String], applied: &[String]) -> [String; 3] {
    let taken_back = if rows.is_empty() {
        "or, if nothing is applied any more (another tool reverted it): aludel stamp base".to_owned()
    } else {
        format!("or, if another tool reverted it: aludel stamp {}", rows.join(" "))
    };
    [
        "compare the database with the revisions: aludel stamp --detect".to_owned(),
        format!("or, if the journal is right: aludel stamp {}", [rows, applied].concat().join(" ")),
        taken_back,
    ]
}

/// Command that accepts all of these files; with more than three it does not name each.
#[must_use]
pub fn accept_line(changed: &[Changed]) -> String {
    match changed {
        [] | [_, _, _, _, ..] => "aludel repair --accept --all".to_owned(),
        few => few
            .iter()
            .fold("aludel repair".to_owned(), |line, changed| line + &format!(" --accept {}", changed.revision)),
    }
}

/// Command that continues a half-applied revision: `upgrade ID` or `downgrade ID-1`.
#[must_use]
pub fn go_on(incomplete: &Incomplete) -> String {
    match incomplete.operation.as_str() {
        "downgrade" => format!("downgrade {}-1", incomplete.revision),
        "restore" => "restore BACKUP".to_owned(),
        operation => format!("{operation} {}", incomplete.revision),
    }
}

/// Describes the change to the file of an applied revision in one line.
#[must_use]
pub fn changed_line(changed: &Changed) -> String {
    let Changed { revision, what, path } = changed;
    let path = path.as_ref().map(|path| format!(" ({})", path.display())).unwrap_or_default();
    match what {
        RevisionEdit::Edited => format!("{revision} was edited after it was applied{path}"),
        RevisionEdit::Vanished => format!("{revision} is applied, but its file is missing"),
        RevisionEdit::Inserted => format!("{revision} was inserted below applied revisions and never ran{path}"),
    }
}

fn incomplete_in_the_way(words: String, incomplete: &Incomplete) -> ErrorReport {
    if incomplete.operation == "restore" {
        return ErrorReport::new(ErrorCode::IncompleteRestore, "a restore of this database did not finish")
            .note("it contains at most a part of the backup; nothing was run")
            .hint("restore again: `aludel log` names the backup");
    }
    let (done, total) = (incomplete.statements_done, incomplete.statements_total);
    let (operation, revision) = (&incomplete.operation, &incomplete.revision);
    let message = format!("{words}: {operation} stopped after {done} of {total} statements");
    let report = ErrorReport::new(ErrorCode::IncompleteRevision, message).of_revision(revision).note("nothing was run");
    let report = match &incomplete.error {
        Some(error) => report.note(format!("it failed with: {error}")),
        None => report.note("its run ended without an error message"),
    };
    report
        .hint(format!("finish it: aludel {}", go_on(incomplete)))
        .hint("or revert by hand what ran, then: aludel stamp current")
}

fn incomplete_changed(words: String, incomplete: &Incomplete, difference: FileDifference) -> ErrorReport {
    let (done, revision) = (incomplete.statements_done, &incomplete.revision);
    let report = ErrorReport::new(ErrorCode::IncompleteChanged, words).of_revision(revision);
    let ran = format!("{done} of {} statements ran", incomplete.statements_total);
    let stamp = "or finish or revert it by hand, then `aludel stamp` the revision that the database is at";
    match difference {
        FileDifference::Edited { statement } => report
            .note(format!("{ran}; statement {statement} of the file is not the one that ran"))
            .note("nothing was run")
            .hint("restore the statements that ran; those after them may be edited")
            .hint(format!("or, if the database has what the file contains now: aludel repair --accept {revision}")),
        FileDifference::Shorter => report
            .note(format!("{ran}, but the file has fewer"))
            .note("nothing was run")
            .hint("restore the statements that ran; those after them may be edited")
            .hint(stamp),
        FileDifference::Unrecorded { hashes } => report
            .note(format!(
                "{ran}, and the journal holds the hashes of {hashes}: an edit of the others would not be noticed"
            ))
            .note("nothing was run")
            .hint(format!("compare the file with the database; when it is right: aludel repair --accept {revision}"))
            .hint(stamp),
        FileDifference::Vanished => report
            .note(format!("{ran}, but no file has this id"))
            .note("nothing was run")
            .hint("restore the file")
            .hint(stamp),
    }
}

fn nothing_to_repair(words: String, revision: Option<&RevisionId>, reason: NoRepair) -> ErrorReport {
    let of = revision.map(|id| format!(" of {id}")).unwrap_or_default();
    let report = ErrorReport::new(
        ErrorCode::NothingToRepair,
        match reason {
            NoRepair::NotIncomplete => format!("{words}: nothing{of} is half-applied"),
            NoRepair::Several => format!("{words}: several revisions are half-applied"),
            NoRepair::NoneUnknown => format!("{words}: for every statement{of} it is known whether it ran"),
            NoRepair::NotChanged => format!("{words}: the file{of} matches what was applied"),
        },
    );
    let report = match revision {
        Some(id) => report.of_revision(id),
        None => report,
    };
    report.hint("`aludel status` shows half-applied revisions and changed files")
}

/// Report of a server that accepts no writes. The server's message and the state of the revision come from `failed`.
fn read_only(words: String, remedies: &[String], failed: ErrorReport) -> ErrorReport {
    let ErrorReport { message, notes, sqlstate, revision, .. } = failed;
    let report = ErrorReport { sqlstate, revision, ..ErrorReport::new(ErrorCode::ReadOnlyServer, words) };
    let report = notes.into_iter().fold(report.note(format!("the server reported: {message}")), ErrorReport::note);
    report.hints(remedies.iter().cloned())
}

pub(super) fn failed(failure: &RunFailure, statement: Option<usize>, statements: usize) -> ErrorReport {
    match &failure.cause {
        FailureCause::Statement(error) => database::server(error, ErrorCode::StatementFailed),
        // Detail and hint were written by aludel, not by the server.
        FailureCause::LockLost(error) => {
            let report = ErrorReport::new(ErrorCode::DatabaseError, error.message.clone());
            let report = error.detail.iter().fold(report, |report, detail| report.note(detail));
            report.hints(error.hint.clone())
        }
        FailureCause::Unmet(finding) | FailureCause::Unverified(finding) => found(finding),
        FailureCause::RowsMoved => ErrorReport::new(
            ErrorCode::RowsMoved,
            "the version rows are no longer those that the run started from: another session changed them",
        ),
        FailureCause::VersionTableChanged { table } => version_table_changed(table),
        FailureCause::ConnectionLost(message) => ErrorReport::new(ErrorCode::ConnectionLost, message.clone()),
        FailureCause::Interrupted => {
            let at = statement.map(|number| format!(" at statement {number} of {statements}")).unwrap_or_default();
            ErrorReport::new(ErrorCode::Interrupted, format!("stopped{at}"))
        }
    }
}

fn version_table_changed(table: &str) -> ErrorReport {
    let dumps: Vec<String> = advice_of_all(|rules| rules.dump_without(table)).collect();
    let message = format!("the version table {table} does not contain what this revision should have left");
    ErrorReport::new(ErrorCode::RowsMoved, message)
        .note(format!("the revision itself changes {table}, or another session did so meanwhile"))
        .hint(format!("remove the statements about {table} and {table}_history from the file"))
        .hint(format!("a dump without them: {}", dumps.join("; ")))
}

/// Report of a require or verify query that found something, with the rows as a table below the message.
fn found(finding: &QueryFinding) -> ErrorReport {
    let (section, code) = match finding.query {
        SectionQuery::Require(_) => (Section::Require, ErrorCode::RequireFailed),
        SectionQuery::Verify(_) => (Section::Verify, ErrorCode::VerifyFailed),
    };
    match &finding.found {
        QueryOutcome::Rows(rows) => {
            let shown = rows.rows.len();
            let count = if rows.has_more { format!("more than {shown} rows") } else { text::count(shown, "row") };
            let report =
                ErrorReport::new(code, format!("the {} query found {count}, and should find none", section.name()));
            report.note(table::format_table(rows).trim_end())
        }
        QueryOutcome::Refused(error) => database::server(error, code),
    }
}

pub(super) fn label(failure: &RunFailure, statement: Option<usize>, statements: usize) -> String {
    match (&failure.cause, statement) {
        (FailureCause::Statement(_), Some(number)) => format!("statement {number} of {statements}"),
        _ => String::new(),
    }
}

/// Report of a seed file that failed. It is not a revision: a second run does not continue in the middle of it.
#[must_use]
pub fn seed_failed(error: &EngineError) -> ErrorReport {
    match error {
        EngineError::Failed { location, statement, statements, failure, path, .. } => {
            let report = failed(failure, *statement, *statements);
            let report = match location {
                Some(location) => report.at(location, label(failure, *statement, *statements)),
                None => report.in_file(path),
            };
            let stays = match failure.applied {
                0 => "nothing of this file was applied: it was rolled back".to_owned(),
                applied => format!("{applied} of {statements} statements were applied and stay"),
            };
            report.note(stays).hint("fix the file, then run `aludel seed` again: files that ran before are skipped")
        }
        other => ErrorReport::from(other),
    }
}

fn what_stays(failure: &RunFailure, operation: Operation, statements: usize, batched: u64) -> String {
    let operation = operation.name();
    if batched > 0 {
        let rows = text::count(usize::try_from(batched).unwrap_or(usize::MAX), "row");
        let before = match failure.applied {
            0 => String::new(),
            applied => format!("{applied} of {statements} statements were applied and stay; "),
        };
        return format!(
            "{before}the batches of the failed statement with the first {rows} are committed and stay; the version row was not changed"
        );
    }
    if let (FailureCause::Unverified(_), false) = (&failure.cause, failure.rolled_back) {
        return format!(
            "all {statements} statements were applied and stay, as they could not be rolled back; the version row was not changed"
        );
    }
    if let (FailureCause::Unmet(_), true) = (&failure.cause, failure.rolled_back) {
        return "nothing of the revision was run: its require queries come before its statements".to_owned();
    }
    if failure.rolled_back {
        return format!("nothing of this {operation} was applied: it was rolled back");
    }
    match (failure.applied, &failure.cause) {
        (0, FailureCause::ConnectionLost(_)) => {
            "it is not known whether the last statement took effect: the server decides when it notices the closed connection"
                .to_owned()
        }
        (0, _) => format!("nothing of this {operation} was applied"),
        (applied, _) => {
            format!("{applied} of {statements} statements were applied and stay; the version row was not changed")
        }
    }
}

fn ways_on(
    report: ErrorReport,
    failure: &RunFailure,
    operation: Operation,
    (revision, batched): (&str, u64),
) -> ErrorReport {
    let again = format!("run `aludel {}` again", operation.name());
    let report = match &failure.cause {
        FailureCause::Statement(error) => match error.kind {
            Some(ErrorKind::AlreadyExists) if operation == Operation::Upgrade => report.hint(
                "was this applied by hand or by another tool? `aludel stamp --detect` finds the revision that the database is at",
            ),
            Some(ErrorKind::AlreadyExistsOnServer) if operation == Operation::Upgrade => report.hint(EXISTS_ON_SERVER),
            Some(ErrorKind::Cancelled) => {
                return report.hint(format!(
                    "the statement was cancelled, or took longer than statement_timeout; {again}"
                ));
            }
            _ => report,
        },
        _ => report,
    };
    match (&failure.cause, failure.applied) {
        (FailureCause::VersionTableChanged { .. }, 1..) => report.hint(format!(
            "all its statements ran: if the database is right, name the heads that are applied: aludel stamp --purge {revision}"
        )),
        (FailureCause::VersionTableChanged { .. }, 0) => report.hint(format!("then {again}")),
        (FailureCause::Statement(_) | FailureCause::Interrupted, _) if batched > 0 => report
            .hint(format!("fix the data and {again}: it continues after the last batch"))
            .hint("if the statement itself is edited, all its batches run again"),
        (FailureCause::Unmet(QueryFinding { found: QueryOutcome::Refused(_), .. }), _) => {
            report.hint(format!("fix the query, then {again}"))
        }
        (FailureCause::Unmet(_), _) => {
            report.hint(format!("put right what the query found, or correct the query; then {again}"))
        }
        (FailureCause::Unverified(_), 0) => report.hint(format!("fix the file or the data, then {again}")),
        (FailureCause::Unverified(_), 1..) => report
            .hint(format!("fix the data or the query, then {again}: only the verification is left"))
            .hint(format!("or accept it as it is: aludel stamp {revision}")),
        (FailureCause::Statement(_), 0) => report.hint(format!("fix the file, then {again}")),
        (FailureCause::Statement(_) | FailureCause::Interrupted, 1..) => report
            .hint(format!("fix what has not run, then {again}: it continues after what ran"))
            .hint(format!("or finish the rest by hand, then: aludel stamp {revision}")),
        (FailureCause::ConnectionLost(_), _) => {
            report.hint(format!("`aludel status` shows what was applied; then {again}"))
        }
        (FailureCause::LockLost(_), _) => report.hint(format!("when that is fixed, {again}")),
        _ => report.hint(format!("{again} to continue")),
    }
}

/// Names the files of replaced revisions that a database in the middle of them needs.
fn missing_replaced(report: ErrorReport, missing: &MissingReplaced) -> ErrorReport {
    let MissingReplaced { replaced_by, missing, folder, .. } = missing;
    let ids: Vec<_> = missing.iter().map(ToString::to_string).collect();
    report
        .note(format!(
            "the rest has to run before {replaced_by} counts as applied; files that are missing: {}",
            ids.join(", ")
        ))
        .note("nothing was run")
        .hint(format!("find the commit that deleted them: git log --diff-filter=D --name-only -- {}", folder.display()))
        .hint("restore them from its parent: git checkout COMMIT^ -- FILE; then run the command again")
}
