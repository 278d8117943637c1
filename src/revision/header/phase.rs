//! Phases of a deploy: expand, migrate, contract.

/// Phase of a deploy in which a revision may be applied. Later phases are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Phase {
    /// Before the new code is deployed: adds only what the old code tolerates.
    #[default]
    Expand,
    /// While the old and the new code run: moves data.
    Migrate,
    /// After the old code is gone: removes what only it used.
    Contract,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 3] = [Self::Expand, Self::Migrate, Self::Contract];

    /// Value in the header: `expand`, `migrate` or `contract`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Migrate => "migrate",
            Self::Contract => "contract",
        }
    }

    /// Returns the phase with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}
