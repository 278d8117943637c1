//! Reads the catalog into a [`Schema`]. Independent of how changes are written.
//!
//! `information_schema` is read in one message with a fixed number of queries. Objects that it does not describe
//! exactly (views, routines, sequences, partitions) are read with SHOW CREATE in a second message ([`shown`]).

mod after_statements;
mod columns;
mod constraints;
mod expression;
mod followed;
mod indexes;
mod programs;
mod query;
mod shown;
mod tables;
mod text;
mod unmodelled;

use std::collections::{BTreeMap, BTreeSet};

use mysql::Conn;

pub(super) use self::followed::FollowedCatalog;
use self::followed::mark;
use self::query::Answers;
use super::Mysql;
use super::errors::database_error;
use crate::database::statements::companions;
use crate::database::{CatalogReader, CatalogRequest, DatabaseError, TableColumns};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::schema::{Key, Kind, Object, Schema, Unmodelled};
use crate::sql::Dialect;

/// Schema under construction.
struct MysqlSchemaBuilder {
    schema: Schema,
    flavour: MysqlFlavour,
    /// Name of the database, which is removed from all texts.
    database: String,
    /// Current user as `name@host`: the default definer.
    user: String,
    /// True if definers are compared.
    owners: bool,
    /// Tables to leave out, with everything that belongs to them.
    without: BTreeSet<String>,
    /// Tables, views and sequences, by name.
    relations: BTreeMap<String, Kind>,
}

impl CatalogReader for Mysql<'_> {
    fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, DatabaseError> {
        self.end_statement_timeout();
        read(self, request)
    }

    fn can_read_after(&self, statements: &[&str]) -> bool {
        after_statements::changed_words(statements).is_some()
    }

    fn catalog_text_after(
        &mut self,
        request: &CatalogRequest,
        before: &str,
        statements: &[&str],
    ) -> Result<Option<String>, DatabaseError> {
        let before = Schema::from_json(before, &BTreeSet::new());
        let Some((before, changed)) = before.zip(after_statements::changed_words(statements)) else { return Ok(None) };
        self.end_statement_timeout();
        let read = after_statements::read(&mut self.conn, self.flavour, request, before, &changed);
        Ok(read.map_err(|error| database_error(&error))?.map(|schema| schema.to_json()))
    }

    fn expect_repeated_reads(&mut self) {
        self.followed = Some(FollowedCatalog::default());
    }

    fn table_columns(&mut self, _request: &CatalogRequest) -> Result<Option<Vec<TableColumns>>, DatabaseError> {
        Ok(self.followed.as_ref().and_then(FollowedCatalog::table_columns))
    }

    fn catalog_mark(&mut self, request: &CatalogRequest) -> Result<Option<String>, DatabaseError> {
        self.end_statement_timeout();
        mark(self, request)
    }
}

/// Reads the contents of the session's database.
fn read(database: &mut Mysql, request: &CatalogRequest) -> Result<Schema, DatabaseError> {
    let flavour = database.flavour;
    let answers = Answers::read(&mut database.conn, flavour, request.owners).map_err(|error| database_error(&error))?;
    let mut draft = MysqlSchemaBuilder::new(flavour, &answers, request);
    draft.add(&mut database.conn, &answers).map_err(|error| database_error(&error))?;
    Ok(draft.schema)
}

/// Returns the tables to leave out.
fn left_out(request: &CatalogRequest) -> BTreeSet<String> {
    request.without.iter().flat_map(companions).map(|table| table.name).collect()
}

impl MysqlSchemaBuilder {
    fn new(flavour: MysqlFlavour, answers: &Answers, request: &CatalogRequest) -> Self {
        let mut schema = Schema::new(Dialect::MYSQL);
        schema.flavour = flavour.handle();
        Self {
            schema,
            flavour,
            database: answers.database.clone(),
            user: answers.user.clone(),
            owners: request.owners,
            without: left_out(request),
            relations: BTreeMap::new(),
        }
    }

    /// Adds what the queries have returned, and what SHOW CREATE prints of it.
    fn add(&mut self, conn: &mut Conn, answers: &Answers) -> Result<(), mysql::Error> {
        let mut wanted = tables::add(self, answers);
        columns::add(self, answers);
        indexes::add(self, answers);
        constraints::add(self, answers);
        programs::add(self, answers, &mut wanted);
        unmodelled::add(self, answers);
        shown::add(self, conn, &wanted)
    }

    fn is_left_out(&self, table: &str) -> bool {
        self.without.contains(table)
    }

    fn table(name: &str) -> Key {
        Key::new(Kind::Table, None, name)
    }

    /// Returns whether the table is part of the schema.
    fn has_table(&self, name: &str) -> bool {
        self.relations.get(name) == Some(&Kind::Table) && self.schema.get(&Self::table(name)).is_some()
    }

    fn of_table(kind: Kind, table: &str, name: &str) -> Object {
        Object::new(Key::of_table(kind, None, table, name))
    }

    fn unmodelled(&mut self, kind: &str, name: &str) {
        self.schema.unmodelled.insert(Unmodelled { kind: kind.to_owned(), name: name.to_owned() });
    }

    /// Removes the table with everything that belongs to it, and lists it as not modelled.
    fn leave_alone(&mut self, table: &str, kind: &str) {
        self.schema.retain(|object| {
            let is_it = object.key.kind == Kind::Table && object.key.name == table;
            !is_it && object.key.table.as_deref() != Some(table)
        });
        self.unmodelled(kind, table);
    }
}
