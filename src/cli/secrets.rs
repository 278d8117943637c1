//! Passwords in what the command line prints, shown as asterisks.

use std::ffi::OsString;
use std::sync::OnceLock;

use serde_json::Value;

use crate::config::{hide_url_passwords, url_secrets};

/// Passwords found in the command line arguments.
static SECRETS: OnceLock<Vec<String>> = OnceLock::new();

/// Records the passwords in the arguments, so that no message repeats them.
pub fn remember_secrets(arguments: &[OsString]) {
    let texts = arguments.iter().map(|argument| argument.to_string_lossy());
    let mut secrets: Vec<String> = texts.flat_map(|text| url_secrets(&text)).collect();
    // Longest first: a password may be part of another one.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    // Set once: the arguments do not change while the process runs.
    let _ = SECRETS.set(secrets);
}

/// Replaces passwords in `text` with asterisks.
pub fn without_secrets(text: &str) -> String {
    let hide = |text: String, secret: &String| text.replace(secret.as_str(), &"*".repeat(secret.chars().count()));
    SECRETS.get().into_iter().flatten().fold(hide_url_passwords(text), hide)
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
