//! Detection of unresolved git merge conflicts.

use crate::diagnostic::Span;

use super::lines::lines_from;

/// First characters of git's conflict markers, in order. `|` occurs only with `merge.conflictStyle=diff3` or `zdiff3`.
const MARKERS: [char; 4] = ['<', '|', '=', '>'];

/// Returns `true` if `line` is a conflict marker: the same sign seven times, then nothing or a name (no name after
/// `=`).
#[must_use]
pub fn is_conflict_marker(line: &str) -> bool {
    MARKERS.iter().any(|sign| is_marker(line, *sign))
}

fn is_marker(line: &str, sign: char) -> bool {
    let rest = line.trim_start_matches(sign);
    let is_named = rest.starts_with(' ') && sign != '=';
    line.len() - rest.len() == 7 && (rest.trim_end().is_empty() || is_named)
}

/// Returns the first line of a conflict in `text` after byte `start`. All of `<<<<<<<`, `=======` and `>>>>>>>` are
/// required in this order, because a single marker may be legitimate text, such as a quoted mail.
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
        assert_eq!(find(conflict, 0).map(|span| span.slice(conflict)), Some("<<<<<<< HEAD"));
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
