//! The lines that git writes around two versions of the same text. Knows lines; a text that only talks of them is none.

use crate::diagnostic::Span;

use super::lines::lines_from;

/// The marks of git's lines, in order. The second one only stands there with `merge.conflictStyle=diff3`.
const MARKERS: [char; 4] = ['<', '|', '=', '>'];

/// Whether git writes such a line: seven times the same sign, then nothing or a name.
#[must_use]
pub fn is_conflict_marker(line: &str) -> bool {
    MARKERS.iter().any(|sign| is_marker(line, *sign))
}

fn is_marker(line: &str, sign: char) -> bool {
    let rest = line.trim_start_matches(sign);
    let is_named = rest.starts_with(' ') && sign != '=';
    line.len() - rest.len() == 7 && (rest.trim_end().is_empty() || is_named)
}

/// The first line of a conflict in `text` from the byte `start` on: git's three lines, one after the other. One alone may be a
/// quotation in somebody's mail.
#[must_use]
pub fn find(text: &str, start: usize) -> Option<Span> {
    let mut opened = None;
    let mut is_halved = false;
    for line in lines_from(text, start) {
        if is_marker(line.text, '<') {
            (opened, is_halved) = (Some(line.span()), false);
        } else if is_marker(line.text, '=') {
            is_halved = opened.is_some();
        } else if is_halved && is_marker(line.text, '>') {
            return opened;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_three_lines_of_git_in_order() {
        let conflict = "SELECT 1;\n<<<<<<< HEAD\nSELECT 2;\n||||||| base\n=======\r\nSELECT 3;\n>>>>>>> feature/x\n";
        assert_eq!(find(conflict, 0).map(|span| span.of(conflict)), Some("<<<<<<< HEAD"));
        for none in [
            ">>>>>>> a mail quoted seven times\n",
            "<<<<<<< HEAD\n=======\n",
            "=======\n>>>>>>> x\n",
            "<<<<<<<< eight\n=======\n>>>>>>> x\n",
            " <<<<<<< indented\n=======\n>>>>>>> x\n",
            "<<<<<<< a\n======= b\n>>>>>>> x\n",
        ] {
            assert_eq!(find(none, 0), None, "{none}");
        }
    }
}
