//! A `mysql://` URL to what the driver wants. Pure but for the environment, which is an argument.

use std::path::PathBuf;
use std::time::Duration;

use mysql::{Opts, OptsBuilder, SslOpts};

use crate::database::DatabaseError;

/// The parameters that a URL may have after its `?`.
const PARAMETERS: &str = "ssl-mode, ssl-ca, socket, connect_timeout, charset";

/// The names of the client's own ssl modes
/// (<https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum SslMode {
    Disabled,
    /// TLS where the server knows it, without a look at the certificate.
    #[default]
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

/// Where the server is, and as whom to speak to it. Holds a password, so it has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: String,
    pub(super) socket: Option<String>,
    pub(super) ssl_mode: SslMode,
    pub(super) ssl_ca: Option<PathBuf>,
    pub(super) connect_timeout: Option<Duration>,
}

impl Address {
    /// Reads `mysql://user:password@host:port/database?parameters`. Percent signs that begin no code, and `@` and `/` in
    /// the password, stand for themselves.
    pub(super) fn parse(url: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, DatabaseError> {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let (user_info, place) = split_user_info(rest);
        let (place, parameters) = place.split_once('?').unwrap_or((place, ""));
        let (server, database) = place.split_once('/').unwrap_or((place, ""));
        let (user, password) = match user_info.split_once(':') {
            Some((user, password)) => (user, Some(decode(password))),
            None => (user_info, None),
        };
        let (host, port) = split_port(server)?;
        let mut address = Self {
            host: decode(host),
            port,
            user: decode(user),
            password: password.or_else(|| environment("MYSQL_PWD")),
            database: decode(database),
            ..Self::default()
        };
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            address.set(name, &decode(value))?;
        }
        Ok(address)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), DatabaseError> {
        match name.to_ascii_lowercase().replace('-', "_").as_str() {
            "ssl_mode" | "sslmode" => self.ssl_mode = ssl_mode(value)?,
            "ssl_ca" => self.ssl_ca = Some(PathBuf::from(value)),
            "socket" | "unix_socket" => self.socket = Some(value.to_owned()),
            "connect_timeout" => self.connect_timeout = Some(seconds(value)?),
            "charset" if value.eq_ignore_ascii_case("utf8mb4") => {}
            "charset" => {
                return Err(DatabaseError::Url(format!("charset={value}: the connection speaks utf8mb4 only")));
            }
            _ => {
                let message = format!("the URL has an unknown parameter {name} (known are {PARAMETERS})");
                return Err(DatabaseError::Url(message));
            }
        }
        Ok(())
    }

    /// The driver's options; `with_tls` is whether TLS is tried at all.
    pub(super) fn options(&self, application_name: &str, with_tls: bool) -> Opts {
        let host = if self.host.is_empty() { "localhost" } else { &self.host };
        let attributes = std::collections::HashMap::from([("program_name".to_owned(), application_name.to_owned())]);
        let options = OptsBuilder::new()
            .ip_or_hostname(Some(host))
            .tcp_port(self.port.unwrap_or(3306))
            .user(Some(self.user.as_str()).filter(|user| !user.is_empty()))
            .pass(self.password.as_deref())
            .db_name(Some(self.database.as_str()).filter(|name| !name.is_empty()))
            .socket(self.socket.as_deref())
            // Asking the server for its socket and for its packet size would cost round trips.
            .prefer_socket(false)
            .max_allowed_packet(Some(1 << 30))
            .stmt_cache_size(0)
            .tcp_connect_timeout(Some(self.connect_timeout.unwrap_or(Duration::from_secs(30))))
            .tcp_keepalive_time_ms(Some(30_000))
            .connect_attrs(Some(attributes))
            .ssl_opts(self.ssl_options().filter(|_| with_tls));
        options.into()
    }

