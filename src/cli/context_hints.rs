//! Hints that need the whole config: the position in its file of the key that a report is about, and the other service
//! that has the requested revision or label.

use std::path::Path;

use crate::config::{Config, DesiredSchema, Service, hide_secrets};
use crate::diagnostic::{Location, Span};
use crate::error_code::ErrorCode;
use crate::project::History;
use crate::report::ErrorReport;
use crate::report::database::URL_PLACES;
use crate::report::target::HISTORY;

/// Adds these hints to `report` and to the failures in other services that it carries. `is_url_flag` is `true` if the
/// URL came from the command line, and its key in the config is not to blame.
pub fn add(report: &mut ErrorReport, config: &Config, from_flags: &[&str]) {
    if report.about.is_none() {
        report.about = key_of_missing_file(report, config).map(str::to_owned);
    }
    if !report.about.as_deref().is_some_and(|key| from_flags.contains(&key)) {
        locate(report, config);
    }
    name_other_service(report, config);
    for also in &mut report.also {
        add(also, config, from_flags);
    }
}

/// Key of the service's config that names the file which `report` could not read because there is none.
fn key_of_missing_file(report: &ErrorReport, config: &Config) -> Option<&'static str> {
    let path = report.path.as_ref().filter(|path| report.code == ErrorCode::FileUnreadable && !path.exists())?;
    let service = config.services.iter().find(|service| Some(&service.name) == report.service.as_ref())?;
    let desired = match &service.schema.desired {
        Some(DesiredSchema::Files(paths)) => paths.as_slice(),
        _ => &[],
    };
    let keys = [("schema", desired), ("shadow_setup", &service.schema.shadow_setup), ("seed", &service.schema.seed)];
    keys.into_iter().find(|(_, paths)| paths.contains(path)).map(|(key, _)| key)
}

/// Points at the line of the config file that the report is about.
fn locate(report: &mut ErrorReport, config: &Config) {
    let (Some(key), Some(service), None) = (&report.about, &report.service, &report.location) else { return };
    let Some(path) = &config.path else { return };
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let Some(span) = Config::value_span(&text, service, key) else { return };
    let item = report.path.as_ref().and_then(|item| item_span(&text, span, path, item));
    let location = Location { path: path.clone(), text: hide_secrets(&text), span: item.unwrap_or(span) };
    report.location = Some(Box::new(location.within_text()));
    report.hints.retain(|hint| hint != URL_PLACES);
}

/// The path `item` where it is one of several behind a key of the config file at `config`: on the key's line, or in the list below it.
fn item_span(text: &str, value: Span, config: &Path, item: &Path) -> Option<Span> {
    let folder = config.parent().unwrap_or(Path::new(""));
    let name = item.strip_prefix(folder).unwrap_or(item).to_str().filter(|name| !name.is_empty())?;
    let mut start = value.start;
    for (index, line) in text.get(value.start..)?.split_inclusive('\n').enumerate() {
        if index > 0 && !line.trim_start().starts_with('-') {
            return None;
        }
        let is_name = |c: char| c.is_alphanumeric() || "_-./".contains(c);
        let is_whole = |at: &usize| {
            let before = line.get(..*at).and_then(|before| before.chars().next_back());
            let after = line.get(at + name.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(is_name) && !after.is_some_and(is_name)
        };
        if let Some(at) = line.match_indices(name).map(|(at, _)| at).find(is_whole) {
            return Some(Span::new(start + at, start + at + name.len()));
        }
        start += line.len();
    }
    None
}

/// Names the services that have the revision or label that this one lacks.
fn name_other_service(report: &mut ErrorReport, config: &Config) {
    let (Some(symbol), Some(here)) = (&report.symbol, &report.service) else { return };
    let knows =
        |service: &&Service| service.name != *here && History::load(service).is_ok_and(|history| history.knows(symbol));
    let others: Vec<&str> = config.services.iter().filter(knows).map(|service| service.name.as_str()).collect();
    if others.is_empty() {
        return;
    }
    let hints = others.iter().map(|name| format!("the service {name} has it: -s {name}"));
    report.hints = hints.chain(report.hints.drain(..).filter(|hint| hint != HISTORY)).collect();
}
