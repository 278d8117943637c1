//! `config`: shows and checks the settings, and prints the JSON Schema of the config file.

mod check;
mod show;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::config::json_schema;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel config show -s auth\n  aludel config check              # exit 3 when something is wrong\n  \
    aludel config schema > aludel.schema.json"
)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// Commands about the config.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the settings of each service, and where each value comes from
    ///
    /// Passwords are shown as ***. No program is run and no connection is made.
    Show(show::ConfigShowArgs),
    /// Check keys, values, files, folders and URLs, without a connection
    Check(check::ConfigCheckArgs),
    /// Print the JSON Schema of aludel.yaml, for editors
    Schema(ConfigSchemaArgs),
}

#[derive(Debug, Args)]
pub struct ConfigSchemaArgs {}

pub fn run(arguments: &ConfigArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    match &arguments.command {
        ConfigCommand::Show(arguments) => show::run(arguments, context),
        ConfigCommand::Check(arguments) => check::run(arguments, context),
        ConfigCommand::Schema(_) => {
            let text = json_schema();
            let schema = serde_json::from_str(&text).unwrap_or_default();
            let extra = [("schema".to_owned(), schema)].into_iter().collect();
            Ok(CommandOutput { text, extra, is_script: true, ..CommandOutput::default() })
        }
    }
}
