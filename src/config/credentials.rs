//! Passwords and URLs that are not in the config: printed by a program, or kept in a file. Values only; a
//! [`CredentialReader`], which the project module supplies, runs the program and reads the file.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::{DatabaseUrl, EnvFileVariables, Secret, UrlError};

/// Timeout for a program that prints a URL or a password if the config has none.
pub const DEFAULT_URL_COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

/// Program that prints a URL or a password (`url_command`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlCommand {
    /// Program and arguments. Never empty.
    pub words: Vec<String>,
    /// Working directory.
    pub folder: PathBuf,
    /// Timeout.
    pub timeout: Duration,
    /// Variables of the env file that the environment of the process does not set. The program gets both.
    pub variables: EnvFileVariables,
}

/// Source of a password or a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// Program that prints it.
    Command(UrlCommand),
    /// File that contains the password.
    File(PathBuf),
}

impl UrlCommand {
    /// Returns the program, for display: the arguments may contain a secret.
    #[must_use]
    pub fn program(&self) -> &str {
        self.words.first().map(String::as_str).unwrap_or_default()
    }
}

impl CredentialSource {
    /// Describes the source for display.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Command(command) => format!("printed by `{}`", command.program()),
            Self::File(path) => format!("in {}", path.display()),
        }
    }
}

/// Reason why a password or a URL is not available. Never contains the output of the program or the text of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The program could not be started.
    #[error("`url_command`: {command} cannot be started: {reason}")]
    NotStarted {
        /// Program.
        command: String,
        /// Error of the operating system.
        reason: String,
    },
    /// The program failed or was killed.
    #[error("`url_command`: {command} failed ({status})")]
    Failed {
        /// Program.
        command: String,
        /// Exit status, or that it took too long.
        status: String,
        /// End of its stderr output.
        said: String,
    },
    /// The program printed nothing, several lines, or text that is not UTF-8.
    #[error("`url_command`: {command} prints {printed} instead of one line")]
    Output {
        /// Program.
        command: String,
        /// Description of the output.
        printed: &'static str,
    },
    /// The program printed something other than a URL.
    #[error("`url_command`: {command} prints no URL: {error}")]
    NoUrl {
        /// Program.
        command: String,
        /// Cause.
        error: Box<UrlError>,
    },
    /// The file cannot be read, or is empty.
    #[error("`password_file`: {} {reason}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        reason: String,
    },
}

/// Function that runs the program or reads the file. The library's own is `project::read_credentials`.
pub type CredentialReader = fn(&CredentialSource) -> Result<Secret, CredentialError>;

/// Credentials of a URL that are read again for each new connection.
#[derive(Clone)]
pub(super) struct Credentials {
    source: CredentialSource,
    /// If `true`, the source gives the whole URL instead of a password.
    is_url: bool,
    reader: Option<CredentialReader>,
    /// Answer that no connection has used yet.
    unused: Arc<Mutex<Option<Secret>>>,
    /// All passwords so far, to be masked in the output of programs.
    known: Arc<Mutex<Vec<Secret>>>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("source", &self.source)
            .field("is_url", &self.is_url)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, self.is_url) == (&other.source, other.is_url)
    }
}

impl Eq for Credentials {}

impl Credentials {
    /// Credentials that `source` gives; without a reader until [`Credentials::enable`].
    pub(super) fn new(source: CredentialSource, is_url: bool) -> Self {
        Self { source, is_url, reader: None, unused: Arc::default(), known: Arc::default() }
    }

    pub(super) fn source(&self) -> &CredentialSource {
        &self.source
    }

    /// Sets the reader, and the variables that a program gets.
    pub(super) fn enable(&mut self, reader: CredentialReader, variables: &EnvFileVariables) {
        self.reader = Some(reader);
        if let CredentialSource::Command(command) = &mut self.source {
            command.variables.clone_from(variables);
        }
    }

