//! Environment variables and the clock, which the lower layers get as arguments.

use jiff::Timestamp;

/// Returns the value of an environment variable; `None` if it is not set or not valid Unicode.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Current time in UTC, RFC 3339, with microseconds.
pub fn now() -> String {
    format!("{:.6}", Timestamp::now())
}

/// Current time in UTC, RFC 3339, with seconds.
pub fn now_seconds() -> String {
    format!("{:.0}", Timestamp::now())
}
