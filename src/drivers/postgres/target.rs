//! Components of a PostgreSQL URL, including those that libpq accepts as parameters. `settings` adds the defaults.
//! Format: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>.

use crate::config::{DatabaseUrl, Secret};
use crate::database::DatabaseError;

/// Components of a URL, decoded.
#[derive(Debug, Clone, Default)]
pub(super) struct UrlParts {
    /// Hosts (names, addresses, socket directories) with their ports, in order; may be empty.
    pub(super) hosts: Vec<(String, Option<u16>)>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) database: Option<String>,
    /// Parameters after the `?`, in order, without `user`, `password` and `dbname`.
    pub(super) parameters: Vec<(String, String)>,
}

impl From<&DatabaseUrl> for UrlParts {
    fn from(url: &DatabaseUrl) -> Self {
        let mut target = Self {
            hosts: url.hosts().to_vec(),
            user: url.user().map(str::to_owned),
            password: url.password().filter(|password| !password.expose().is_empty()).cloned(),
            database: url.database().map(str::to_owned),
            parameters: Vec::new(),
        };
        for (name, value) in url.parameters() {
            let some = || Some(value.clone()).filter(|value| !value.is_empty());
            match name.as_str() {
                "user" => target.user = some(),
                "password" => target.password = some().map(Secret::new),
                "dbname" => target.database = some(),
                _ => target.parameters.push((name.clone(), value.clone())),
            }
        }
        target
    }
}

/// Error in the URL. `message` must not contain a value that may be a password.
pub(super) fn refuse(message: impl Into<String>) -> DatabaseError {
    DatabaseError::Url(message.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn user_password_and_database_may_stand_among_the_parameters() {
        let url = DatabaseUrl::parse("postgres:///?user=u&password=geheim&dbname=d&sslmode=disable", None).unwrap();
        let target = UrlParts::from(&url);
        assert_eq!((target.user.as_deref(), target.database.as_deref()), (Some("u"), Some("d")));
        assert_eq!(target.password.as_ref().map(Secret::expose), Some("geheim"));
        assert_eq!(target.parameters.len(), 1);
        assert!(!format!("{target:?}").contains("geheim"));
    }
}
