//! Statements as structures, and what a database holds as far as statements reveal it. Text in, values out: no
//! connections, no files.
//!
//! `parse` reads one statement; [`Outline`] is the state of a database before it, made from a schema that a server
//! printed or from earlier statements, and [`Outline::apply`] brings it up to date. [`ChangeRules`] is what a dialect
//! knows about the work of a change on a table with rows.

mod action;
mod apply;
mod bounds;
mod change_rules;
mod made_up_rows;
mod outline;
mod parse;
mod prediction;
mod row_versions;
mod statement;

pub use action::{Action, AlterTable, StorageChange};
pub use change_rules::{ActionWork, ChangeRules, DdlServer, FixedSize};
pub use made_up_rows::{MadeUpValue, TableFill, fills};
pub use outline::{DomainOutline, Outline, Relation, RelationKind};
pub use parse::{parse, parse_constraint};
pub use prediction::{Prediction, table_gone_through};
pub use statement::{
    ConstraintDefinition, ConstraintKind, CreateTable, DdlColumn, DdlStatement, DomainChange, DropKind, ForeignTarget,
    GeneratedColumn, IndexDefinition, ObjectDrop, RowChangeStatement, RowVerb, Spanned, TypeChange, Volatility,
};
