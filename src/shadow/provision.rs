//! What a shadow holds before anything is replayed in it: extensions that an administrator creates, and setup scripts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::error::{MissingExtension, ProofError};
use super::load::SqlText;
use super::postgres;
use super::shadow::Shadow;
use crate::database::{InstalledExtension, StopSignal};
use crate::project;
use crate::sql::created_extensions;

/// What a shadow gets first.
#[derive(Debug, Clone, Default)]
pub struct Provision {
    /// Extensions, in the order in which they are created. Those that a text creates itself are left to it.
    pub extensions: Vec<InstalledExtension>,
    /// SQL files that run after that.
    pub setup: Vec<PathBuf>,
}

impl Provision {
    /// The setup scripts' texts.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn setup_texts(&self) -> Result<Vec<SqlText>, ProofError> {
        let files = project::sql_files(&self.setup)?;
        Ok(files.into_iter().map(|(path, text)| SqlText { path, text }).collect())
    }

    /// Creates the extensions and runs the setup in an empty shadow in which `texts` will be loaded later. Returns the extensions
    /// that the server refused: whether they matter shows only later, as a database may have extensions that no revision uses.
    ///
    /// # Errors
    /// A setup file that cannot be read, or that the shadow refuses; a connection that breaks.
    pub fn apply(
        &self,
        shadow: &mut Shadow,
        texts: &[SqlText],
        stop: &StopSignal,
    ) -> Result<Vec<MissingExtension>, ProofError> {
        let setup = self.setup_texts()?;
        let created: BTreeSet<_> = setup.iter().chain(texts).flat_map(|text| created_extensions(&text.text)).collect();
        let wanted = self.extensions.iter().filter(|extension| !created.contains(&extension.name));
        let missing = wanted.filter_map(|extension| postgres::create_extension(shadow, extension).transpose());
        let missing = missing.collect::<Result<_, _>>()?;
        setup.iter().try_for_each(|text| text.load(shadow, stop))?;
        Ok(missing)
    }
}
