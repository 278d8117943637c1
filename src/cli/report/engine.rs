//! Runs that did not start or did not end well.

use super::{Report, database, target};
use crate::database::{FailureCause, RunFailure};
use crate::engine::{EngineError, Refusal};
use crate::graph::Operation;

impl From<EngineError> for Report {
    fn from(error: EngineError) -> Self {
        let words = error.to_string();
        match error {
            EngineError::Target(error) => error.into(),
            EngineError::Database(error) => error.into(),
            EngineError::Project(error) => (*error).into(),
            EngineError::UnknownRows(rows) => target::unknown_rows(Self::new("unknown-row", words), &rows),
            EngineError::Refused { revision, operation, location, refusal } => {
                let (label, report) = refused(operation, &refusal);
                let report = report.of_revision(&revision).note("nothing was run");
                report.at(*location, label)
            }
            EngineError::IdsTooLong { ids, table, .. } => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                Self::new("id-too-long", format!("{words}; too long: {}", ids.join(", ")))
                    .note("nothing was run")
                    .hint(format!("ALTER TABLE {table} ALTER COLUMN version_num TYPE VARCHAR(255)  (PostgreSQL)"))
                    .hint(format!("ALTER TABLE {table} MODIFY version_num VARCHAR(255) NOT NULL  (MySQL, MariaDB)"))
            }
            EngineError::Locked { holder, waited } => {
                Self::new("locked", format!("{words}, after waiting {:.0} s", waited.as_secs_f64()))
                    .note(format!("held by {}", holder.description))
                    .note("nothing was run")
                    .hint("wait until it is done and run again, or wait longer: --lock-timeout SECONDS")
            }
            EngineError::Needs { revision, service, symbol, unknown } => {
                let report = Self::new(
                    "dependency-missing",
                    format!("{words}, which {}", if unknown { "does not exist" } else { "is not applied" }),
                )
                .of_revision(revision)
                .note("nothing was run");
                if unknown {
                    report.hint(format!(
                        "is the service {service} in the config, and is {symbol} a revision or label of it?"
                    ))
                } else {
                    report
                        .hint(format!("aludel upgrade {symbol} -s {service}"))
                        .hint("or let all services go in an order that works: aludel upgrade head --all")
                }
            }
            EngineError::NeededBy { revision, service, dependent } => Self::new("dependency-needed", words)
                .of_revision(revision)
                .note("nothing was run")
                .hint(format!("first: aludel downgrade {dependent}-1 -s {service}")),
            EngineError::Circle(at) => {
                let at: Vec<_> = at.iter().map(|(service, revision)| format!("{service}:{revision}")).collect();
                Self::new("dependency-cycle", words)
                    .note(format!("these wait for one another: {}", at.join(", ")))
                    .hint("one of the `depends_on` lines has to go")
            }
            EngineError::Blocked { service, revision } => Self::new("blocked", words)
                .note(format!("what needs {service}:{revision} was not run"))
                .hint(format!("mend {service} first, then run again")),
            EngineError::Failed { revision, operation, path, location, statement, statements, failure } => {
                let report = failed(&failure, statement, statements).of_revision(&revision);
                let report = report.note(what_stays(&failure, operation, statements));
                let report = ways_on(report, &failure, operation, revision.as_ref());
                match location {
                    Some(location) => report.at(*location, label(&failure, statement, statements)),
                    None => Self { path: Some(path).filter(|path| !path.as_os_str().is_empty()), ..report },
                }
            }
            EngineError::Incomplete(incomplete) if incomplete.operation == "restore" => {
                Self::new("incomplete-restore", "a restore of this database did not come to its end")
                    .note("it holds a part of the backup at most; nothing was run")
                    .hint("restore again: `aludel log` names the backup")
            }
            EngineError::Incomplete(incomplete) => {
                let (done, total) = (incomplete.statements_done, incomplete.statements_total);
                let report = Self::new(
                    "incomplete-revision",
                    format!("{words}: {} stopped after {done} of {total} statements", incomplete.operation),
                )
                .of_revision(&incomplete.revision)
                .note("nothing was run");
                let report = match &incomplete.error {
                    Some(error) => report.note(format!("it failed with: {error}")),
                    None => report.note("its runner ended without a word; the statement after these may have run too"),
                };
                report
                    .hint(format!("finish the rest by hand, then: aludel stamp {}", incomplete.revision))
                    .hint("or undo by hand what has run, then stamp where the database really is: aludel stamp current")
            }
            EngineError::Interrupted => {
                Self::new("interrupted", "stopped before the next revision").hint("run the same command again to go on")
            }
        }
    }
}

