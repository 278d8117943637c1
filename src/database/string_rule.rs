//! Settings that change the meaning of string literals.

/// Setting that makes a session treat backslashes in string literals differently from its dialect's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StringRule {
    /// The setting with its value.
    pub setting: &'static str,
    /// Form of such a literal whose meaning does not depend on the setting.
    pub instead: &'static str,
}
