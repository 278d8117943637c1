//! minijinja as all templates here use it: strict, without escaping, every byte outside of tags kept.
//! Knows templates; must not know what they are for.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::diagnostic::Span;

/// Why a template gives no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// Where, in bytes of the text that the template stands in.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// The variable that nobody set, when that is what is wrong.
    pub unknown_variable: Option<String>,
}

impl TemplateError {
    /// The same error with its span `offset` bytes further on.
    #[must_use]
    pub fn shifted(self, offset: usize) -> Self {
        Self { span: self.span.shifted(offset), ..self }
    }
}

/// How many steps a template may take: seconds at most, where a loop in a loop would take days. A thousand partitions take some ten
/// thousand.
const FUEL: u64 = 2_000_000;

/// What becomes of the newline behind a `{% %}` tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newlines {
    /// It stays, as all text does. Anything else could pull SQL into the comment of the line before.
    Keep,
    /// A line of tags leaves no empty line behind (Jinja's `trim_blocks` and `lstrip_blocks`).
    Trim,
}

/// Renders `source`. A variable that is not set is an error, and so is
/// printing a variable that is set to nothing.
pub(super) fn render(source: &str, context: &Value, newlines: Newlines) -> Result<String, TemplateError> {
    let environment = environment(newlines);
    let template = environment.template_from_str(source).map_err(|error| located(source, &error))?;
    template.render(context).map_err(|error| located(source, &error))
}

fn environment(newlines: Newlines) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    let trim = newlines == Newlines::Trim;
    let syntax = SyntaxConfig::builder().trim_blocks(trim).lstrip_blocks(trim).keep_trailing_newline(true).build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment.set_formatter(|out, state, value| {
        if value.is_none() {
            return Err(Error::new(ErrorKind::InvalidOperation, "this is set to nothing here, and would print `none`"));
        }
        minijinja::escape_formatter(out, state, value)
    });
    environment
}

fn located(source: &str, error: &Error) -> TemplateError {
    let span = error.range().map(|range| Span::new(range.start, range.end)).filter(|span| !span.of(source).is_empty());
    let span = span.unwrap_or_else(|| line_span(source, error.line().unwrap_or(1)));
    let unknown_variable = unknown_variable(error);
    // The engine points at the whole expression; the one name in it is what the reader looks for.
    let name =
        unknown_variable.as_deref().and_then(|name| span.of(source).find(name).map(|at| (span.start + at, name)));
    let span = name.map_or(span, |(start, name)| Span::new(start, start + name.len()));
    let message =
        error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    TemplateError { span, message, unknown_variable }
}

/// The name that minijinja puts into "`NAME` is undefined".
fn unknown_variable(error: &Error) -> Option<String> {
    let detail = error.detail().filter(|_| error.kind() == ErrorKind::UndefinedError)?;
    detail.strip_prefix('`')?.split_once('`').map(|(name, _)| name.to_owned())
}

/// The bytes of line `number` (from 1).
fn line_span(source: &str, number: usize) -> Span {
    let line = super::lines::lines_from(source, 0).nth(number.saturating_sub(1));
    line.map_or(Span::new(0, 0), |line| line.span())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use minijinja::context;

    fn fails(source: &str) -> (TemplateError, String) {
        let error =
            render(source, &context! { dialect => "sqlite", env => (), x => context! {} }, Newlines::Keep).unwrap_err();
        let at = error.span.of(source).to_owned();
        (error, at)
    }

    #[test]
    fn unknown_variables_are_errors_wherever_they_are_used() {
        for (source, at) in [
            ("a\n{{ dialct }}\n", "dialct"),
            ("a\n{% if dialct == 'sqlite' %}b{% endif %}", "dialct"),
            ("a\n{% if dialct %}b{% endif %}", "dialct"),
            ("{{ x.tenant }}", "x.tenant"),
            ("{% if x.tenant == 'a' %}b{% endif %}", "x.tenant"),
            ("{% if 'a' in dialct %}b{% endif %}", "dialct"),
        ] {
            let (error, found) = fails(source);
            assert_eq!((found.as_str(), error.unknown_variable.as_deref()), (at, Some(at)), "{source}");
        }
    }

    #[test]
    fn a_loop_in_a_loop_ends() {
        let (error, _) = fails("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}");
        assert!(error.message.contains("fuel"), "{error:?}");
    }

    #[test]
    fn printing_nothing_is_an_error_and_asking_for_it_is_not() {
        assert_eq!(fails("{{ env }}").1, "env");
        assert_eq!(
            render("{% if env %}a{% else %}b{% endif %}", &context! { env => () }, Newlines::Keep),
            Ok("b".into())
        );
    }

    #[test]
    fn syntax_errors_know_their_line() {
        let source = "a\nb\n{% if %}\n";
        let (error, _) = fails(source);
        assert_eq!(crate::diagnostic::position(source, error.span.start).line, 3, "{error:?}");
    }

    #[test]
    fn text_outside_of_tags_keeps_every_byte() {
        for text in ["a\r\nb\r\n", "a\n\n", "\na", "", "a\u{feff}", "'%' {not} # -- <&>\n"] {
            assert_eq!(render(text, &context! {}, Newlines::Keep).as_deref(), Ok(text));
        }
        assert_eq!(
            render("a\r\n  {% if true %}\r\nb\r\n{% endif %}\r\nc", &context! {}, Newlines::Trim),
            Ok("a\r\nb\r\nc".into())
        );
        assert_eq!(render("a{% if true %}{% endif %}\nb", &context! {}, Newlines::Keep), Ok("a\nb".into()));
        assert_eq!(render("{{ x }}", &context! { x => "<'&'>" }, Newlines::Keep), Ok("<'&'>".into()));
    }
}
