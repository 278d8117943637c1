//! Common minijinja setup of all templates: undefined variables are errors, nothing is escaped, and every byte outside
//! of tags is kept.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::diagnostic::Span;

/// Error in a template, or while rendering it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// Position of the error, in bytes of the text that contains the template.
    pub span: Span,
    /// Message of the template engine.
    pub message: String,
    /// Name of the undefined variable, if that is the error.
    pub unknown_variable: Option<String>,
}

impl TemplateError {
    /// Returns the error with its span moved by `offset` bytes.
    #[must_use]
    pub fn shifted(self, offset: usize) -> Self {
        Self { span: self.span.shifted(offset), ..self }
    }
}

/// Maximum number of template instructions. The limit is reached within seconds, where nested loops could run for days.
/// A template that creates a thousand partitions needs some ten thousand.
const FUEL: u64 = 2_000_000;

/// Treatment of the newline after a `{% %}` tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newlines {
    /// The newline is kept like all other text. Removing it could append SQL to a `--` comment on the line before.
    Keep,
    /// A line that contains only tags is removed (Jinja's `trim_blocks` and `lstrip_blocks`).
    Trim,
}

/// Renders `source`. Using an undefined variable is an error, and so is printing a variable whose value is `none`.
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
    // The default formatter prints `none`, and the mistake would be noticed by the database at best.
    environment.set_formatter(|out, state, value| {
        if value.is_none() {
            return Err(Error::new(ErrorKind::InvalidOperation, "this has no value here, and would print `none`"));
        }
        minijinja::escape_formatter(out, state, value)
    });
    environment
}

fn located(source: &str, error: &Error) -> TemplateError {
    let span = error
        .range()
        .map(|range| Span::new(range.start, range.end))
        .filter(|span| source.get(span.range()).is_some_and(|part| !part.is_empty()));
    let span = span.unwrap_or_else(|| line_span(source, error.line().unwrap_or(1)));
    let unknown_variable = unknown_variable(error);
    // minijinja reports the range of the whole expression; the span is narrowed to the name of the variable.
    let name =
        unknown_variable.as_deref().and_then(|name| span.slice(source).find(name).map(|at| (span.start + at, name)));
    let span = name.map_or(span, |(start, name)| Span::new(start, start + name.len()));
    let message =
        error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    TemplateError { span, message, unknown_variable }
}

/// Extracts NAME from minijinja's message "`NAME` is undefined".
fn unknown_variable(error: &Error) -> Option<String> {
    let detail = error.detail().filter(|_| error.kind() == ErrorKind::UndefinedError)?;
    detail.strip_prefix('`')?.split_once('`').map(|(name, _)| name.to_owned())
}

/// Byte range of line `number`, counted from 1.
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
        let at = error.span.slice(source).to_owned();
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
