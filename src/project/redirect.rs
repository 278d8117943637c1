//! The service's Alembic, called on a database that is named here: by a copy of its ini file, and by environment variables.
//! Knows commands and files; must not know databases.

use std::path::{Path, PathBuf};

use crate::config::{DatabaseUrl, Python};
use crate::formats::alembic::ini::{Ini, with_option};

use super::error::ProjectResult;
use super::render::{Output, call_with};

/// The option with the database's URL.
const URL: &str = "sqlalchemy.url";

/// The service's Alembic, turned to a database.
pub struct Redirected {
    /// The command, with the copy of the ini file.
    pub python: Python,
    /// Variables of its environment.
    pub variables: Vec<(String, String)>,
    /// The copy of the ini file; it holds the URL, so it goes with the value.
    _ini: Option<tempfile::NamedTempFile>,
}

impl Redirected {
    /// Turns `python` to the database at `url`. `variables` are environment variables that the project reads its URL from, with
    /// their values now. An ini file that names this URL already, or none, is used as it is.
    ///
    /// # Errors
    /// When the copy of the ini file cannot be written.
    pub fn new(
        python: &Python,
        url: &DatabaseUrl,
        variables: &[(String, Option<String>)],
    ) -> Result<Self, std::io::Error> {
        let (path, section) = ini_of(python);
        let text = std::fs::read_to_string(&path).ok();
        let here = path.parent().unwrap_or(Path::new("")).display().to_string();
        let written = text.as_ref().and_then(|text| Ini::read(text).get(&section, URL, &here).ok().flatten());
        let in_variables = variables.iter().find_map(|(_, value)| value.clone());
        let like = written.clone().or(in_variables).unwrap_or_default();
        let url = sqlalchemy_url(url, &like);
        let variables = variables.iter().map(|(name, _)| (name.clone(), url.clone())).collect();
        let text = text.filter(|_| written.as_ref() != Some(&url));
        let Some(text) = text else { return Ok(Self { python: python.clone(), variables, _ini: None }) };
        let copy = copy(&path, &with_option(&text, &section, URL, &url))?;
        let python = with_config(python, copy.path());
        Ok(Self { python, variables, _ini: Some(copy) })
    }

    /// Calls it.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn call(&self, arguments: &[&str]) -> ProjectResult<Output> {
        call_with(&self.python, arguments, &self.variables)
    }
}

/// The ini file and the section that the command works with.
fn ini_of(python: &Python) -> (PathBuf, String) {
    let value = |short: &str, long: &str| {
        let words = &python.command;
        words.iter().enumerate().find_map(|(index, word)| {
            if word == short || word == long {
                return words.get(index + 1).cloned();
            }
            word.strip_prefix(&format!("{long}=")).map(str::to_owned)
        })
    };
    let file = value("-c", "--config").unwrap_or_else(|| "alembic.ini".to_owned());
    (python.folder.join(file), value("-n", "--name").unwrap_or_else(|| "alembic".to_owned()))
}

/// The command with another ini file.
fn with_config(python: &Python, ini: &Path) -> Python {
    let ini = std::path::absolute(ini).unwrap_or_else(|_| ini.to_owned()).display().to_string();
    let mut command = Vec::new();
    let mut words = python.command.iter();
    while let Some(word) = words.next() {
        if word == "-c" || word == "--config" {
            words.next();
        } else if !word.starts_with("--config=") {
            command.push(word.clone());
        }
    }
    command.extend(["-c".to_owned(), ini]);
    Python { command, ..python.clone() }
}

/// In the same folder, so that `%(here)s` stays what it was.
fn copy(path: &Path, text: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".aludel-").suffix(".ini").tempfile_in(folder)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(file)
}

/// The URL as SQLAlchemy takes it, with the driver of `like` when that is for the same kind of database.
fn sqlalchemy_url(url: &DatabaseUrl, like: &str) -> String {
    let scheme = like.split_once("://").map(|(scheme, _)| scheme).unwrap_or_default();
    let rules = url.dialect().format_rules();
    let known = rules.sqlalchemy_schemes().contains(&scheme.split('+').next().unwrap_or_default());
    let scheme = rules.sqlalchemy_scheme().filter(|_| !known).unwrap_or(scheme);
    if let Some(path) = url.path() {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        return format!("{scheme}:///{}", path.display());
    }
    let mut text = format!("{scheme}://");
    if let Some(user) = url.user() {
        text.push_str(&escaped(user));
        if let Some(password) = url.password() {
            text.push(':');
            text.push_str(&escaped(password.expose()));
        }
        text.push('@');
    }
    if let Some((host, port)) = url.hosts().first() {
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        text.extend([open, host, close]);
        text.push_str(&port.map(|port| format!(":{port}")).unwrap_or_default());
    }
    text.push('/');
    text.push_str(&escaped(url.database().unwrap_or_default()));
    for (index, (name, value)) in url.parameters().iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.extend([escaped(name), "=".to_owned(), escaped(value)]);
    }
    text
}

/// Percent-encoded, but for what is never special (RFC 3986, 2.3).
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_written_as_sqlalchemy_reads_them() {
        let url = DatabaseUrl::parse("postgres://me:p@ss/w%rd@db:5433/app?sslmode=require", None).unwrap();
        assert_eq!(
            sqlalchemy_url(&url, "postgresql+asyncpg://x"),
            "postgresql+asyncpg://me:p%40ss%2Fw%25rd@db:5433/app?sslmode=require"
        );
        assert!(sqlalchemy_url(&url, "mysql://x").starts_with("postgresql://me:"));
        let url = DatabaseUrl::parse("sqlite:/tmp/a b.db", None).unwrap();
        assert_eq!(sqlalchemy_url(&url, "sqlite+aiosqlite:///x"), "sqlite+aiosqlite:////tmp/a b.db");
    }

    #[test]
    fn the_commands_own_config_is_replaced() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let python = Python {
            command: words("poetry run alembic -c etc/a.ini -n auth"),
            folder: "/p".into(),
            ..Python::default()
        };
        assert_eq!(ini_of(&python), ("/p/etc/a.ini".into(), "auth".to_owned()));
        let other = with_config(&python, Path::new("/p/etc/.b.ini"));
        assert_eq!(other.command, words("poetry run alembic -n auth -c /p/etc/.b.ini"));
    }
}
