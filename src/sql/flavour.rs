//! The handle of a product within a dialect.

/// Product that speaks a dialect: MariaDB beside MySQL. A value is a name; what differs from the dialect's other
/// products is written in `flavour.rs` of the dialect's folder, and other code only stores and passes it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flavour(&'static str);

impl Flavour {
    /// Creates the handle of the product called `name`.
    pub(crate) const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Name in stored schemas, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}