    /// None: no TLS. A unix socket is safe without.
    fn ssl_options(&self) -> Option<SslOpts> {
        if self.socket.is_some() || self.ssl_mode == SslMode::Disabled {
            return None;
        }
        let verifies = matches!(self.ssl_mode, SslMode::VerifyCa | SslMode::VerifyIdentity);
        let options = SslOpts::default()
            .with_danger_accept_invalid_certs(!verifies)
            .with_danger_skip_domain_validation(self.ssl_mode != SslMode::VerifyIdentity)
            .with_root_cert_path(self.ssl_ca.clone());
        Some(options)
    }
}

/// The user's part ends at the last `@` before the parameters.
fn split_user_info(rest: &str) -> (&str, &str) {
    let before_parameters = rest.split('?').next().unwrap_or(rest);
    match before_parameters.rfind('@').or_else(|| rest.rfind('@')) {
        Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default()),
        None => ("", rest),
    }
}

fn split_port(server: &str) -> Result<(&str, Option<u16>), DatabaseError> {
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':').unwrap_or_default()),
        None => server.split_once(':').unwrap_or((server, "")),
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    let port = port.parse().map_err(|_| DatabaseError::Url("the URL's port is no number up to 65535".to_owned()))?;
    Ok((host, Some(port)))
}

fn ssl_mode(value: &str) -> Result<SslMode, DatabaseError> {
    Ok(match value.to_ascii_uppercase().replace('-', "_").as_str() {
        "DISABLED" => SslMode::Disabled,
        "PREFERRED" => SslMode::Preferred,
        "REQUIRED" => SslMode::Required,
        "VERIFY_CA" => SslMode::VerifyCa,
        "VERIFY_IDENTITY" => SslMode::VerifyIdentity,
        _ => {
            let known = "DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY";
            return Err(DatabaseError::Url(format!("ssl-mode={value} is none of {known}")));
        }
    })
}

fn seconds(value: &str) -> Result<Duration, DatabaseError> {
    let seconds: u64 = value
        .parse()
        .ok()
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| DatabaseError::Url(format!("connect_timeout={value} is no number of seconds")))?;
    Ok(Duration::from_secs(seconds))
}

/// Percent codes to their bytes; what is no code, or gives no UTF-8, stands for itself.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url, &|_| None).unwrap()
    }

    #[test]
    fn a_password_may_hold_what_urls_use_encoded_or_not() {
        for url in
            ["mysql://u:a%25b%40c%2Fd%3F@h:1/db?ssl-mode=disabled", "mysql://u:a%b@c/d%3F@h:1/db?ssl-mode=disabled"]
        {
            let address = parse(url);
            assert_eq!(address.password.as_deref(), Some("a%b@c/d?"));
            assert_eq!((address.host.as_str(), address.port, address.database.as_str()), ("h", Some(1), "db"));
            assert!(address.ssl_mode == SslMode::Disabled);
        }
    }

    #[test]
    fn the_environment_gives_the_password_when_the_url_has_none() {
        let environment = |name: &str| (name == "MYSQL_PWD").then(|| "secret".to_owned());
        let password = |url: &str| Address::parse(url, &environment).unwrap().password;
        assert_eq!(password("mysql://u@h/db").as_deref(), Some("secret"));
        assert_eq!(password("mysql://u:own@h/db").as_deref(), Some("own"));
    }

    #[test]
    fn addresses_of_every_kind() {
        let address =
            parse("mariadb://u@[::1]:3307/db?socket=/run/my.sock&connect_timeout=3&ssl_ca=ca.pem&charset=utf8mb4");
        assert_eq!((address.host.as_str(), address.port), ("::1", Some(3307)));
        assert_eq!(address.socket.as_deref(), Some("/run/my.sock"));
        assert_eq!(address.connect_timeout, Some(Duration::from_secs(3)));
        assert_eq!(parse("mysql:///db").database, "db");
    }

    #[test]
    fn what_is_not_known_is_refused_without_the_password() {
        for tail in ["?sslmod=x", "?ssl-mode=maybe", "?charset=latin1", "?connect_timeout=soon"] {
            let error = Address::parse(&format!("mysql://u:secret@h/db{tail}"), &|_| None).err().unwrap();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(Address::parse("mysql://u:secret@h:99999/db", &|_| None).is_err());
    }
}
