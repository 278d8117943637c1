//! Lookup of the config file, and flags that override its settings.

use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError, DatabaseUrl, Service};
use crate::diagnostic::{self, Location};

use super::error::{ProjectError, ProjectResult};
use super::read;

/// Default name of a config file.
const CONFIG_NAME: &str = "aludel.yaml";

/// Command-line flags that concern the project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFlags {
    /// Path of the config file.
    pub config: Option<PathBuf>,
    /// URL of the database, overriding the config.
    pub url: Option<String>,
    /// Folder of revisions, overriding the config.
    pub revisions: Option<PathBuf>,
    /// Selected services. `url` and `revisions` apply to these, or to the only service of the config.
    pub services: Vec<String>,
}

/// Finds and reads the config: the given file, or `ALUDEL_CONFIG`, or `aludel.yaml` in the working directory or the
/// nearest folder above it. Without a config, a given folder of revisions becomes a service called `default`.
///
/// # Errors
/// [`ProjectError`] if there is neither, or if the file cannot be read or is invalid.
pub fn open(flags: &ProjectFlags, environment: &dyn Fn(&str) -> Option<String>) -> ProjectResult<Config> {
    let here = std::env::current_dir().map_err(|error| read::unreadable(Path::new("."), error))?;
    open_from(&here, flags, environment)
}

/// Finds and reads the config, starting the search in the folder `here`.
pub(super) fn open_from(
    here: &Path,
    flags: &ProjectFlags,
    environment: &dyn Fn(&str) -> Option<String>,
) -> ProjectResult<Config> {
    let named = flags
        .config
        .clone()
        .or_else(|| environment("ALUDEL_CONFIG").filter(|name| !name.is_empty()).map(PathBuf::from));
    let Some(path) = named.or_else(|| nearest(here)) else {
        let folder = flags.revisions.clone().ok_or_else(|| no_config(here))?;
        return Ok(Config::of(Service::from_flags(flags.url.as_deref(), vec![folder], environment)));
    };
    let text = read::read_text(&path).map_err(of_config)?;
    let mut config = Config::parse(&text, &path, environment).map_err(|error| {
        let location = Location { path: path.clone(), text, span: error.span() };
        Box::new(ProjectError::Config { location, error })
    })?;
    let own_templates = path.parent().unwrap_or(Path::new("")).join("templates");
    let only = config.services.len() == 1;
    for service in &mut config.services {
        if service.templates.is_none() && own_templates.is_dir() {
            service.templates = Some(own_templates.clone());
        }
        if only || flags.services.contains(&service.name) {
            overrule(service, flags);
        }
    }
    Ok(config)
}

fn no_config(here: &Path) -> Box<ProjectError> {
    Box::new(ProjectError::NoConfig { folder: here.to_owned(), similar: similar(here) })
}

/// Returns a file in the folder whose name is similar to that of the config file, such as a misspelled one or one with
/// another extension.
fn similar(folder: &Path) -> Option<PathBuf> {
    let names = std::fs::read_dir(folder).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_alike = |name: &String| name != CONFIG_NAME && diagnostic::nearest(name, [CONFIG_NAME]).is_some();
    names.filter(is_alike).min().map(PathBuf::from)
}

/// Reports a config that is not UTF-8 as a config error instead of a revision error.
fn of_config(error: Box<ProjectError>) -> Box<ProjectError> {
    match *error {
        ProjectError::NotUtf8 { location, byte } => {
            let error = ConfigError::Yaml {
                span: location.span,
                message: format!("the file is not UTF-8: the byte 0x{byte:02x}"),
            };
            Box::new(ProjectError::Config { location, error })
        }
        _ => error,
    }
}

fn overrule(service: &mut Service, flags: &ProjectFlags) {
    if let Some(url) = &flags.url {
        service.url = DatabaseUrl::parse(url, None);
    }
    if let Some(folder) = &flags.revisions {
        service.revisions = vec![folder.clone()];
    }
}

/// Returns the nearest config file. In the working directory itself the path is just the file name.
fn nearest(here: &Path) -> Option<PathBuf> {
    let found = here.ancestors().map(|folder| folder.join(CONFIG_NAME)).find(|path| path.is_file())?;
    let is_here = found.parent() == Some(here) && std::env::current_dir().is_ok_and(|current| current == here);
    Some(if is_here { PathBuf::from(CONFIG_NAME) } else { found })
}
