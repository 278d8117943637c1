//! Names of new files, from the config's template.

use minijinja::context;

use super::Header;
use super::template::{self, Newlines, TemplateError};

/// The most bytes a file's name may have (NAME_MAX of Linux and macOS).
const MAXIMUM_BYTES: usize = 255;
/// The most characters of a slug.
const SLUG_LENGTH: usize = 40;

/// Why a template gives no file name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// It cannot be rendered; the error's span is of the template.
    #[error("{0}")]
    Template(#[from] TemplateError),
    /// The header's `created` is no RFC 3339 time, so there is no year to take from it.
    #[error("{created:?} is no time")]
    NoTime {
        /// What it is.
        created: String,
    },
    /// Nobody would find a file of that name: it has to end with `.sql`, to start with something before that other than a
    /// dot, to hold no separator of paths, and to fit into 255 bytes.
    #[error("{name:?} cannot be the name of a revision file")]
    Unusable {
        /// The name.
        name: String,
    },
}

/// The name of a new file. `template` may use `year`, `month`, `day`, `hour`, `minute`, `second` (of `created`, UTC,
/// with leading zeros), `id` and `slug`.
///
/// # Errors
/// [`FileNameError`].
pub fn file_name(template: &str, header: &Header) -> Result<String, FileNameError> {
    let created = header.created.clone().unwrap_or_default();
    let time: jiff::Timestamp = created.parse().map_err(|_| FileNameError::NoTime { created })?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC);
    let two = |number: i8| format!("{number:02}");
    let context = context! {
        year => format!("{:04}", time.year()),
        month => two(time.month()),
        day => two(time.day()),
        hour => two(time.hour()),
        minute => two(time.minute()),
        second => two(time.second()),
        id => without_separators(header.revision.as_str()),
        slug => slug(header.message.as_deref().unwrap_or_default()),
    };
    let name = template::render(template, &context, Newlines::Trim)?;
    if is_usable(&name) { Ok(name) } else { Err(FileNameError::Unusable { name }) }
}

fn is_usable(name: &str) -> bool {
    let stem = name.strip_suffix(".sql").unwrap_or_default();
    let fits = name.len() <= MAXIMUM_BYTES;
    fits && !stem.trim().is_empty() && !name.starts_with('.') && name == without_separators(name)
}

/// Ids may hold what file names may not.
fn without_separators(text: &str) -> String {
    text.replace(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c), "_")
}

/// A message as a part of a file name: lower case, letters and digits of every script, `_` for the rest, at most 40
/// characters, never empty.
#[must_use]
pub fn slug(message: &str) -> String {
    let mut slug = String::new();
    let mut length = 0;
    for word in message.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let separator = usize::from(length > 0);
        let letters = word.chars().count();
        if length > 0 && length + separator + letters > SLUG_LENGTH {
            break;
        }
        slug.push_str(if length > 0 { "_" } else { "" });
        slug.extend(word.chars().take(SLUG_LENGTH));
        length += separator + letters;
    }
    if slug.is_empty() { "revision".to_owned() } else { slug }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_FILE_TEMPLATE;
    use crate::id::RevisionId;
    use proptest::prelude::*;

    fn header(id: &str, message: &str) -> Header {
        let mut header = Header::new(RevisionId::new(id).unwrap());
        header.message = Some(message.to_owned());
        header.created = Some("2026-01-02T03:04:05.6Z".to_owned());
        header
    }

    #[test]
    fn the_default_name_is_time_id_and_slug() {
        let name = file_name(DEFAULT_FILE_TEMPLATE, &header("3f2a9c1b7d40", "Add audit log!"));
        assert_eq!(name.as_deref(), Ok("20260102_0304_3f2a9c1b7d40_add_audit_log.sql"));
        let name = file_name("{{ second }}-{{ id }}.sql", &header("a/../b", ""));
        assert_eq!(name.as_deref(), Ok("05-a_.._b.sql"));
    }

    #[test]
    fn names_that_nobody_would_find_are_refused() {
        for template in
            ["{{ slug }}", ".{{ slug }}.sql", "{{ slug }}/{{ id }}.sql", ".sql", " .sql", "..\\{{ id }}.sql"]
        {
            let error = file_name(template, &header("a", "b"));
            assert!(matches!(error, Err(FileNameError::Unusable { .. })), "{template} {error:?}");
        }
        let error = file_name(DEFAULT_FILE_TEMPLATE, &header(&"x".repeat(300), "b"));
        assert!(matches!(error, Err(FileNameError::Unusable { .. })), "{error:?}");
        assert!(matches!(file_name("{{ yaer }}.sql", &header("a", "b")), Err(FileNameError::Template(_))));
    }

    #[test]
    fn slugs_end_with_whole_words_and_keep_letters_of_all_scripts() {
        assert_eq!(slug("Größe der Tabelle «Benutzer»"), "größe_der_tabelle_benutzer");
        assert_eq!(slug("../../etc/passwd"), "etc_passwd");
        assert_eq!(slug("日本語のテーブル"), "日本語のテーブル");
        assert_eq!(slug("a very long message that goes on and on and on"), "a_very_long_message_that_goes_on_and_on");
        assert_eq!(slug(&"x".repeat(99)), "x".repeat(40));
        assert_eq!(slug("!?"), "revision");
    }

    proptest! {
        #[test]
        fn any_message_gives_a_file_name(message in "\\PC{0,80}") {
            let name = file_name(DEFAULT_FILE_TEMPLATE, &header("a", &message)).unwrap();
            prop_assert!(!name.contains(['/', '\\', '\0', ' ']));
            prop_assert!(slug(&message).chars().count() <= SLUG_LENGTH);
        }
    }
}
