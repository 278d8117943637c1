//! The handle of a dialect.

use std::fmt;

/// SQL dialect of a database; MySQL and MariaDB share one. A value is an index into the list of dialects
/// ([`crate::dialects`]), which alone names them and knows their rules.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dialect(u8);

impl Dialect {
    /// Creates the handle of the dialect at `index` of the list.
    pub(crate) const fn at(index: u8) -> Self {
        Self(index)
    }

    /// Returns the index of the dialect in the list.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// Name used in templates and JSON: `postgresql`, `mysql`, `sqlite`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.rules().name()
    }
}

impl fmt::Debug for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
