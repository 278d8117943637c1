//! Connects to the first suitable server of a list, each with its own password, with or without TLS according to
//! `settings`.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use postgres::NoTls;
use postgres::config::{self, TargetSessionAttrs};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::cancel::ServerAddress;
use super::errors::sentence;
use super::password_file;
use super::settings::{ConnectionSettings, EnvironmentMap, HostCandidate, SslMode};
use super::tls;
use crate::config::DatabaseUrl;
use crate::database::DatabaseError;

/// Encryption of a connection; a cancel request needs the same.
#[derive(Clone)]
pub(super) enum Encryption {
    Plain,
    Tls(MakeRustlsConnect),
}

/// Error with which a connection's background task ended.
pub(super) type LastWords = std::sync::Arc<std::sync::Mutex<Option<String>>>;

/// An open connection.
pub(super) struct EstablishedConnection {
    pub(super) client: Client,
    pub(super) encryption: Encryption,
    pub(super) address: ServerAddress,
    pub(super) last_words: LastWords,
    /// Value of `server_version`.
    pub(super) version: String,
    /// True if the server reported that `standard_conforming_strings` is off.
    pub(super) has_escapes: bool,
    /// Warnings for the user.
    pub(super) warnings: Vec<String>,
}

/// Timeout for one server without `connect_timeout` in the URL. libpq waits for the system's timeout, which takes
/// minutes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Maximum time that sent data may stay unacknowledged, unless the URL sets `tcp_user_timeout`. The system's default is
/// a quarter of an hour.
const USER_TIMEOUT: Duration = Duration::from_secs(60);

/// Parameters for connecting and reconnecting.
pub(super) struct Recipe {
    settings: ConnectionSettings,
    application_name: String,
    encryption: Encryption,
    /// URL that is asked for user and password before each connection.
    url: DatabaseUrl,
}

impl Recipe {
    /// # Errors
    /// When a certificate file is missing or invalid.
    pub(super) fn new(
        settings: ConnectionSettings,
        url: &DatabaseUrl,
        application_name: &str,
        environment: EnvironmentMap<'_>,
    ) -> Result<Self, DatabaseError> {
        let wants_tls = settings.tls.mode > SslMode::Disable && !settings.places.iter().all(is_socket);
        let encryption = match wants_tls {
            true => Encryption::Tls(tls::connector(&settings.tls, environment)?),
            false => Encryption::Plain,
        };
        let application_name = settings.application_name.clone().unwrap_or_else(|| application_name.to_owned());
        Ok(Self { settings, application_name, encryption, url: url.clone() })
    }

    /// Connects to the first suitable server.
    ///
    /// # Errors
    /// The errors of all servers that were tried.
    pub(super) fn connect(&self, runtime: &Runtime) -> Result<EstablishedConnection, DatabaseError> {
        self.connect_within(runtime, self.settings.connect_timeout.unwrap_or(PATIENCE))
    }

    /// Connects with at most `limit` for each address.
    ///
    /// # Errors
    /// The errors of all servers that were tried.
    pub(super) fn connect_within(
        &self,
        runtime: &Runtime,
        limit: Duration,
    ) -> Result<EstablishedConnection, DatabaseError> {
        let limit = self.settings.connect_timeout.unwrap_or(PATIENCE).min(limit);
        let settings = &self.current_settings()?;
        let mut attempt = ConnectAttempt { runtime, recipe: self, settings, limit, warnings: Vec::new() };
        match attempt.all(self.settings.sessions) {
            // `prefer-standby`: no standby was found, so any server will do.
            Err(_) if self.settings.sessions_preferred => attempt.all(TargetSessionAttrs::Any),
            result => result,
        }
    }
}

impl Recipe {
    /// Returns the settings with the user and password of this moment.
    fn current_settings(&self) -> Result<Cow<'_, ConnectionSettings>, DatabaseError> {
        let Cow::Owned(url) = self.url.current()? else { return Ok(Cow::Borrowed(&self.settings)) };
        let user = url.user().map_or_else(|| self.settings.user.clone(), str::to_owned);
        let password = url.password().cloned().or_else(|| self.settings.password.clone());
        Ok(Cow::Owned(ConnectionSettings { user, password, ..self.settings.clone() }))
    }
}

