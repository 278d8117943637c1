//! Config of Python revisions: the Alembic that renders or runs them, constants of other modules. Values only; how they are read
//! from a config file is in [`super::settings`].

use std::path::PathBuf;

/// The command that calls the service's Alembic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Python {
    /// Program and arguments, up to the command of Alembic's: `poetry run alembic -c alembic-auth.ini`.
    pub command: Vec<String>,
    /// The folder in which it runs: the config file's; empty for the working folder.
    pub folder: PathBuf,
    /// Whether revisions that have no SQL of their own are run by Alembic itself.
    pub online: bool,
    /// Environment variables from which `env.py` reads the database's URL, with their values in aludel's own environment.
    pub url_variables: Vec<(String, Option<String>)>,
}
