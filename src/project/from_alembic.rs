//! Conversion of an Alembic project's config to `aludel.yaml`. Reads `alembic.ini` or `pyproject.toml` and `env.py`;
//! runs no Python.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::config::{DEFAULT_FILE_TEMPLATE, schema_line};
use crate::diagnostic::position;
use crate::formats::alembic::config::{self, AlembicConfig, Configured};
use crate::formats::alembic::ini::Ini;

use super::alembic_locations as locations;
use super::error::{ProjectError, ProjectResult};
use super::read;
use super::write::write_new;

/// Result of converting an Alembic project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Path of the config file that was written.
    pub config: PathBuf,
    /// Names of the services in it.
    pub services: Vec<String>,
    /// Notes about settings that could not be converted or that the user has to check.
    pub notes: Vec<String>,
}

/// Writes `aludel.yaml` into `folder` from Alembic's configs. `sections` are those of an ini file; if empty, the
/// default one is read. Changes nothing else.
///
/// # Errors
/// [`ProjectError`] if a config cannot be read or is not Alembic's, or if `aludel.yaml` already exists.
pub fn adopt(folder: &Path, sources: &[PathBuf], sections: &[String]) -> ProjectResult<Adopted> {
    let config = folder.join("aludel.yaml");
    if config.exists() {
        return Err(Box::new(ProjectError::Exists { path: config }));
    }
    let mut writer = ConfigWriter { folder, names: BTreeSet::new(), text: schema_line() + HEAD, notes: Vec::new() };
    for source in sources {
        writer.source(source, sections)?;
    }
    write_new(&config, &writer.text)?;
    Ok(Adopted { config, services: writer.names.into_iter().collect(), notes: writer.notes })
}

const HEAD: &str = "# Where the databases are and where their revisions are, taken over from Alembic. Paths are relative to this file.\n\
    # ${NAME} and ${NAME:-default} come from the environment; $$ is a dollar.\nservices:\n";

struct ConfigWriter<'a> {
    folder: &'a Path,
    names: BTreeSet<String>,
    text: String,
    notes: Vec<String>,
}

/// One section of a config file.
struct IniSection<'a> {
    path: &'a Path,
    /// Name of the section, if it is not the default one.
    section: Option<&'a str>,
    config: AlembicConfig,
    /// `true` if the project uses Flask-Migrate, whose command is `flask db`.
    is_flask: bool,
}

