//! Text that is safe for a terminal, a log or a report: control characters and characters that change the direction of
//! writing are shown as escapes. Works on characters, whatever the text means.

use std::borrow::Cow;

/// Escapes all unprintable characters in `text`, including line feeds.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(is_unprintable) { Cow::Owned(text.chars().map(shown).collect()) } else { Cow::Borrowed(text) }
}

/// Escapes unprintable characters in `text`, but keeps line ends and tabs, and colour sequences if `colors` is set.
#[must_use]
pub fn lines(text: &str, colors: bool) -> Cow<'_, str> {
    if !text.contains(|c| is_unprintable(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut printable = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let color = if colors { color_length(rest) } else { None };
        let length = color.unwrap_or(c.len_utf8());
        let (part, behind) = rest.split_at(length);
        match c {
            '\n' | '\t' => printable.push(c),
            // CR LF is a line end. A lone CR would let the rest overwrite the line, and is escaped below.
            '\r' if behind.starts_with('\n') => printable.push(c),
            _ if color.is_some() => printable.push_str(part),
            _ => printable.push_str(&shown(c)),
        }
        rest = behind;
    }
    Cow::Owned(printable)
}

/// Escapes characters that JSON permits unescaped and a terminal would interpret. They occur only inside strings.
#[must_use]
pub fn json(text: &str) -> String {
    let escape = |c: char| match c {
        '\n' => "\n".to_owned(),
        c if is_unprintable(c) => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        c => c.to_string(),
    };
    if text.contains(|c| is_unprintable(c) && c != '\n') { text.chars().map(escape).collect() } else { text.to_owned() }
}

/// Returns `true` for control characters (C0 except the tab, DEL, C1), line and paragraph separators, and characters
/// that change the direction of writing (Unicode Standard, sections 23.2 and 23.3).
fn is_unprintable(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shown(c: char) -> Cow<'static, str> {
    match c {
        '\n' => Cow::Borrowed("\\n"),
        '\r' => Cow::Borrowed("\\r"),
        c if is_unprintable(c) => Cow::Owned(format!("\\u{{{:x}}}", u32::from(c))),
        c => Cow::Owned(c.to_string()),
    }
}

/// Length in bytes of the colour sequence at the start of `text` (ECMA-48, SGR): `ESC [`, digits and semicolons, `m`.
fn color_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("\u{1b}[")?;
    let end = inside.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    let (parameters, behind) = inside.split_at(end);
    (behind.starts_with('m') && is_own_color(parameters)).then_some(2 + end + 1)
}

fn is_own_color(parameters: &str) -> bool {
    let number = |text: &str| text.parse::<u8>().ok();
    match parameters.strip_prefix("38;5;") {
        Some(color) => number(color).is_some_and(|color| matches!(color, 1..=6 | 9..=14)),
        None => parameters.split(';').all(|part| matches!(number(part), Some(0..=2 | 31..=36 | 91..=96))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_terminal_stays_raw() {
        let evil = "a\u{1b}]0;t\u{7}\u{9b}2J\u{202e}b\rc\0";
        assert_eq!(one_line(evil), "a\\u{1b}]0;t\\u{7}\\u{9b}2J\\u{202e}b\\rc\\u{0}");
        assert_eq!(lines(evil, true), one_line(evil));
        assert_eq!(one_line("a\nb\tc"), "a\\nb\tc");
        assert_eq!(lines("a\r\nb\tß", false), "a\r\nb\tß");
        assert_eq!(json("\"\u{9b}\u{2028}\u{7f}ß\""), "\"\\u009b\\u2028\\u007fß\"");
    }

    #[test]
    fn colours_stay_where_there_are_colours() {
        let red = "\u{1b}[1;31mred\u{1b}[0m";
        assert_eq!(lines(red, true), red);
        assert_eq!(lines(red, false), "\\u{1b}[1;31mred\\u{1b}[0m");
        assert_eq!(lines("\u{1b}[2J", true), "\\u{1b}[2J");
        for hidden in ["8", "30", "30;40", "38;5;0", "48;5;1", ""] {
            let text = format!("\u{1b}[{hidden}mx");
            assert_eq!(lines(&text, true), format!("\\u{{1b}}[{hidden}mx"));
        }
        assert_eq!(lines("\u{1b}[38;5;9mx", true), "\u{1b}[38;5;9mx");
    }
}