fn refused(operation: Operation, refusal: &Refusal) -> (String, Report) {
    let report = |message: &str| Report::new("revision-refused", message);
    match refusal {
        Refusal::OwnTransaction { keyword } => (
            format!("`{keyword}` would end or nest the transaction that the revision runs in"),
            report("the revision brings its own transaction control")
                .hint("take the statement out: the whole revision is one transaction already")
                .hint("or write `-- transaction: false` into the header: statements then run one by one"),
        ),
        Refusal::NotInTransaction { statement } => (
            format!("`{statement}` has no effect or is refused inside a transaction"),
            report("the revision runs in a transaction, and a statement in it cannot")
                .hint("write `-- transaction: false` into the header (best with this statement alone in the revision)"),
        ),
        Refusal::Split(error) => (String::new(), super::project::split(error)),
        Refusal::Template(error) => (error.message.clone(), template(error)),
        Refusal::CopyElsewhere => (
            "only PostgreSQL has COPY FROM stdin".to_owned(),
            report("the revision copies from stdin").hint("write the rows as INSERT statements"),
        ),
        Refusal::MissingUpgrade => (
            String::new(),
            report("the revision has no `-- @upgrade` section").hint("add it; an empty one does nothing"),
        ),
        Refusal::MissingDowngrade => (
            "add a `-- @downgrade` section below".to_owned(),
            Report::new(
                "no-downgrade",
                format!("the revision has no `-- @downgrade` section: no {} of it", operation.name()),
            )
            .hint("write the section; an empty one is a deliberate no-op"),
        ),
        Refusal::SingleTransaction => (
            String::new(),
            report("MySQL and MariaDB end the transaction at every DDL statement: there is no single transaction")
                .hint("leave --single-transaction away"),
        ),
        Refusal::NotTransactional => (
            String::new(),
            report("the revision says `transaction: false`, and --single-transaction asks for one transaction")
                .hint("upgrade to the revision before it and then past it without --single-transaction"),
        ),
    }
}

fn failed(failure: &RunFailure, statement: Option<usize>, statements: usize) -> Report {
    match &failure.cause {
        FailureCause::Statement(error) => database::server(error, "statement-failed"),
        FailureCause::RowsMoved => Report::new(
            "rows-moved",
            "the version rows are no longer what the run started from: somebody else moved them",
        ),
        FailureCause::ConnectionLost(message) => Report::new("connection-lost", message.clone()),
        FailureCause::Interrupted => {
            let at = statement.map(|number| format!(" at statement {number} of {statements}")).unwrap_or_default();
            Report::new("interrupted", format!("stopped{at}"))
        }
    }
}

fn label(failure: &RunFailure, statement: Option<usize>, statements: usize) -> String {
    match (&failure.cause, statement) {
        (FailureCause::Statement(_), Some(number)) => format!("statement {number} of {statements}"),
        _ => String::new(),
    }
}

fn what_stays(failure: &RunFailure, operation: Operation, statements: usize) -> String {
    let operation = operation.name();
    if failure.rolled_back {
        return format!("nothing of this {operation} was applied: it was rolled back");
    }
    match (failure.applied, &failure.cause) {
        (0, FailureCause::ConnectionLost(_)) => {
            "whether the last statement took effect is not known; the server decides when it sees the connection gone"
                .to_owned()
        }
        (0, _) => format!("nothing of this {operation} was applied"),
        (applied, _) => {
            format!("{applied} of {statements} statements were applied and stay; the version row was not changed")
        }
    }
}

fn ways_on(report: Report, failure: &RunFailure, operation: Operation, revision: &str) -> Report {
    let again = format!("run `aludel {}` again", operation.name());
    match (&failure.cause, failure.applied) {
        (FailureCause::Statement(_), 0) => report.hint(format!("mend the file, then {again}")),
        (FailureCause::Statement(_) | FailureCause::Interrupted, 1..) => report
            .hint(format!("finish the rest by hand, then: aludel stamp {revision}"))
            .hint("or undo by hand what has run, then: aludel stamp current"),
        (FailureCause::ConnectionLost(_), _) => {
            report.hint(format!("`aludel status` shows where it stands; then {again}"))
        }
        _ => report.hint(format!("{again} to go on")),
    }
}

fn template(error: &crate::revision::TemplateError) -> Report {
    let report = Report::new("template-invalid", "the revision's template cannot be rendered");
    match &error.unknown_variable {
        Some(name) => report
            .note("a template knows dialect, service, schema, env, and x.KEY for each -x KEY=VALUE")
            .hint(from_the_command_line(name)),
        None => report,
    }
}

fn from_the_command_line(name: &str) -> String {
    match name.strip_prefix("x.") {
        Some(key) => format!("give it a value: -x {key}=VALUE"),
        None => format!("if \"{name}\" is meant to come from the command line: {{{{ x.{name} }}}} and -x {name}=VALUE"),
    }
}
