//! Reader of a service's schemas: the current, a past or the desired one. Each is read back from a database, so that
//! the server normalizes all of them in the same way.

use std::process::Stdio;

use super::cache::{Cache, CacheKey};
use super::error::{MissingExtension, ProofError};
use super::load::SqlText;
use super::provision::Provision;
use super::replay::Replay;
use super::shadow_config::ShadowConfig;
use super::shadow_database::Shadow;
use crate::config::{DatabaseUrl, DesiredSchema};
#[cfg(doc)]
use crate::database::ScratchModel;
use crate::database::{CatalogRequest, Server, VersionTable};
use crate::drivers;
use crate::id::RevisionId;
use crate::project::{self, History};
use crate::schema::Schema;

/// Settings for reading schemas.
#[derive(Clone)]
pub struct SchemaReader<'a> {
    /// Settings of the shadows.
    pub shadow_config: ShadowConfig<'a>,
    /// Extensions and setup scripts of the shadows.
    pub provision: Provision,
    /// Settings for replaying histories.
    pub replay: Replay<'a>,
    /// Cache of schemas that were read from a shadow.
    pub cache: Cache<'a>,
    /// Parts of the catalog that are read.
    pub request: CatalogRequest,
    /// Server of the shadows, part of the key of cached schemas. The cache is not used while it is unknown.
    pub server: Option<ShadowServer>,
}

/// Server that the shadows are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowServer {
    /// Product and version.
    pub server: Server,
    /// Encoding, locale and settings that the shadows get ([`ScratchModel::properties`]).
    pub properties: String,
}

/// Desired schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The schema, read back from a shadow or from its database.
    pub schema: Schema,
    /// Texts that it was loaded from; empty for a database.
    pub texts: Vec<SqlText>,
}

