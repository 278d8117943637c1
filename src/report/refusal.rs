//! Reports of revisions that are refused before anything runs.

use super::ErrorReport;
use crate::engine::RevisionRefusal;
use crate::error_code::ErrorCode;
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::revision::Section;
use crate::sql::{BatchProblem, DialectRules, advice_of_all};

/// Returns the label beside the carets, and the report.
pub(super) fn refused(operation: Operation, refusal: &RevisionRefusal, revision: &RevisionId) -> (String, ErrorReport) {
    let report = |message: &str| ErrorReport::new(ErrorCode::RevisionRefused, message);
    match refusal {
        RevisionRefusal::Unsupported(refusal) => (
            refusal.label.to_owned(),
            report(refusal.message).hints(refusal.hints.iter().map(|hint| (*hint).to_owned())),
        ),
        RevisionRefusal::OwnTransaction { keyword, is_whole } => (
            format!("`{keyword}` would end or nest the transaction that the revision runs in"),
            report("the revision contains its own transaction control")
                .hint(if *is_whole {
                    "remove the statement: the whole revision is one transaction already"
                } else {
                    "remove the statement: each statement is committed with its note in the journal, as DDL commits by itself"
                })
                .hint("or write `-- transaction: false` in the header: statements then run one by one"),
        ),
        RevisionRefusal::NotInTransaction { statement } => (
            format!("`{statement}` has no effect or is refused inside a transaction"),
            report("the revision runs in a transaction, but one of its statements cannot").hint(instead_of(statement).unwrap_or("write `-- transaction: false` in the header (best with this statement alone in the revision)",
            )),
        ),
        RevisionRefusal::Split(error) => (String::new(), super::project::split_error(error)),
        RevisionRefusal::Template(error) => (error.message.clone(), template(error)),
        RevisionRefusal::CopyElsewhere => (
            format!("only {} has COPY FROM stdin", products_where(|rules| rules.has_copy_from_stdin())),
            report("the revision copies from stdin").hint("write the rows as INSERT statements"),
        ),
        RevisionRefusal::MissingUpgrade => (
            String::new(),
            report("the revision has no `-- @upgrade` section").hint("add it; an empty one does nothing"),
        ),
        RevisionRefusal::MissingDowngrade => (
            "add a `-- @downgrade` section below".to_owned(),
            ErrorReport::new(
                ErrorCode::NoDowngrade,
                format!("the revision has no `-- @downgrade` section: no {} of it", operation.name()),
            )
            .hint("write the section; an empty one is a deliberate no-op")
            .hint(format!("or derive it: aludel revision --derive-downgrade {revision}")),
        ),
        RevisionRefusal::DowngradeNotKept => (
            "the journal has no downgrade section of it".to_owned(),
            ErrorReport::new(
                ErrorCode::NoDowngrade,
                "the revision has no file here, and the journal does not keep its `-- @downgrade` section".to_owned(),
            )
            .note("the journal keeps no section of Python revisions, of revisions with `keep_downgrade: false`, and none with `keep_downgrades: false` in the config")
            .hint("downgrade with the files of the release that has the revision"),
        ),
        RevisionRefusal::Strings(rule) => (
            "the server and aludel disagree on where this string ends".to_owned(),
            report(&format!("the database has {}, which changes what a backslash in a string means", rule.setting))
                .hint(rule.instead),
        ),
        RevisionRefusal::Placeholder => (
            "fill this in".to_owned(),
            ErrorReport::new(ErrorCode::OpenPlaceholder, "the revision has a placeholder that is not filled in")
                .hint("replace the whole comment with what belongs there"),
        ),
        RevisionRefusal::GitConflict => (
            "a line that git added".to_owned(),
            ErrorReport::new(ErrorCode::RevisionInvalid, "git left a merge conflict here")
                .hint("keep one of the two versions, or both if both are right, and remove git's lines"),
        ),
        RevisionRefusal::MissingRollback => (
            "no file reverts this".to_owned(),
            ErrorReport::new(ErrorCode::NoDowngrade, format!("the revision has no _rollback.sql: no {} of it", operation.name()))
                .hint("write the file; an empty one is a deliberate no-op"),
        ),
        RevisionRefusal::Batch(problem) => batch(problem),
        RevisionRefusal::Python { revisions } => (String::new(), super::python::not_rendered(operation, *revisions)),
        RevisionRefusal::Online(refusal) => ("this has no SQL".to_owned(), super::python::not_online(*refusal, revision)),
        RevisionRefusal::SingleTransaction => (
            String::new(),
            report(&format!(
                "{} end the transaction at every DDL statement: there is no single transaction",
                products_where(|rules| !rules.has_transactional_ddl())
            ))
            .hint("remove --single-transaction"),
        ),
        RevisionRefusal::NotAQuery { section } => (
            format!("a {} section may contain only queries", section.name()),
            report(&format!(
                "the revision's `{}` section contains a statement that is not a query",
                section.marker()
            ))
            .hint(match section {
                Section::Require => "write a SELECT that returns the rows that are in the way",
                _ => "write a SELECT that returns the rows that are wrong",
            }),
        ),
        RevisionRefusal::NotTransactional => (
            String::new(),
            report("the revision has `transaction: false`, but --single-transaction requires one transaction")
                .hint("upgrade to the revision before it and then past it without --single-transaction"),
        ),
    }
}

/// Advice for a statement that revisions do not need; `None` for any other statement.
fn instead_of(statement: &str) -> Option<&'static str> {
    advice_of_all(|rules| rules.instead_of_statement(statement)).next()
}

/// Names of the products whose dialect has a property.
fn products_where(has: impl Fn(&dyn DialectRules) -> bool) -> String {
    let products: Vec<_> = advice_of_all(|rules| has(rules).then(|| rules.products())).collect();
    products.join(", ")
}

fn batch(problem: &BatchProblem) -> (String, ErrorReport) {
    let report = ErrorReport::new(ErrorCode::RevisionRefused, "the statement cannot be run in batches");
    let example = "for example: -- @batch table=messages key=id size=5000 pause=50ms";
    match problem {
        BatchProblem::Unknown { word, nearest } => {
            let meant = nearest.map(|name| format!("did you mean {name}=?"));
            let report = report.hint("known are table=, key=, size=, pause= and target=");
            (format!("`{word}` is not known here"), meant.into_iter().fold(report, ErrorReport::hint))
        }
        BatchProblem::Value { name, expected } => (format!("{name}= takes {expected}"), report.hint(example)),
        BatchProblem::Missing { name } => (format!("{name}= is missing"), report.hint(example)),
        BatchProblem::NoRange => (
            "an UPDATE, DELETE or INSERT ... SELECT with :low and :high is needed here".to_owned(),
            report.hint("limit the statement to the rows of a batch: WHERE id BETWEEN :low AND :high"),
        ),
    }
}

fn template(error: &crate::revision::TemplateError) -> ErrorReport {
    let report = ErrorReport::new(ErrorCode::TemplateInvalid, "the revision's template cannot be rendered");
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
