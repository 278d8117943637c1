//! Connection settings from URL, environment (`PG...`) and defaults, combined as in libpq:
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS> and `libpq-envars.html`. Reads no
//! files and does not connect.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::{ChannelBinding, SslNegotiation, TargetSessionAttrs};

use super::target::{UrlParts, refuse};
use super::user_files::UserFiles;
use crate::config::{Secret, instead_of_parameter};
use crate::database::DatabaseError;
use crate::sql::Dialect;

/// Lookup of environment variables by name.
pub(super) type EnvironmentMap<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostCandidate {
    /// Host name or address, or the directory of a Unix socket (starts with `/`).
    pub(super) host: String,
    /// Address to connect to instead of resolving `host`.
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
}

/// `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SslMode {
    Disable,
    /// Also used for `allow`: for a server that accepts both, encryption does no harm.
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Source of the trusted root certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// The operating system's.
    System,
    /// A file that must exist.
    File(PathBuf),
    /// libpq's default file, if it exists.
    Usual(PathBuf),
    /// None: there is no home directory for the default file.
    Nowhere,
}

/// TLS settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tls {
    pub(super) mode: SslMode,
    pub(super) negotiation: SslNegotiation,
    pub(super) roots: Roots,
    /// Certificate and key of the client; `None` for libpq's default files, if they exist.
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    /// libpq's directory in the home directory.
    pub(super) usual_folder: Option<PathBuf>,
    pub(super) server_name: bool,
}

/// TCP keepalives; `None` for the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Keepalives {
    pub(super) off: bool,
    pub(super) idle: Option<Duration>,
    pub(super) interval: Option<Duration>,
    pub(super) count: Option<u32>,
    pub(super) user_timeout: Option<Duration>,
}

/// Settings of a connection.
#[derive(Debug, Clone)]
pub(super) struct ConnectionSettings {
    pub(super) places: Vec<HostCandidate>,
    pub(super) user: String,
    pub(super) password: Option<Secret>,
    pub(super) database: String,
    pub(super) application_name: Option<String>,
    pub(super) options: Option<String>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) tls: Tls,
    pub(super) keepalives: Keepalives,
    pub(super) sessions: TargetSessionAttrs,
    /// `prefer-standby`: fall back to any server.
    pub(super) sessions_preferred: bool,
    pub(super) channel_binding: ChannelBinding,
}