impl ConfigWriter<'_> {
    fn source(&mut self, path: &Path, sections: &[String]) -> ProjectResult<()> {
        if path.is_dir() {
            return Err(alembic_config(
                path,
                "no project of Alembic or of another tool was recognized here".to_owned(),
            ));
        }
        let text = read::read_text(path)?;
        let here = absolute(path.parent().unwrap_or(Path::new(""))).display().to_string();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let config = config::from_toml(&text, &here).map_err(|reason| alembic_config(path, reason))?;
            let mut config = config.ok_or_else(|| not_alembic(path, &[]))?;
            // The URL stays in `alembic.ini`, if there is one next to it.
            let ini = read::read_text(&path.with_file_name("alembic.ini")).unwrap_or_default();
            config.url = Ini::read(&ini).get("alembic", "sqlalchemy.url", &here).ok().flatten();
            let folder = path.parent().unwrap_or(Path::new(""));
            locations::resolve(&mut config, folder, &[]).map_err(|reason| alembic_config(path, reason))?;
            return self.service(&IniSection { path, section: None, config, is_flask: false });
        }
        let is_flask = locations::is_flask_migrate(path, &Ini::read(&text));
        let text = if is_flask { locations::with_own_folder(&text, &here) } else { text };
        let ini = Ini::read(&text);
        let usual = "alembic".to_owned();
        let has_location = |section: &&String| ini.options(section).any(|option| option == "script_location");
        let wanted: Vec<&String> = match (sections, has_location(&&usual)) {
            ([], true) => vec![&usual],
            ([], false) => ini.sections().iter().filter(has_location).collect(),
            (sections, _) => sections.iter().collect(),
        };
        let mut found = false;
        for section in wanted {
            let config = config::from_ini(&ini, section, &here);
            let config = config.map_err(|error| alembic_config(path, error.to_string()))?;
            let mut config = config.ok_or_else(|| not_alembic(path, ini.sections()))?;
            refuse_several_databases(path, &ini, section, &config)?;
            let sys_path = ini.get(section, "prepend_sys_path", &here).ok().flatten().unwrap_or_default();
            let sys_path: Vec<PathBuf> = sys_path.split([':', ';', ' ', '\n']).map(PathBuf::from).collect();
            let folder = path.parent().unwrap_or(Path::new(""));
            locations::resolve(&mut config, folder, &sys_path).map_err(|reason| alembic_config(path, reason))?;
            let section = Some(section.as_str()).filter(|section| *section != usual);
            self.service(&IniSection { path, section, config, is_flask })?;
            found = true;
        }
        if found { Ok(()) } else { Err(not_alembic(path, ini.sections())) }
    }

    fn service(&mut self, source: &IniSection<'_>) -> ProjectResult<()> {
        let name = self.name(source);
        let scripts = self.scripts(source);
        let env = read::read_text(&self.folder.join(&scripts).join("env.py")).unwrap_or_default();
        let mut lines = vec![("url", self.url(&name, source, &env))];
        lines.push(("revisions", revisions(self.folder, source, &scripts)));
        if source.config.recursive {
            lines.push(("recursive", "true".to_owned()));
        }
        lines.push(("version_table", self.version_table(&name, &env, &scripts)));
        match config::configured(&env, "version_table_schema") {
            Configured::Unset => {}
            Configured::Plain(schema) => lines.push(("version_schema", quoted(&schema))),
            Configured::Computed(span) => {
                let line = position(&env, span.start).line;
                let place = self.env_py(&scripts);
                self.notes.push(format!(
                    "{name}: `version_table_schema` is computed ({}:{line}): write `version_schema` into aludel.yaml",
                    place
                ));
            }
        }
        lines.push(("python", self.python(source)));
        if let Some(template) = self.file_template(&name, source) {
            lines.push(("file_template", quoted(&template)));
        }
        let _ = writeln!(self.text, "  {name}:");
        for (key, value) in lines {
            let _ = writeln!(self.text, "    {key}: {value}");
        }
        self.hooks(&name, source);
        if let Some(zone) = &source.config.timezone {
            self.notes.push(format!("{name}: `timezone = {zone}`: names and dates of new files are in UTC here"));
        }
        self.names.insert(name);
        Ok(())
    }

    /// Returns a unique name for the service: the name of the section, or the part of the file or folder name that is
    /// added to `alembic`, or `main`.
    fn name(&self, source: &IniSection<'_>) -> String {
        let stem = source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let of_file = stem.replace("alembic", "").replace("pyproject", "");
        let of_file = of_file.trim_matches(['-', '_', '.']).to_owned();
        let folder = source.path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        // The folder of Flask-Migrate is always called `migrations`, so its name identifies nothing.
        let folder = folder.filter(|_| !source.is_flask);
        let candidates = [source.section.map(str::to_owned), Some(of_file), folder];
        let name = candidates.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or_else(|| "main".to_owned());
        let name: String = name.chars().map(|c| if c == ':' || c.is_whitespace() { '_' } else { c }).collect();
        let mut unique = name.clone();
        let mut number = 2;
        while self.names.contains(&unique) {
            unique = format!("{name}{number}");
            number += 1;
        }
        unique
    }

    /// Returns the folder that contains `env.py`, relative to the project folder.
    fn scripts(&self, source: &IniSection<'_>) -> String {
        relative_folder(self.folder, source.path, &source.config.script_location)
    }

    fn url(&mut self, name: &str, source: &IniSection<'_>, env: &str) -> String {
        let variables = config::environment_variables(env);
        let variable = variables.iter().find(|name| ["URL", "URI", "DSN"].iter().any(|word| name.contains(word)));
        let own = format!("{}_DATABASE_URL", name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        // `driver://user:pass@localhost/dbname` is the placeholder in Alembic's own template.
        let written = source.config.url.as_deref().filter(|url| !url.starts_with("driver://"));
        match (written.map(|url| self.database(source, url)), variable) {
            // A `}` in the URL would end the default of the variable.
            (Some(Some(url)), None) if !url.contains('}') => {
                let url = url.replace('$', "$$");
                quoted(&format!("${{{own}:-{url}}}"))
            }
            (Some(Some(url)), None) => quoted(&url.replace('$', "$$")),
            (_, Some(variable)) => {
                self.notes.push(format!("{name}: the URL is that of ${variable}, which env.py reads"));
                format!("${{{variable}}}")
            }
            (_, None) if source.is_flask => {
                self.notes.push(format!(
                    "{name}: the URL is the Flask app's SQLALCHEMY_DATABASE_URI: set {own} to it, or write `url` into aludel.yaml"
                ));
                format!("${{{own}}}")
            }
            (_, None) => {
                self.notes.push(format!("{name}: no URL was found: set {own}, or write `url` into aludel.yaml"));
                format!("${{{own}}}")
            }
        }
    }

    /// Converts a SQLAlchemy URL. A relative SQLite path is relative to the folder in which Alembic runs.
    fn database(&self, source: &IniSection<'_>, url: &str) -> Option<String> {
        let url = ours(url)?;
        match url.strip_prefix("sqlite:").map(Path::new) {
            Some(path) if path.is_relative() && runs_elsewhere(source) => {
                let folder = source.path.parent().unwrap_or(Path::new(""));
                Some(format!("sqlite:{}", relative(self.folder, folder).join(path).display()))
            }
            _ => Some(url),
        }
    }

    /// Returns the path of `env.py` for messages.
    fn env_py(&self, scripts: &str) -> String {
        let path = self.folder.join(scripts).join("env.py");
        path.strip_prefix(".").unwrap_or(&path).display().to_string()
    }

    fn version_table(&mut self, name: &str, env: &str, scripts: &str) -> String {
        const USUAL: &str = "alembic_version";
        match config::configured(env, "version_table") {
            Configured::Unset => USUAL.to_owned(),
            Configured::Plain(table) => quoted(&table),
            Configured::Computed(span) => {
                let line = position(env, span.start).line;
                let place = self.env_py(scripts);
                self.notes.push(format!(
                    "{name}: `version_table` is computed ({}:{line}): write its name in aludel.yaml",
                    place
                ));
                format!("{USUAL}   # computed in env.py: write the right name here")
            }
        }
    }

    /// Returns the command that runs the project's Alembic, derived from its lock files.
    fn python(&self, source: &IniSection<'_>) -> String {
        let folder = source.path.parent().unwrap_or(Path::new(""));
        let folders = [folder.to_owned(), self.folder.to_owned()];
        let has = |name: &str| folders.iter().any(|folder| folder.join(name).exists());
        let own = [".venv/bin/alembic", "venv/bin/alembic"].into_iter().find(|path| self.folder.join(path).is_file());
        let mut command = match () {
            () if has("poetry.lock") => "poetry run alembic".to_owned(),
            () if has("uv.lock") => "uv run alembic".to_owned(),
            () if has("Pipfile.lock") => "pipenv run alembic".to_owned(),
            () => own.unwrap_or("alembic").to_owned(),
        };
        if source.is_flask {
            return quoted(&format!("{} db", command.replace("alembic", "flask")));
        }
        let elsewhere = runs_elsewhere(source);
        let is_toml = source.path.extension().is_some_and(|extension| extension == "toml");
        let file = match elsewhere {
            true => source.path.file_name().map(PathBuf::from).unwrap_or_default(),
            false => relative(self.folder, source.path),
        };
        if !is_toml && file != Path::new("alembic.ini") {
            let _ = write!(command, " -c {}", file.display());
        }
        if let Some(section) = source.section {
            let _ = write!(command, " -n {section}");
        }
        match elsewhere {
            true => format!(
                "{{run: {}, folder: {}}}",
                quoted(&command),
                quoted(&relative(self.folder, folder).display().to_string())
            ),
            false => quoted(&command),
        }
    }

    fn file_template(&mut self, name: &str, source: &IniSection<'_>) -> Option<String> {
        // 40 is the default of `truncate_slug_length`, and the maximum length of a slug in aludel.
        let slug = source.config.slug_length.unwrap_or(40);
        let written = source.config.file_template.as_deref();
        let template = match written {
            None if slug == 40 => return None,
            None => DEFAULT_FILE_TEMPLATE.to_owned(),
            Some(template) => match translated(template) {
                Ok(template) => template,
                Err(what) => {
                    self.notes.push(format!("{name}: `file_template` uses {what}: new files are named as usual here"));
                    return None;
                }
            },
        };
        let template = match template.rsplit_once('/') {
            Some((_, file)) => {
                self.notes
                    .push(format!("{name}: `file_template` makes folders: new files go to the first folder here"));
                file.to_owned()
            }
            None => template,
        };
        let limited = format!("{{{{ slug[:{slug}] }}}}");
        Some(if slug < 40 { template.replace("{{ slug }}", &limited) } else { template })
    }

    fn hooks(&mut self, name: &str, source: &IniSection<'_>) {
        let hooks = &source.config.hooks;
        let (python, other): (Vec<_>, Vec<_>) = hooks.iter().partition(|hook| is_for_python(&hook.command));
        if !other.is_empty() {
            self.text.push_str("    post_write_hooks:\n");
        }
        for hook in other {
            let command = hook.command.replace("REVISION_SCRIPT_FILENAME", "{path}");
            let _ = writeln!(self.text, "      - {}", quoted(&command));
        }
        if !python.is_empty() {
            let names: Vec<_> = python.iter().map(|hook| hook.name.as_str()).collect();
            self.notes.push(format!(
                "{name}: hooks for Python files are left out, new revisions are SQL: {}",
                names.join(", ")
            ));
        }
    }
}

