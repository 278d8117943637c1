//! `list-templates`: lists the templates for new revision files and new projects.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::style;
use crate::error_code::ErrorCode;
use crate::project;
use crate::revision::{Skeleton, Skeletons, Starter};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel list-templates\n  aludel list-templates --json")]
pub struct ListTemplatesArgs {}

pub fn run(_arguments: &ListTemplatesArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let skeletons = skeletons(context)?;
    let width = skeletons.keys().map(|name| console::measure_text_width(name)).max().unwrap_or(0);
    let mut text = "For `revision --template`:\n".to_owned();
    for skeleton in skeletons.values() {
        let own = if skeleton.built_in { "" } else { "(this project's) " };
        text += &line(&skeleton.name, width, &format!("{own}{}", skeleton.description));
    }
    text += "\nFor `init --template`:\n";
    for starter in &Starter::ALL {
        text += &line(starter.name, width, &starter.description());
    }
    let of_revisions = skeletons.values().map(|skeleton| {
        json!({ "for": "revision", "name": skeleton.name, "description": skeleton.description, "built_in": skeleton.built_in })
    });
    let of_projects = Starter::ALL.iter().map(|starter| {
        json!({ "for": "init", "name": starter.name, "description": starter.description(), "built_in": true })
    });
    let templates: Vec<_> = of_revisions.chain(of_projects).collect();
    let extra = [("templates".to_owned(), json!(templates))].into_iter().collect();
    Ok(CommandOutput { text, extra, ..CommandOutput::default() })
}

fn line(name: &str, width: usize, description: &str) -> String {
    format!(
        "  {}{}  {description}",
        style::id(name),
        " ".repeat(width.saturating_sub(console::measure_text_width(name)))
    )
    .trim_end()
    .to_owned()
        + "\n"
}

/// Templates of the selected services by name; without a config, the built-in ones.
fn skeletons(context: &Context<'_>) -> Result<BTreeMap<String, Skeleton>, CommandError> {
    let services = match context.chosen() {
        Ok(services) => services,
        Err(report) if report.report.code == ErrorCode::ConfigNotFound => Vec::new(),
        Err(report) => return Err(report),
    };
    let mut found = BTreeMap::new();
    let mut add = |skeletons: &Skeletons| {
        for skeleton in skeletons.list() {
            let known: &mut Skeleton = found.entry(skeleton.name.clone()).or_insert_with(|| skeleton.clone());
            if known.built_in && !skeleton.built_in {
                known.clone_from(skeleton);
            }
        }
    };
    add(&Skeletons::built_in());
    for service in &services {
        add(&project::skeletons(service).map_err(|error| CommandError::from(error).of_service(&service.name))?);
    }
    Ok(found)
}
