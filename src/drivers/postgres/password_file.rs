//! libpq's password file: <https://www.postgresql.org/docs/current/libpq-pgpass.html>.

use std::path::Path;

use super::settings::HostCandidate;
use crate::config::Secret;
use crate::system::file::is_open_to_others;

/// Result of a lookup in the password file.
#[derive(Debug, Default)]
pub(super) struct PasswordLookup {
    pub(super) password: Option<Secret>,
    /// Reason why an existing file was not used.
    pub(super) warning: Option<String>,
}

/// Looks up the password of `user` in `database` at `place`. A missing file is not an error.
pub(super) fn look_up(file: &Path, place: &HostCandidate, database: &str, user: &str) -> PasswordLookup {
    let Ok(metadata) = std::fs::metadata(file) else { return PasswordLookup::default() };
    let shown = file.display();
    if !metadata.is_file() {
        return PasswordLookup {
            password: None,
            warning: Some(format!("the password file {shown} is not a plain file")),
        };
    }
    if is_open_to_others(&metadata) {
        let warning =
            format!("the password file {shown} is not used: group or others may read it (chmod 0600 {shown})");
        return PasswordLookup { password: None, warning: Some(warning) };
    }
    match std::fs::read_to_string(file) {
        Ok(text) => {
            PasswordLookup { password: find(&text, &host_name(place), place.port, database, user), warning: None }
        }
        Err(error) => PasswordLookup {
            password: None,
            warning: Some(format!("the password file {shown} cannot be read: {error}")),
        },
    }
}

/// Returns the host name to look up in the file: libpq uses `localhost` for the default socket directories.
fn host_name(place: &HostCandidate) -> String {
    match (place.host.as_str(), place.address) {
        ("/var/run/postgresql" | "/run/postgresql" | "/tmp", _) => "localhost".to_owned(),
        ("", Some(address)) => address.to_string(),
        (host, _) => host.to_owned(),
    }
}

fn find(text: &str, host: &str, port: u16, database: &str, user: &str) -> Option<Secret> {
    let wanted = [host, &port.to_string(), database, user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line.trim_end_matches('\r'));
        let (keys, password) = (fields.get(..4)?, fields.get(4)?);
        let fits = keys.iter().zip(wanted).all(|((key, escaped), wanted)| (key == "*" && !escaped) || key == wanted);
        (fits && !password.0.is_empty()).then(|| Secret::new(password.0.clone()))
    })
}

/// Splits a line into fields, resolving `\:` and `\\`. The flag tells an escaped `\*` from the wildcard. The fifth
/// field, the password, may contain unescaped `:`.
fn fields(line: &str) -> Vec<(String, bool)> {
    let mut fields = vec![(String::new(), false)];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let last = fields.len();
        let Some(field) = fields.last_mut() else { break };
        match character {
            '\\' => {
                field.0.extend(characters.next());
                field.1 = true;
            }
            ':' if last < 5 => fields.push((String::new(), false)),
            other => field.0.push(other),
        }
    }
    fields
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_wins() {
        let text = "# comment\nother:*:*:me:no\nhost:5432:d\\:b:me:pa\\:ss\\\\word\n*:*:*:me:any:thing\r\n";
        let password =
            |host, port, database| find(text, host, port, database, "me").map(|secret| secret.expose().to_owned());
        assert_eq!(password("host", 5432, "d:b").as_deref(), Some("pa:ss\\word"));
        assert_eq!(password("host", 5433, "d:b").as_deref(), Some("any:thing"));
        assert!(find(text, "host", 5432, "d:b", "you").is_none());
        assert!(find("a:b\n::::\n", "a", 1, "", "").is_none());
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_others_may_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "*:*:*:*:secret\n").unwrap();
        let place = HostCandidate { host: "h".to_owned(), address: None, port: 1 };
        let set = |mode| std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o640);
        let found = look_up(file.path(), &place, "d", "u");
        assert!(found.password.is_none());
        assert!(found.warning.unwrap().contains("0600"));
        set(0o600);
        assert_eq!(look_up(file.path(), &place, "d", "u").password.unwrap().expose(), "secret");
        let none = look_up(Path::new("/nowhere/.pgpass"), &place, "d", "u");
        assert!(none.password.is_none() && none.warning.is_none());
    }
}
