//! Durations as written in config files and headers: `500ms`, `5s`, `2m`, `1h`, `0`.

use std::time::Duration;

/// Description of the expected format, for error messages.
pub const EXPECTED: &str = "a duration like 500ms, 5s, 2m, 1h or 0";

/// Units, with their length in milliseconds.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Longest duration accepted, in milliseconds: PostgreSQL's timeout settings are signed 32-bit integers.
const LONGEST: u64 = i32::MAX as u64;

/// Parses a whole number followed by a unit, optionally separated by white space; only `0` may omit the unit. Returns
/// `None` if the text has another form, or the duration is longer than about 24 days.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
    let milliseconds = number.parse::<u64>().ok()?.checked_mul(*milliseconds)?;
    (milliseconds <= LONGEST).then(|| Duration::from_millis(milliseconds))
}

/// Formats `duration` in the largest unit that divides it, rounded down to milliseconds. [`parse`] reads it back.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds == 0 {
        return "0".to_owned();
    }
    let fits = |(_, unit): &&(&str, u64)| milliseconds.is_multiple_of(u128::from(*unit));
    let (name, unit) = UNITS.iter().rev().find(fits).unwrap_or(&("ms", 1));
    format!("{}{name}", milliseconds / u128::from(*unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_read_back() {
        for (written, milliseconds) in [("500ms", 500), ("5s", 5_000), ("2m", 120_000), ("1h", 3_600_000), ("0", 0)] {
            assert_eq!(parse(written), Some(Duration::from_millis(milliseconds)), "{written}");
            assert_eq!(format_duration(Duration::from_millis(milliseconds)), written);
        }
        assert_eq!(parse(" 5 s "), Some(Duration::from_secs(5)));
        assert_eq!(format_duration(Duration::from_millis(1_500)), "1500ms");
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in ["", "5", "s", "-1s", "1.5s", "5 min", "5ss", "999999h", "99999999999999999999s", "5\u{a0}s s"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
