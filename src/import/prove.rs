//! Proof of an import: the imported history and Alembic itself, run on empty databases, create the same contents.

use std::path::Path;
use std::sync::Arc;

use crate::config::{DatabaseUrl, Python, Service};
use crate::database::{self, StopSignal, VersionTable};
use crate::drivers;
use crate::engine::{self, EngineError, Job, LockTimeout, Observer, Operator, Options, RunTarget, Setting};
use crate::id::RevisionId;
use crate::project::render;
use crate::project::{History, HistoryEntry};
use crate::shadow::{MissingExtension, Provision, Shadow, ShadowConfig, ShadowKind, SqlText};

use super::alembic::RedirectedAlembic;
use super::compare::{ProofDifference, difference};
use super::error::ImportAlembicError;
use super::plan::{ImportPlan, ImportedFile, write};
use super::snapshot::{SnapshotSource, snapshot};

/// Settings of a proof.
pub struct Prover<'a> {
    /// Alembic command of the service.
    pub python: &'a Python,
    /// Names of the environment variables from which the project reads its URL.
    pub url_variables: &'a [String],
    /// Another server for the scratch databases, if one is configured.
    pub given: Option<&'a DatabaseUrl>,
    /// Extensions and setup scripts of the scratch databases.
    pub provision: &'a Provision,
    /// Dates of the run (`YYYY-MM-DD`) in all time zones.
    pub days: &'a [String],
    /// User and host, for the journal.
    pub operator: &'a Operator,
    /// Clock: returns RFC 3339 in UTC with microseconds.
    pub now: &'a (dyn Fn() -> String + Sync),
    /// Lookup of environment variables.
    pub environment: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Observer of the runs.
    pub observer: &'a dyn Observer,
}

/// Result of a proof.
#[derive(Debug)]
pub struct Proof {
    /// Number of revisions that were run.
    pub revisions: usize,
    /// Number of tables that were compared.
    pub tables: usize,
    /// Total number of rows in these tables.
    pub rows: usize,
    /// If `true`, times of the run were excluded from the comparison.
    pub has_times: bool,
    /// Differences between the databases: first the imported history's, second Alembic's.
    pub differences: Vec<ProofDifference>,
}

