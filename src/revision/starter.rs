//! Templates of new projects: config files in `templates/init/`.

use super::skeleton::description;

/// Template of a new project: a config file, and the folders that it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// Name given to `init --template`.
    pub name: &'static str,
    /// Folders to create, relative to the project's folder.
    pub folders: &'static [&'static str],
    text: &'static str,
}

impl Starter {
    /// All templates; the first one is the default.
    pub const ALL: [Self; 2] = [
        Self { name: "single", folders: &["revisions"], text: include_str!("../../templates/init/single.yaml") },
        Self {
            name: "multi",
            folders: &["revisions/first", "revisions/second"],
            text: include_str!("../../templates/init/multi.yaml"),
        },
    ];

    /// Returns the template with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|starter| starter.name == name)
    }

    /// One-line description, taken from the comment on the first line.
    #[must_use]
    pub fn description(&self) -> String {
        description(self.text)
    }

    /// Text of the config file: the template with the address of the config's JSON Schema, which editors read, in the
    /// place of its description line.
    #[must_use]
    pub fn config(&self, schema_line: &str) -> String {
        self.text.split_once('\n').map_or_else(String::new, |(_, text)| format!("{schema_line}{text}"))
    }
}
