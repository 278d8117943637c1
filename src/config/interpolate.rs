//! Interpolation of `${NAME}` and `${NAME:-default}` in the values of a config file; `$$` is a literal dollar.

/// Reason why a value could not be interpolated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InterpolationError {
    /// The variable is not set and has no default.
    Unset(String),
    /// `${` without its `}`, or with an invalid variable name.
    Malformed,
}

/// Lookup of an environment variable.
pub(super) type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Replaces the variables in `text`. As in shells, the default after `:-` also replaces an empty variable, and it may
/// contain variables itself. Values from the environment are not interpolated again. A `$` before any other character
/// is literal.
pub(super) fn interpolate(text: &str, environment: Environment<'_>) -> Result<String, InterpolationError> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        whole.push_str(before);
        rest = if let Some(after) = after.strip_prefix('$') {
            whole.push('$');
            after
        } else if let Some(inside) = after.strip_prefix('{') {
            let end = closing_brace(inside).ok_or(InterpolationError::Malformed)?;
            whole.push_str(&variable(&inside[..end], environment)?);
            &inside[end + 1..]
        } else {
            whole.push('$');
            after
        };
    }
    whole.push_str(rest);
    Ok(whole)
}

/// Returns the offset of the `}` that ends the variable. A default may contain variables with braces of their own.
fn closing_brace(inside: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in inside.char_indices() {
        match c {
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            '{' if inside.get(..at).is_some_and(|before| before.ends_with('$')) => depth += 1,
            _ => {}
        }
    }
    None
}

fn variable(inside: &str, environment: Environment<'_>) -> Result<String, InterpolationError> {
    let (name, default) = inside.split_once(":-").map_or((inside, None), |(name, default)| (name, Some(default)));
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return Err(InterpolationError::Malformed);
    }
    match (environment(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => interpolate(default, environment),
        (None, None) => Err(InterpolationError::Unset(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str) -> Option<String> {
        match name {
            "HOME" => Some("/home".to_owned()),
            "EMPTY" => Some(String::new()),
            "RAW" => Some("${HOME}$$".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn variables_defaults_and_dollars() {
        for (text, expected) in [
            ("a${HOME}b", "a/homeb"),
            ("${NONE:-sqlite:a.db}", "sqlite:a.db"),
            ("${NONE:-${HOME}/a}!", "/home/a!"),
            ("${EMPTY}|${EMPTY:-x}", "|x"),
            ("${RAW}", "${HOME}$$"),
            ("$$ $HOME $", "$ $HOME $"),
            ("$${HOME}", "${HOME}"),
        ] {
            assert_eq!(interpolate(text, &set), Ok(expected.to_owned()), "{text}");
        }
        assert_eq!(interpolate("${NONE}", &set), Err(InterpolationError::Unset("NONE".to_owned())));
        for text in ["${HOME", "${}", "${a b}", "${HOME-x}"] {
            assert_eq!(interpolate(text, &set), Err(InterpolationError::Malformed), "{text}");
        }
    }
}
