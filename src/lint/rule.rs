//! Rules, and the view that they get of a statement.

use super::finding::Severity;
use super::revision_view::{LintedRevision, LintedStatement};
use super::sizes::TableSizes;
use crate::ddl::{Action, ActionWork, AlterTable, DdlServer, DdlStatement, Outline, Prediction, Relation, Spanned};
use crate::diagnostic::Span;
use crate::sql::{Blocks, Dialect, TableName, Work};

/// Rule of lint.
pub struct Rule {
    /// Code in kebab-case: what findings, allowances and the config name it by.
    pub code: &'static str,
    /// Severity unless the config says otherwise; `None` for a rule that is off until the config names it.
    pub severity: Option<Severity>,
    /// Dialects that it holds for.
    pub dialects: &'static [Dialect],
    /// Finding as a heading: `An index that blocks writes`.
    pub title: &'static str,
    /// Danger that it finds.
    pub danger: &'static str,
    /// Advice for another way.
    pub safe: &'static str,
    /// The smaller the table, the smaller the danger: findings on small tables are only information.
    pub scales: bool,
    /// Looks at one statement.
    pub check: fn(&View<'_>, &mut Findings),
}

/// View of one statement that a rule gets.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub revision: &'a LintedRevision,
    /// Index of the statement in the revision.
    pub index: usize,
    pub statement: &'a LintedStatement,
    /// Contents of the database before the statement.
    pub before: &'a Outline,
    /// Contents after all examined revisions.
    pub end: &'a Outline,
    /// Server that it is for.
    pub server: &'a DdlServer,
    /// Sizes of tables, if known.
    pub sizes: &'a TableSizes,
    /// Most work of an action of each earlier statement of the revision, as it was when the statement ran.
    pub works: &'a [Work],
    /// Statements of the revisions that are examined after this one.
    pub later: &'a [LintedRevision],
}

impl<'a> View<'a> {
    /// Returns the structure of the statement.
    #[must_use]
    pub const fn parsed(&self) -> &'a DdlStatement {
        &self.statement.parsed
    }

    /// Returns the statement if it is an ALTER TABLE of a table in use.
    #[must_use]
    pub fn altered(&self) -> Option<&'a AlterTable> {
        match self.parsed() {
            DdlStatement::AlterTable(altered) if self.before.is_in_use(&altered.table) => Some(altered),
            _ => None,
        }
    }

    /// Returns the actions of an ALTER TABLE of a table in use; none for other statements.
    pub fn actions(&self) -> impl Iterator<Item = (&'a AlterTable, &'a Spanned<Action>)> + use<'a> {
        let altered = self.altered();
        altered.into_iter().flat_map(|altered| altered.actions.iter().map(move |action| (altered, action)))
    }

    /// Returns the table as it is before the statement.
    #[must_use]
    pub fn table(&self, name: &TableName) -> Option<&'a Relation> {
        self.before.relation(name)
    }

    /// Returns the work of an action on its table. A table that is not known counts as one without columns.
    #[must_use]
    pub fn work(&self, table: &TableName, action: &Action) -> ActionWork {
        let unknown = Relation { name: table.clone(), ..Relation::default() };
        let table = self.before.relation(table).unwrap_or(&unknown);
        self.server.dialect.change_rules().work(action, table, self.before, self.server)
    }

    /// Returns the lock of the statement by the name of the manual.
    #[must_use]
    pub fn lock(&self) -> &'static str {
        self.server.dialect.change_rules().lock_name(self.parsed())
    }

    /// Returns the work of a whole `ALTER TABLE`: its actions together may need more than each of them alone.
    #[must_use]
    pub fn alter_work(&self, altered: &AlterTable) -> ActionWork {
        let unknown = Relation { name: altered.table.clone(), ..Relation::default() };
        let table = self.before.relation(&altered.table).unwrap_or(&unknown);
        self.server.dialect.change_rules().alter_work(altered, table, self.before, self.server)
    }

    /// Returns the work of the statement if its actions rewrite the table together, and none of them does so alone.
    #[must_use]
    pub fn rewrite_together(&self) -> Option<(&'a AlterTable, ActionWork)> {
        let altered = self.altered().filter(|altered| altered.actions.len() > 1)?;
        let is_rewrite = |action: &Spanned<Action>| self.work(&altered.table, &action.of).work >= Work::Rewrite;
        if altered.algorithm.as_deref() == Some("COPY") || altered.actions.iter().any(is_rewrite) {
            return None;
        }
        Some((altered, self.alter_work(altered))).filter(|(_, work)| work.work >= Work::Rewrite)
    }

    /// Returns the work of the statement on a table in use.
    #[must_use]
    pub fn most_work(&self) -> Work {
        self.altered().map_or(Work::Catalog, |altered| self.alter_work(altered).work)
    }

    /// Returns the tables in use that a statement locks, with the operations that wait.
    #[must_use]
    pub fn locked_by(&self, statement: &LintedStatement) -> Vec<(TableName, Blocks)> {
        let locks = Prediction::new(&statement.sql, &statement.parsed, self.before, self.server).locks;
        let locks = locks.into_iter().filter_map(|lock| {
            let is_of_rows = lock.work == Work::Rows;
            (!is_of_rows && self.before.is_in_use(&lock.table)).then_some((lock.table, lock.blocks))
        });
        locks.collect()
    }

    /// Returns the statements of the revision before this one.
    #[must_use]
    pub fn earlier(&self) -> &'a [LintedStatement] {
        self.revision.statements.split_at(self.index).0
    }

    /// Returns the statements of the revision behind this one.
    #[must_use]
    pub fn behind(&self) -> &'a [LintedStatement] {
        self.revision.statements.split_at(self.index + 1).1
    }

    /// Returns all statements that run after this one, of this revision and of later ones.
    pub fn after(&self) -> impl Iterator<Item = &'a LintedStatement> + use<'a> {
        self.behind().iter().chain(self.later.iter().flat_map(|revision| &revision.statements))
    }

    /// Returns the name as it is quoted in SQL, where quotes are needed.
    #[must_use]
    pub fn quoted(&self, name: &str) -> String {
        let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if is_plain { name.to_owned() } else { self.server.dialect.rules().quote_identifier(name) }
    }

    /// Returns the name of a table as it is written in SQL.
    #[must_use]
    pub fn table_sql(&self, table: &TableName) -> String {
        match &table.schema {
            Some(schema) => format!("{}.{}", self.quoted(schema), self.quoted(&table.name)),
            None => self.quoted(&table.name),
        }
    }
}

