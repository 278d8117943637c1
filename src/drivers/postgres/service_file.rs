//! libpq's connection service file: named sets of parameters (`PGSERVICE`, `service=NAME`).
//! <https://www.postgresql.org/docs/current/libpq-pgservice.html>

use std::path::PathBuf;

use super::settings::EnvironmentMap;
use super::target::{UrlParts, refuse};
use super::user_files::UserFiles;
use crate::config::Secret;
use crate::database::DatabaseError;

/// Completes `target` with the parameters of the service that it, or `PGSERVICE`, names. As in libpq, a service is
/// overridden by the URL and overrides the environment.
///
/// # Errors
/// When no file has the service, or a file is invalid.
pub(super) fn fill_in(target: &mut UrlParts, environment: EnvironmentMap<'_>) -> Result<(), DatabaseError> {
    let Some(name) = service_name(target, environment) else { return Ok(()) };
    let files = service_files(environment);
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let shown = file.display();
        if let Some(entries) =
            find(&text, &name).map_err(|line| refuse(format!("{shown}, line {line}: no NAME=VALUE")))?
        {
            entries.into_iter().for_each(|(name, value)| set(target, name, value));
            return Ok(());
        }
    }
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    Err(refuse(format!("there is no service {name:?} in {}", files.join(" or "))))
}

/// Removes and returns the service of the URL; defaults to that of the environment.
fn service_name(target: &mut UrlParts, environment: EnvironmentMap<'_>) -> Option<String> {
    let own = target.parameters.iter().rev().find(|(name, _)| name == "service").map(|(_, value)| value.clone());
    target.parameters.retain(|(name, _)| name != "service");
    own.or_else(|| environment("PGSERVICE")).filter(|name| !name.is_empty())
}

/// Returns the user's file, then the system's.
fn service_files(environment: EnvironmentMap<'_>) -> Vec<PathBuf> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = set("PGSERVICEFILE").or_else(|| Some(UserFiles::new(environment)?.services));
    // Default of Debian and Red Hat without PGSYSCONFDIR.
    let system = set("PGSYSCONFDIR").unwrap_or_else(|| PathBuf::from("/etc/postgresql-common"));
    own.into_iter().chain([system.join("pg_service.conf")]).collect()
}

/// Returns the entries of the section `[name]`, or `None` if there is none.
///
/// # Errors
/// Number of the first line that is neither `NAME=VALUE` nor a comment.
fn find(text: &str, name: &str) -> Result<Option<Vec<(String, String)>>, usize> {
    let mut found: Option<Vec<(String, String)>> = None;
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            if found.is_some() {
                return Ok(found);
            }
            found = (section == name).then(Vec::new);
        } else if let Some(entries) = &mut found {
            let (name, value) = line.split_once('=').ok_or(index + 1)?;
            entries.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Ok(found)
}

fn set(target: &mut UrlParts, name: String, value: String) {
    let is_set = |target: &UrlParts| target.parameters.iter().any(|(known, _)| *known == name);
    match name.as_str() {
        "user" => target.user = target.user.take().or(Some(value)),
        "password" => target.password = target.password.take().or(Some(Secret::new(value))),
        "dbname" => target.database = target.database.take().or(Some(value)),
        // Hosts in the URL replace those of the service.
        "host" | "hostaddr" if !target.hosts.is_empty() => {}
        _ if is_set(target) => {}
        _ => target.parameters.push((name, value)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[one]\nhost=one.example\n\n[two]\nhost=two.example\nport = 6543\nuser=u\n";

    #[test]
    fn a_service_is_the_lines_below_its_name() {
        let entries = find(FILE, "two").unwrap().unwrap();
        assert_eq!(entries[1], ("port".to_owned(), "6543".to_owned()));
        assert_eq!(find(FILE, "one").unwrap().unwrap().len(), 1);
        assert_eq!(find(FILE, "three"), Ok(None));
        assert_eq!(find("[a]\nnonsense\n", "a"), Err(2));
    }

    #[test]
    fn what_the_url_says_stands_in_front_of_the_service() {
        let mut target = UrlParts { hosts: vec![("mine".to_owned(), None)], ..UrlParts::default() };
        for (name, value) in find(FILE, "two").unwrap().unwrap() {
            set(&mut target, name, value);
        }
        assert_eq!(target.hosts, [("mine".to_owned(), None)]);
        assert_eq!(target.parameters, [("port".to_owned(), "6543".to_owned())]);
        assert_eq!(target.user.as_deref(), Some("u"));
    }
}
