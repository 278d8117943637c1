//! Reports of revisions that are refused before anything runs.

use super::CommandError;
use crate::engine::RevisionRefusal;
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::sql::BatchProblem;

/// Returns the label beside the carets, and the report.
pub(super) fn refused(
    operation: Operation,
    refusal: &RevisionRefusal,
    revision: &RevisionId,
) -> (String, CommandError) {
    let report = |message: &str| CommandError::new("revision-refused", message);
    match refusal {
        RevisionRefusal::LocalFile => (
            "LOCAL asks this program for a file, and it sends none".to_owned(),
            report("the revision loads a file from the client")
                .hint("write the rows as INSERT statements")
                .hint("or put the file on the server, and leave LOCAL out (the user needs the privilege FILE)"),
        ),
        RevisionRefusal::OwnTransaction { keyword, is_whole } => (
            format!("`{keyword}` would end or nest the transaction that the revision runs in"),
            report("the revision brings its own transaction control")
                .hint(if *is_whole {
                    "take the statement out: the whole revision is one transaction already"
                } else {
                    "take the statement out: each statement is committed with its note in the journal, as DDL commits by itself"
                })
                .hint("or write `-- transaction: false` into the header: statements then run one by one"),
        ),
        RevisionRefusal::NotInTransaction { statement } => (
            format!("`{statement}` has no effect or is refused inside a transaction"),
            report("the revision runs in a transaction, and a statement in it cannot").hint(instead_of(statement).unwrap_or("write `-- transaction: false` into the header (best with this statement alone in the revision)",
            )),
        ),
        RevisionRefusal::Split(error) => (String::new(), super::project::split(error)),
        RevisionRefusal::Template(error) => (error.message.clone(), template(error)),
        RevisionRefusal::CopyElsewhere => (
            "only PostgreSQL has COPY FROM stdin".to_owned(),
            report("the revision copies from stdin").hint("write the rows as INSERT statements"),
        ),
        RevisionRefusal::MissingUpgrade => (
            String::new(),
            report("the revision has no `-- @upgrade` section").hint("add it; an empty one does nothing"),
        ),
        RevisionRefusal::MissingDowngrade => (
            "add a `-- @downgrade` section below".to_owned(),
            CommandError::new(
                "no-downgrade",
                format!("the revision has no `-- @downgrade` section: no {} of it", operation.name()),
            )
            .hint("write the section; an empty one is a deliberate no-op")
            .hint(format!("or let it be worked out: aludel revision --derive-downgrade {revision}")),
        ),
        RevisionRefusal::Strings { setting } => (
            "the server and aludel do not agree where this string ends".to_owned(),
            report(&format!("the database has {setting}, which changes what a backslash in a string means"))
                .hint(match setting.starts_with("sql_mode") {
                    true => "write it without a backslash, CONCAT('...', CHAR(92)), and a quote as ''; or take NO_BACKSLASH_ESCAPES out of sql_mode",
                    false => "write E'...' where backslashes escape, and a quote as ''; or: ALTER DATABASE ... RESET standard_conforming_strings",
                }),
        ),
        RevisionRefusal::Gap => (
            "this is still to be filled in".to_owned(),
            CommandError::new("open-gap", "the revision has a gap that nobody has filled in")
                .hint("write what belongs there, in the place of the whole comment"),
        ),
        RevisionRefusal::GitConflict => (
            "a line of git's".to_owned(),
            CommandError::new("revision-invalid", "git left a conflict here")
                .hint("take one of the two versions, or both where both are right, and take git's lines out"),
        ),
        RevisionRefusal::MissingRollback => (
            "no file takes this back".to_owned(),
            CommandError::new("no-downgrade", format!("the revision has no _rollback.sql: no {} of it", operation.name()))
                .hint("write the file; an empty one is a deliberate no-op"),
        ),
        RevisionRefusal::Batch(problem) => batch(problem),
        RevisionRefusal::Python { revisions } => (String::new(), super::python::not_rendered(operation, *revisions)),
        RevisionRefusal::Online(refusal) => ("this has no SQL".to_owned(), super::python::not_online(*refusal, revision)),
        RevisionRefusal::SingleTransaction => (
            String::new(),
            report("MySQL and MariaDB end the transaction at every DDL statement: there is no single transaction")
                .hint("leave --single-transaction away"),
        ),
        RevisionRefusal::NotAQuery => (
            "a verify section holds queries only".to_owned(),
            report("the revision's `-- @verify` section holds a statement that is no query")
                .hint("write a SELECT that returns rows of what is wrong"),
        ),
        RevisionRefusal::NotTransactional => (
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

fn batch(problem: &BatchProblem) -> (String, CommandError) {
    let report = CommandError::new("revision-refused", "the statement cannot be run in batches");
    let example = "for example: -- @batch table=messages key=id size=5000 pause=50ms";
    match problem {
        BatchProblem::Unknown { word, nearest } => {
            let meant = nearest.map(|name| format!("did you mean {name}=?"));
            let report = report.hint("known are table=, key=, size=, pause= and target=");
            (format!("`{word}` means nothing here"), meant.into_iter().fold(report, CommandError::hint))
        }
        BatchProblem::Value { name, expected } => (format!("{name}= takes {expected}"), report.hint(example)),
        BatchProblem::Missing { name } => (format!("{name}= is missing"), report.hint(example)),
        BatchProblem::NoRange => (
            "an UPDATE, DELETE or INSERT ... SELECT with :low and :high is needed here".to_owned(),
            report.hint("say which rows a batch is about: WHERE id BETWEEN :low AND :high"),
        ),
    }
}

fn template(error: &crate::revision::TemplateError) -> CommandError {
    let report = CommandError::new("template-invalid", "the revision's template cannot be rendered");
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
