//! Products that speak SQLite's SQL: there is one.

use crate::sql::Flavour;

/// Product in SQLite's family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqliteFlavour {
    /// SQLite.
    Sqlite,
}

impl SqliteFlavour {
    /// The only product.
    pub const DEFAULT: Self = Self::Sqlite;

    /// Returns the handle of the product.
    #[must_use]
    pub const fn handle(self) -> Flavour {
        match self {
            Self::Sqlite => Flavour::named("sqlite"),
        }
    }

    /// Name of the product.
    #[must_use]
    pub const fn product(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
        }
    }

    /// Oldest tested version, as major and minor number. The library is built in, so its version is known: this is
    /// the oldest one whose files it opens.
    #[must_use]
    pub const fn oldest_tested_version(self) -> (u32, u32) {
        match self {
            Self::Sqlite => (3, 0),
        }
    }
}