/// Message, and the SQLSTATE if a server sent it.
type Failure = (String, Option<String>);

struct ConnectAttempt<'a> {
    runtime: &'a Runtime,
    recipe: &'a Recipe,
    settings: &'a ConnectionSettings,
    /// Timeout for one address.
    limit: Duration,
    warnings: Vec<String>,
}

impl ConnectAttempt<'_> {
    fn all(&mut self, sessions: TargetSessionAttrs) -> Result<EstablishedConnection, DatabaseError> {
        let mut failures: Vec<Failure> = Vec::new();
        for place in &self.settings.places {
            match self.connect_to(place, sessions) {
                Ok(mut connected) => {
                    connected.warnings = std::mem::take(&mut self.warnings);
                    return Ok(connected);
                }
                Err(error) => {
                    // As in libpq: after a failed authentication (class 28) the other servers are not tried.
                    let is_refused = error.1.as_ref().is_some_and(|sqlstate| sqlstate.starts_with("28"));
                    failures.push((format!("{}: {}", shown(place), error.0), error.1));
                    if is_refused {
                        break;
                    }
                }
            }
        }
        let mut message = failures.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("; ");
        for warning in &self.warnings {
            message = format!("{message} ({warning})");
        }
        let sqlstate = failures.into_iter().find_map(|(_, sqlstate)| sqlstate);
        Err(DatabaseError::Connect { message, sqlstate })
    }

    /// Tries all addresses of a server.
    fn connect_to(
        &mut self,
        place: &HostCandidate,
        sessions: TargetSessionAttrs,
    ) -> Result<EstablishedConnection, Failure> {
        let addresses = self.addresses(place).map_err(|error| (error.to_string(), None))?;
        let config = self.config(place, sessions);
        let mut failure = ("the name has no address".to_owned(), None);
        for address in addresses {
            match self.address(config.clone(), &address) {
                Ok(connected) => return Ok(connected),
                // A server that responded would respond the same at its other addresses.
                Err(error) if error.1.is_some() => return Err(error),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn addresses(&self, place: &HostCandidate) -> io::Result<Vec<ServerAddress>> {
        if is_socket(place) {
            return Ok(vec![ServerAddress::Unix(Path::new(&place.host).join(format!(".s.PGSQL.{}", place.port)))]);
        }
        let host = |address: &SocketAddr| match place.host.as_str() {
            "" => address.ip().to_string(),
            name => name.to_owned(),
        };
        let tcp = |address| ServerAddress::Tcp { host: host(&address), address };
        if let Some(address) = place.address {
            return Ok(vec![tcp(SocketAddr::new(address, place.port))]);
        }
        let found =
            self.runtime.block_on(async { tokio::net::lookup_host((place.host.as_str(), place.port)).await })?;
        Ok(found.map(tcp).collect())
    }

    /// With `prefer`, a connection that fails because of TLS is tried again without it (`hostnossl` lines, old TLS
    /// versions).
    fn address(&self, mut config: Config, address: &ServerAddress) -> Result<EstablishedConnection, Failure> {
        let timed_out = || ("no answer in time (connect_timeout)".to_owned(), None);
        let told = |error: &postgres::Error| (sentence(error), error.code().map(|code| code.code().to_owned()));
        let encryption = match address {
            ServerAddress::Unix(_) => Encryption::Plain,
            ServerAddress::Tcp { address, .. } => {
                config.hostaddr(address.ip());
                self.recipe.encryption.clone()
            }
        };
        match self.once(&config, encryption, address).ok_or_else(timed_out)? {
            Err(error) if self.settings.tls.mode == SslMode::Prefer && is_about_tls(&error) => {
                config.ssl_mode(config::SslMode::Disable);
                let second = self.once(&config, Encryption::Plain, address).ok_or_else(timed_out)?;
                second.map_err(|_| told(&error))
            }
            result => result.map_err(|error| told(&error)),
        }
    }

    /// Returns `None` on a timeout.
    fn once(
        &self,
        config: &Config,
        encryption: Encryption,
        address: &ServerAddress,
    ) -> Option<Result<EstablishedConnection, postgres::Error>> {
        self.runtime.block_on(async {
            let work = async {
                match encryption.clone() {
                    Encryption::Plain => Ok(finish(config.connect(NoTls).await?, encryption, address)),
                    Encryption::Tls(tls) => Ok(finish(config.connect(tls).await?, encryption, address)),
                }
            };
            tokio::time::timeout(self.limit, work).await.ok()
        })
    }

    fn config(&mut self, place: &HostCandidate, sessions: TargetSessionAttrs) -> Config {
        let settings = self.settings;
        let mut config = Config::new();
        match place.address {
            Some(address) if place.host.is_empty() => config.host(address.to_string()),
            _ => config.host(place.host.as_str()),
        };
        config.port(place.port).user(settings.user.as_str()).dbname(settings.database.as_str());
        config.application_name(self.recipe.application_name.as_str());
        if let Some(options) = &settings.options {
            config.options(options.as_str());
        }
        if is_socket(place) {
            config.ssl_mode(config::SslMode::Disable); // there is no TLS on a socket, whatever sslmode says
        } else {
            config.ssl_mode(ssl_mode(settings.tls.mode)).ssl_negotiation(settings.tls.negotiation);
        }
        config.channel_binding(settings.channel_binding).target_session_attrs(sessions);
        set_keepalives(&mut config, settings);
        if let Some(password) = self.password(place) {
            config.password(password);
        }
        config
    }

    fn password(&mut self, place: &HostCandidate) -> Option<String> {
        if let Some(password) = &self.settings.password {
            return Some(password.expose().to_owned());
        }
        let file = self.settings.password_file.as_ref()?;
        let found = password_file::look_up(file, place, &self.settings.database, &self.settings.user);
        if let Some(warning) = found.warning.filter(|warning| !self.warnings.contains(warning)) {
            self.warnings.push(warning);
        }
        found.password.map(|password| password.expose().to_owned())
    }
}

/// Spawns the task that drives the connection. The runtime has one thread, so the task only makes progress during
/// `block_on`, that is, while a response is awaited.
fn finish<S>(
    (client, connection): (Client, Connection<Socket, S>),
    encryption: Encryption,
    address: &ServerAddress,
) -> EstablishedConnection
where
    S: tokio_postgres::tls::TlsStream + Unpin + Send + 'static,
{
    let version = connection.parameter("server_version").unwrap_or_default().to_owned();
    let last_words = LastWords::default();
    let has_escapes = connection.parameter("standard_conforming_strings") == Some("off");
    let remembered = LastWords::clone(&last_words);
    tokio::spawn(async move {
        if let Err(error) = connection.await
            && let Ok(mut words) = remembered.lock()
        {
            *words = Some(sentence(&error));
        }
    });
    EstablishedConnection {
        client,
        encryption,
        address: address.clone(),
        last_words,
        version,
        has_escapes,
        warnings: Vec::new(),
    }
}

fn set_keepalives(config: &mut Config, settings: &ConnectionSettings) {
    let keepalives = &settings.keepalives;
    config.keepalives(!keepalives.off);
    // Detects a dead server within two minutes, even if the system's default is two hours.
    config.keepalives_idle(keepalives.idle.unwrap_or(Duration::from_secs(60)));
    config.keepalives_interval(keepalives.interval.unwrap_or(Duration::from_secs(10)));
    config.keepalives_retries(keepalives.count.unwrap_or(6));
    config.tcp_user_timeout(keepalives.user_timeout.unwrap_or(USER_TIMEOUT));
}

fn ssl_mode(mode: SslMode) -> config::SslMode {
    match mode {
        SslMode::Disable => config::SslMode::Disable,
        SslMode::Prefer => config::SslMode::Prefer,
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => config::SslMode::Require,
    }
}

/// Returns whether a retry without TLS may succeed: the handshake failed, or no line of `pg_hba.conf` allows TLS.
fn is_about_tls(error: &postgres::Error) -> bool {
    error.code() == Some(&postgres::error::SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
        || error.to_string().contains("TLS")
}

fn is_socket(place: &HostCandidate) -> bool {
    place.host.starts_with('/')
}

fn shown(place: &HostCandidate) -> String {
    let host = match (place.host.as_str(), place.address) {
        ("", Some(address)) => address.to_string(),
        (host, _) => host.to_owned(),
    };
    if is_socket(place) { format!("{host}/.s.PGSQL.{}", place.port) } else { format!("{host}:{}", place.port) }
}
