//! Sizes, counts and durations for people. Sizes have decimal units everywhere: 1 kB is 1000 B. The durations of config
//! files and headers are in [`crate::duration`].

use std::time::Duration;

/// Formats a size in bytes with powers of 1000: `17 B`, `4.2 MB`.
#[must_use]
pub fn format_bytes(size: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = size as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if unit == 0 || value >= 99.5 { format!("{value:.0} {name}") } else { format!("{value:.1} {name}") }
}

/// Parses a size: `10MB`, `1.5 GB`, `4096`. The units are those of [`format_bytes`], in any letter case; those with an `i`
/// (`MiB`) are powers of 1024. `None` if it is not a size.
#[must_use]
pub fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let number: f64 = number.parse().ok()?;
    let unit = unit.trim().to_ascii_lowercase();
    let (base, prefix) = match unit.strip_suffix("ib") {
        Some(prefix) => (1024_f64, prefix.to_owned()),
        None => (1000_f64, unit.strip_suffix('b').unwrap_or(&unit).to_owned()),
    };
    let power = ["", "k", "m", "g", "t"].iter().position(|known| *known == prefix)?;
    // Sizes beyond 2^53 lose their last digits, which do not matter for a limit.
    Some((number * base.powi(i32::try_from(power).ok()?)) as u64)
}

/// Formats a count: `1234567` as `1.2 million`, small numbers unchanged.
#[must_use]
pub fn format_count(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{:.0} thousand", number as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} million", number as f64 / 1e6),
        _ => format!("{:.1} billion", number as f64 / 1e9),
    }
}

/// Formats a measured duration: `12 ms`, `3.4 s`, `2 min 5 s`.
#[must_use]
pub fn format_elapsed(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", duration.as_secs_f64()),
        _ => format!("{} min {} s", duration.as_secs() / 60, duration.as_secs() % 60),
    }
}

/// Formats a limit, a lag or another rough duration, rounded down: `12 s`, `3 min`, `2 h 5 min`.
#[must_use]
pub fn format_rough_duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_for_people() {
        assert_eq!(
            [17, 999, 1500, 123_456_789, 5_000_000_000].map(format_bytes),
            ["17 B", "999 B", "1.5 kB", "123 MB", "5.0 GB"]
        );
        assert_eq!([5, 20_000, 1_234_567].map(format_count), ["5", "20 thousand", "1.2 million"]);
        assert_eq!(
            [5, 300, 7500].map(|seconds| format_rough_duration(Duration::from_secs(seconds))),
            ["5 s", "5 min", "2 h 5 min"]
        );
        assert_eq!(
            [12, 3_449, 125_999].map(|millis| format_elapsed(Duration::from_millis(millis))),
            ["12 ms", "3.4 s", "2 min 5 s"]
        );
    }
}
