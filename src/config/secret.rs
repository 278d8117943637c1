//! A text that must not be shown.

use std::fmt;

use super::url_secret::password_without_scheme;

/// A password. `Debug` and `Display` show `***`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Takes a text that must not be shown.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for drivers only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A config's text for a person to see, byte for byte as long: asterisks stand for the passwords of URLs, and for the
/// values of keys that sound like a secret's.
#[must_use]
pub fn hide_secrets(text: &str) -> String {
    text.split_inclusive('\n').map(hide_in_line).collect()
}

fn hide_in_line(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let mut hidden = line.as_bytes().to_vec();
    let mut hide = |from: usize, to: usize| {
        for byte in hidden.get_mut(from..to).unwrap_or_default() {
            *byte = if matches!(byte, b'\n' | b'\r') { *byte } else { b'*' };
        }
    };
    if let (Some(scheme), Some(at)) = (line.find("://"), line.rfind('@')) {
        let user = scheme + "://".len();
        if let Some(colon) = line.get(user..at).and_then(|user| user.find(':')) {
            hide(user + colon + 1, at);
        }
    }
    // A URL without its scheme is none, and is shown for it.
    let behind_key = line.find(": ").map_or(0, |colon| colon + ": ".len());
    let value = line.get(behind_key..).map(str::trim_end).filter(|value| !value.contains("://"));
    if let Some(password) = value.and_then(password_without_scheme) {
        hide(behind_key + password.start, behind_key + password.end);
    }
    for word in ["password", "passwd", "pwd", "secret", "token"] {
        let value = lower.find(word).and_then(|start| {
            let start = start + word.len();
            let rest = lower.get(start..)?;
            Some(start + rest.find([':', '='])? + 1)
        });
        if let Some(start) = value {
            hide(start, line.len());
        }
    }
    // Only whole characters were replaced, and by ASCII.
    String::from_utf8(hidden).unwrap_or_default()
}

#[cfg(test)]
mod hiding {
    use super::hide_secrets;

    #[test]
    fn passwords_are_hidden_and_nothing_moves() {
        for (text, shown) in [
            ("url: postgres://me:p@ss:w@localhost/x\n", "url: postgres://me:******@localhost/x\n"),
            ("url: [mysql://me:é@h/x]\nb: c", "url: [mysql://me:**@h/x]\nb: c"),
            ("url: postgres://me@h:5432/x", "url: postgres://me@h:5432/x"),
            ("  password: geheim\r\nx: y", "  password:*******\r\nx: y"),
            ("url: sqlite:app.db", "url: sqlite:app.db"),
            ("  url: me:geheim@localhost/x\n", "  url: me:******@localhost/x\n"),
            ("url: \"me:a@b@h/x\"", "url: \"me:***@h/x\""),
        ] {
            assert_eq!(hide_secrets(text), shown);
            assert_eq!(hide_secrets(text).len(), text.len());
        }
    }
}
