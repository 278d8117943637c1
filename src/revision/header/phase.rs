//! The part of a deploy that a revision belongs to: expand, migrate, contract.

/// When a revision may be applied, in a deploy of three parts. In order: what is greater comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Phase {
    /// Before the new code is there: adds what the old code does not mind.
    #[default]
    Expand,
    /// While old and new code run: moves data.
    Migrate,
    /// When the old code is gone: takes away what only it used.
    Contract,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 3] = [Self::Expand, Self::Migrate, Self::Contract];

    /// The word in the header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Migrate => "migrate",
            Self::Contract => "contract",
        }
    }

    /// The phase that is written so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}
