//! Statements that create an object, including its comment. The order of objects is left to the plan.
//!
//! An object is created in up to three steps, each with a function here:
//! 1. [`create`]. CREATE TABLE includes some of the table's own objects ([`carried`]), which are not created again.
//! 2. All other objects that it depends on are created.
//! 3. [`later`]: links to objects that exist only by now: a partition to its table (after the partition's own indexes if
//!    the partitioned table existed before, because ATTACH would otherwise create the missing ones under generated
//!    names), an index to the partitioned index, a sequence to its column, a table to the index that it is clustered on
//!    or identified by.

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

/// Returns the statements that create `object` and the objects in [`carried`], without those of [`later`].
pub(super) fn create(object: &Object, schema: &Schema) -> Vec<Statement> {
    let mut statements: Vec<Statement> = main(object, schema).into_iter().map(Statement::new).collect();
    statements.extend(own_comments(object, schema));
    statements.extend(carried(object, schema).into_iter().flat_map(|carried| own_comments(carried, schema)));
    match object.list(Attribute::NeedsUnmodelled) {
        [] => statements,
        missing => {
            let missing = missing.join(", ");
            let reason = format!("it needs the {missing}, which is not created here: put that before it");
            statements.into_iter().map(|statement| statement.open(&reason)).collect()
        }
    }
}

fn main(object: &Object, schema: &Schema) -> Vec<String> {
    match object.key.kind {
        Kind::Namespace if object.key.name == "public" => Vec::new(), // every database has it
        Kind::Namespace => vec![format!("CREATE SCHEMA {}", identifier(&object.key.name))],
        Kind::Extension => vec![types::extension(object)],
        Kind::Collation => vec![types::collation(object)],
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

/// Returns the objects that are created together with `object`: the columns of a table and the constraints that depend
/// on nothing else, the columns of a composite type or view, the checks of a domain.
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

/// Returns the statement that sets the comment of `object`, or removes it (`None`).
pub(super) fn comment(object: &Object, text: Option<&str>) -> Statement {
    let text = match (text, object.key.kind) {
        (Some(text), _) => literal(text),
        (None, Kind::Namespace) if object.key.name == "public" => literal("standard public schema"),
        (None, Kind::Extension) => return usual_comment(object),
        (None, _) => "NULL".to_owned(),
    };
    Statement::new(format!("COMMENT ON {} IS {text}", described(object)))
}

/// Restores the default comment of an extension, which only the server has.
fn usual_comment(extension: &Object) -> Statement {
    let name = literal(&extension.key.name);
    Statement::new(format!(
        "DO $$ BEGIN EXECUTE format('COMMENT ON EXTENSION %I IS %L', {name}, \
         (SELECT comment FROM pg_catalog.pg_available_extensions() WHERE name = {name})); END $$"
    ))
}

/// Returns the statement that sets the comment of a constraint's index, or removes it (`None`).
pub(super) fn index_comment(constraint: &Object, text: Option<&str>) -> Statement {
    let text = text.map_or_else(|| "NULL".to_owned(), literal);
    Statement::new(format!("COMMENT ON INDEX {} IS {text}", own(&constraint.key)))
}

/// Returns the comments of `object` and its index, and the statements for its NOT NULL constraint.
fn own_comments(object: &Object, schema: &Schema) -> impl Iterator<Item = Statement> {
    let own = object.text(Attribute::Comment).map(|text| comment(object, Some(text)));
    let of_index = object.text(Attribute::IndexComment).map(|text| index_comment(object, Some(text)));
    own.into_iter().chain(of_index).chain(not_null::statements(object, schema).into_iter().map(Statement::new))
}

/// Returns ` WITH (fillfactor='70')`; empty without options.
fn with(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!(" WITH ({})", assigned(options)) }
}

/// Formats options given as `name=value`.
fn assigned(options: &[String]) -> String {
    let one = |option: &String| match option.split_once('=') {
        Some((name, value)) => format!("{name}={}", literal(value)),
        None => option.clone(),
    };
    options.iter().map(one).collect::<Vec<_>>().join(", ")
}