impl SchemaReader<'_> {
    /// Returns the schema of a history at `rows`, replayed from an empty database.
    ///
    /// # Errors
    /// Those of [`Shadow::open`] and [`Replay::run`].
    pub fn at(&self, history: &History, rows: &[RevisionId]) -> Result<Schema, ProofError> {
        let key = self.history_key(history, rows)?;
        if let Some(schema) = key.as_ref().and_then(|key| self.cache.get(key)) {
            return Ok(schema);
        }
        let mut shadow = self.shadow_at(history, rows)?;
        let schema = shadow.catalog(&self.request)?;
        shadow.close()?;
        if let Some(key) = key {
            self.cache.put(&key, &schema);
        }
        Ok(schema)
    }

    /// Returns a shadow with a history replayed up to `rows`.
    ///
    /// # Errors
    /// Those of [`Shadow::open`] and [`Replay::run`].
    pub fn shadow_at(&self, history: &History, rows: &[RevisionId]) -> Result<Shadow, ProofError> {
        self.shadow_with(&[], |shadow| self.replay.run(shadow, history, &[], rows))
    }

    /// Returns the schema that these revisions produce in this order, replayed from an empty database.
    ///
    /// # Errors
    /// As [`SchemaReader::at`].
    pub fn in_order(&self, history: &History, order: &[RevisionId]) -> Result<Schema, ProofError> {
        let mut shadow = self.shadow_with(&[], |shadow| self.replay.run_in_order(shadow, history, order))?;
        let schema = shadow.catalog(&self.request)?;
        shadow.close()?;
        Ok(schema)
    }

    /// Returns `false` if the user provided the database that is the shadow, of which there is only one.
    pub(super) fn may_have_several_shadows(&self) -> bool {
        !self.shadow_config.given.is_some_and(DatabaseUrl::names_database)
    }

    /// Returns `true` if shadows with this history do not disturb each other: no revision names what all databases of
    /// the server share.
    pub(super) fn are_independent(&self, history: &History) -> Result<bool, ProofError> {
        let words = self.shadow_config.url.dialect().rules().words_of_shared_objects();
        if words.is_empty() {
            return Ok(true);
        }
        for id in history.graph.ordered() {
            let text = history.read(&id)?.text.to_ascii_uppercase();
            let mut parts = text.split(|character: char| !character.is_alphanumeric() && character != '_');
            if history.entry(&id)?.is_python() || parts.any(|part| words.contains(&part)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Opens a shadow, provisions it and runs `fill`. `texts` are the texts that `fill` will load.
    fn shadow_with(
        &self,
        texts: &[SqlText],
        fill: impl FnOnce(&mut Shadow) -> Result<(), ProofError>,
    ) -> Result<Shadow, ProofError> {
        let (mut shadow, missing) = self.provisioned(texts)?;
        fill(&mut shadow).map_err(|error| with_missing(error, &missing))?;
        Ok(shadow)
    }

    /// Opens a shadow with the extensions and the setup that precede a replay or a load of `texts`. Returns also the
    /// extensions that the server refused, for [`with_missing`].
    ///
    /// # Errors
    /// Those of [`Shadow::open`] and [`Provision::apply`].
    pub(super) fn provisioned(&self, texts: &[SqlText]) -> Result<(Shadow, Vec<MissingExtension>), ProofError> {
        let mut shadow = Shadow::open(&self.shadow_config)?;
        let missing = self.provision.apply(&mut shadow, texts, &self.replay.stop)?;
        Ok((shadow, missing))
    }

    /// Returns the schema that texts create in an empty database.
    ///
    /// # Errors
    /// Those of [`Shadow::open`] and [`SqlText::load`].
    pub fn of_texts(&self, texts: &[SqlText]) -> Result<Schema, ProofError> {
        let key = self.key("texts")?.map(|key| texts.iter().fold(key, |key, text| key.with(&text.text)));
        if let Some(schema) = key.as_ref().and_then(|key| self.cache.get(key)) {
            return Ok(schema);
        }
        let load = |shadow: &mut Shadow| texts.iter().try_for_each(|text| text.load(shadow, &self.replay.stop));
        let mut shadow = self.shadow_with(texts, load)?;
        let schema = shadow.catalog(&self.request)?;
        shadow.close()?;
        if let Some(key) = key {
            self.cache.put(&key, &schema);
        }
        Ok(schema)
    }

    /// Reads the desired schema.
    ///
    /// # Errors
    /// A file cannot be read, a command fails, a database cannot be reached, or the shadow refuses a statement.
    pub fn desired(&self, desired: &DesiredSchema) -> Result<Desired, ProofError> {
        let texts = match desired {
            DesiredSchema::Files(paths) => {
                let files = project::sql_files(paths)?;
                files.into_iter().map(|(path, text)| SqlText { path, text }).collect()
            }
            DesiredSchema::Command { words, folder } => vec![printed(words, folder)?],
            DesiredSchema::Url(url) => {
                let url = url.as_ref().map_err(|error| ProofError::NoUrl(error.clone()))?;
                return Ok(Desired { schema: self.of_url(url)?, texts: Vec::new() });
            }
        };
        Ok(Desired { schema: self.of_texts(&texts)?, texts })
    }

    /// Reads the schema of any database of the service's dialect.
    ///
    /// # Errors
    /// The database cannot be reached, or has another dialect.
    pub fn of_url(&self, url: &crate::config::DatabaseUrl) -> Result<Schema, ProofError> {
        let dialect = self.shadow_config.url.dialect();
        if url.dialect() != dialect {
            return Err(ProofError::OtherDialect { url: url.redacted(), dialect });
        }
        let table = VersionTable { schema: None, name: crate::config::DEFAULT_VERSION_TABLE.to_owned() };
        let mut database = drivers::open(url, &table, self.shadow_config.service, self.shadow_config.environment)?;
        Ok(database.catalog(&self.request)?)
    }

    /// Starts the key of a cached schema with everything that affects all of them; `None` if the server is unknown.
    fn key(&self, kind: &str) -> Result<Option<CacheKey>, ProofError> {
        let Some(server) = &self.server else { return Ok(None) };
        let given = self.shadow_config.given.map(crate::config::DatabaseUrl::redacted).unwrap_or_default();
        let key = CacheKey::new(kind)
            .with(&format!("{} {}", server.server.product, server.server.version))
            .with(&server.properties)
            .with(&self.shadow_config.url.redacted())
            .with(&given)
            .with(self.shadow_config.namespace.unwrap_or_default())
            .with(&format!("{:?}", self.request))
            .with(&format!("{:?}", self.provision.extensions));
        let setup = self.provision.setup_texts()?;
        Ok(Some(setup.iter().fold(key, |key, text| key.with(&text.text))))
    }

    /// Starts the key of what a replay makes: with the variables of its templates, without its files.
    pub(super) fn replay_key(&self, kind: &str, history: &History) -> Result<Option<CacheKey>, ProofError> {
        let Some(mut key) = self.key(kind)? else { return Ok(None) };
        for (name, value) in self.replay.variables {
            key = key.with(name).with(value);
        }
        Ok(Some(key.with(history.service.env.as_deref().unwrap_or_default())))
    }

    /// Adds the text of every file that the replay runs.
    fn history_key(&self, history: &History, rows: &[RevisionId]) -> Result<Option<CacheKey>, ProofError> {
        let Some(mut key) = self.replay_key("history", history)? else { return Ok(None) };
        for id in history.graph.applied(rows) {
            key = key.with(&history.read(&id)?.text);
        }
        Ok(Some(key))
    }
}

/// Adds the extensions that the shadow lacks to an error that may be due to them.
pub(super) fn with_missing(error: ProofError, missing: &[MissingExtension]) -> ProofError {
    match missing {
        [] => error,
        missing => ProofError::Incomplete { error: Box::new(error), missing: missing.to_vec() },
    }
}

/// Runs a command and returns its standard output.
fn printed(words: &[String], folder: &std::path::Path) -> Result<SqlText, ProofError> {
    let command = words.join(" ");
    let failed = |reason: String| ProofError::Command { command: command.clone(), reason };
    let (program, arguments) = words.split_first().ok_or_else(|| failed("it is empty".to_owned()))?;
    let mut process = std::process::Command::new(program);
    process.args(arguments).stdin(Stdio::null());
    if !folder.as_os_str().is_empty() {
        process.current_dir(folder);
    }
    let output = process.output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<_> = said.lines().rev().take(10).collect();
        let said: Vec<_> = said.into_iter().rev().collect();
        return Err(failed(format!("{}\n{}", output.status, said.join("\n")).trim_end().to_owned()));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| failed("its output is not UTF-8".to_owned()))?;
    Ok(SqlText { path: command.into(), text })
}
