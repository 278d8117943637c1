//! Lint: what revisions will do to a busy database, known before they run.
//!
//! A [`Rule`] looks at one statement, and at what the database holds before it ([`crate::ddl::Outline`]). The [`Linter`]
//! reads revisions in their order, asks the rules, and leaves out what an author has allowed. Knows no connections and no
//! files: state and sizes are given to it. Each rule is a file in `rules/` with its texts, its cases beside it, and one
//! line in the list of `rules/mod.rs`.

mod allowance;
mod finding;
mod fix;
mod linter;
mod outline_of_schema;
mod own;
mod revision_view;
mod rule;
mod rules;
mod settings;
mod sizes;

pub use allowance::is_allowed_in_header;
pub use finding::{Finding, Severity};
pub use fix::{FollowUp, StatementFix, concurrent, concurrent_drop, fix, needed_behind};
pub use linter::{LintReport, Linter, NoOwnRules, OwnFinding, OwnRules, RevisionText};
pub use outline_of_schema::outline_of;
pub use own::{OwnRule, OwnTable, own_tables};
pub use revision_view::{LintedRevision, LintedStatement};
pub use rule::{Findings, Rule, View};
pub use rules::{rule_named, rules};
pub use settings::{LintSettings, RuleLevel};
pub use sizes::{KnownSize, TableSizes};
