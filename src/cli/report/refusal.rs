//! Reports of revisions that are refused before anything runs.

use super::Report;
use crate::engine::Refusal;
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::sql::BatchProblem;

/// Returns the label beside the carets, and the report.
pub(super) fn refused(operation: Operation, refusal: &Refusal, revision: &RevisionId) -> (String, Report) {
    let report = |message: &str| Report::new("revision-refused", message);
    match refusal {
        Refusal::LocalFile => (
            "LOCAL asks this program for a file, and it sends none".to_owned(),
            report("the revision loads a file from the client")
                .hint("write the rows as INSERT statements")
                .hint("or put the file on the server, and leave LOCAL out (the user needs the privilege FILE)"),
        ),
        Refusal::OwnTransaction { keyword, is_whole } => (
            format!("`{keyword}` would end or nest the transaction that the revision runs in"),
            report("the revision brings its own transaction control")
                .hint(if *is_whole {
                    "take the statement out: the whole revision is one transaction already"
                } else {
                    "take the statement out: each statement is committed with its note in the journal, as DDL commits by itself"
                })
                .hint("or write `-- transaction: false` into the header: statements then run one by one"),
        ),
        Refusal::NotInTransaction { statement } => (
            format!("`{statement}` has no effect or is refused inside a transaction"),
            report("the revision runs in a transaction, and a statement in it cannot").hint(instead_of(statement).unwrap_or("write `-- transaction: false` into the header (best with this statement alone in the revision)",
            )),
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
            .hint("write the section; an empty one is a deliberate no-op")
            .hint(format!("or let it be worked out: aludel revision --derive-downgrade {revision}")),
        ),
        Refusal::Strings { setting } => (
            "the server and aludel do not agree where this string ends".to_owned(),
            report(&format!("the database has {setting}, which changes what a backslash in a string means"))
                .hint(match setting.starts_with("sql_mode") {
                    true => "write it without a backslash, CONCAT('...', CHAR(92)), and a quote as ''; or take NO_BACKSLASH_ESCAPES out of sql_mode",
                    false => "write E'...' where backslashes escape, and a quote as ''; or: ALTER DATABASE ... RESET standard_conforming_strings",
                }),
        ),
        Refusal::Gap => (
            "this is still to be filled in".to_owned(),
            Report::new("open-gap", "the revision has a gap that nobody has filled in")
                .hint("write what belongs there, in the place of the whole comment"),
        ),
        Refusal::GitConflict => (
            "a line of git's".to_owned(),
            Report::new("revision-invalid", "git left a conflict here")
                .hint("take one of the two versions, or both where both are right, and take git's lines out"),
        ),
        Refusal::MissingRollback => (
            "no file takes this back".to_owned(),
            Report::new("no-downgrade", format!("the revision has no _rollback.sql: no {} of it", operation.name()))
                .hint("write the file; an empty one is a deliberate no-op"),
        ),
        Refusal::Batch(problem) => batch(problem),
        Refusal::Python { revisions } => (String::new(), super::python::not_rendered(operation, *revisions)),
        Refusal::Online(refusal) => ("this has no SQL".to_owned(), super::python::not_online(*refusal, revision)),
        Refusal::SingleTransaction => (
            String::new(),
            report("MySQL and MariaDB end the transaction at every DDL statement: there is no single transaction")
                .hint("leave --single-transaction away"),
        ),
        Refusal::NotAQuery => (
            "a verify section holds queries only".to_owned(),
            report("the revision's `-- @verify` section holds a statement that is no query")
                .hint("write a SELECT that returns rows of what is wrong"),
        ),
        Refusal::NotTransactional => (
            String::new(),
            report("the revision says `transaction: false`, and --single-transaction asks for one transaction")
                .hint("upgrade to the revision before it and then past it without --single-transaction"),
        ),
    }
}

/// Advice for a statement that revisions do not need; `None` for any other statement.
fn instead_of(statement: &str) -> Option<&'static str> {
    (statement == "PRAGMA foreign_keys")
        .then_some("take it out: foreign keys are not enforced while revisions run, and are checked at the end of each")
}

fn batch(problem: &BatchProblem) -> (String, Report) {
    let report = Report::new("revision-refused", "the statement cannot be run in batches");
    let example = "for example: -- @batch table=messages key=id size=5000 pause=50ms";
    match problem {
        BatchProblem::Unknown { word, nearest } => {
            let meant = nearest.map(|name| format!("did you mean {name}=?"));
            let report = report.hint("known are table=, key=, size=, pause= and target=");
            (format!("`{word}` means nothing here"), meant.into_iter().fold(report, Report::hint))
        }
        BatchProblem::Value { name, expected } => (format!("{name}= takes {expected}"), report.hint(example)),
        BatchProblem::Missing { name } => (format!("{name}= is missing"), report.hint(example)),
        BatchProblem::NoRange => (
            "an UPDATE, DELETE or INSERT ... SELECT with :low and :high is needed here".to_owned(),
            report.hint("say which rows a batch is about: WHERE id BETWEEN :low AND :high"),
        ),
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
