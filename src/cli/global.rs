//! Options that every command accepts.

use std::path::PathBuf;

use clap::Args;

use super::style::Color;

/// Options that every command accepts.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Config file (default: $ALUDEL_CONFIG, otherwise aludel.yaml in this folder or the nearest one above)
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Select this service (repeatable)
    #[arg(short, long, global = true, value_name = "NAME")]
    pub service: Vec<String>,
    /// Select all services of the config
    #[arg(long, global = true)]
    pub all: bool,
    /// Database URL to use instead of the config's (one service only)
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// Folder of revisions to use instead of the config's (one service only)
    #[arg(long, global = true, value_name = "DIR")]
    pub revisions: Option<PathBuf>,
    /// Do not read variables from .env beside the config (or its `env_file`)
    #[arg(long, global = true)]
    pub no_env_file: bool,
    /// Set a variable for templates, available as x.KEY (repeatable)
    #[arg(short = 'x', global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// Print the result as one JSON document on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no status and no progress; warnings, errors and results stay
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print more detail
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Answer yes to every request for confirmation
    #[arg(long, global = true)]
    pub yes: bool,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    if key.is_empty() {
        Err("the KEY of KEY=VALUE is empty".to_owned())
    } else {
        Ok((key.to_owned(), value.to_owned()))
    }
}
