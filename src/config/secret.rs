//! Texts that must not be displayed.

use std::fmt;

use super::url_secret::password_without_scheme;

/// Password. `Debug` and `Display` print `***`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text that must not be displayed.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text itself. For drivers only.
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

/// Replaces the passwords of URLs, and the values of keys that are named like a secret, with asterisks. For the display
/// of a config file: the result has the same length in bytes, so that spans stay valid.
#[must_use]
pub fn hide_secrets(text: &str) -> String {
    text.split_inclusive('\n').map(hide_in_line).collect()
}

fn hide_in_line(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let mut hidden = line.as_bytes().to_vec();
    let mut hide = |from: usize, to: usize| {
        for byte in &mut hidden[from..to] {
            *byte = if matches!(byte, b'\n' | b'\r') { *byte } else { b'*' };
        }
    };
    if let (Some(scheme), Some(at)) = (line.find("://"), line.rfind('@')) {
        let user = scheme + "://".len();
        if let Some(colon) = line.get(user..at).and_then(|user| user.find(':')) {
            hide(user + colon + 1, at);
        }
    }
    // A URL whose scheme was forgotten is reported as an error together with its line, so its password is hidden too.
    let behind_key = line.find(": ").map_or(0, |colon| colon + ": ".len());
    let value = line.get(behind_key..).map(str::trim_end).filter(|value| !value.contains("://"));
    if let Some(password) = value.and_then(password_without_scheme) {
        hide(behind_key + password.start, behind_key + password.end);
    }
    for word in ["password", "passwd", "pwd", "secret", "token"] {
        let value = lower.find(word).and_then(|start| {
            let start = start + word.len();
            // The value of `password_file` is a path.
            let rest = lower.get(start..).filter(|rest| !rest.starts_with("_file"))?;
            Some(start + rest.find([':', '='])? + 1)
        });
        if let Some(start) = value {
            hide(start, line.len());
        }
    }
    // Only whole characters were replaced, each byte with an ASCII character, so the result is valid UTF-8.
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
            ("password_file: secret.txt", "password_file: secret.txt"),
            ("  url: me:geheim@localhost/x\n", "  url: me:******@localhost/x\n"),
            ("url: \"me:a@b@h/x\"", "url: \"me:***@h/x\""),
        ] {
            assert_eq!(hide_secrets(text), shown);
            assert_eq!(hide_secrets(text).len(), text.len());
        }
    }
}
