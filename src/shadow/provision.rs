//! Preparation of a shadow before anything is replayed: extensions that an administrator would create, setup scripts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::error::{MissingExtension, ProofError};
use super::load::SqlText;
use super::shadow_database::Shadow;
use crate::database::{InstalledExtension, StopSignal};
use crate::project;

/// Extensions and setup scripts of a shadow.
#[derive(Debug, Clone, Default)]
pub struct Provision {
    /// Extensions in the order of their creation. Those that the loaded texts create themselves are skipped.
    pub extensions: Vec<InstalledExtension>,
    /// SQL files that run after the extensions were created.
    pub setup: Vec<PathBuf>,
}

impl Provision {
    /// Reads the setup scripts.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn setup_texts(&self) -> Result<Vec<SqlText>, ProofError> {
        let files = project::sql_files(&self.setup)?;
        Ok(files.into_iter().map(|(path, text)| SqlText { path, text }).collect())
    }

    /// Creates the extensions and runs the setup scripts in an empty shadow into which `texts` will be loaded. Returns
    /// the extensions that the server refused. They are an error only if something fails later, because the service's
    /// database may have extensions that no revision uses.
    ///
    /// # Errors
    /// A setup file cannot be read, the shadow refuses one of its statements, or the connection breaks.
    pub fn apply(
        &self,
        shadow: &mut Shadow,
        texts: &[SqlText],
        stop: &StopSignal,
    ) -> Result<Vec<MissingExtension>, ProofError> {
        let setup = self.setup_texts()?;
        let rules = shadow.url().dialect().rules();
        let texts = setup.iter().chain(texts);
        let created: BTreeSet<_> = texts.flat_map(|text| rules.created_extensions(&text.text)).collect();
        let wanted = self.extensions.iter().filter(|extension| !created.contains(&extension.name));
        let missing = wanted.filter_map(|extension| create_extension(shadow, extension).transpose());
        let missing = missing.collect::<Result<_, _>>()?;
        setup.iter().try_for_each(|text| text.load(shadow, stop))?;
        Ok(missing)
    }
}

/// Creates an extension, and returns it if the server refuses. Does nothing in a scratch schema, because the service's
/// database has its extensions already.
fn create_extension(
    shadow: &mut Shadow,
    extension: &InstalledExtension,
) -> Result<Option<MissingExtension>, ProofError> {
    if shadow.is_one_transaction() {
        return Ok(None);
    }
    let database = shadow.database()?;
    let refused = database.driver().create_extension(database, extension)?;
    Ok(refused.map(|reason| MissingExtension { name: extension.name.clone(), reason }))
}
