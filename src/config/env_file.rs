//! Env files (`.env`): text to variables. Pure; must not read files or the environment of the process.
//!
//! A line is `NAME=value` or `export NAME=value`; blank lines and lines that start with `#` are skipped. A value is
//! - in single quotes: literal, over several lines if necessary;
//! - in double quotes: with `\n`, `\r`, `\t`, `\"`, `\\` and `\$`, over several lines if necessary;
//! - without quotes: up to the end of the line or a ` #`, trimmed.
//!
//! `${NAME}` and `${NAME:-default}` are replaced except in single quotes; the environment wins over lines above. A `$`
//! before anything else is literal, so that most passwords need no quotes.

use std::collections::BTreeMap;

use super::interpolate::{Environment, InterpolationError, interpolate};
use super::{Secret, url_secrets};
use crate::diagnostic::Span;

/// Variables of an env file, by name. Their values may be passwords, so they are never displayed.
pub type EnvFileVariables = BTreeMap<String, Secret>;

/// Error in an env file. Never contains a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct EnvFileError {
    /// Position in the text.
    pub span: Span,
    /// Cause.
    pub problem: EnvFileProblem,
}

/// Causes of an [`EnvFileError`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvFileProblem {
    /// Line without a `=`.
    #[error("the line is neither NAME=value nor a comment")]
    NoAssignment,
    /// Name with a character other than a letter, a digit and `_`, or one that starts with a digit.
    #[error("this is not a variable's name: letters, digits and _, no digit first")]
    Name,
    /// Quote that is not closed.
    #[error("the quote is not closed")]
    OpenQuote,
    /// Text between a closing quote and the end of the line.
    #[error("text follows the closing quote")]
    BehindQuote,
    /// `${NAME}` of a variable that neither the environment nor a line above sets.
    #[error("the value names the variable {0}, which is not set")]
    UnsetVariable(String),
    /// `${` without its `}`, or with something other than a name inside.
    #[error("the value has a `${{` that is neither ${{NAME}} nor ${{NAME:-default}}")]
    Interpolation,
}

/// Parses the text of an env file.
///
/// # Errors
/// [`EnvFileError`] at the first line that cannot be read.
pub fn parse_env_file(text: &str, environment: Environment<'_>) -> Result<EnvFileVariables, EnvFileError> {
    let mut variables = EnvFileVariables::new();
    let mut at = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    while at < text.len() {
        let rest = &text[at..];
        let line = rest.split(['\n', '\r']).next().unwrap_or(rest);
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            at += line.len() + 1;
            continue;
        }
        let assignment = assignment(text, at, line)?;
        let known = |name: &str| {
            environment(name).or_else(|| variables.get(name).map(|value: &Secret| value.expose().to_owned()))
        };
        let value = assignment.value(&known)?;
        at = assignment.end;
        variables.insert(assignment.name.to_owned(), Secret::new(value));
    }
    Ok(variables)
}

/// Replaces everything except names and comments with asterisks, so that a line with an error can be displayed. The byte
/// length is preserved. A line without an assignment is masked completely: it may be the continuation of a key.
#[must_use]
pub fn hide_env_values(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut open_quote: Option<(char, &str)> = None;
    for line in text.split_inclusive('\n') {
        let is_comment = line.trim_start().starts_with('#') && open_quote.is_none();
        let shown = match line.split_once('=').filter(|_| open_quote.is_none()) {
            _ if is_comment => line.len(),
            Some((name, _)) if is_name(bare_name(name)) => name.len() + 1,
            _ => 0,
        };
        let (name, value) = line.split_at(shown);
        hidden.push_str(name);
        hidden.extend(value.bytes().map(asterisk));
        open_quote = match open_quote {
            None if is_comment => None,
            None => opening_quote(value.trim_start()).filter(|(quote, rest)| closing_quote(rest, *quote).is_none()),
            Some((quote, _)) => Some((quote, "")).filter(|_| closing_quote(value, quote).is_none()),
        };
    }
    hidden
}

/// Hides a byte, except the ends of lines.
fn asterisk(byte: u8) -> char {
    if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { '*' }
}

