//! Changes of statements that have one right answer.

use super::revision_view::{LintedRevision, LintedStatement};
use crate::ddl::{Action, AlterTable, ConstraintKind, DdlServer, DdlStatement, DropKind};

/// Another text of a statement, and what has to follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFix {
    /// The statement.
    pub sql: String,
    /// It refuses a transaction, so that it needs a revision of its own.
    pub outside_transaction: bool,
    /// Revisions behind this one.
    pub follow_ups: Vec<FollowUp>,
    /// Statement that the downgrade of this revision begins with.
    pub undo: Option<String>,
    /// Statements of the same revision behind it may need what only the last revision brings.
    pub is_late: bool,
}

/// Revision behind a fixed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// Verb of the fix: the first word of its message.
    pub verb: &'static str,
    /// Statements of its upgrade section, each with a semicolon.
    pub upgrade: String,
    /// Statements of its downgrade section.
    pub downgrade: String,
    /// Runs in a transaction.
    pub in_transaction: bool,
}

/// Returns the fix of a finding on PostgreSQL: an index that is built CONCURRENTLY, a constraint that is added NOT VALID
/// and validated later, NOT NULL by way of a CHECK. `safe` is the finding's own proposal, which shows that the server
/// has such a way.
#[must_use]
pub fn fix(rule: &str, safe: &str, statement: &LintedStatement, server: &DdlServer) -> Option<StatementFix> {
    match (rule, &statement.parsed) {
        ("index-blocks-writes", DdlStatement::CreateIndex(index)) if index.name.is_some() => {
            let sql = concurrent(&statement.sql).filter(|_| safe.contains("CONCURRENTLY"))?;
            Some(StatementFix { sql, outside_transaction: true, follow_ups: Vec::new(), undo: None, is_late: true })
        }
        ("foreign-key-blocks" | "check-blocks", DdlStatement::AlterTable(altered)) => {
            let [action] = altered.actions.as_slice() else { return None };
            let Action::AddConstraint(constraint) = &action.of else { return None };
            let is_kind = matches!(constraint.kind, ConstraintKind::ForeignKey(_) | ConstraintKind::Check(_));
            constraint.name.as_ref().filter(|_| is_kind && safe.contains("NOT VALID"))?;
            let (_, validate) = safe.split_once("-- revision 2\n")?;
            let follow_ups = vec![follow_up("Validate", validate.to_owned(), String::new())];
            let sql = format!("{} NOT VALID", statement.sql);
            Some(StatementFix { sql, outside_transaction: false, follow_ups, undo: None, is_late: false })
        }
        ("set-not-null-scans", DdlStatement::AlterTable(altered)) if server.is_at_least((12, 0)) => {
            by_check(altered, safe)
        }
        _ => None,
    }
}

fn follow_up(verb: &'static str, upgrade: String, downgrade: String) -> FollowUp {
    FollowUp { verb, upgrade, downgrade, in_transaction: true }
}

/// SET NOT NULL as the three revisions that the finding proposes, and their downgrades.
fn by_check(altered: &AlterTable, safe: &str) -> Option<StatementFix> {
    let [action] = altered.actions.as_slice() else { return None };
    let Action::SetNotNull(_) = &action.of else { return None };
    let (add, rest) = safe.strip_prefix("-- revision 1\n")?.split_once("\n-- revision 2\n")?;
    let (validate, set) = rest.split_once("\n-- revision 3\n")?;
    let (set_not_null, drop_check) = set.split_once('\n')?;
    let drop_not_null = set_not_null.replace("SET NOT NULL", "DROP NOT NULL");
    Some(StatementFix {
        sql: add.trim_end_matches(';').to_owned(),
        outside_transaction: false,
        follow_ups: vec![
            follow_up("Validate", validate.to_owned(), String::new()),
            follow_up("Set not null", set.to_owned(), format!("{drop_not_null}\n{add}")),
        ],
        undo: Some(drop_check.to_owned()),
        is_late: true,
    })
}

/// Returns why a statement cannot run after those behind it in its revision; `None` if it can.
#[must_use]
pub fn needed_behind(revision: &LintedRevision, index: usize) -> Option<String> {
    let statement = revision.statements.get(index)?;
    let table = match &statement.parsed {
        DdlStatement::CreateIndex(index) => &index.table.name,
        DdlStatement::AlterTable(altered) => &altered.table.name,
        _ => return Some("it is not known what it changes".to_owned()),
    };
    let named = table.to_lowercase();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    revision.statements.iter().skip(index + 1).find_map(|later| match &later.parsed {
        DdlStatement::Opaque(_) | DdlStatement::Unknown => {
            Some("a statement behind it runs code that lint cannot see".to_owned())
        }
        DdlStatement::Setting { .. } => Some("a statement behind it changes a setting".to_owned()),
        _ => {
            let names = later.sql.to_lowercase().split(|c| !is_word(c)).any(|word| word == named);
            names.then(|| format!("a statement behind it uses {table}"))
        }
    })
}

/// Returns a statement about an index with CONCURRENTLY; `None` for any other statement, or if it has the word.
#[must_use]
pub fn concurrent(sql: &str) -> Option<String> {
    let at = sql.to_ascii_uppercase().find("INDEX")? + "INDEX".len();
    let (before, behind) = sql.split_at_checked(at)?;
    Some(format!("{before} CONCURRENTLY{behind}"))
}

/// Returns the DROP INDEX of one index with CONCURRENTLY; `None` for any other statement.
#[must_use]
pub fn concurrent_drop(statement: &LintedStatement) -> Option<String> {
    match &statement.parsed {
        DdlStatement::Drop(dropped) if dropped.kind == DropKind::Index && !dropped.concurrently => {
            concurrent(&statement.sql).filter(|_| dropped.names.len() == 1)
        }
        _ => None,
    }
}
