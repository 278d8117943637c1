//! Services that a command works on, and the others that it has to know of.

use std::collections::BTreeSet;

use super::History;

/// Names of the selected services, and of those that their revisions depend on.
#[derive(Debug)]
pub struct ServiceSelection {
    names: BTreeSet<String>,
    needed: BTreeSet<String>,
}

impl ServiceSelection {
    /// Creates the selection of these services.
    pub fn new<'h>(chosen: impl IntoIterator<Item = &'h History>) -> Self {
        let mut selection = Self { names: BTreeSet::new(), needed: BTreeSet::new() };
        for history in chosen {
            selection.names.insert(history.service.name.clone());
            selection.needed.extend(history.external().iter().filter_map(|(_, to)| to.service.clone()));
        }
        selection
    }

    /// Returns whether the service with this name is selected.
    #[must_use]
    pub fn contains(&self, service: &str) -> bool {
        self.names.contains(service)
    }

    /// Returns whether revisions of another service depend on those of the selected ones, or these on it.
    #[must_use]
    pub fn is_related_to(&self, other: &History) -> bool {
        let depends_on_selected =
            || other.external().iter().any(|(_, to)| to.service.as_deref().is_some_and(|name| self.contains(name)));
        self.needed.contains(&other.service.name) || depends_on_selected()
    }
}