/// Supported parameters with their environment variables.
pub(super) const PARAMETERS: &[(&str, &str)] = &[
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("passfile", "PGPASSFILE"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("fallback_application_name", ""),
    ("client_encoding", ""),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("keepalives", ""),
    ("keepalives_idle", ""),
    ("keepalives_interval", ""),
    ("keepalives_count", ""),
    ("tcp_user_timeout", ""),
    ("sslmode", "PGSSLMODE"),
    ("sslnegotiation", "PGSSLNEGOTIATION"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslsni", "PGSSLSNI"),
    ("gssencmode", "PGGSSENCMODE"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
];

/// Values of the parameters, by name.
struct Values(BTreeMap<&'static str, String>);

impl Values {
    /// # Errors
    /// When a parameter is not supported: ignoring it might give a less secure connection than requested.
    fn gather(target: &UrlParts, environment: EnvironmentMap<'_>) -> Result<Self, DatabaseError> {
        let mut values = BTreeMap::new();
        for (name, value) in &target.parameters {
            let known = PARAMETERS.iter().find(|(known, _)| known == name);
            let (known, _) = known.ok_or_else(|| unknown_parameter(name))?;
            values.insert(*known, value.clone());
        }
        // Hosts in the URL override PGHOST, and their ports PGPORT.
        let in_url = |name: &str| matches!(name, "host" | "hostaddr") && !target.hosts.is_empty();
        for (name, variable) in PARAMETERS.iter().filter(|(name, variable)| !variable.is_empty() && !in_url(name)) {
            if let Some(value) = environment(variable).filter(|value| !value.is_empty()) {
                values.entry(name).or_insert(value);
            }
        }
        Ok(Self(values))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    fn number(&self, name: &str) -> Result<Option<u32>, DatabaseError> {
        let read = |text: &str| text.trim().parse::<i64>().map_err(|_| refuse(format!("{name} is not a number")));
        let number = self.text(name).map(read).transpose()?;
        Ok(number.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0))
    }

    fn seconds(&self, name: &str) -> Result<Option<Duration>, DatabaseError> {
        Ok(self.number(name)?.map(|seconds| Duration::from_secs(u64::from(seconds))))
    }

    /// Returns the value of `name` among `choices`; `None` if it is not set.
    fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, DatabaseError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.map(Some).ok_or_else(|| refuse(format!("{name} is not one of {}", words())))
    }
}

impl ConnectionSettings {
    /// Combines URL, environment and defaults.
    ///
    /// # Errors
    /// When a parameter or value is not supported.
    pub(super) fn new(target: &UrlParts, environment: EnvironmentMap<'_>) -> Result<Self, DatabaseError> {
        let values = Values::gather(target, environment)?;
        let usual = UserFiles::new(environment);
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let user = target.user.clone().or_else(|| set("PGUSER")).or_else(|| whoami::username().ok());
        let user = user.ok_or_else(|| refuse("the URL names no user, and the operating system has none either"))?;
        let (sessions, sessions_preferred) = sessions(&values)?;
        refuse_weaker(&values)?;
        Ok(Self {
            places: places(target, &values)?,
            password: target.password.clone().or_else(|| set("PGPASSWORD").map(Secret::new)),
            database: target.database.clone().or_else(|| set("PGDATABASE")).unwrap_or_else(|| user.clone()),
            user,
            application_name: values.text("application_name").map(str::to_owned),
            options: values.text("options").map(str::to_owned),
            connect_timeout: values.seconds("connect_timeout")?,
            password_file: values.path("passfile").or_else(|| usual.as_ref().map(|usual| usual.passwords.clone())),
            tls: tls(&values, usual.map(|usual| usual.certificates))?,
            keepalives: keepalives(&values)?,
            sessions,
            sessions_preferred,
            channel_binding: values.choice("channel_binding", CHANNEL_BINDING)?.unwrap_or(ChannelBinding::Prefer),
        })
    }
}

fn unknown_parameter(name: &str) -> DatabaseError {
    const KNOWN: &[&str] = &[
        "sslmode",
        "sslrootcert",
        "options",
        "connect_timeout",
        "target_session_attrs",
        "service",
        "application_name",
    ];
    let instead = instead_of_parameter(Dialect::POSTGRES, name);
    DatabaseError::UrlParameter { name: name.to_owned(), product: "PostgreSQL", known: KNOWN, instead }
}

const CHANNEL_BINDING: &[(&str, ChannelBinding)] =
    &[("disable", ChannelBinding::Disable), ("prefer", ChannelBinding::Prefer), ("require", ChannelBinding::Require)];

/// Refuses values that would have to be ignored.
fn refuse_weaker(values: &Values) -> Result<(), DatabaseError> {
    if values.text("gssencmode") == Some("require") {
        return Err(refuse("gssencmode=require: GSSAPI encryption is not supported"));
    }
    let encoding = values.text("client_encoding").unwrap_or("utf8").to_ascii_lowercase();
    if !["utf8", "utf-8", "unicode", "auto"].contains(&encoding.as_str()) {
        return Err(refuse("client_encoding must be UTF8: revision files are"));
    }
    Ok(())
}

/// Combines the lists of hosts, addresses and ports by position. A single port applies to all.
fn places(target: &UrlParts, values: &Values) -> Result<Vec<HostCandidate>, DatabaseError> {
    let list = |text: Option<&str>| -> Vec<String> {
        text.map(|text| text.split(',').map(|part| part.trim().to_owned()).collect()).unwrap_or_default()
    };
    let addresses = list(values.text("hostaddr"));
    let in_url = !target.hosts.is_empty() && values.text("host").is_none();
    let hosts: Vec<String> = match in_url {
        true => target.hosts.iter().map(|(host, _)| host.clone()).collect(),
        false => list(values.text("host")),
    };
    let count = hosts.len().max(addresses.len()).max(1);
    let fallback = list(values.text("port"));
    let own = |index: usize| target.hosts.get(index).and_then(|(_, port)| port.map(|port| port.to_string()));
    let port = |index: usize| match fallback.as_slice() {
        _ if own(index).is_some() => own(index),
        [one] => Some(one.clone()),
        several => several.get(index).cloned(),
    };
    if (!addresses.is_empty() && !hosts.is_empty() && hosts.len() != addresses.len())
        || (fallback.len() > 1 && fallback.len() != count)
    {
        return Err(refuse("the lists of hosts, addresses (hostaddr) and ports are not equally long"));
    }
    (0..count).map(|index| host_candidate(hosts.get(index), addresses.get(index), port(index))).collect()
}

fn host_candidate(
    host: Option<&String>,
    address: Option<&String>,
    port: Option<String>,
) -> Result<HostCandidate, DatabaseError> {
    let address = address.filter(|address| !address.is_empty());
    let address = address.map(|text| text.parse().map_err(|_| refuse("hostaddr is not an IP address"))).transpose()?;
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => port.parse().map_err(|_| refuse(format!("the port \"{port}\" is not a number up to 65535")))?,
        None => 5432,
    };
    let host = match (host.filter(|host| !host.is_empty()), address) {
        (Some(host), _) => host.clone(),
        (None, Some(_)) => String::new(),
        (None, None) => socket_folder(port),
    };
    Ok(HostCandidate { host, address, port })
}

/// Returns the directory of the server's Unix socket: the default of Debian and Red Hat, or PostgreSQL's own; else
/// `localhost` for TCP.
fn socket_folder(port: u16) -> String {
    let folders = ["/var/run/postgresql", "/run/postgresql", "/tmp"];
    let has_socket = |folder: &&str| PathBuf::from(folder).join(format!(".s.PGSQL.{port}")).exists();
    (*folders.iter().find(|folder| has_socket(folder)).unwrap_or(&"localhost")).to_owned()
}

fn tls(values: &Values, usual_folder: Option<PathBuf>) -> Result<Tls, DatabaseError> {
    let roots = match (values.text("sslrootcert"), &usual_folder) {
        (Some("system"), _) => Roots::System,
        (Some(file), _) => Roots::File(PathBuf::from(file)),
        (None, Some(folder)) => Roots::Usual(folder.join("root.crt")),
        (None, None) => Roots::Nowhere,
    };
    let modes = [
        ("disable", SslMode::Disable),
        ("allow", SslMode::Prefer),
        ("prefer", SslMode::Prefer),
        ("require", SslMode::Require),
        ("verify-ca", SslMode::VerifyCa),
        ("verify-full", SslMode::VerifyFull),
    ];
    let usual = if roots == Roots::System { SslMode::VerifyFull } else { SslMode::Prefer };
    let mode = values.choice("sslmode", &modes)?.unwrap_or(usual);
    if roots == Roots::System && mode < SslMode::VerifyFull {
        return Err(refuse(
            "sslrootcert=system needs sslmode=verify-full: anyone can get a certificate from these authorities",
        ));
    }
    let negotiations = [("postgres", SslNegotiation::Postgres), ("direct", SslNegotiation::Direct)];
    let negotiation = values.choice("sslnegotiation", &negotiations)?.unwrap_or(SslNegotiation::Postgres);
    if negotiation == SslNegotiation::Direct && mode < SslMode::Require {
        return Err(refuse("sslnegotiation=direct needs sslmode=require or stronger"));
    }
    let (certificate, key) = (values.path("sslcert"), values.path("sslkey"));
    let server_name = values.text("sslsni") != Some("0");
    Ok(Tls { mode, negotiation, roots, certificate, key, usual_folder, server_name })
}

fn keepalives(values: &Values) -> Result<Keepalives, DatabaseError> {
    Ok(Keepalives {
        off: values.text("keepalives") == Some("0"),
        idle: values.seconds("keepalives_idle")?,
        interval: values.seconds("keepalives_interval")?,
        count: values.number("keepalives_count")?,
        user_timeout: values.number("tcp_user_timeout")?.map(|ms| Duration::from_millis(u64::from(ms))),
    })
}

fn sessions(values: &Values) -> Result<(TargetSessionAttrs, bool), DatabaseError> {
    let choices = [
        ("any", (TargetSessionAttrs::Any, false)),
        ("read-write", (TargetSessionAttrs::ReadWrite, false)),
        ("primary", (TargetSessionAttrs::ReadWrite, false)),
        ("read-only", (TargetSessionAttrs::ReadOnly, false)),
        ("standby", (TargetSessionAttrs::ReadOnly, false)),
        ("prefer-standby", (TargetSessionAttrs::ReadOnly, true)),
    ];
    Ok(values.choice("target_session_attrs", &choices)?.unwrap_or((TargetSessionAttrs::Any, false)))
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