/// Returns the values that no output may contain: passwords in URLs, and variables that are named like a secret. A value
/// of less than three characters would match inside other words.
#[must_use]
pub fn env_file_secrets(variables: &EnvFileVariables) -> Vec<String> {
    let is_secret = |name: &str| {
        let name = name.to_ascii_uppercase();
        ["PASS", "PWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL"].iter().any(|word| name.contains(word))
    };
    let named = variables.iter().filter(|(name, value)| is_secret(name) && value.expose().chars().count() >= 3);
    let named = named.map(|(_, value)| value.expose().to_owned());
    variables.values().flat_map(|value| url_secrets(value.expose())).chain(named).collect()
}

/// A line as written.
struct Assignment<'t> {
    name: &'t str,
    quote: Option<char>,
    raw: &'t str,
    span: Span,
    /// Offset of the next line.
    end: usize,
}

impl Assignment<'_> {
    fn value(&self, environment: Environment<'_>) -> Result<String, EnvFileError> {
        let failed = |problem| EnvFileError { span: self.span, problem };
        let interpolated = |text: &str| {
            interpolate(text, environment).map_err(|error| match error {
                InterpolationError::Unset(name) => failed(EnvFileProblem::UnsetVariable(name)),
                InterpolationError::Malformed => failed(EnvFileProblem::Interpolation),
            })
        };
        match self.quote {
            Some('\'') => Ok(self.raw.to_owned()),
            Some(_) => interpolated(&unescaped(self.raw)),
            None => interpolated(&literal_dollars(self.raw)),
        }
    }
}

fn assignment<'t>(text: &'t str, start: usize, line: &'t str) -> Result<Assignment<'t>, EnvFileError> {
    let failed = |from: usize, to: usize, problem| Err(EnvFileError { span: Span::new(from, to), problem });
    let end = start + line.len();
    let indent = line.len() - line.trim_start().len();
    let Some((left, right)) = line.split_once('=') else {
        return failed(start + indent, start + line.trim_end().len(), EnvFileProblem::NoAssignment);
    };
    let name = bare_name(left);
    if !is_name(name) {
        return failed(start + indent, start + left.len(), EnvFileProblem::Name);
    }
    let value_start = start + left.len() + 1 + (right.len() - right.trim_start().len());
    let Some((quote, _)) = opening_quote(right.trim_start()) else {
        let raw = without_comment(right).trim();
        let span = Span::new(value_start, value_start + raw.len());
        return Ok(Assignment { name, quote: None, raw, span, end: end + 1 });
    };
    // A quote is one byte, and so is the closing one: the offsets are on character boundaries.
    let inside = &text[value_start + 1..];
    let Some(length) = closing_quote(inside, quote) else {
        return failed(value_start, end, EnvFileProblem::OpenQuote);
    };
    let (raw, behind) = (&inside[..length], &inside[length + 1..]);
    let close = value_start + 1 + length + 1;
    let behind = behind.split(['\n', '\r']).next().unwrap_or(behind);
    if !behind.trim().is_empty() && !behind.trim_start().starts_with('#') {
        return failed(close, close + behind.trim_end().len(), EnvFileProblem::BehindQuote);
    }
    Ok(Assignment { name, quote: Some(quote), raw, span: Span::new(value_start, close), end: close + behind.len() + 1 })
}

/// Returns the quote that a value starts with, and the text after it.
fn opening_quote(value: &str) -> Option<(char, &str)> {
    ['"', '\''].into_iter().find_map(|quote| Some((quote, value.strip_prefix(quote)?)))
}

fn bare_name(left: &str) -> &str {
    let left = left.trim();
    left.strip_prefix("export ").map_or(left, str::trim_start)
}

fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| is_letter(c) && !c.is_ascii_digit()) && text.chars().all(is_letter)
}

/// Cuts off a comment, which starts with a `#` at the start of the value or after white space.
fn without_comment(value: &str) -> &str {
    let is_start =
        |at: &usize| value.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']));
    value.match_indices('#').map(|(at, _)| at).find(is_start).map_or(value, |at| &value[..at])
}

