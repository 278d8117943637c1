//! Reports of failures on shadow databases.

use super::ErrorReport;
use super::engine::{EXISTS_ON_SERVER, failed, label};
use super::project::split_error;
use crate::config::UrlError;
use crate::database::{DatabaseError, ErrorKind, FailureCause};
use crate::engine::EngineError;
use crate::error_code::ErrorCode;
use crate::graph::Graph;
use crate::id::RevisionId;
use crate::shadow::{MissingExtension, ProofError};
use crate::sql::advice_of_all;

/// Note for everything that was tried on a shadow database.
const UNTOUCHED: &str = "it was tried on a shadow database; the service's own database was not touched";

impl From<ProofError> for ErrorReport {
    fn from(error: ProofError) -> Self {
        let report = Self::new(error.code(), error.to_string());
        let rights: Vec<_> = advice_of_all(|rules| rules.shadow_right())
            .map(|(right, products)| format!("{right} on {products}"))
            .collect();
        match error {
            ProofError::NoUrl(error @ UrlError::Credentials(_)) => Self::from(&DatabaseError::from(&error)),
            ProofError::NoUrl(_) => report.hint("the URL is in aludel.yaml, DATABASE_URL or --url"),
            ProofError::Database(error) => {
                Self::from(error).hint("shadow_url in the config names another server for shadow databases")
            }
            ProofError::Project(error) => Self::from(error),
            ProofError::MayNotCreate(_) => report
                .hint(format!("grant the right: {}", rights.join("; ")))
                .hint("or set shadow_url in the config to an empty database that may be used"),
            ProofError::NotEmpty { .. } => report
                .note("nothing in it was touched")
                .hint("set shadow_url to a database that is used for nothing else"),
            ProofError::IsTarget { .. } => report
                .note("everything in a shadow database is dropped; nothing was touched")
                .hint("set shadow_url to another database"),
            ProofError::InUse { .. } => report.hint("run again when that command has finished, or remove shadow_url"),
            ProofError::OtherDialect { .. } => {
                report.hint("a shadow database and a desired schema must have the service's own dialect")
            }
            ProofError::NamesSchema { location, right, .. } => {
                let grant = right.map(|right| format!("grant {right}, or ")).unwrap_or_default();
                report
                    .at(&location, "to try this, the user needs the right to create databases")
                    .hint(format!("{grant}set shadow_url in the config to an empty database"))
            }
            ProofError::NamesDatabase { location, .. } => report
                .at(&location, "this does not name the shadow database")
                .note("nothing of the text was run")
                .hint("remove the database's name: the connection selects the database"),
            ProofError::Split { location, error } => {
                let inner = split_error(&error);
                Self { code: ErrorCode::SchemaInvalid, ..inner }.at(&location, "")
            }
            ProofError::Load { location, failure } => {
                let inner = failed(&failure, None, 0);
                Self { code: ErrorCode::SchemaInvalid, ..inner }
                    .at(&location, "the shadow database refuses this")
                    .note(UNTOUCHED)
            }
            ProofError::Command { .. } => {
                report.hint("run the command by hand: it must print SQL, and nothing else, on stdout")
            }
            ProofError::NoSchema { .. } => report
                .hint("name it in the config: `schema: schema/app.sql`, a folder, a database URL, or {command: ...}"),
            ProofError::Replay(EngineError::Failed { failure, .. }) if failure.cause == FailureCause::Interrupted => {
                Self::from(EngineError::Interrupted).note(UNTOUCHED)
            }
            ProofError::Replay(EngineError::Failed {
                revision,
                location,
                statement,
                statements,
                failure,
                path,
                ..
            }) => {
                let inner = failed(&failure, statement, statements);
                let exists_already = matches!(
                    &failure.cause,
                    FailureCause::Statement(error) if error.kind == Some(ErrorKind::AlreadyExistsOnServer)
                );
                let report = Self { code: ErrorCode::ReplayFailed, ..inner }.of_revision(&revision).note(UNTOUCHED);
                match location {
                    Some(location) => report.at(&location, label(&failure, statement, statements)),
                    None => report.in_file(&path),
                }
                .hints(exists_already.then(|| EXISTS_ON_SERVER.to_owned()))
                .hint(
                    "revisions must run on an empty database: put what else they need into a revision of its own, or \
                     into shadow_extensions and shadow_setup in the config",
                )
            }
            ProofError::Replay(error) => Self::from(error),
            ProofError::Incomplete { error, missing } => lacking(Self::from(*error), missing),
            ProofError::File { .. } => report,
        }
    }
}

impl ErrorReport {
    /// Adds the hint that the order may be at fault in which a replay ran a revision: if the history has several heads,
    /// and not all of them need the revision that failed.
    #[must_use]
    pub fn hint_at_order(mut self, graph: &Graph) -> Self {
        let heads = graph.heads();
        let failed = self.revision.as_deref().filter(|_| self.code == ErrorCode::ReplayFailed);
        let needs = |head: &RevisionId, failed: &str| {
            graph.applied(std::slice::from_ref(head)).iter().any(|needed| needed.as_str() == failed)
        };
        if failed.is_some_and(|failed| heads.iter().any(|head| !needs(head, failed))) {
            let hint =
                format!("the history has {} heads, whose revisions may need an order: `aludel prove`", heads.len());
            self.hints.insert(0, hint);
        }
        self
    }
}

/// Adds which extensions the shadow database lacked.
#[must_use]
pub fn lacking(report: ErrorReport, missing: Vec<MissingExtension>) -> ErrorReport {
    missing.into_iter().fold(report, |report, missing| {
        report.note(format!(
            "the extension {} of the service's database could not be created in the shadow database: {}",
            missing.name, missing.reason
        ))
    })
}
