//! Database URLs, parsed so that a password needs no escaping. Knows text; must not connect or read files.
//!
//! The rules, in this order, so that `p@ss/w?rd#1%` is accepted as a password:
//! 1. The scheme is the text before the first `:`; a driver (`postgresql+psycopg2`) is dropped from it.
//! 2. The parameters start at the first `?` that is followed by `name=` or nothing, and preceded by an `@` or by
//!    nothing but hosts, ports and a database name. If an `@` follows as well, the name must be a known parameter whose
//!    value may contain an `@`; otherwise the `?` belongs to a password.
//! 3. User and password end at the last `@` before the parameters, and are separated by their first `:`.
//! 4. Hosts (`host:port`, separated by commas) end at the next `/`; the rest is the database. `#` is an ordinary
//!    character.
//! 5. `%XX` with two hexadecimal digits is a byte (RFC 3986, 2.1); any other `%` is literal.
//!
//! So only these need escaping: `%` before two hexadecimal digits, `:` in a user name, `@` in a database name,
//! and a `?` in a password when an `@` precedes it and something like `options=` follows.

mod foreign;
mod login;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::sql::Dialect;

use super::Secret;
use super::credentials::{CredentialError, Credentials};

pub use foreign::instead_of_parameter;

/// Database URL. It may contain passwords, which `Debug` and `Display` never print.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
    dialect: Dialect,
    scheme: String,
    user: Option<String>,
    password: Option<Secret>,
    hosts: Vec<(String, Option<u16>)>,
    database: Option<String>,
    path: Option<PathBuf>,
    parameters: Vec<(String, String)>,
    credentials: Option<Box<Credentials>>,
}

/// Reason why there is no valid database URL. Never contains the text of the URL, which may contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Neither the config nor `DATABASE_URL` names a database.
    #[error("no database URL")]
    Missing,
    /// The URL names an environment variable that is not set.
    #[error("the URL names the environment variable {name}, which is not set")]
    UnsetVariable {
        /// Name of the variable.
        name: String,
    },
    /// `${` in the URL without its `}`, or with an invalid variable name.
    #[error("the URL has a `${{` without its `}}`")]
    Interpolation,
    /// Missing or unknown scheme.
    #[error("the URL must start with {}", Dialect::listed_schemes())]
    Scheme {
        /// Scheme, if the text starts with something that looks like one.
        scheme: Option<String>,
    },
    /// `//` does not follow the scheme.
    #[error("the URL has no // after {scheme}:")]
    NoAuthority {
        /// Scheme of the URL.
        scheme: String,
    },
    /// Port that is not a number from 1 to 65535.
    #[error("the URL has a port that is not a number from 1 to 65535")]
    Port,
    /// SQLite URL without a file.
    #[error("the URL names no file")]
    NoFile,
    /// The URL has a password, and the config has `url_command` or `password_file` as well.
    #[error("the URL has a password, but `url_command` or `password_file` gives one too")]
    TwoPasswords,
    /// The program or file that has the URL or the password gave none.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
}