impl Prover<'_> {
    /// Runs the draft and Alembic on one scratch database each, from base to heads, and compares the results.
    ///
    /// # Errors
    /// A scratch database cannot be created, Alembic cannot be redirected to it, or a run fails.
    pub fn prove(&self, history: &History, draft: &ImportPlan) -> Result<Proof, ImportAlembicError> {
        let service = &history.service;
        let folder = tempfile::Builder::new().prefix("aludel-import-").tempdir().map_err(ImportAlembicError::Folder)?;
        write(draft, Some(folder.path()))?;
        let (ours, missing) = self.scratch(service, draft)?;
        let (theirs, _) = self.scratch(service, draft)?;
        let proof = self.compare(history, draft, folder.path(), (ours.url(), theirs.url()));
        let proof = match proof {
            Err(error) if !missing.is_empty() => {
                Err(ImportAlembicError::Incomplete { error: Box::new(error), missing })
            }
            other => other,
        }?;
        ours.close()?;
        theirs.close()?;
        Ok(proof)
    }

    /// Runs the draft, whose files are in `folder`, on the first database and Alembic on the second, and compares both.
    fn compare(
        &self,
        history: &History,
        draft: &ImportPlan,
        folder: &Path,
        (ours, theirs): (&DatabaseUrl, &DatabaseUrl),
    ) -> Result<Proof, ImportAlembicError> {
        let service = &history.service;
        let alembic = self.elsewhere(service, theirs)?;
        alembic_to(&alembic, "heads")?;
        let drafted = [vec![folder.to_owned()], service.revisions.clone()].concat();
        let service = Service { url: Ok(ours.clone()).into(), revisions: drafted, python: None, ..service.clone() };
        let imported = History::load(&service)?;
        let revisions = self.run(&imported, history, draft, ours)?;
        let table = VersionTable { schema: service.version_schema.clone(), name: service.version_table.clone() };
        let program = service.backup.program.as_deref();
        let source = SnapshotSource { table: &table, program, environment: self.environment };
        let [ours, theirs] = [ours, theirs].map(|url| snapshot(&source, url, self.days));
        let (ours, theirs) = (ours?, theirs?);
        Ok(Proof {
            revisions,
            tables: theirs.contents.rows.len(),
            rows: theirs.contents.rows.values().map(Vec::len).sum(),
            has_times: ours.has_times || theirs.has_times,
            differences: difference(&ours.contents, &theirs.contents),
        })
    }

    /// Opens and provisions a scratch database. Returns it with the extensions that the server refused.
    fn scratch(
        &self,
        service: &Service,
        draft: &ImportPlan,
    ) -> Result<(Shadow, Vec<MissingExtension>), ImportAlembicError> {
        let url = service.url().map_err(|error| database::DatabaseError::Url(error.to_string()))?;
        let shadow_config = ShadowConfig {
            url,
            // A proof needs two databases, so a provided one cannot be used; another server can.
            given: self.given.filter(|given| given.database().is_none() && url.path().is_none()),
            namespace: service.version_schema.as_deref(),
            service: &service.name,
            form: ShadowKind::ForOthers,
            environment: self.environment,
        };
        let mut shadow = Shadow::open(&shadow_config)?;
        let text = |file: &ImportedFile| SqlText { path: file.path.clone(), text: file.text.clone() };
        let texts: Vec<SqlText> = draft.files.iter().map(text).collect();
        let stop: StopSignal = Arc::new(|| false);
        let missing = self.provision.apply(&mut shadow, &texts, &stop)?;
        Ok((shadow, missing))
    }

    fn elsewhere(&self, service: &Service, url: &DatabaseUrl) -> Result<RedirectedAlembic, ImportAlembicError> {
        let alembic = RedirectedAlembic::new(self.python, url, self.url_variables, self.environment)?;
        alembic.check(service, url, self.environment)?;
        Ok(alembic)
    }

    /// Runs the imported history up to the last revision that Alembic knows. Revisions that stay Python are run by
    /// Alembic, each after the revisions that it depends on.
    fn run(
        &self,
        imported: &History,
        history: &History,
        draft: &ImportPlan,
        url: &DatabaseUrl,
    ) -> Result<usize, ImportAlembicError> {
        let mut done = 0;
        let alembic = match draft.left.is_empty() {
            true => None,
            false => Some(self.elsewhere(&history.service, url)?),
        };
        for left in &draft.left {
            let node = history.graph.get(left.revision.as_str());
            let needs = node.into_iter().flat_map(|node| {
                node.down_revisions.iter().map(ToString::to_string).chain(node.depends_on.iter().cloned())
            });
            for parent in needs {
                done += self.upgrade(imported, &parent)?;
            }
            if let Some(alembic) = &alembic {
                alembic_to(alembic, left.revision.as_str())?;
            }
        }
        for end in ends(history) {
            done += self.upgrade(imported, end.as_str())?;
        }
        Ok(done)
    }

    fn upgrade(&self, history: &History, target: &str) -> Result<usize, ImportAlembicError> {
        let service = &history.service;
        let url = service.url().map_err(|error| database::DatabaseError::Url(error.to_string()))?;
        let table = VersionTable { schema: service.version_schema.clone(), name: service.version_table.clone() };
        let variables = std::collections::BTreeMap::new();
        let job = Job {
            history,
            database: drivers::open(url, &table, "import", self.environment)?,
            database_name: String::new(),
            run_target: Some(RunTarget::Upgrade(target.to_owned())),
            setting: Setting {
                dialect: url.dialect(),
                variables: &variables,
                single_transaction: false,
                looking: false,
            },
        };
        let (surveyed, waits) = engine::survey_all(vec![job]).map_err(|(_, error)| error)?;
        let options = Options {
            lock_timeout: LockTimeout(std::time::Duration::from_secs(60)),
            jobs: 1,
            single_transaction: false,
            kill_blockers: false,
            operator: self.operator,
            now: self.now,
        };
        let (mut outcomes, snapshot) = engine::run_all(surveyed, &waits, &options, self.observer);
        if let Some(snapshot) = snapshot {
            snapshot.store(&options, self.observer);
        }
        let Some(outcome) = outcomes.pop() else { return Ok(0) };
        match outcome.error {
            None => Ok(outcome.durations.len()),
            Some(EngineError::Failed { ref revision, .. }) => {
                let revision = revision.clone();
                let error = Box::new(outcome.error.unwrap_or(EngineError::Interrupted));
                Err(ImportAlembicError::Run { revision, error })
            }
            Some(error) => Err(error.into()),
        }
    }
}

fn alembic_to(alembic: &RedirectedAlembic, target: &str) -> Result<(), ImportAlembicError> {
    let output = alembic.call(&["upgrade", target])?;
    if output.succeeded {
        return Ok(());
    }
    Err(ImportAlembicError::AlembicRun { to: target.to_owned(), said: render::last_line(&output.stderr) })
}

/// Returns the revisions that Alembic knows and that have no child that Alembic knows.
fn ends(history: &History) -> Vec<RevisionId> {
    let known = |id: &str| {
        let id = RevisionId::from_row(id);
        history.replaced().contains_key(&id) || history.entry(&id).is_ok_and(HistoryEntry::is_python)
    };
    let ids = history.entries.iter().map(|entry| &entry.header.revision).filter(|id| known(id.as_str()));
    let is_end = |id: &&RevisionId| !history.graph.children(id.as_str()).iter().any(|child| known(child.as_str()));
    ids.filter(is_end).cloned().collect()
}
