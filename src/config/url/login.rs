//! User and password of a URL that come from elsewhere than its text.

use super::{DatabaseUrl, UrlError};
use crate::config::credentials::{CredentialReader, CredentialSource, Credentials};
use crate::config::{EnvFileVariables, Secret};

impl DatabaseUrl {
    /// Returns the URL with a password that is read from `source` for each connection.
    ///
    /// # Errors
    /// [`UrlError::TwoPasswords`] if the URL has one itself.
    pub(in crate::config) fn with_password_from(self, source: CredentialSource) -> Result<Self, UrlError> {
        if self.password.is_some() || self.parameter("password").is_some() {
            return Err(UrlError::TwoPasswords);
        }
        Ok(self.with_credentials(Credentials::new(source, false)))
    }

    pub(in crate::config) fn with_credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(Box::new(credentials)), ..self }
    }

    pub(in crate::config) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_deref()
    }

    pub(in crate::config) fn enable_credentials(&mut self, reader: CredentialReader, variables: &EnvFileVariables) {
        if let Some(credentials) = &mut self.credentials {
            credentials.enable(reader, variables);
        }
    }

    /// Returns the URL with another user and password.
    pub(in crate::config) fn with_login(&self, user: Option<String>, password: Option<Secret>) -> Self {
        let mut other = Self { user, password, ..self.clone() };
        other.text = other.spelled();
        other
    }
}