/// Converts a file template of Alembic.
fn translated(template: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (name, after) = after.strip_prefix('(').and_then(|after| after.split_once(')')).ok_or("a single %")?;
        let end = after.find(|c: char| c.is_ascii_alphabetic()).ok_or("a % without its letter")?;
        let (format, after) = after.split_at(end);
        text.push_str(&match name {
            "rev" => "{{ id }}".to_owned(),
            "slug" => "{{ slug }}".to_owned(),
            "year" => "{{ year }}".to_owned(),
            "month" | "day" | "hour" | "minute" | "second" if format.is_empty() => format!("{{{{ {name} | int }}}}"),
            "month" | "day" | "hour" | "minute" | "second" => format!("{{{{ {name} }}}}"),
            other => return Err(format!("%({other})s")),
        });
        rest = &after[1..];
    }
    text.push_str(rest);
    Ok(text + ".sql")
}

/// Returns `true` for formatters and linters that only support Python.
fn is_for_python(command: &str) -> bool {
    const TOOLS: [&str; 12] = [
        "black",
        "ruff",
        "isort",
        "yapf",
        "autopep8",
        "autoflake",
        "flake8",
        "pylint",
        "mypy",
        "pyupgrade",
        "pyright",
        "docformatter",
    ];
    command.split_whitespace().take(3).any(|word| TOOLS.contains(&word.rsplit('/').next().unwrap_or(word)))
}