    /// Passwords that were read so far.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read(&self) -> Result<Secret, CredentialError> {
        if let Some(unused) = self.unused.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(unused);
        }
        match (self.reader, &self.source) {
            (Some(reader), source) => reader(source),
            (None, CredentialSource::Command(command)) => {
                let reason = "this config was not opened from a file".to_owned();
                Err(CredentialError::NotStarted { command: command.program().to_owned(), reason })
            }
            (None, CredentialSource::File(path)) => {
                Err(CredentialError::File { path: path.clone(), reason: "was not read".to_owned() })
            }
        }
    }

    /// Reads the URL that the source prints. A relative path in it is relative to the program's folder.
    fn read_url(&self) -> Result<DatabaseUrl, CredentialError> {
        let printed = self.read()?;
        let (command, folder) = match &self.source {
            CredentialSource::Command(command) => (command.program().to_owned(), Some(command.folder.as_path())),
            CredentialSource::File(path) => (path.display().to_string(), None),
        };
        let url = DatabaseUrl::parse(printed.expose(), folder)
            .map_err(|error| CredentialError::NoUrl { command, error: Box::new(error) })?;
        self.remember(url.password());
        Ok(url)
    }

    fn remember(&self, password: Option<&Secret>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(password) = password.filter(|password| !known.contains(password)) {
            known.push(password.clone());
        }
    }

    /// Returns `url`, whose credentials these are, with the user and password of this moment.
    pub(super) fn current(&self, url: &DatabaseUrl) -> Result<DatabaseUrl, CredentialError> {
        if self.is_url {
            let printed = self.read_url()?;
            return Ok(url.with_login(printed.user().map(str::to_owned), printed.password().cloned()));
        }
        let password = self.read()?;
        self.remember(Some(&password));
        Ok(url.with_login(url.user().map(str::to_owned), Some(password)))
    }
}

/// URL of a service's database: written in the config, or printed by a program when it is first needed.
#[derive(Debug, Clone)]
pub struct ServiceUrl {
    written: Result<DatabaseUrl, UrlError>,
    printed: Option<PrintedUrl>,
}

/// URL that a program prints.
#[derive(Debug, Clone)]
struct PrintedUrl {
    credentials: Credentials,
    url: Arc<OnceLock<Result<DatabaseUrl, UrlError>>>,
}

impl From<Result<DatabaseUrl, UrlError>> for ServiceUrl {
    fn from(written: Result<DatabaseUrl, UrlError>) -> Self {
        Self { written, printed: None }
    }
}

impl PartialEq for ServiceUrl {
    /// Compares programs, not what they print.
    fn eq(&self, other: &Self) -> bool {
        let credentials = |url: &Self| url.printed.as_ref().map(|printed| printed.credentials.clone());
        self.written == other.written && credentials(self) == credentials(other)
    }
}

impl Eq for ServiceUrl {}

impl ServiceUrl {
    /// URL that the program prints.
    pub(super) fn printed(command: UrlCommand) -> Self {
        let credentials = Credentials::new(CredentialSource::Command(command), true);
        Self { written: Err(UrlError::Missing), printed: Some(PrintedUrl { credentials, url: Arc::default() }) }
    }

    /// Returns the URL. The first call runs the program, if one prints it.
    ///
    /// # Errors
    /// [`UrlError`] if there is no usable URL.
    pub fn get(&self) -> Result<&DatabaseUrl, &UrlError> {
        match &self.printed {
            Some(printed) => printed.url.get_or_init(|| printed.first()).as_ref(),
            None => self.written.as_ref(),
        }
    }

    /// Returns `true` if the URL is known to be valid without running a program, or will be printed by one.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        self.written.is_ok() || self.printed.is_some()
    }

    /// Returns the source of the URL or of its password, if that is not the config itself.
    #[must_use]
    pub fn source(&self) -> Option<&CredentialSource> {
        match (&self.printed, &self.written) {
            (Some(printed), _) => Some(printed.credentials.source()),
            (None, Ok(url)) => url.credentials().map(Credentials::source),
            (None, Err(_)) => None,
        }
    }

    /// Returns `true` if a program prints the whole URL.
    #[must_use]
    pub const fn is_printed(&self) -> bool {
        self.printed.is_some()
    }

    /// Lets `reader` run programs and read password files; `variables` are those of the env file that the environment
    /// does not set.
    pub fn enable(&mut self, reader: CredentialReader, variables: &EnvFileVariables) {
        if let Some(printed) = &mut self.printed {
            printed.credentials.enable(reader, variables);
        }
        if let Ok(url) = &mut self.written {
            url.enable_credentials(reader, variables);
        }
    }
}

