//! Statements as structures, and what a database holds as far as statements reveal it. Text in, values out: no
//! connections, no files.
//!
//! [`parse`] reads one statement; [`Outline`] is the state of a database before it, made from a schema that a server
//! printed or from earlier statements, and [`Outline::apply`] brings it up to date. [`ChangeRules`] is what a dialect
//! knows about the work of a change on a table with rows.

mod apply;
mod change_rules;
mod outline;
mod outline_of_schema;
mod parse;
mod statement;

pub use change_rules::{ActionWork, ChangeRules, DdlServer};
pub use outline::{DomainOutline, Outline, Relation, RelationKind};
pub use parse::parse;
pub use statement::{
    Action, AlterTable, ConstraintDefinition, ConstraintKind, CreateTable, DdlColumn, DdlStatement, DomainChange,
    DropKind, ForeignTarget, GeneratedColumn, IndexDefinition, ObjectDrop, RowStatement, RowVerb, Spanned,
    StorageChange, TypeChange, Volatility,
};
