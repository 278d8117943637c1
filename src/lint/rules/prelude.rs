//! Imports of every rule.

pub(super) use super::{ALL, MYSQL, POSTGRES, SERVERS, SQLITE};
pub(super) use crate::ddl::{
    Action, AlterTable, ConstraintDefinition, ConstraintKind, DdlColumn, DdlStatement, DomainChange, DropKind,
    IndexDefinition, Relation, RelationKind, RowVerb, StorageChange, TypeChange,
};
pub(super) use crate::lint::finding::Severity;
pub(super) use crate::lint::revision_view::LintedStatement;
pub(super) use crate::lint::rule::{Findings, Rule, View};
pub(super) use crate::sql::{Blocks, TableName, Work};
