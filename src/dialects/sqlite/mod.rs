//! Rules of SQLite.

mod advice;
mod body;
mod changes;
mod classify;
mod client;
mod cross_database;
pub mod flavour;
mod formats;
mod history;
mod impact;
mod lexis;
mod quote;
pub mod schema;
#[cfg(test)]
mod tests;
mod transaction;
mod url;

use std::collections::BTreeSet;

use crate::schema::{Options, Schema, SchemaEntry, SchemaRules, Script};
use crate::sql::{
    ClientCommand, DialectRules, Impact, LeadingTokens, Lexis, StatementBody, TableNameToken, TokenKind, WordCursor,
};

/// SQLite.
#[derive(Debug)]
pub struct SqliteDialect;

impl DialectRules for SqliteDialect {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn url_schemes(&self) -> &'static [&'static str] {
        &["sqlite", "sqlite3"]
    }

    fn listed_url_schemes(&self) -> &'static [&'static str] {
        &["sqlite"]
    }

    fn is_file(&self) -> bool {
        true
    }

    fn instead_of_parameter(&self, name: &str) -> Option<&'static str> {
        url::instead_of_parameter(name)
    }

    fn begin_statement(&self) -> &'static str {
        // Acquires the write lock at once, so that the transaction never fails halfway because of another writer.
        "BEGIN IMMEDIATE"
    }

    fn reset_session(&self) -> Option<&'static str> {
        Some("PRAGMA foreign_keys = OFF;")
    }

    fn lexis(&self) -> &'static Lexis {
        &lexis::LEXIS
    }

    fn quote_literal(&self, text: &str) -> String {
        quote::quote_literal(text)
    }

    fn literal_expression(&self, column: &str, _data_type: &str) -> String {
        quote::literal_expression(column)
    }

    fn set_counter(&self, name: &str, value: &str) -> String {
        let name = quote::quote_literal(name);
        format!(
            "DELETE FROM sqlite_sequence WHERE name = {name};\nINSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {value})"
        )
    }

    fn statement_body<'t>(&self) -> Box<dyn StatementBody<'t> + 't> {
        Box::new(body::SqliteBody::default())
    }

    fn client_command<'t>(
        &self,
        _kind: TokenKind,
        word: &'t str,
        after: &'t str,
        _at_start: bool,
    ) -> Option<ClientCommand<'t>> {
        client::client_command(word, after)
    }

    fn controls_transaction(&self, leading: LeadingTokens<'_>) -> bool {
        classify::controls_transaction(leading)
    }

    fn is_setting(&self, leading: LeadingTokens<'_>) -> bool {
        classify::is_setting(leading)
    }

    fn touches_rows(&self, leading: LeadingTokens<'_>) -> bool {
        classify::touches_rows(leading)
    }

    fn refuses_transaction(&self, sql: &str) -> Option<&'static str> {
        transaction::refuses_transaction(sql)
    }

    fn functions_of_previous_statement(&self) -> &'static [&'static str] {
        &["LAST_INSERT_ROWID"]
    }

    fn impact(&self, words: WordCursor<'_>) -> Impact {
        impact::impact(words)
    }

    fn named_database<'t>(&self, words: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
        cross_database::named_database(words)
    }
}

impl SchemaRules for SqliteDialect {
    fn script(&self, from: &Schema, to: &Schema, options: &Options) -> Script {
        schema::script(from, to, options)
    }

    fn schema_of_entries(&self, entries: &[SchemaEntry], unread: &BTreeSet<&str>) -> Option<Schema> {
        Some(schema::read_checked(entries, &|table| !unread.contains(table.name.as_str())))
    }

    fn is_reordered(&self, one: &str, other: &str) -> bool {
        schema::is_reordered(one, other)
    }
}
