//! Syntax of a target: branch, symbol, steps. Resolution against a graph is the task of `resolve`.

use std::fmt;

use super::error::Malformation;

/// Parsed target. `+2` has neither branch nor symbol; `billing@head-1` has all three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'t> {
    /// Complete text of the target.
    pub(super) text: &'t str,
    /// Text before `@`.
    pub(super) branch: Option<&'t str>,
    /// Text between `@` and the steps; `None` if there are only steps.
    pub(super) symbol: Option<Symbol<'t>>,
    /// Relative steps at the end.
    pub(super) steps: Option<RelativeSteps>,
}

/// Starting point of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbol<'t> {
    /// Literal `head`: the only head.
    Head,
    /// Literal `heads`: all heads.
    Heads,
    /// Literal `base`: before the first revision.
    Base,
    /// Literal `current`: the version rows.
    Current,
    /// Id or label, possibly abbreviated.
    Name(&'t str),
}

/// Number of steps along down revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RelativeSteps {
    /// `+N`: towards the heads.
    Up(usize),
    /// `-N`: towards the bases.
    Down(usize),
}

impl<'t> Target<'t> {
    /// Parses a target. `is_name` returns `true` for a complete id or label; those take precedence over any other
    /// reading, because a label may contain `-1`.
    pub(super) fn parse(text: &'t str, is_name: impl Fn(&str) -> bool) -> Result<Self, Malformation> {
        if text.is_empty() {
            return Err(Malformation::Empty);
        }
        let (branch, rest) = match text.split_once('@') {
            _ if is_name(text) => (None, text),
            Some(("", _)) => return Err(Malformation::NoBranch),
            Some((_, "")) => return Err(Malformation::NothingAfterAt),
            Some((branch, rest)) => (Some(branch), rest),
            None => (None, text),
        };
        let (symbol, steps) = match split_steps(rest) {
            Some((symbol, steps)) if !is_name(rest) => (symbol, Some(steps)),
            _ => (rest, None),
        };
        if symbol.is_empty() && matches!(steps, Some(RelativeSteps::Up(0) | RelativeSteps::Down(0))) {
            return Err(Malformation::NoSteps);
        }
        check_characters(branch, symbol, steps, &is_name)?;
        let symbol = (!symbol.is_empty()).then(|| Symbol::parse(symbol));
        Ok(Self { text, branch, symbol, steps })
    }

    /// Text after the branch and its `@`.
    pub(super) fn without_branch(&self) -> &'t str {
        match self.branch {
            Some(branch) => &self.text[branch.len() + 1..],
            None => self.text,
        }
    }
}

impl<'t> Symbol<'t> {
    fn parse(text: &'t str) -> Self {
        match text {
            "head" => Self::Head,
            "heads" => Self::Heads,
            "base" => Self::Base,
            "current" => Self::Current,
            name => Self::Name(name),
        }
    }
}

impl fmt::Display for RelativeSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up(count) => write!(f, "+{count}"),
            Self::Down(count) => write!(f, "-{count}"),
        }
    }
}

/// Splits `+N` or `-N` off the end. A number that overflows becomes `usize::MAX`, which is out of range in every graph.
fn split_steps(text: &str) -> Option<(&str, RelativeSteps)> {
    let at = text.rfind(['+', '-'])?;
    let (symbol, signed) = text.split_at(at);
    let digits = &signed[1..];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count = digits.parse().unwrap_or(usize::MAX);
    Some((symbol, if signed.starts_with('+') { RelativeSteps::Up(count) } else { RelativeSteps::Down(count) }))
}

