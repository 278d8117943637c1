//! Reads the catalog into a [`Schema`]. Knows the server's catalog; must not know how a change is written.
//!
//! `information_schema` is asked once, in one message with a fixed number of queries. What it does not tell exactly
//! (views, routines, sequences, partitions) is shown by the server in a second message ([`shown`]).

mod ask;
mod columns;
mod constraints;
mod expression;
mod indexes;
mod programs;
mod shown;
mod tables;
mod text;
mod unmodelled;

use std::collections::{BTreeMap, BTreeSet};

use self::ask::{Answers, Flavour};
use super::Mysql;
use super::error::database_error;
use crate::database::statements::companions;
use crate::database::{CatalogRequest, DatabaseError};
use crate::schema::{Key, Kind, Object, Schema, Unmodelled};
use crate::sql::Dialect;

/// What is being read.
struct Draft {
    schema: Schema,
    flavour: Flavour,
    /// The database whose name no text keeps.
    database: String,
    /// Whose definer goes without saying: `name@host`.
    user: String,
    /// Whether definers are compared.
    owners: bool,
    /// Tables (and what belongs to them) that are left out.
    without: BTreeSet<String>,
    /// Everything that can stand behind FROM, by name.
    relations: BTreeMap<String, Kind>,
}

/// Reads what the session's database holds.
pub(super) fn read(database: &mut Mysql, request: &CatalogRequest) -> Result<Schema, DatabaseError> {
    let flavour = if database.server.product == "MariaDB" { Flavour::Mariadb } else { Flavour::Mysql };
    let answers = Answers::ask(&mut database.conn, flavour, request.owners).map_err(|error| database_error(&error))?;
    let without = request.without.iter().flat_map(companions).map(|table| table.name).collect();
    let mut draft = Draft {
        schema: Schema::new(Dialect::Mysql),
        flavour,
        database: answers.database.clone(),
        user: answers.user.clone(),
        owners: request.owners,
        without,
        relations: BTreeMap::new(),
    };
    draft.schema.is_mariadb = flavour == Flavour::Mariadb;
    let mut wanted = tables::add(&mut draft, &answers);
    columns::add(&mut draft, &answers);
    indexes::add(&mut draft, &answers);
    constraints::add(&mut draft, &answers);
    programs::add(&mut draft, &answers, &mut wanted);
    unmodelled::add(&mut draft, &answers);
    shown::add(&mut draft, &mut database.conn, &wanted).map_err(|error| database_error(&error))?;
    Ok(draft.finished())
}

impl Draft {
    fn is_left_out(&self, table: &str) -> bool {
        self.without.contains(table)
    }

    fn table(name: &str) -> Key {
        Key::new(Kind::Table, None, name)
    }

    /// Whether the table is one that is described.
    fn has_table(&self, name: &str) -> bool {
        self.relations.get(name) == Some(&Kind::Table) && self.schema.get(&Self::table(name)).is_some()
    }

    fn of_table(kind: Kind, table: &str, name: &str) -> Object {
        Object::new(Key::of_table(kind, None, table, name))
    }

    fn unmodelled(&mut self, kind: &str, name: &str) {
        self.schema.unmodelled.insert(Unmodelled { kind: kind.to_owned(), name: name.to_owned() });
    }

    /// The table is named and left alone, with all that belongs to it.
    fn leave_alone(&mut self, table: &str, kind: &str) {
        self.schema.retain(|object| {
            let is_it = object.key.kind == Kind::Table && object.key.name == table;
            !is_it && object.key.table.as_deref() != Some(table)
        });
        self.unmodelled(kind, table);
    }

    fn finished(self) -> Schema {
        self.schema
    }
}
