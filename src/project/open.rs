//! Lookup of the config file, and flags that override its settings.

use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError, DatabaseUrl, EnvFileSetting, EnvFileVariables, Service, parse_env_file};
use crate::diagnostic::{self, Location};

use super::credentials::read_credentials;
use super::error::{ProjectError, ProjectResult};
use super::read;

/// Default name of a config file.
const CONFIG_NAME: &str = "aludel.yaml";

/// Default name of an env file.
const ENV_FILE: &str = ".env";

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
    /// If `true`, variables are also read from the env file: `.env` beside the config, or the one that the config
    /// names.
    pub env_file: bool,
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
        let (env_file, env_file_path) = read_env_file(&EnvFileSetting::Default, here, flags, environment)?;
        let mut service = Service::from_flags(flags.url.as_deref(), vec![folder], &layered(environment, &env_file));
        service.variables = unset_variables(&env_file, environment);
        return Ok(Config { env_file, env_file_path, ..Config::from_service(service) });
    };
    let text = read::read_text(&path).map_err(of_config)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let invalid = |error: ConfigError| {
        let location = Location { path: path.clone(), text: text.clone(), span: error.span() };
        Box::new(ProjectError::Config { location, error })
    };
    let setting = Config::env_file_setting(&text, &path).map_err(invalid)?;
    let (env_file, env_file_path) = read_env_file(&setting, folder, flags, environment)?;
    let mut config = Config::parse(&text, &path, &layered(environment, &env_file)).map_err(invalid)?;
    (config.env_file, config.env_file_path) = (env_file, env_file_path);
    let own_templates = folder.join("templates");
    let only = config.services.len() == 1;
    let variables = unset_variables(&config.env_file, environment);
    for service in &mut config.services {
        service.url.enable(read_credentials, &variables);
        service.variables.clone_from(&variables);
        if let Some(python) = &mut service.python {
            python.variables.clone_from(&variables);
        }
        if service.templates.is_none() && own_templates.is_dir() {
            service.templates = Some(own_templates.clone());
        }
        if only || flags.services.contains(&service.name) {
            overrule(service, flags);
        }
    }
    Ok(config)
}

/// Returns the variables of the env file and its path; none if the flags or the config do not want one, or if there is no `.env` in
/// `folder`.
fn read_env_file(
    setting: &EnvFileSetting,
    folder: &Path,
    flags: &ProjectFlags,
    environment: &dyn Fn(&str) -> Option<String>,
) -> ProjectResult<(EnvFileVariables, Option<PathBuf>)> {
    let path = match setting {
        _ if !flags.env_file => return Ok((EnvFileVariables::new(), None)),
        EnvFileSetting::Off => return Ok((EnvFileVariables::new(), None)),
        EnvFileSetting::Path(path) => path.clone(),
        EnvFileSetting::Default => folder.join(ENV_FILE),
    };
    // A folder of this name is a Python environment, for example.
    if *setting == EnvFileSetting::Default && !path.is_file() {
        return Ok((EnvFileVariables::new(), None));
    }
    let text = read::read_text(&path)?;
    match parse_env_file(&text, environment) {
        Ok(variables) => Ok((variables, Some(path))),
        Err(error) => {
            let location = Location { path, text, span: error.span };
            Err(Box::new(ProjectError::EnvFile { location: location.within_text(), error }))
        }
    }
}

/// Returns the variables that the environment does not set. The others are inherited by the programs that are run, and
/// win.
fn unset_variables(env_file: &EnvFileVariables, environment: &dyn Fn(&str) -> Option<String>) -> EnvFileVariables {
    let unset = env_file.iter().filter(|(name, _)| environment(name).is_none());
    unset.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Looks up variables in the environment first, then in the env file.
fn layered<'e>(
    environment: &'e dyn Fn(&str) -> Option<String>,
    env_file: &'e EnvFileVariables,
) -> impl Fn(&str) -> Option<String> + 'e {
    |name| environment(name).or_else(|| env_file.get(name).map(|value| value.expose().to_owned()))
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
        service.url = DatabaseUrl::parse(url, None).into();
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