/// Returns the offset of the closing quote. In double quotes a backslash escapes it.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            c if c == quote && !is_escaped => return Some(at),
            '\\' if quote == '"' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}

/// Resolves the escapes of a value in double quotes. The result is interpolated next, so a literal `$` is doubled.
fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(&literal_dollars(before));
        let mut chars = after.chars();
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('$') => text.push_str("$$"),
            Some(c @ ('"' | '\\')) => text.push(c),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
        rest = chars.as_str();
    }
    text + &literal_dollars(rest)
}

/// Doubles each `$` that does not start a `${`, so that the interpolation leaves it as it is.
fn literal_dollars(text: &str) -> String {
    let mut parts = text.split('$');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + if part.starts_with('{') { "$" } else { "$$" } + part)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn set(name: &str) -> Option<String> {
        (name == "HOST").then(|| "outside".to_owned())
    }

    fn values(text: &str) -> Vec<(String, String)> {
        let variables = parse_env_file(text, &set).unwrap();
        variables.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())).collect()
    }

    fn one(line: &str) -> String {
        values(line).remove(0).1
    }

    #[test]
    fn values_are_read_as_other_tools_read_them() {
        for (line, expected) in [
            ("A=b", "b"),
            ("export A = b c # comment", "b c"),
            ("A=b#c", "b#c"),
            ("A=#comment", ""),
            ("A=", ""),
            ("A='a # $b ${C} \\n'", "a # $b ${C} \\n"),
            ("A=\"a # \\\"b\\\" \\$c\\n\"", "a # \"b\" $c\n"),
            ("A=p$$w$1%/@x", "p$$w$1%/@x"),
            ("A=\"p$$w$1\"  # comment", "p$$w$1"),
            ("A=${HOST}/${NONE:-x}", "outside/x"),
            ("A=\"a\nb\"", "a\nb"),
            ("\u{feff}A=postgres://u:p=w@h/d?x=y\r\n", "postgres://u:p=w@h/d?x=y"),
        ] {
            assert_eq!(one(line), expected, "{line}");
        }
        let several = values("# comment\n\nHOST=inside\r\nURL=x://${HOST}\nB=${URL}/b\n");
        let last = several.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        assert_eq!(last, ["B=x://outside/b", "HOST=inside", "URL=x://outside"]);
    }

    #[test]
    fn what_cannot_be_read_is_pointed_at() {
        for (text, shown, problem) in [
            ("A=1\n  nonsense here \n", "nonsense here", EnvFileProblem::NoAssignment),
            ("A=1\nA-B=2\n", "A-B", EnvFileProblem::Name),
            ("1A=2", "1A", EnvFileProblem::Name),
            ("A='x\nB=2\n", "'x", EnvFileProblem::OpenQuote),
            ("A=\"x\" y\n", " y", EnvFileProblem::BehindQuote),
            ("A=${NONE}\n", "${NONE}", EnvFileProblem::UnsetVariable("NONE".to_owned())),
            ("A=${\n", "${", EnvFileProblem::Interpolation),
        ] {
            let error = parse_env_file(text, &set).unwrap_err();
            assert_eq!((error.span.slice(text), error.problem), (shown, problem), "{text}");
        }
    }

    #[test]
    fn passwords_are_secrets_by_their_shape_or_their_name() {
        let text = "URL=postgres://u:geheim@h/d\nPGPASSWORD=hush\nNAME=chat\nAPI_KEY=ab\n";
        let mut secrets = env_file_secrets(&parse_env_file(text, &set).unwrap());
        secrets.dedup();
        assert_eq!(secrets, ["geheim", "hush"]);
    }

    #[test]
    fn no_value_is_shown() {
        for (text, shown) in [
            ("# a\nexport A=geheim # x\nnonsense\n", "# a\nexport A=**********\n********\n"),
            ("A=\"x\nB=y\n\"\nC=é\n", "A=**\n***\n*\nC=**\n"),
            ("A='x'\r\nB-C=1", "A=***\r\n*****"),
        ] {
            assert_eq!(hide_env_values(text), shown);
            assert_eq!(hide_env_values(text).len(), text.len());
        }
    }
}
