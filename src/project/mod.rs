//! Loads configs and folders on disk as services with their graphs. The only module that reads and writes revision
//! files; must not depend on databases, and never prints.

mod alembic_locations;
mod case_files;
mod compare;
mod credentials;
mod django;
mod error;
mod files;
mod from_alembic;
mod git;
mod history;
mod hooks;
mod import;
mod included;
mod included_in_git;
mod kept_texts;
mod new_file;
mod open;
mod pairs;
mod python_file;
mod read;
mod rebase;
pub mod recorded;
pub mod redirect;
mod releases;
pub mod render;
mod replacements;
pub mod run_alembic;
mod schema_files;
mod selection;
mod squash;
#[cfg(test)]
mod tests;
mod walk;
mod write;

pub use case_files::{CaseSource, case_files, is_case_file};
pub use compare::{Comparison, compare, compare_with_texts};
pub use django::{DjangoProject, read_django};
pub use error::{ProjectError, ProjectResult};
pub use from_alembic::{Adopted, adopt};
pub use git::FileCommit;
pub use history::{History, HistoryEntry};
pub use hooks::{HookFailure, run_hooks};
pub use import::{Import, NewRevision, plan_import, plan_reading, write_import};
pub use included::{IncludedFiles, Texts};
pub use new_file::{init, path_of_new, skeletons, write_revision, write_revision_sections};
pub use open::{ProjectFlags, open};
pub use pairs::write_pair;
pub use rebase::{NotRewritten, RebasedFile, rebased_files, write_rebased};
pub use releases::{commits, history_at, tags};
pub use replacements::MissingReplaced;
pub use schema_files::sql_files;
pub use selection::ServiceSelection;
pub use squash::{SquashFiles, prune, squash_files, write_squash};
pub use write::{make_folder, replace, write_all_new, write_new, write_over};
