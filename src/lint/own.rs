//! Rules of a team's own: a name, a text and a query over what the database holds before and after a revision.

use crate::ddl::{ConstraintKind, DdlStatement, Outline, Relation};

use super::finding::Severity;
use super::revision_view::LintedRevision;

/// A rule of a team's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRule {
    /// Name: what findings, allowances and the config name it by.
    pub name: String,
    /// Message of a finding.
    pub text: String,
    /// Severity unless the config says otherwise.
    pub severity: Severity,
    /// Query in SQLite's SQL. Each row is a finding: the number of the statement or NULL, and a text to add.
    pub query: String,
}

/// Rows of a table that the queries read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTable {
    /// Name of the table.
    pub name: &'static str,
    /// Names of its columns.
    pub columns: &'static [&'static str],
    /// Rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

const STATEMENTS: &[&str] = &["number", "kind", "table", "sql"];
const TABLES: &[&str] = &["schema", "name", "kind", "is_new"];
const COLUMNS: &[&str] = &["schema", "table", "name", "type", "is_not_null", "default", "is_new", "statement"];
const INDEXES: &[&str] = &["schema", "table", "name", "columns", "is_unique", "method", "is_new"];
const CONSTRAINTS: &[&str] = &["schema", "table", "name", "kind", "columns", "references"];

/// Returns the tables that the queries read, for one revision.
#[must_use]
pub fn own_tables(before: &Outline, revision: &LintedRevision, after: &Outline) -> Vec<OwnTable> {
    let mut tables = vec![statements(revision)];
    tables.extend(of_outline(
        before,
        ["tables_before", "columns_before", "indexes_before", "constraints_before"],
        None,
    ));
    let after_names = ["tables_after", "columns_after", "indexes_after", "constraints_after"];
    tables.extend(of_outline(after, after_names, Some((before, revision))));
    tables
}

fn statements(revision: &LintedRevision) -> OwnTable {
    let row = |(number, statement): (usize, &super::LintedStatement)| {
        let (kind, table) = kind_and_table(&statement.parsed);
        vec![Some((number + 1).to_string()), Some(kind.to_owned()), table, Some(statement.sql.clone())]
    };
    OwnTable {
        name: "statements",
        columns: STATEMENTS,
        rows: revision.statements.iter().enumerate().map(row).collect(),
    }
}

fn kind_and_table(statement: &DdlStatement) -> (&'static str, Option<String>) {
    match statement {
        DdlStatement::CreateTable(created) => ("create table", Some(created.table.to_string())),
        DdlStatement::AlterTable(altered) => ("alter table", Some(altered.table.to_string())),
        DdlStatement::CreateIndex(index) => ("create index", Some(index.table.to_string())),
        DdlStatement::Drop(dropped) => ("drop", dropped.names.first().map(ToString::to_string)),
        DdlStatement::Rows(rows) => ("rows", Some(rows.table.to_string())),
        DdlStatement::Truncate { tables, .. } => ("truncate", tables.first().map(ToString::to_string)),
        DdlStatement::CreateTrigger { table, .. } => ("create trigger", Some(table.to_string())),
        DdlStatement::CreateView { view, .. } => ("create view", Some(view.to_string())),
        _ => ("other", None),
    }
}

/// Tables of one state. With the state before the revision, what is not in it is new.
fn of_outline(
    outline: &Outline,
    names: [&'static str; 4],
    since: Option<(&Outline, &LintedRevision)>,
) -> Vec<OwnTable> {
    let [tables, columns, indexes, constraints] = names;
    let mut found = [
        OwnTable { name: tables, columns: TABLES, rows: Vec::new() },
        OwnTable { name: columns, columns: COLUMNS, rows: Vec::new() },
        OwnTable { name: indexes, columns: INDEXES, rows: Vec::new() },
        OwnTable { name: constraints, columns: CONSTRAINTS, rows: Vec::new() },
    ];
    for relation in outline.relations() {
        let old = since.map(|(before, _)| before.relation(&relation.name));
        let [tables, columns, indexes, constraints] = &mut found;
        let is_new = flag(old == Some(None));
        tables.rows.push(vec![
            relation.name.schema.clone(),
            Some(relation.name.name.clone()),
            Some(format!("{:?}", relation.kind).to_lowercase()),
            is_new,
        ]);
        columns.rows.extend(column_rows(relation, old, since.map(|(_, revision)| revision)));
        indexes.rows.extend(index_rows(relation, old));
        constraints.rows.extend(constraint_rows(relation));
    }
    found.into()
}

fn flag(holds: bool) -> Option<String> {
    Some(u8::from(holds).to_string())
}

fn column_rows(
    relation: &Relation,
    old: Option<Option<&Relation>>,
    revision: Option<&LintedRevision>,
) -> Vec<Vec<Option<String>>> {
    let row = |column: &crate::ddl::DdlColumn| {
        let is_new = old.is_some_and(|old| old.is_none_or(|old| old.column(&column.name).is_none()));
        let statement =
            revision.filter(|_| is_new).and_then(|revision| statement_with(revision, relation, &column.name));
        vec![
            relation.name.schema.clone(),
            Some(relation.name.name.clone()),
            Some(column.name.clone()),
            Some(column.data_type.clone()),
            flag(column.is_not_null),
            column.default.clone(),
            flag(is_new),
            statement.map(|number| number.to_string()),
        ]
    };
    relation.columns.iter().map(row).collect()
}

/// Number of the statement that adds a column.
fn statement_with(revision: &LintedRevision, relation: &Relation, column: &str) -> Option<usize> {
    let adds = |statement: &super::LintedStatement| {
        match &statement.parsed {
        DdlStatement::CreateTable(created) => created.table.name == relation.name.name,
        DdlStatement::AlterTable(altered) => {
            altered.table.name == relation.name.name
                && altered.actions.iter().any(|action| {
                    matches!(&action.of, crate::ddl::Action::AddColumn { column: added, .. } if added.name == column)
                })
        }
        _ => false,
    }
    };
    revision.statements.iter().position(adds).map(|at| at + 1)
}

fn index_rows(relation: &Relation, old: Option<Option<&Relation>>) -> Vec<Vec<Option<String>>> {
    let row = |index: &crate::ddl::IndexDefinition| {
        let name = index.name.clone().unwrap_or_default();
        let is_new = old.is_some_and(|old| old.is_none_or(|old| old.index(&name).is_none()));
        vec![
            relation.name.schema.clone(),
            Some(relation.name.name.clone()),
            Some(name),
            Some(index.columns.join(",")),
            flag(index.is_unique),
            Some(index.method.clone()),
            flag(is_new),
        ]
    };
    relation.indexes.iter().map(row).collect()
}

fn constraint_rows(relation: &Relation) -> Vec<Vec<Option<String>>> {
    let row = |constraint: &crate::ddl::ConstraintDefinition| {
        let (kind, references) = match &constraint.kind {
            ConstraintKind::PrimaryKey => ("primary key", None),
            ConstraintKind::Unique => ("unique", None),
            ConstraintKind::Check(_) => ("check", None),
            ConstraintKind::ForeignKey(reference) => ("foreign key", Some(reference.table.to_string())),
            ConstraintKind::Exclusion => ("exclusion", None),
            ConstraintKind::NotNull => ("not null", None),
        };
        vec![
            relation.name.schema.clone(),
            Some(relation.name.name.clone()),
            constraint.name.clone(),
            Some(kind.to_owned()),
            Some(constraint.columns.join(",")),
            references,
        ]
    };
    relation.constraints.iter().map(row).collect()
}