/// Findings of one rule in one statement.
#[derive(Debug, Default)]
pub struct Findings {
    pub(super) items: Vec<FoundItem>,
}

/// Finding before the linter adds the revision and the severity.
#[derive(Debug)]
pub(super) struct FoundItem {
    pub(super) span: Option<Span>,
    pub(super) object: Option<TableName>,
    pub(super) text: String,
    pub(super) notes: Vec<String>,
    pub(super) safe: String,
    pub(super) severity: Option<Severity>,
}

impl Findings {
    /// Adds a finding about a table.
    pub fn on(&mut self, table: &TableName, text: impl Into<String>) -> &mut Self {
        self.push(Some(table.clone()), text.into())
    }

    /// Adds a finding without a table.
    pub fn add(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(None, text.into())
    }

    fn push(&mut self, object: Option<TableName>, text: String) -> &mut Self {
        let (notes, safe) = (Vec::new(), String::new());
        self.items.push(FoundItem { span: None, object, text, notes, safe, severity: None });
        self
    }

    /// Sets the bytes of the last finding, in the text of the statement.
    pub fn at(&mut self, span: Span) -> &mut Self {
        self.last(|item| item.span = Some(span))
    }

    /// Adds a note to the last finding.
    pub fn note(&mut self, note: impl Into<String>) -> &mut Self {
        self.last(|item| item.notes.push(note.into()))
    }

    /// Sets the safe statements of the last finding.
    pub fn safe(&mut self, sql: impl Into<String>) -> &mut Self {
        self.last(|item| item.safe = sql.into())
    }

    /// Sets the severity of the last finding where it differs from the rule's.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.last(|item| item.severity = Some(severity))
    }

    fn last(&mut self, change: impl FnOnce(&mut FoundItem)) -> &mut Self {
        if let Some(item) = self.items.last_mut() {
            change(item);
        }
        self
    }
}
