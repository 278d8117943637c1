//! Address of a test server, parsed from and formatted as a URL.

/// Address of a server, with the user that connects to it.
#[derive(Debug, Clone)]
pub struct Address {
    /// `postgres` or `mysql`.
    pub scheme: String,
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    /// Database to connect to if no other is given.
    pub database: String,
    /// Text after the `?`, not decoded.
    pub parameters: String,
}

impl Address {
    pub fn is_postgres(&self) -> bool {
        self.scheme.starts_with("postgres")
    }

    /// Returns `name`, or the server's own database if `name` is empty.
    pub fn name<'a>(&'a self, name: &'a str) -> &'a str {
        if name.is_empty() { &self.database } else { name }
    }

    /// Returns the URL of the database `name` (the server's own if empty).
    pub fn url(&self, name: &str) -> String {
        let Self { scheme, host, port, user, password, parameters, .. } = self;
        let secret = if password.is_empty() { String::new() } else { format!(":{}", encode(password)) };
        let tail = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
        format!("{scheme}://{}{secret}@{host}:{port}/{}{tail}", encode(user), self.name(name))
    }

    /// Parses `scheme://user:password@host:port/database?parameters`.
    pub fn parse(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("a URL of a test server has a scheme");
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        let (host, port) = place.rsplit_once(':').unwrap_or((place, ""));
        let usual = if scheme.starts_with("postgres") { 5432 } else { 3306 };
        Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port: port.parse().unwrap_or(usual),
            user: decode(user),
            password: decode(password),
            database: database.to_owned(),
            parameters: parameters.to_owned(),
        }
    }
}

fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%').then(|| text_of(tail.get(..2)?)).flatten();
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).expect("UTF-8 in a URL")
}

fn text_of(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
