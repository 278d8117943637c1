//! Hints that need the whole config: the position in its file of the key that a report is about, and the other service
//! that has the requested revision or label.

use super::report::Report;
use super::report::database::URL_PLACES;
use super::report::target::HISTORY;
use crate::config::{Config, Service, hide_secrets};
use crate::diagnostic::Location;
use crate::project::History;

/// Adds these hints to `report` and to the failures in other services that it carries. `is_url_flag` is `true` if the
/// URL came from the command line, and its key in the config is not to blame.
pub fn add(report: &mut Report, config: &Config, is_url_flag: bool) {
    if !(is_url_flag && report.about.as_deref() == Some("url")) {
        locate(report, config);
    }
    name_other_service(report, config);
    for also in &mut report.also {
        add(also, config, is_url_flag);
    }
}

/// Points at the line of the config file that the report is about.
fn locate(report: &mut Report, config: &Config) {
    let (Some(key), Some(service), None) = (&report.about, &report.service, &report.location) else { return };
    let Some(path) = &config.path else { return };
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let Some(span) = Config::value_span(&text, service, key) else { return };
    let location = Location { path: path.clone(), text: hide_secrets(&text), span };
    report.location = Some(Box::new(location.within_text()));
    report.hints.retain(|hint| hint != URL_PLACES);
}

/// Names the services that have the revision or label that this one lacks.
fn name_other_service(report: &mut Report, config: &Config) {
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
