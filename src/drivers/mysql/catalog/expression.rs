//! Decoding of expressions in MySQL's catalog. `information_schema` escapes an expression once more than SHOW CREATE
//! does, and converts its bytes from latin1 although they are UTF-8 already; SHOW CREATE prints a question mark for
//! each byte of a character beyond the Basic Multilingual Plane. So the text is taken from `information_schema`, and
//! both conversions are reversed.

use crate::dialects::mysql::flavour::MysqlFlavour;

/// Returns an expression from `information_schema` in executable form.
pub(super) fn listed_expression(flavour: MysqlFlavour, listed: &str) -> String {
    if flavour.escapes_listed_expressions() { decode_expression(listed) } else { listed.to_owned() }
}

/// Returns the expression in executable form: `` (`a` <> _utf8mb4\'it\\\'s\') `` becomes `` (`a` <> _utf8mb4'it\'s')
/// ``.
pub(super) fn decode_expression(shown: &str) -> String {
    unescape(&decode_utf8_read_as_latin1(shown).unwrap_or_else(|| shown.to_owned()))
}

/// Reverses one level of MySQL's escapes.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        plain.push(match escaped {
            None => character,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('0') => '\0',
            Some('Z') => '\u{1a}',
            Some(other) => other,
        });
    }
    plain
}

/// Returns the UTF-8 text whose bytes were read as latin1; `None` for any other text: ASCII, or text that was not
/// converted.
fn decode_utf8_read_as_latin1(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(latin1_byte).collect();
    String::from_utf8(bytes?).ok()
}

/// Returns the byte of a character in MySQL's latin1, which is Windows-1252 with control characters at its unassigned codes.
fn latin1_byte(character: char) -> Option<u8> {
    const WINDOWS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    match WINDOWS.chars().zip(0x80..=0x9f_u8).find(|(other, _)| *other == character) {
        Some((_, byte)) => Some(byte),
        None => u8::try_from(u32::from(character)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_level_of_escapes_is_undone_and_not_two() {
        let shown = r#"((`a` <> _utf8mb4\'it\\\'s\') and (not((`a` like _utf8mb4\'%\\\\_%\'))) and (`a` <> _utf8mb4\'\\n\\0\'))"#;
        let plain = r#"((`a` <> _utf8mb4'it\'s') and (not((`a` like _utf8mb4'%\\_%'))) and (`a` <> _utf8mb4'\n\0'))"#;
        assert_eq!(decode_expression(shown), plain);
        assert_eq!(decode_expression(r"concat(`a`,_utf8mb4\'\\\\\')"), r"concat(`a`,_utf8mb4'\\')");
        assert_eq!(decode_expression(r"(`c\'x` + 1)"), "(`c'x` + 1)");
    }

    #[test]
    fn utf8_that_was_read_as_latin1_is_text_again_and_other_text_stays() {
        assert_eq!(decode_expression(r"_utf8mb4\'Ã©\'"), "_utf8mb4'é'");
        assert_eq!(decode_expression("ð\u{178}\u{2dc}€"), "😀");
        assert_eq!(decode_expression(r"_latin1\'é\'"), "_latin1'é'");
        assert_eq!(decode_expression("日本"), "日本");
    }
}
