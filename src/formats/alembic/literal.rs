//! Parser for Python string literals. Source of the rules: The Python Language Reference, 2.4.1.

/// Value of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// A string.
    Text(String),
    /// An f-string with expressions; its literal parts are unescaped.
    Format(Vec<FStringPart>),
    /// A literal that is not a string: bytes, a template. Holds its kind for messages.
    Other(&'static str),
}

/// A part of an f-string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FStringPart {
    /// Literal text.
    Text(String),
    /// Source of an expression between braces.
    Expression(String),
}

/// Returns the value of the literal `source`, which includes prefix and quotes.
pub(super) fn literal(source: &str) -> Literal {
    let quote = source.find(['\'', '"']).unwrap_or(source.len());
    let (prefix, quoted) = source.split_at(quote);
    let prefix = prefix.to_ascii_lowercase();
    let width = if quoted.starts_with("'''") || quoted.starts_with("\"\"\"") { 3 } else { 1 };
    let body = &quoted[width..quoted.len().saturating_sub(width)];
    if prefix.contains('b') {
        return Literal::Other("bytes");
    }
    if prefix.contains('t') {
        return Literal::Other("a template");
    }
    let unescape = |text: &str| if prefix.contains('r') { newlines(text) } else { unescaped(text) };
    if !prefix.contains('f') {
        return Literal::Text(unescape(body));
    }
    let parts = parts(body);
    let text = |part: &FStringPart| match part {
        FStringPart::Text(text) => Some(unescape(text)),
        FStringPart::Expression(_) => None,
    };
    match parts.iter().map(text).collect::<Option<String>>() {
        Some(whole) => Literal::Text(whole),
        None => Literal::Format(parts.into_iter().map(|part| text(&part).map_or(part, FStringPart::Text)).collect()),
    }
}

/// Converts line ends: Python reads each of them as a single `\n`.
fn newlines(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

fn parts(body: &str) -> Vec<FStringPart> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = body;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        text.push_str(before);
        let first = brace.chars().next().unwrap_or('{');
        let behind = &brace[1..];
        if let Some(behind) = behind.strip_prefix(first) {
            text.push(first);
            rest = behind;
        } else {
            let (expression, behind) = behind.split_once('}').unwrap_or((behind, ""));
            parts.extend([
                FStringPart::Text(std::mem::take(&mut text)),
                FStringPart::Expression(expression.trim().to_owned()),
            ]);
            rest = behind;
        }
    }
    text.push_str(rest);
    parts.push(FStringPart::Text(text));
    parts
}

fn unescaped(body: &str) -> String {
    let body = newlines(body);
    if !body.contains('\\') {
        return body;
    }
    let mut text = String::with_capacity(body.len());
    let mut rest = body.as_str();
    while let Some((before, escaped)) = rest.split_once('\\') {
        text.push_str(before);
        rest = escape(escaped, &mut text);
    }
    text.push_str(rest);
    text
}

/// Appends the character of the escape sequence that follows a backslash. Returns the text after it.
fn escape<'t>(escaped: &'t str, text: &mut String) -> &'t str {
    let Some(first) = escaped.chars().next() else {
        text.push('\\');
        return escaped;
    };
    let behind = &escaped[first.len_utf8()..];
    let simple = match first {
        '\n' => return behind,
        '\\' | '\'' | '"' => first,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return number(behind, 2, 16, 2, 'x', text),
        'u' => return number(behind, 4, 16, 4, 'u', text),
        'U' => return number(behind, 8, 16, 8, 'U', text),
        '0'..='7' => return number(escaped, 1, 8, 3, '\\', text),
        _ => {
            // Python keeps unknown escape sequences as written. `\N{name}` is kept too, because character names are not
            // supported here.
            text.push('\\');
            first
        }
    };
    text.push(simple);
    behind
}

/// Appends the character whose code has `least` to `most` digits at the start of `digits`. Keeps an invalid escape
/// sequence as written.
fn number<'t>(digits: &'t str, least: usize, radix: u32, most: usize, letter: char, text: &mut String) -> &'t str {
    let count = digits.chars().take(most).take_while(|c| c.is_digit(radix)).count();
    let (number, behind) = digits.split_at(count);
    match u32::from_str_radix(number, radix).ok().and_then(char::from_u32).filter(|_| count >= least) {
        Some(c) => {
            text.push(c);
            behind
        }
        None => {
            text.push('\\');
            if letter != '\\' {
                text.push(letter);
            }
            digits
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(source: &str) -> String {
        match literal(source) {
            Literal::Text(text) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn literals_are_what_python_makes_of_them() {
        for (source, expected) in [
            ("'a'", "a"),
            ("\"it's\"", "it's"),
            ("u'\\u00fc'", "ü"),
            ("'''a\r\nb'''", "a\nb"),
            ("r'\\d\\''", "\\d\\'"),
            ("'\\x41\\102\\n\\q'", "AB\n\\q"),
            ("'a\\\nb'", "ab"),
            ("f'a{{b}}'", "a{b}"),
            ("''", ""),
            ("''''''", ""),
            ("'\\ud800'", "\\ud800"),
            ("b'x'", "Other(\"bytes\")"),
            ("f'{A}_1'", "Format([Text(\"\"), Expression(\"A\"), Text(\"_1\")])"),
        ] {
            assert_eq!(decode(source), expected, "{source}");
        }
    }
}