impl PrintedUrl {
    fn first(&self) -> Result<DatabaseUrl, UrlError> {
        let printed = self.credentials.read().map_err(UrlError::from)?;
        // The first connection uses this answer instead of asking again.
        *self.credentials.unused.lock().unwrap_or_else(PoisonError::into_inner) = Some(printed);
        let url = self.credentials.clone().read_url()?;
        let answer = Secret::new(url.expose().to_owned());
        *self.credentials.unused.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok(url.with_credentials(self.credentials.clone()))
    }
}

impl DatabaseUrl {
    /// Returns the URL with the user and password for a connection that is opened now: read again from the program or
    /// the file, if they come from one.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn current(&self) -> Result<Cow<'_, Self>, CredentialError> {
        match self.credentials() {
            Some(credentials) => credentials.current(self).map(Cow::Owned),
            None => Ok(Cow::Borrowed(self)),
        }
    }

    /// Returns the passwords of the URL, to be masked in the output of programs: its own, and all that were read.
    #[must_use]
    pub fn passwords(&self) -> Vec<Secret> {
        let read = self.credentials().map(Credentials::secrets).unwrap_or_default();
        self.password().cloned().into_iter().chain(read).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn command(word: &str) -> UrlCommand {
        let (folder, timeout) = (PathBuf::from("base"), DEFAULT_URL_COMMAND_TIMEOUT);
        UrlCommand { words: vec![word.to_owned()], folder, timeout, variables: EnvFileVariables::new() }
    }

    #[test]
    fn a_printed_url_is_asked_for_when_needed_and_again_for_each_new_connection() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let reader: CredentialReader = |_| {
            let number = ASKED.fetch_add(1, Ordering::SeqCst);
            Ok(Secret::new(format!("postgres://user{number}:token{number}@h/d")))
        };
        let mut url = ServiceUrl::printed(command("print"));
        url.enable(reader, &EnvFileVariables::new());
        assert!(url.is_set() && ASKED.load(Ordering::SeqCst) == 0);
        let shared = url.clone();
        let url = url.get().unwrap();
        assert_eq!(shared.get().unwrap(), url);
        assert_eq!(ASKED.load(Ordering::SeqCst), 1, "a clone does not ask again");
        let login = |url: &DatabaseUrl| {
            let current = url.current().unwrap();
            format!("{}:{}", current.user().unwrap(), current.password().unwrap().expose())
        };
        assert_eq!(login(url), "user0:token0", "the first connection uses the first answer");
        assert_eq!(login(url), "user1:token1");
        let other = url.with_database("shadow");
        assert_eq!(login(&other), "user2:token2");
        assert_eq!(other.current().unwrap().database(), Some("shadow"));
        assert!(!format!("{url:?}").contains("token"));
        assert_eq!(url.passwords().len(), 5, "its own, and one for each call");
    }

    #[test]
    fn what_is_printed_is_never_in_an_error() {
        let mut url = ServiceUrl::printed(command("print"));
        assert!(url.get().is_err(), "nothing is run without a reader");
        let mut url_of_password = ServiceUrl::printed(command("print"));
        url_of_password.enable(|_| Ok(Secret::new("geheim@h".to_owned())), &EnvFileVariables::new());
        let error = url_of_password.get().unwrap_err();
        assert!(!error.to_string().contains("geheim") && error.to_string().contains("print prints no URL"), "{error}");
        url.enable(|_| Ok(Secret::new("sqlite:a.db".to_owned())), &EnvFileVariables::new());
        assert_eq!(url.clone().printed.unwrap().first().unwrap().path(), Some(std::path::Path::new("base/a.db")));
    }
}
