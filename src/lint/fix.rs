//! Changes of statements that have one right answer.

use super::revision_view::LintedStatement;
use crate::ddl::{Action, ConstraintKind, DdlStatement, DropKind};

/// Another text of a statement, and what has to follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFix {
    /// The statement.
    pub sql: String,
    /// It refuses a transaction.
    pub outside_transaction: bool,
    /// Statement for a revision behind this one, without the semicolon.
    pub follow_up: Option<String>,
}

/// Returns the fix of a finding on PostgreSQL: an index that is built CONCURRENTLY, a constraint that is added NOT VALID
/// and validated later. `safe` is the finding's own proposal, which shows that the server has such a way.
#[must_use]
pub fn fix(rule: &str, safe: &str, statement: &LintedStatement) -> Option<StatementFix> {
    match (rule, &statement.parsed) {
        ("index-blocks-writes", DdlStatement::CreateIndex(index)) if index.name.is_some() => {
            let sql = concurrent(&statement.sql).filter(|_| safe.contains("CONCURRENTLY"))?;
            Some(StatementFix { sql, outside_transaction: true, follow_up: None })
        }
        ("foreign-key-blocks" | "check-blocks", DdlStatement::AlterTable(altered)) => {
            let [action] = altered.actions.as_slice() else { return None };
            let Action::AddConstraint(constraint) = &action.of else { return None };
            let is_kind = matches!(constraint.kind, ConstraintKind::ForeignKey(_) | ConstraintKind::Check(_));
            constraint.name.as_ref().filter(|_| is_kind && safe.contains("NOT VALID"))?;
            let (_, validate) = safe.split_once("-- revision 2\n")?;
            let follow_up = Some(validate.trim_end_matches(';').to_owned());
            Some(StatementFix { sql: format!("{} NOT VALID", statement.sql), outside_transaction: false, follow_up })
        }
        _ => None,
    }
}

/// Returns a statement about an index with CONCURRENTLY; `None` if it is no such statement, or has the word.
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
