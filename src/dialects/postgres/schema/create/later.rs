//! Links of an object to objects that are created after it.

use crate::dialects::postgres::schema::name::{identifier, own};
use crate::schema::{Attribute, Kind, Object, Statement};

/// Returns the statements that link `object` to others, once these exist. All can be repeated, except ATTACH PARTITION
/// of a table.
pub(in crate::dialects::postgres::schema) fn later(object: &Object) -> Vec<Statement> {
    let own = own(&object.key);
    let text = |attribute| object.text(attribute);
    let statements: Vec<Option<String>> = match object.key.kind {
        Kind::Sequence => {
            vec![text(Attribute::OwnedBy).map(|column| format!("ALTER SEQUENCE {own} OWNED BY {column}"))]
        }
        Kind::Table => vec![attach(object), cluster(object, "TABLE"), identify(object)],
        Kind::MaterializedView => vec![cluster(object, "MATERIALIZED VIEW")],
        Kind::Index | Kind::PrimaryKey | Kind::Unique => {
            vec![text(Attribute::PartitionOf).map(|index| format!("ALTER INDEX {index} ATTACH PARTITION {own}"))]
        }
        _ => Vec::new(),
    };
    statements.into_iter().flatten().map(Statement::new).collect()
}

fn attach(object: &Object) -> Option<String> {
    let (parent, bound) = (object.text(Attribute::PartitionOf)?, object.text(Attribute::PartitionBound)?);
    Some(format!("ALTER TABLE ONLY {parent} ATTACH PARTITION {} {bound}", own(&object.key)))
}

fn cluster(object: &Object, kind: &str) -> Option<String> {
    let index = object.text(Attribute::ClusteredOn)?;
    Some(format!("ALTER {kind} {} CLUSTER ON {}", own(&object.key), identifier(index)))
}

fn identify(object: &Object) -> Option<String> {
    let index = object.text(Attribute::ReplicaIdentity)?.strip_prefix("index ")?;
    Some(format!("ALTER TABLE ONLY {} REPLICA IDENTITY USING INDEX {index}", own(&object.key)))
}
