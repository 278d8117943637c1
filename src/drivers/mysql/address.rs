//! Translation of a `mysql://` URL into the driver's options. Pure; the environment is an argument.

use std::path::PathBuf;
use std::time::Duration;

use mysql::{ClientIdentity, Opts, OptsBuilder, SslOpts};

use crate::config::{DatabaseUrl, instead_of_parameter};
use crate::database::DatabaseError;
use crate::dialects::mysql::flavour::PRODUCTS;
use crate::sql::Dialect;

/// The parameters that a URL may have after its `?`.
const PARAMETERS: &[&str] = &["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket", "connect_timeout", "charset"];

/// SSL modes, named as in MySQL's client
/// (<https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum MysqlSslMode {
    Disabled,
    /// TLS if the server supports it, without verification of the certificate.
    #[default]
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

/// Address of the server and credentials. Contains a password, so it has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct MysqlAddress {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: String,
    pub(super) socket: Option<String>,
    pub(super) ssl_mode: MysqlSslMode,
    pub(super) ssl_ca: Option<PathBuf>,
    /// The client's certificate, with those that lead to its authority.
    pub(super) ssl_cert: Option<PathBuf>,
    /// The private key of that certificate.
    pub(super) ssl_key: Option<PathBuf>,
    pub(super) connect_timeout: Option<Duration>,
}

impl MysqlAddress {
    /// Parses the URL; `MYSQL_PWD` is the default for the password.
    pub(super) fn new(url: &DatabaseUrl, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, DatabaseError> {
        let (host, port) = match url.hosts() {
            [] => (String::new(), None),
            [one] => one.clone(),
            _ => return Err(DatabaseError::Url("a MySQL URL names one host only".to_owned())),
        };
        let mut address = Self {
            host,
            port,
            user: url.user().unwrap_or_default().to_owned(),
            password: url.password().map(|secret| secret.expose().to_owned()).or_else(|| environment("MYSQL_PWD")),
            database: url.database().unwrap_or_default().to_owned(),
            ..Self::default()
        };
        for (name, value) in url.parameters() {
            address.set(name, value)?;
        }
        match (&address.ssl_cert, &address.ssl_key) {
            (Some(_), None) => {
                Err(DatabaseError::Url("ssl-cert needs ssl-key, the certificate's private key".to_owned()))
            }
            (None, Some(_)) => Err(DatabaseError::Url("ssl-key needs ssl-cert, the key's certificate".to_owned())),
            _ => Ok(address),
        }
    }

    /// Returns the address with the user and password of `url`, where it has them.
    pub(super) fn with_login(&self, url: &DatabaseUrl) -> Self {
        let password = url.password().map(|secret| secret.expose().to_owned());
        let user = url.user().map_or_else(|| self.user.clone(), str::to_owned);
        Self { user, password: password.or_else(|| self.password.clone()), ..self.clone() }
    }

    /// Refuses files of certificates that cannot be read: the driver's error would not name the file.
    ///
    /// # Errors
    /// [`DatabaseError::Connect`] with the file's name.
    pub(super) fn check_files(&self) -> Result<(), DatabaseError> {
        let is_used = self.ssl_options().is_some();
        let files = [("ssl-ca", &self.ssl_ca), ("ssl-cert", &self.ssl_cert), ("ssl-key", &self.ssl_key)];
        for (name, path) in files.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?))) {
            if let (true, Err(error)) = (is_used, std::fs::File::open(path)) {
                let message = format!("{name}={}: {error}", path.display());
                return Err(DatabaseError::Connect { message, sqlstate: None });
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), DatabaseError> {
        match name.to_ascii_lowercase().replace('-', "_").as_str() {
            "ssl_mode" | "sslmode" => self.ssl_mode = ssl_mode(value)?,
            "ssl_ca" => self.ssl_ca = Some(PathBuf::from(value)),
            "ssl_cert" => self.ssl_cert = Some(PathBuf::from(value)),
            "ssl_key" => self.ssl_key = Some(PathBuf::from(value)),
            "socket" | "unix_socket" => self.socket = Some(value.to_owned()),
            "connect_timeout" => self.connect_timeout = Some(seconds(value)?),
            "charset" if value.eq_ignore_ascii_case("utf8mb4") => {}
            "charset" => {
                return Err(DatabaseError::Url(format!("charset={value}: the connection speaks utf8mb4 only")));
            }
            _ => {
                return Err(DatabaseError::UrlParameter {
                    name: name.to_owned(),
                    product: PRODUCTS,
                    known: PARAMETERS,
                    instead: instead_of_parameter(Dialect::MYSQL, name),
                });
            }
        }
        Ok(())
    }

    /// Returns the driver's options; `with_tls` enables TLS.
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
            // Querying the server for its socket and its packet size would take round trips.
            .prefer_socket(false)
            .max_allowed_packet(Some(1 << 30))
            .stmt_cache_size(0)
            .tcp_connect_timeout(Some(self.connect_timeout.unwrap_or(Duration::from_secs(30))))
            .tcp_keepalive_time_ms(Some(30_000))
            .connect_attrs(Some(attributes))
            .ssl_opts(self.ssl_options().filter(|_| with_tls));
        // Detects a silent network after a minute or two instead of the system's eleven minutes or more.
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        let options = options.tcp_keepalive_probe_interval_secs(Some(10)).tcp_keepalive_probe_count(Some(6));
        #[cfg(target_os = "linux")]
        let options = options.tcp_user_timeout_ms(Some(60_000));
        options.into()
    }

    /// Returns the TLS options; `None` for no TLS. A Unix socket is secure without it.
    fn ssl_options(&self) -> Option<SslOpts> {
        if self.socket.is_some() || self.ssl_mode == MysqlSslMode::Disabled {
            return None;
        }
        let verifies = matches!(self.ssl_mode, MysqlSslMode::VerifyCa | MysqlSslMode::VerifyIdentity);
        let options = SslOpts::default()
            .with_danger_accept_invalid_certs(!verifies)
            .with_danger_skip_domain_validation(self.ssl_mode != MysqlSslMode::VerifyIdentity)
            .with_root_cert_path(self.ssl_ca.clone())
            .with_client_identity(self.identity());
        Some(options)
    }

    fn identity(&self) -> Option<ClientIdentity> {
        let (certificate, key) = (self.ssl_cert.clone()?, self.ssl_key.clone()?);
        Some(ClientIdentity::new(certificate, key))
    }
}

