//! The schemas that a service has, had and should have: each read back from a database, so that all are spelled alike.

use std::process::Stdio;

use super::cache::{Cache, CacheKey};
use super::error::ProofError;
use super::load::SqlText;
use super::provision::Provision;
use super::replay::Replay;
use super::shadow::Shadow;
use super::shadow_config::ShadowConfig;
use crate::config::DesiredSchema;
use crate::database::{self, CatalogRequest, Server, VersionTable};
use crate::id::RevisionId;
use crate::project::{self, History};
use crate::schema::Schema;

/// All that it takes to find out schemas.
#[derive(Clone)]
pub struct SchemaReader<'a> {
    /// Where shadows are made.
    pub shadow_config: ShadowConfig<'a>,
    /// What shadows hold before that.
    pub provision: Provision,
    /// How histories are replayed.
    pub replay: Replay<'a>,
    /// Where schemas are kept that took a shadow.
    pub cache: Cache<'a>,
    /// What is read of a catalog.
    pub request: CatalogRequest,
    /// The server, as far as it is known: what is kept counts for its version only. None: nothing is kept.
    pub server: Option<Server>,
}

/// A schema that should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The schema.
    pub schema: Schema,
    /// The texts it was read from; none for a database.
    pub texts: Vec<SqlText>,
}

impl SchemaReader<'_> {
    /// The schema at `rows` of a history, replayed from nothing.
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

    /// A shadow at `rows` of a history.
    ///
    /// # Errors
    /// Those of [`Shadow::open`] and [`Replay::run`].
    pub fn shadow_at(&self, history: &History, rows: &[RevisionId]) -> Result<Shadow, ProofError> {
        self.shadow_with(&[], |shadow| self.replay.run(shadow, history, &[], rows))
    }

    /// A shadow in which `fill` does its work, after what is provided. `texts` will be loaded in it.
    fn shadow_with(
        &self,
        texts: &[SqlText],
        fill: impl FnOnce(&mut Shadow) -> Result<(), ProofError>,
    ) -> Result<Shadow, ProofError> {
        let mut shadow = Shadow::open(&self.shadow_config)?;
        let missing = self.provision.apply(&mut shadow, texts, &self.replay.stop)?;
        match fill(&mut shadow) {
            Ok(()) => Ok(shadow),
            Err(error) if missing.is_empty() => Err(error),
            Err(error) => Err(ProofError::Incomplete { error: Box::new(error), missing }),
        }
    }

    /// The schema that texts make in an empty database.
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

    /// The desired schema.
    ///
    /// # Errors
    /// Files that cannot be read, a command that fails, a database that cannot be reached, what a shadow refuses.
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

    /// The schema of any database.
    ///
    /// # Errors
    /// A database that cannot be reached, or speaks another dialect.
    pub fn of_url(&self, url: &crate::config::DatabaseUrl) -> Result<Schema, ProofError> {
        let dialect = self.shadow_config.url.dialect();
        if url.dialect() != dialect {
            return Err(ProofError::OtherDialect { url: url.redacted(), dialect });
        }
        let table = VersionTable { schema: None, name: crate::config::DEFAULT_VERSION_TABLE.to_owned() };
        let mut database = database::open(url, &table, self.shadow_config.service, self.shadow_config.environment)?;
        Ok(database.catalog(&self.request)?)
    }

    /// What counts for every schema that is kept.
    fn key(&self, kind: &str) -> Result<Option<CacheKey>, ProofError> {
        let Some(server) = &self.server else { return Ok(None) };
        let given = self.shadow_config.given.map(crate::config::DatabaseUrl::redacted).unwrap_or_default();
        let key = CacheKey::new(kind)
            .with(&format!("{} {}", server.product, server.version))
            .with(&self.shadow_config.url.redacted())
            .with(&given)
            .with(self.shadow_config.namespace.unwrap_or_default())
            .with(&format!("{:?}", self.request))
            .with(&format!("{:?}", self.provision.extensions));
        let setup = self.provision.setup_texts()?;
        Ok(Some(setup.iter().fold(key, |key, text| key.with(&text.text))))
    }

    /// The text of every file that a replay runs counts, and what its templates are given.
    fn history_key(&self, history: &History, rows: &[RevisionId]) -> Result<Option<CacheKey>, ProofError> {
        let Some(mut key) = self.key("history")? else { return Ok(None) };
        for (name, value) in self.replay.variables {
            key = key.with(name).with(value);
        }
        key = key.with(history.service.env.as_deref().unwrap_or_default());
        for id in history.graph.applied(rows) {
            key = key.with(&history.read(&id)?.text);
        }
        Ok(Some(key))
    }
}

/// What a command prints.
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
