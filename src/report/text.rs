//! Counts and sessions in messages.

use super::printable::one_line;
use crate::database::Blocker;
use crate::units::format_elapsed;

/// Formats a number with its noun: `1 revision`, `2 revisions`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Formats a number with a noun whose plural is irregular.
#[must_use]
pub fn plural(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Formats a repetition: `once`, `3 times`.
#[must_use]
pub fn times(number: u32) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}

/// Describes a blocking session in one line.
#[must_use]
pub fn blocker(blocker: &Blocker) -> String {
    let may = if blocker.is_certain { "" } else { "perhaps " };
    let mut text = format!("{may}pid {}", blocker.id);
    let named = [("user", &blocker.user), ("application", &blocker.application), ("from", &blocker.address)];
    for (label, value) in named {
        if let Some(value) = value {
            text += &format!(", {label} {}", one_line(value));
        }
    }
    text += &blocker.state.as_ref().map(|state| format!(", {state}")).unwrap_or_default();
    text += &blocker.since.map(|time| format!(" for {}", format_elapsed(time))).unwrap_or_default();
    text += &blocker.query.as_ref().map(|query| format!(": {query}")).unwrap_or_default();
    text
}
