//! Statements that make an object, all of it: with its comment, owner and privileges. Knows each kind's CREATE; must not know
//! the order of objects among each other, nor what a change takes.
//!
//! How an object comes about takes up to three steps, and whoever orders them calls each function here:
//! 1. [`create`]. A CREATE TABLE carries some of the table's own objects with it ([`carried`]): these are not created again.
//! 2. Everything else that it needs is created.
//! 3. [`later`]: what ties it to things that come after it: a partition to its table (after the partition's own indexes when
//!    the partitioned table was there before; ATTACH adds what is missing under names of its own otherwise), an index to
//!    the partitioned index, a sequence to its column, a table to the index that clusters or identifies it.

mod column;
mod constraint;
mod later;
mod program;
mod table;
mod types;
mod view;

pub(super) use column::cascade;
pub(super) use later::later;
pub(super) use table::{has_attached_twin, is_attached_exclusion, twins};

use super::name::{described, identifier, literal, own};
use super::not_null;
use crate::schema::{Attribute, Kind, Object, Schema, Statement};

/// The statements that make `object`: what [`carried`] names comes along. Without what [`later`] adds.
pub(super) fn create(object: &Object, schema: &Schema) -> Vec<Statement> {
    let mut statements: Vec<Statement> = main(object, schema).into_iter().map(Statement::new).collect();
    statements.extend(own_comments(object));
    statements.extend(carried(object, schema).into_iter().flat_map(own_comments));
    match object.list(Attribute::NeedsUnmodelled) {
        [] => statements,
        missing => {
            let missing = missing.join(", ");
            let reason = format!("it needs the {missing}, which is not made here: put that in front");
            statements.into_iter().map(|statement| statement.open(&reason)).collect()
        }
    }
}

fn main(object: &Object, schema: &Schema) -> Vec<String> {
    match object.key.kind {
        Kind::Namespace if object.key.name == "public" => Vec::new(), // every database has it
        Kind::Namespace => vec![format!("CREATE SCHEMA {}", identifier(&object.key.name))],
        Kind::Extension => vec![types::extension(object)],
        Kind::Enum => vec![types::enumerated(object)],
        Kind::Domain => vec![types::domain(object, &carried(object, schema))],
        Kind::Composite => vec![types::composite(object, schema)],
        Kind::Range => vec![types::range(object)],
        Kind::Sequence => vec![types::sequence(object)],
        Kind::Table => table::table(object, schema),
        Kind::Column => column::alone(object, schema),
        Kind::PrimaryKey | Kind::Unique | Kind::Check | Kind::Exclusion | Kind::ForeignKey => {
            constraint::add(object, schema)
        }
        Kind::Index => constraint::index_statements(object, schema),
        Kind::View | Kind::MaterializedView => view::view(object, schema),
        Kind::Function | Kind::Procedure | Kind::Aggregate => program::routine(object),
        Kind::Rule | Kind::Trigger | Kind::Policy | Kind::EventTrigger => program::program(object),
        Kind::Database | Kind::VirtualTable | Kind::Event => Vec::new(),
    }
}

/// The objects that come with `object`: of a table its columns and the constraints that need nothing but them, of a composite
/// type its columns, of a domain its checks, of a view its columns.
pub(super) fn carried<'s>(object: &Object, schema: &'s Schema) -> Vec<&'s Object> {
    match object.key.kind {
        Kind::Table => table::carried(object, schema),
        Kind::Domain => {
            let checks = schema.of_table(&object.key, Kind::Check);
            checks.filter(|check| check.has(Attribute::OfDomain) && types::is_simple(check, object)).collect()
        }
        Kind::Composite | Kind::View | Kind::MaterializedView => schema.columns(&object.key),
        _ => Vec::new(),
    }
}

/// The statement that sets or (`None`) removes the comment of `object`.
pub(super) fn comment(object: &Object, text: Option<&str>) -> Statement {
    let text = match (text, object.key.kind) {
        (Some(text), _) => literal(text),
        (None, Kind::Namespace) if object.key.name == "public" => literal("standard public schema"),
        (None, Kind::Extension) => return usual_comment(object),
        (None, _) => "NULL".to_owned(),
    };
    Statement::new(format!("COMMENT ON {} IS {text}", described(object)))
}

/// An extension's own comment again, which only the server knows.
fn usual_comment(extension: &Object) -> Statement {
    let name = literal(&extension.key.name);
    Statement::new(format!(
        "DO $$ BEGIN EXECUTE format('COMMENT ON EXTENSION %I IS %L', {name}, \
         (SELECT comment FROM pg_catalog.pg_available_extensions() WHERE name = {name})); END $$"
    ))
}

/// The statement that sets or (`None`) removes the comment of a constraint's index.
pub(super) fn index_comment(constraint: &Object, text: Option<&str>) -> Statement {
    let text = text.map_or_else(|| "NULL".to_owned(), literal);
    Statement::new(format!("COMMENT ON INDEX {} IS {text}", own(&constraint.key)))
}

/// The comments that `object` and its index have, and what has to be said of its NOT NULL.
fn own_comments(object: &Object) -> impl Iterator<Item = Statement> {
    let own = object.text(Attribute::Comment).map(|text| comment(object, Some(text)));
    let of_index = object.text(Attribute::IndexComment).map(|text| index_comment(object, Some(text)));
    own.into_iter().chain(of_index).chain(not_null::statements(object).into_iter().map(Statement::new))
}

/// ` WITH (fillfactor='70')`, empty without options.
fn with(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!(" WITH ({})", assigned(options)) }
}

/// Options of `name=value` as SQL takes them.
fn assigned(options: &[String]) -> String {
    let one = |option: &String| match option.split_once('=') {
        Some((name, value)) => format!("{name}={}", literal(value)),
        None => option.clone(),
    };
    options.iter().map(one).collect::<Vec<_>>().join(", ")
}
