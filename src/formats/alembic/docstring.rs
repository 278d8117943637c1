//! Message and date from the docstring of a revision. Its `Revises` line is ignored: only the variables count.

use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};

/// Returns the first paragraph as a single line, or `None` if it is empty.
pub(super) fn message(doc: &str) -> Option<String> {
    let first = doc.trim().split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Converts `Create Date: 2014-05-26 12:10:40.419134` to RFC 3339. Alembic writes no offset unless the config sets a
/// time zone; without one the time is taken as UTC. Returns `None` if there is no such line or it contains no valid
/// time.
pub(super) fn created(doc: &str) -> Option<String> {
    let line = doc.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("create date").then(|| value.trim())
    })?;
    let parser = DateTimeParser::new();
    if let Ok(timestamp) = parser.parse_timestamp(line) {
        return Some(timestamp.to_string());
    }
    let time: DateTime = parser.parse_datetime(line).ok()?;
    let zoned = time.to_zoned(TimeZone::fixed(Offset::UTC)).ok()?;
    Some(zoned.timestamp().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_the_first_paragraph_in_a_line() {
        assert_eq!(message("\nAdd audit\n  log\n\nRevision ID: x\n").as_deref(), Some("Add audit log"));
        assert_eq!(message(" \n "), None);
    }

    #[test]
    fn dates_are_read_with_and_without_an_offset() {
        for (line, expected) in [
            ("Create Date: 2014-05-26 12:10:40.419134", Some("2014-05-26T12:10:40.419134Z")),
            ("Create Date: 2023-01-02 03:04:05.6+02:00", Some("2023-01-02T01:04:05.6Z")),
            ("create date: 2023-01-02T03:04:05Z", Some("2023-01-02T03:04:05Z")),
            ("Create Date: 2016-03-01", Some("2016-03-01T00:00:00Z")),
            ("Create Date: yesterday", None),
            ("Revises: x", None),
        ] {
            assert_eq!(created(line).as_deref(), expected, "{line}");
        }
    }
}