/// Converts a SQLAlchemy URL. Returns `None` for an SQLite database in memory and for a text that is not a URL.
fn ours(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let is_sqlite = scheme.split('+').next() == Some("sqlite");
    match rest.strip_prefix('/') {
        _ if !is_sqlite => Some(url.to_owned()),
        None | Some("" | ":memory:") => None,
        Some(path) => Some(format!("sqlite:{path}")),
    }
}

fn revisions(folder: &Path, source: &IniSection<'_>, scripts: &str) -> String {
    let places: Vec<String> = match source.config.version_locations.as_slice() {
        [] => vec![format!("{scripts}/versions")],
        several => several.iter().map(|path| relative_folder(folder, source.path, path)).collect(),
    };
    match places.as_slice() {
        [one] => quoted(one),
        several => format!("[{}]", several.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(", ")),
    }
}

/// Returns `true` if relative paths in the config are relative to its own folder, because Alembic is called there.
fn runs_elsewhere(source: &IniSection<'_>) -> bool {
    let folder = source.path.parent().unwrap_or(Path::new(""));
    let location = Path::new(&source.config.script_location);
    location.is_relative() && !location.exists() && folder.join(location).exists()
}

/// Returns a path of Alembic's config relative to `folder`. `package:path` is a folder of a Python package.
fn relative_folder(folder: &Path, config: &Path, path: &str) -> String {
    let path = PathBuf::from(path.replace(':', "/"));
    let beside = config.parent().unwrap_or(Path::new("")).join(&path);
    let found = if path.is_relative() && !path.exists() && beside.exists() { beside } else { path };
    relative(folder, &found).display().to_string()
}

