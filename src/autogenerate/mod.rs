//! Differences of schemas to what a person reviews: the text of revisions, comments over statements that lose or lock,
//! summaries, renames. Pure but for the graph's own types; must not know connections.

mod drafts;
mod mermaid;
mod rename_hints;
mod rename_statements;
mod renames;
mod summary;
mod text;

pub use drafts::{Draft, Trial, WayBack, drafts, tried_way_back, way_back};
pub use mermaid::mermaid;
pub use rename_hints::{UnknownRename, rename_hints};
pub use rename_statements::renames_done;
pub use renames::{BadRename, parse_rename};
pub use summary::{Sign, Summary, summary};
pub use text::{gaps, part_text, script_text};
