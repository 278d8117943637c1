//! Passwords in what the command line prints, shown as asterisks.

use std::ffi::OsString;
use std::sync::{PoisonError, RwLock};

use serde_json::Value;

use crate::config::{hide_url_passwords, url_secrets};

/// Passwords found in the command line arguments and the env file, longest first: one may be part of another.
static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Records the passwords in the arguments, so that no message repeats them.
pub fn remember_secrets(arguments: &[OsString]) {
    let texts = arguments.iter().map(|argument| argument.to_string_lossy());
    hide_from_now_on(texts.flat_map(|text| url_secrets(&text)).collect());
}

/// Adds texts that no message may contain.
pub fn hide_from_now_on(secrets: Vec<String>) {
    // A thread that panicked while it held the lock has left a list that is still valid.
    let mut known = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    known.extend(secrets);
    known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    known.dedup();
}

/// Replaces passwords in `text` with asterisks.
pub fn without_secrets(text: &str) -> String {
    let hide = |text: String, secret: &String| text.replace(secret.as_str(), &"*".repeat(secret.chars().count()));
    let known = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    known.iter().fold(hide_url_passwords(text), hide)
}

/// Applies [`without_secrets`] to every string value of a JSON document.
pub fn document_without_secrets(document: &mut Value) {
    match document {
        Value::String(text) => *text = without_secrets(text),
        Value::Array(items) => items.iter_mut().for_each(document_without_secrets),
        Value::Object(map) => map.values_mut().for_each(document_without_secrets),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
