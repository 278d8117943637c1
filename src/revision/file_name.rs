//! Names of new revision files, rendered from the template in the config.

use minijinja::context;

use super::Header;
use super::template::{self, Newlines, TemplateError};

/// Maximum length of a file name in bytes (`NAME_MAX` on Linux and macOS).
const MAXIMUM_BYTES: usize = 255;
/// Maximum length of a slug in characters.
const SLUG_LENGTH: usize = 40;

/// Reason why a template does not produce a usable file name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// The template cannot be rendered; the error's span refers to it.
    #[error("{0}")]
    Template(#[from] TemplateError),
    /// The header's `created` is not an RFC 3339 time, so `year` and the like have no value.
    #[error("{created:?} is not a time")]
    NoTime {
        /// Text of `created`.
        created: String,
    },
    /// The result would not be recognized as a revision file: it must end with `.sql` after a non-blank stem, must not
    /// start with a dot, contain no path separator, and be at most 255 bytes long.
    #[error("{name:?} cannot be the name of a revision file")]
    Unusable {
        /// Rendered file name.
        name: String,
    },
}

/// Renders the name of a new file. `template` may use `year`, `month`, `day`, `hour`, `minute`, `second` (of `created`,
/// in UTC, zero-padded), `id` and `slug`.
///
/// # Errors
/// [`FileNameError`] if the template fails or its result is not usable.
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

/// Replaces characters that are not allowed in file names (on Windows included), which ids may contain.
fn without_separators(text: &str) -> String {
    text.replace(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c), "_")
}

/// Converts a message to a part of a file name: lower case, letters and digits of all scripts, runs of other characters
/// replaced by `_`, at most 40 characters (cut at a word boundary where possible), never empty.
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
