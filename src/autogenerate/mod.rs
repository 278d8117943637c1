//! Turns schema differences into text for review: revisions, warnings above statements that lose data or lock tables,
//! summaries, and detection of renames. Connections are out of scope: statements are tried through a trait.

mod definition;
mod drafts;
mod mermaid;
mod rename_hints;
mod rename_statements;
mod renames;
mod summary;
mod text;

pub use definition::definition;
pub use drafts::{RevisionDraft, Trial, WayBack, drafts, tried_way_back, way_back};
pub use mermaid::mermaid;
pub use rename_hints::{UnknownRename, rename_hints};
pub use rename_statements::renames_done;
pub use renames::{BadRename, parse_rename};
pub use summary::{Sign, Summary, altered_attributes, summary};
pub use text::{part_text, placeholders, script_text};