/// Returns the path relative to `folder`, or the absolute path if they have nothing but the root in common.
pub(super) fn relative(folder: &Path, path: &Path) -> PathBuf {
    let (folder, path) = (absolute(folder), absolute(path));
    let common = folder.components().zip(path.components()).take_while(|(one, other)| one == other).count();
    let ups = folder.components().count() - common;
    if common <= 1 {
        return path;
    }
    let up = std::iter::repeat_n(Path::new("..").to_owned(), ups);
    let down = path.components().skip(common).map(|part| PathBuf::from(part.as_os_str()));
    let relative: PathBuf = up.chain(down).collect();
    if relative.as_os_str().is_empty() { PathBuf::from(".") } else { relative }
}

/// Returns the absolute path, with symbolic links resolved if it exists.
fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.canonicalize().unwrap_or(path)
}

/// Quotes a value for YAML, unless it is a plain word.
fn quoted(value: &str) -> String {
    let is_word = !value.is_empty()
        && value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$' || c == '.')
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "_-./ ${}:@?=&+".contains(c))
        && !value.contains(": ")
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&value.to_lowercase().as_str());
    if is_word { value.to_owned() } else { serde_json::Value::from(value).to_string() }
}

fn alembic_config(path: &Path, reason: String) -> Box<ProjectError> {
    Box::new(ProjectError::AlembicConfig { path: path.to_owned(), reason })
}

fn refuse_several_databases(path: &Path, ini: &Ini, section: &str, config: &AlembicConfig) -> ProjectResult<()> {
    let engines = locations::engines(path, ini, section, config);
    if engines.is_empty() {
        return Ok(());
    }
    Err(alembic_config(
        path,
        format!(
            "a multidb project, with one history for several databases ({}): here each database is a service with \
             revisions of its own, so its revisions must be split by hand",
            engines.join(", ")
        ),
    ))
}

fn not_alembic(path: &Path, sections: &[String]) -> Box<ProjectError> {
    let among = if sections.is_empty() { String::new() } else { format!(" (there are [{}])", sections.join("], [")) };
    alembic_config(path, format!("no section has a `script_location`{among}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn file_templates_are_translated() {
        let template = "%(year)d_%(month).2d_%(day)02d-%(rev)s_%(slug)s%%";
        assert_eq!(translated(template).unwrap(), "{{ year }}_{{ month }}_{{ day }}-{{ id }}_{{ slug }}%.sql");
        assert_eq!(translated("%(month)d").unwrap(), "{{ month | int }}.sql");
        assert_eq!(translated("%(epoch)s_%(rev)s").unwrap_err(), "%(epoch)s");
    }

    #[test]
    fn urls_of_sqlalchemy_become_ours() {
        assert_eq!(ours("postgresql+psycopg2://u:p@h/d").as_deref(), Some("postgresql+psycopg2://u:p@h/d"));
        assert_eq!(ours("sqlite:///a/b.db").as_deref(), Some("sqlite:a/b.db"));
        assert_eq!(ours("sqlite+aiosqlite:////tmp/b.db").as_deref(), Some("sqlite:/tmp/b.db"));
        assert_eq!(ours("sqlite://"), None);
    }

    #[test]
    fn hooks_for_python_are_known() {
        assert!(is_for_python("python -m ruff check"));
        assert!(is_for_python("black -l 79"));
        assert!(!is_for_python("sqlfluff fix"));
    }
}