/// Rejects characters that no id or label can contain. A `-` is allowed inside a label, but not at its start.
fn check_characters(
    branch: Option<&str>,
    symbol: &str,
    steps: Option<RelativeSteps>,
    is_name: impl Fn(&str) -> bool,
) -> Result<(), Malformation> {
    for part in branch.into_iter().chain([symbol]).filter(|part| !is_name(part)) {
        let stranger = |c: &char| matches!(c, '@' | ':' | '+') || c.is_whitespace() || c.is_control();
        match part.chars().find(stranger) {
            Some(':') if branch.is_none() && steps.is_none() => return Err(Malformation::Range),
            Some(character) => return Err(Malformation::Character(character)),
            None if part.starts_with('-') => return Err(Malformation::Character('-')),
            None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    type Parts<'t> = (Option<&'t str>, Option<Symbol<'t>>, Option<RelativeSteps>);

    fn parse(text: &str) -> Result<Parts<'_>, Malformation> {
        Target::parse(text, |name| name == "v-1").map(|target| (target.branch, target.symbol, target.steps))
    }

    #[test]
    fn each_form_falls_into_its_parts() {
        use RelativeSteps::{Down, Up};
        use Symbol::{Base, Current, Head, Heads, Name};
        assert_eq!(parse("3f2a"), Ok((None, Some(Name("3f2a")), None)));
        assert_eq!(parse("head-1"), Ok((None, Some(Head), Some(Down(1)))));
        assert_eq!(parse("x@heads"), Ok((Some("x"), Some(Heads), None)));
        assert_eq!(parse("base+2"), Ok((None, Some(Base), Some(Up(2)))));
        assert_eq!(parse("current"), Ok((None, Some(Current), None)));
        assert_eq!(parse("+2"), Ok((None, None, Some(Up(2)))));
        assert_eq!(parse("x@-1"), Ok((Some("x"), None, Some(Down(1)))));
        assert_eq!(parse("x@3f2a+1"), Ok((Some("x"), Some(Name("3f2a")), Some(Up(1)))));
        assert_eq!(parse("obscore-config@+1"), Ok((Some("obscore-config"), None, Some(Up(1)))));
        assert_eq!(parse("0.94.0rc0-1"), Ok((None, Some(Name("0.94.0rc0")), Some(Down(1)))));
    }

    #[test]
    fn a_label_that_looks_relative_is_a_label() {
        assert_eq!(parse("v-1"), Ok((None, Some(Symbol::Name("v-1")), None)));
        assert_eq!(parse("v-1-1"), Ok((None, Some(Symbol::Name("v-1")), Some(RelativeSteps::Down(1)))));
        assert_eq!(parse("v-1@head"), Ok((Some("v-1"), Some(Symbol::Head), None)));
        assert_eq!(parse("v-2"), Ok((None, Some(Symbol::Name("v")), Some(RelativeSteps::Down(2)))));
    }

    #[test]
    fn relative_forms_are_matched_whole() {
        assert_eq!(parse("+1x"), Err(Malformation::Character('+')));
        assert_eq!(parse("-1x"), Err(Malformation::Character('-')));
        assert_eq!(parse("--1"), Err(Malformation::Character('-')));
        assert_eq!(parse("a+1+2"), Err(Malformation::Character('+')));
        assert_eq!(parse("+"), Err(Malformation::Character('+')));
        assert_eq!(parse("a b"), Err(Malformation::Character(' ')));
        assert_eq!(parse("a@b@c"), Err(Malformation::Character('@')));
    }

    #[test]
    fn parts_that_are_missing_are_named() {
        assert_eq!(parse(""), Err(Malformation::Empty));
        assert_eq!(parse("@head"), Err(Malformation::NoBranch));
        assert_eq!(parse("x@"), Err(Malformation::NothingAfterAt));
        assert_eq!(parse("+0"), Err(Malformation::NoSteps));
        assert_eq!(parse("a:b"), Err(Malformation::Range));
    }

    #[test]
    fn a_number_too_large_is_the_largest() {
        let steps = parse("-99999999999999999999999").unwrap().2;
        assert_eq!(steps, Some(RelativeSteps::Down(usize::MAX)));
    }
}
