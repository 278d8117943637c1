//! `open`: shows the page of `report` in a browser.

use std::process::{Command, Stdio};

use clap::Args;
use serde_json::json;

use super::report::ReportContent;
use crate::cli::context::Context;
use crate::cli::output::{CommandOutput, write_stdout};
use crate::cli::page;
use crate::cli::page::server::PageServer;
use crate::cli::progress;
use crate::cli::report::CommandError;
use crate::error_code::ErrorCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel open\n  aludel open --no-browser     # print the address only")]
pub struct OpenArgs {
    /// Print the address, and start no browser
    #[arg(long)]
    pub no_browser: bool,
    #[command(flatten)]
    pub content: ReportContent,
}

pub fn run(arguments: &OpenArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    // A config that cannot be read is reported before anything listens.
    context.config()?;
    let token = uuid::Uuid::new_v4().simple().to_string();
    let server = PageServer::start(&token).map_err(|error| {
        CommandError::new(ErrorCode::ReportUnwritable, format!("the page cannot be served on 127.0.0.1: {error}"))
            .hint("write it to a file: aludel report --html FILE")
    })?;
    let line = match context.global.json {
        true => json!({ "address": server.address }).to_string(),
        false => server.address.clone(),
    };
    // A closed stdout does not keep the browser from its page.
    let _ = write_stdout(&format!("{line}\n"));
    context.status("Ctrl-C ends it; reload the page to read files and databases again");
    if !arguments.no_browser && !start_browser(&server.address) {
        context.warn("no browser could be started: open the address yourself");
    }
    progress::catch_interrupts();
    server.serve(progress::stopped, || match page::document(arguments.content.options(), context) {
        Ok((document, _)) => page::html(&document),
        Err(error) => page::html(&json!({ "services": [], "error": error.json()["error"] })),
    });
    Ok(CommandOutput::default())
}

/// Starts the system's browser with an address; returns `false` if that program cannot be started.
fn start_browser(address: &str) -> bool {
    let words: &[&str] = match std::env::consts::OS {
        "macos" => &["open"],
        "windows" => &["cmd", "/c", "start", ""],
        _ => &["xdg-open"],
    };
    let Some((program, arguments)) = words.split_first() else { return false };
    let started = Command::new(program)
        .args(arguments)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.is_ok()
}