impl DatabaseUrl {
    /// Parses a URL: `postgres:`, `postgresql:`, `mysql:`, `mariadb:` (then
    /// `//user:password@host:port/database?name=value`),
    /// `sqlite:PATH`, `sqlite://PATH` (with `%XX` decoded), `sqlite::memory:`, and SQLAlchemy's
    /// `sqlite+DRIVER:///PATH`. A relative SQLite path is relative to `base`.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(text: &str, base: Option<&Path>) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Missing);
        }
        let (scheme, rest) = text.split_once(':').ok_or(UrlError::Scheme { scheme: None })?;
        let scheme = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
        let Some(dialect) = Dialect::of_scheme(&scheme) else {
            // Text before a `:` that does not look like a scheme may be part of a password, so the error must not contain
            // it.
            return Err(UrlError::Scheme { scheme: is_scheme_like(text, &scheme).then_some(scheme) });
        };
        if dialect.rules().is_file() {
            return Self::file(text, dialect, scheme, rest, base);
        }
        let rest = rest.strip_prefix("//").ok_or_else(|| UrlError::NoAuthority { scheme: scheme.clone() })?;
        Self::server(text, dialect, scheme, rest)
    }

    fn server(text: &str, dialect: Dialect, scheme: String, rest: &str) -> Result<Self, UrlError> {
        let (rest, parameters) = split_parameters(rest);
        let (userinfo, place) = match rest.rsplit_once('@') {
            Some((userinfo, place)) => (Some(userinfo), place),
            None => (None, rest),
        };
        let (user, password) = match userinfo.map(|userinfo| (userinfo, userinfo.split_once(':'))) {
            Some((_, Some((user, password)))) => (Some(user), Some(password)),
            Some((user, None)) => (Some(user), None),
            None => (None, None),
        };
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        let named = |text: &&str| !text.is_empty();
        Ok(Self {
            text: text.to_owned(),
            dialect,
            scheme,
            user: user.filter(named).map(decoded),
            password: password.map(decoded).map(Secret::new),
            hosts: hosts.split(',').filter(named).map(host).collect::<Result<_, _>>()?,
            database: Some(database).filter(named).map(decoded),
            path: None,
            parameters,
            credentials: None,
        })
    }

    fn file(text: &str, dialect: Dialect, scheme: String, rest: &str, base: Option<&Path>) -> Result<Self, UrlError> {
        let (path, parameters) = match rest.split_once('?') {
            Some((path, tail)) if starts_parameters(tail) => (path, pairs(tail)),
            _ => (rest, Vec::new()),
        };
        let has_driver = text.split(':').next().is_some_and(|scheme| scheme.contains('+'));
        let (path, parameters) = match path.strip_prefix("//").filter(|_| has_driver) {
            Some(rest) => sqlalchemy_path(rest, parameters),
            None => (path.strip_prefix("//").map_or_else(|| path.to_owned(), decoded), parameters),
        };
        if path.is_empty() {
            return Err(UrlError::NoFile);
        }
        let path = match base {
            Some(base) if path != ":memory:" => base.join(path),
            _ => PathBuf::from(path),
        };
        Ok(Self {
            text: text.to_owned(),
            dialect,
            scheme,
            user: None,
            password: None,
            hosts: Vec::new(),
            database: None,
            path: Some(path),
            parameters,
            credentials: None,
        })
    }

    /// Returns the URL of another database on the same server, with the same user and parameters.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.parameters.retain(|(parameter, _)| parameter != "dbname");
        other.database = Some(name.to_owned());
        // The original text names the old database.
        other.text = other.spelled();
        other
    }

    /// Returns `true` if the text starts with the scheme of a database URL. File names hardly ever do.
    #[must_use]
    pub fn has_scheme(text: &str) -> bool {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        let name = scheme.split('+').next().unwrap_or_default();
        Dialect::of_scheme(name).is_some()
    }

    /// Builds the URL of a SQLite file.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        Self {
            text: format!("sqlite:{}", path.display()),
            dialect: Dialect::SQLITE,
            scheme: "sqlite".to_owned(),
            user: None,
            password: None,
            hosts: Vec::new(),
            database: None,
            path: Some(path.to_owned()),
            parameters: Vec::new(),
            credentials: None,
        }
    }

    /// Builds the text of a server's URL from its parts, escaped where necessary. Contains the password.
    fn spelled(&self) -> String {
        let mut text = format!("{}://", self.scheme);
        if let Some(user) = &self.user {
            text.push_str(&escaped(user));
        }
        if let Some(password) = &self.password {
            text.extend([":", &escaped(password.expose())]);
        }
        if self.user.is_some() || self.password.is_some() {
            text.push('@');
        }
        let host = |(host, port): &(String, Option<u16>)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            if host.contains(':') { format!("[{host}]{port}") } else { format!("{}{port}", escaped(host)) }
        };
        text.push_str(&self.hosts.iter().map(host).collect::<Vec<_>>().join(","));
        if let Some(database) = &self.database {
            text.extend(["/", &escaped(database)]);
        }
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            text.extend([if index == 0 { "?" } else { "&" }, name, "=", &escaped(value)]);
        }
        text
    }

    /// Dialect of the database, from the URL's scheme.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Scheme in lower case, without a driver: `postgres`, `mariadb`...
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// User name, decoded.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Password before the `@`, decoded.
    #[must_use]
    pub const fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// Hosts with their ports, decoded, without the brackets of IPv6 addresses. Empty for the driver's default.
    #[must_use]
    pub fn hosts(&self) -> &[(String, Option<u16>)] {
        &self.hosts
    }

    /// Name of the database on its server, decoded. `None` for SQLite.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// Returns `true` if the URL names a database or a file, not just a server.
    #[must_use]
    pub const fn names_database(&self) -> bool {
        self.database.is_some() || self.path.is_some()
    }

    /// Path of a SQLite database file, or `:memory:`.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Parameters after the `?`, decoded, in their order. They may contain passwords.
    #[must_use]
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// Last value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The whole URL as it was given, with its password. For drivers only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Returns the URL for display, with `***` for passwords.
    #[must_use]
    pub fn redacted(&self) -> String {
        let mut shown = format!("{}:", self.scheme);
        match &self.path {
            Some(path) => shown.push_str(&path.display().to_string()),
            None => self.redacted_server(&mut shown),
        }
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            shown.push(if index == 0 { '?' } else { '&' });
            let value = if holds_a_secret(name) { "***" } else { value };
            shown.extend([name, "=", value]);
        }
        shown
    }

    fn redacted_server(&self, shown: &mut String) {
        shown.push_str("//");
        if self.user.is_some() || self.password.is_some() {
            shown.push_str(self.user.as_deref().unwrap_or_default());
            shown.push_str(if self.password.is_some() { ":***@" } else { "@" });
        }
        for (index, (host, port)) in self.hosts.iter().enumerate() {
            shown.push_str(if index == 0 { "" } else { "," });
            let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
            shown.extend([open, host, close]);
            shown.push_str(&port.map(|port| format!(":{port}")).unwrap_or_default());
        }
        if let Some(database) = &self.database {
            shown.extend(["/", database]);
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.redacted())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

/// Returns the file of `sqlite+DRIVER://` and the parameters, as SQLAlchemy reads them ("SQLite", Connect Strings): the
/// slash that ends the empty host is not part of the path, so that the path is relative after three slashes and
/// absolute after four; an empty path is an in-memory database. `%XX` is not decoded.
fn sqlalchemy_path(rest: &str, mut parameters: Vec<(String, String)>) -> (String, Vec<(String, String)>) {
    let path = rest.strip_prefix('/').unwrap_or(rest);
    if path.is_empty() {
        return (":memory:".to_owned(), parameters);
    }
    let is_uri = |(name, value): &(String, String)| name == "uri" && value == "true";
    match path.strip_prefix("file:").filter(|_| parameters.iter().any(is_uri)) {
        Some(path) => {
            parameters.retain(|parameter| !is_uri(parameter));
            (path.to_owned(), parameters)
        }
        None => (path.to_owned(), parameters),
    }
}

fn is_scheme_like(text: &str, scheme: &str) -> bool {
    text.contains("://")
        && !scheme.is_empty()
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
}

/// Matches libpq's `password` and `sslpassword`, and other parameters that are named like a secret.
fn holds_a_secret(parameter: &str) -> bool {
    let name = parameter.to_ascii_lowercase();
    ["password", "passwd", "secret", "token"].iter().any(|word| name.contains(word))
}

fn split_parameters(rest: &str) -> (&str, Vec<(String, String)>) {
    let start = rest.match_indices('?').map(|(at, _)| at).find(|at| {
        let (before, tail) = (&rest[..*at], &rest[at + 1..]);
        starts_parameters(tail)
            && (before.contains('@') || is_place(before))
            && (!tail.contains('@') || starts_with_known(tail))
    });
    match start {
        Some(at) => (&rest[..at], pairs(&rest[at + 1..])),
        None => (rest, Vec::new()),
    }
}

fn starts_parameters(tail: &str) -> bool {
    let name = tail.split_once('=').map(|(name, _)| name);
    tail.is_empty()
        || name.is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        })
}