fn ssl_mode(value: &str) -> Result<MysqlSslMode, DatabaseError> {
    Ok(match value.to_ascii_uppercase().replace('-', "_").as_str() {
        "DISABLED" => MysqlSslMode::Disabled,
        "PREFERRED" => MysqlSslMode::Preferred,
        "REQUIRED" => MysqlSslMode::Required,
        "VERIFY_CA" => MysqlSslMode::VerifyCa,
        "VERIFY_IDENTITY" => MysqlSslMode::VerifyIdentity,
        _ => {
            let known = "DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY";
            return Err(DatabaseError::Url(format!("ssl-mode={value} is not one of {known}")));
        }
    })
}

fn seconds(value: &str) -> Result<Duration, DatabaseError> {
    let seconds: u64 = value
        .parse()
        .ok()
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| DatabaseError::Url(format!("connect_timeout={value} is not a number of seconds")))?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn address(url: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<MysqlAddress, DatabaseError> {
        MysqlAddress::new(&DatabaseUrl::parse(url, None).unwrap(), environment)
    }

    #[test]
    fn the_environment_gives_the_password_when_the_url_has_none() {
        let environment = |name: &str| (name == "MYSQL_PWD").then(|| "secret".to_owned());
        let password = |url: &str| address(url, &environment).ok().unwrap().password;
        assert_eq!(password("mysql://u@h/db").as_deref(), Some("secret"));
        assert_eq!(password("mysql://u:own%@h/db").as_deref(), Some("own%"));
    }

    #[test]
    fn parameters_are_the_clients_own_names() {
        let url = "mariadb://u@[::1]:3307/db?socket=/run/my.sock&connect_timeout=3&ssl_ca=ca.pem&ssl-mode=verify_ca&charset=utf8mb4\
                   &ssl-cert=me.crt&ssl_key=me.key";
        let address = address(url, &|_| None).ok().unwrap();
        assert_eq!((address.host.as_str(), address.port), ("::1", Some(3307)));
        assert_eq!(address.socket.as_deref(), Some("/run/my.sock"));
        assert_eq!(address.connect_timeout, Some(Duration::from_secs(3)));
        assert!(address.ssl_mode == MysqlSslMode::VerifyCa && address.ssl_ca.is_some());
        assert!(address.identity().is_some());
    }

    #[test]
    fn what_is_not_known_is_refused_without_the_password() {
        for tail in [
            "h/db?sslmod=x",
            "h/db?ssl-mode=maybe",
            "h/db?charset=latin1",
            "h/db?connect_timeout=soon",
            "h,i/db",
            "h/db?ssl-cert=x",
            "h/db?ssl-key=x",
        ] {
            let error = address(&format!("mysql://u:secret@{tail}"), &|_| None).err().unwrap();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
