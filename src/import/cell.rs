//! Removal of the time of the run from rows: the only values that two runs of one history cannot have in common.

/// Replaces every time on one of these days (`YYYY-MM-DD`) with `<now>`. Returns the line, and `true` if it had one.
pub(super) fn without_times(line: &str, days: &[String]) -> (String, bool) {
    let mut text = line.to_owned();
    let mut found = false;
    for day in days {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(day.as_str())).map(|at| from + at) {
            let end = at + time_length(&text[at..]);
            text.replace_range(at..end, "<now>");
            found = true;
            from = at + "<now>".len();
        }
    }
    (text, found)
}

/// Returns the length in bytes of the date at the start of `text`, including the time and offset that follow it.
fn time_length(text: &str) -> usize {
    const DATE: usize = 10;
    let rest = &text[DATE..];
    let mut length = DATE;
    let mut characters = rest.chars().peekable();
    while let Some(c) = characters.next() {
        let is_time = c.is_ascii_digit() || ":.TZ+-".contains(c);
        let parts = c == ' ' && characters.peek().is_some_and(char::is_ascii_digit);
        if !is_time && !parts {
            break;
        }
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_run_are_taken_out() {
        let days = ["2026-11-21".to_owned(), "2026-11-22".to_owned()];
        let of = |line: &str| without_times(line, &days);
        assert_eq!(of("1\t2026-11-21 12:00:01.5+00\tx"), ("1\t<now>\tx".to_owned(), true));
        assert_eq!(of("2026-11-22T01:02:03Z|2026-11-21"), ("<now>|<now>".to_owned(), true));
        assert_eq!(of("2025-11-21 12:00"), ("2025-11-21 12:00".to_owned(), false));
    }
}
