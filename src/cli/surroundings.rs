//! Environment variables and the clock, which the lower layers get as arguments.

use std::sync::OnceLock;

use jiff::Timestamp;

use super::secrets::hide_from_now_on;
use crate::config::{EnvFileVariables, env_file_secrets};

/// Variables of the env file. The process reads one config, so they are set once.
static ENV_FILE: OnceLock<EnvFileVariables> = OnceLock::new();

/// Makes [`environment`] return these variables too, where the environment itself does not set them.
pub fn remember_env_file(variables: &EnvFileVariables) {
    if !variables.is_empty() && ENV_FILE.set(variables.clone()).is_ok() {
        hide_from_now_on(env_file_secrets(variables));
    }
}

/// Returns the value of an environment variable, else that of the env file; `None` if it is not set or not valid
/// Unicode.
pub fn environment(name: &str) -> Option<String> {
    let from_file = || ENV_FILE.get()?.get(name).map(|value| value.expose().to_owned());
    std::env::var(name).ok().or_else(from_file)
}

/// Current time in UTC, RFC 3339, with microseconds.
pub fn now() -> String {
    format!("{:.6}", Timestamp::now())
}

/// Current time in UTC, RFC 3339, with seconds.
pub fn now_seconds() -> String {
    format!("{:.0}", Timestamp::now())
}
