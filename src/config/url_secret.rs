//! Passwords of URLs in text that is not a valid URL: arguments in the wrong position, messages. Recognizes them by
//! their shape; must not parse URLs.

use std::ops::Range;

/// Minimum length of a password, in characters, that is hidden on its own. A shorter one would match inside other
/// words.
const SHORTEST: usize = 3;

/// Replaces the passwords of URLs in `text` with asterisks, one for each character.
#[must_use]
pub fn hide_url_passwords(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    text.split_inclusive('\n').map(hide_in_line).collect()
}

fn hide_in_line(line: &str) -> String {
    let mut hidden = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + "://".len());
        hidden.push_str(before);
        let Some(password) = password_behind_scheme(url) else {
            rest = url;
            continue;
        };
        let (user, password, behind) = (url.get(..password.start), url.get(password.clone()), url.get(password.end..));
        hidden.push_str(user.unwrap_or_default());
        hidden.extend(password.unwrap_or_default().chars().map(|_| '*'));
        rest = behind.unwrap_or_default();
    }
    hidden + rest
}

/// Returns the passwords in an argument: of a URL, of a URL without its scheme (`user:password@host/name`), of libpq's
/// `password=`. For a password with a `:` or an `@` its parts follow, because the argument may have been split there: a
/// range of revisions is split at `:`, a target at `@`.
#[must_use]
pub fn url_secrets(argument: &str) -> Vec<String> {
    let behind_scheme = argument.split_once("://").map_or(argument, |(_, url)| url);
    let userinfo = match argument.contains("://") {
        true => password_behind_scheme(behind_scheme),
        false => password_without_scheme(argument),
    };
    let userinfo = userinfo.and_then(|range| behind_scheme.get(range));
    let parameter = argument.split_once("password=").map(|(_, value)| value);
    let parameter = parameter.and_then(|value| value.split(['&', ' ', '\'', '"']).next());
    let mut secrets = Vec::new();
    for secret in [userinfo, parameter].into_iter().flatten() {
        secrets.push(secret.to_owned());
        secrets.extend(secret.split([':', '@']).map(str::to_owned));
    }
    secrets.retain(|secret| secret.chars().count() >= SHORTEST);
    secrets
}

/// Returns the range of the password in the text after `://`: from the first colon to the last `@`, provided that a
/// user precedes the colon and that the digits after it are not a port.
fn password_behind_scheme(url: &str) -> Option<Range<usize>> {
    let colon = url.find(':')?;
    let user = url.get(..colon)?;
    let end = url.rfind('@').filter(|end| *end > colon)?;
    let password = url.get(colon + 1..end)?;
    let is_port = {
        let behind = password.trim_start_matches(|c: char| c.is_ascii_digit());
        behind.len() < password.len() && behind.starts_with(['/', ' ', ',', '"', '\'', '`', ')'])
    };
    let is_user = !user.contains(['/', '@', ' ', '"', '\'', '`']);
    (is_user && !is_port).then_some(colon + 1..end)
}

/// Returns the range of the password in `user:password@host`. A target (`A:LABEL@head`) has the same shape, so the part
/// after the `@` must look like a server.
pub(super) fn password_without_scheme(text: &str) -> Option<Range<usize>> {
    let (colon, end) = (text.find(':')?, text.rfind('@')?);
    let (user, place) = (text.get(..colon)?, text.get(end + 1..)?);
    let is_server = place.starts_with("localhost") || place.contains(['/', '.', ':']);
    (colon < end && !user.is_empty() && is_server).then_some(colon + 1..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_urls_are_hidden_wherever_they_stand() {
        for (text, shown) in [
            ("no revision \"postgres://u:geh@im@h/d\" here", "no revision \"postgres://u:******@h/d\" here"),
            ("mysql://u:p w@h and\npostgres://x:ab@h", "mysql://u:***@h and\npostgres://x:**@h"),
            ("postgres://localhost:5432/db, then a@head", "postgres://localhost:5432/db, then a@head"),
            ("postgres://me@h:5432/x", "postgres://me@h:5432/x"),
            ("see https://x.y/a: me@x.y", "see https://x.y/a: me@x.y"),
            ("billing@head", "billing@head"),
        ] {
            assert_eq!(hide_url_passwords(text), shown);
        }
    }

    #[test]
    fn secrets_of_arguments_are_found_with_and_without_a_scheme() {
        assert_eq!(url_secrets("postgres://u:geheim@h/d"), ["geheim", "geheim"]);
        assert_eq!(url_secrets("u:geheim@localhost/d"), ["geheim", "geheim"]);
        assert_eq!(url_secrets("u:ein:zwei@h/d"), ["ein:zwei", "ein", "zwei"]);
        assert_eq!(url_secrets("host=h password=geheim"), ["geheim", "geheim"]);
        for none in ["aaaa:billing@head", "billing@head", "head", "postgres://h:5432/d", "a:b"] {
            assert_eq!(url_secrets(none), Vec::<String>::new(), "{none}");
        }
    }
}
