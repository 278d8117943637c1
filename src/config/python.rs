//! Config of Python revisions: the Alembic command that renders or runs them, and constants of other modules. Values
//! only; [`super::settings`] reads them from a config file.

use std::path::PathBuf;

use super::EnvFileVariables;

/// Command that calls the service's Alembic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Python {
    /// Program and arguments, without Alembic's subcommand: `poetry run alembic -c alembic-auth.ini`.
    pub command: Vec<String>,
    /// Working directory of the command: the config file's folder, or empty for the current directory.
    pub folder: PathBuf,
    /// If `true`, revisions that cannot be rendered as SQL are run by Alembic itself.
    pub online: bool,
    /// Environment variables from which `env.py` reads the database URL, with their values in aludel's environment.
    pub url_variables: Vec<(String, Option<String>)>,
    /// Variables of the env file that the environment does not set.
    pub variables: EnvFileVariables,
}