/// Parameters whose values may contain an `@` (libpq 34.1.2, and those of other tools).
const MAY_HOLD_AT: [&str; 16] = [
    "application_name",
    "fallback_application_name",
    "options",
    "user",
    "password",
    "sslpassword",
    "passfile",
    "dbname",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "socket",
    "service",
];

fn starts_with_known(tail: &str) -> bool {
    tail.split('&')
        .map_while(|pair| pair.split_once('='))
        // An `@` at the start of `host` is a socket in the abstract namespace; any other `@` there ends a password.
        .any(|(name, value)| match name {
            "host" => value.rfind('@') == Some(0),
            _ => value.contains('@') && MAY_HOLD_AT.contains(&name),
        })
}

/// Returns `true` if `text` consists of hosts with ports and a database, without a user.
fn is_place(text: &str) -> bool {
    let hosts = text.split_once('/').map_or(text, |(hosts, _)| hosts);
    hosts.split(',').all(|text| host(text).is_ok())
}

fn host(text: &str) -> Result<(String, Option<u16>), UrlError> {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, "")) => (name, None),
        Some((name, rest)) => (name, Some(rest.strip_prefix(':').ok_or(UrlError::Port)?)),
        None => text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port))),
    };
    let port = match port {
        None | Some("") => None,
        Some(digits) => Some(digits.parse().ok().filter(|port| *port != 0).ok_or(UrlError::Port)?),
    };
    Ok((decoded(name), port))
}

fn pairs(tail: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    tail.split('&').filter(|text| !text.is_empty()).map(pair).collect()
}

/// Escapes all bytes except letters, digits and `-._~` (RFC 3986, 2.3) as `%XX`.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |escaped, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped + &char::from(byte).to_string(),
        _ => escaped + &format!("%{byte:02X}"),
    })
}

/// Decodes each `%XX`; any other text, and text that would not be valid UTF-8, is returned unchanged.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                hexadecimal(*high).zip(hexadecimal(*low)).map(|(h, l)| (h * 16 + l, after))
            }
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
