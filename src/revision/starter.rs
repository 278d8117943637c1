//! What a new project starts with: config files in `templates/init/`.

use super::skeleton::description;

/// A project to start from: a config file and the folders it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// Its name.
    pub name: &'static str,
    /// Folders to make, relative to the project's.
    pub folders: &'static [&'static str],
    text: &'static str,
}

impl Starter {
    /// All of them; the first is the usual one.
    pub const ALL: [Self; 2] = [
        Self { name: "single", folders: &["revisions"], text: include_str!("../../templates/init/single.yaml") },
        Self {
            name: "multi",
            folders: &["revisions/first", "revisions/second"],
            text: include_str!("../../templates/init/multi.yaml"),
        },
    ];

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|starter| starter.name == name)
    }

    /// What it is for.
    #[must_use]
    pub fn description(&self) -> String {
        description(self.text)
    }

    /// The text of the config file.
    #[must_use]
    pub fn config(&self) -> String {
        self.text.split_once('\n').map_or_else(String::new, |(_, text)| text.to_owned())
    }
}
