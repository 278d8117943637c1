//! Rules of PostgreSQL.

mod body;
mod classify;
mod client;
mod extensions;
mod impact;
mod lexis;
pub mod schema;
mod subscription;
#[cfg(test)]
mod tests;
mod transaction;

use std::collections::BTreeSet;

use crate::schema::{Options, Schema, SchemaEntry, SchemaRules, Script};
use crate::sql::{
    ClientCommand, Dialect, DialectRules, Impact, LeadingTokens, Lexis, StatementBody, TokenKind, WordCursor,
};

/// PostgreSQL.
#[derive(Debug)]
pub struct PostgresDialect;

impl DialectRules for PostgresDialect {
    fn name(&self) -> &'static str {
        "postgresql"
    }

    fn lexis(&self) -> &'static Lexis {
        &lexis::LEXIS
    }

    fn fold_identifier(&self, word: &str) -> String {
        word.to_lowercase()
    }

    fn statement_body<'t>(&self) -> Box<dyn StatementBody<'t> + 't> {
        Box::new(body::PostgresBody::default())
    }

    fn client_command<'t>(
        &self,
        kind: TokenKind,
        word: &'t str,
        after: &'t str,
        at_start: bool,
    ) -> Option<ClientCommand<'t>> {
        client::client_command(kind, word, after, at_start)
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

    fn impact(&self, words: WordCursor<'_>) -> Impact {
        impact::impact(words)
    }

    fn created_extensions(&self, text: &str) -> BTreeSet<String> {
        extensions::created_extensions(text)
    }
}

impl SchemaRules for PostgresDialect {
    fn script(&self, from: &Schema, to: &Schema, options: &Options) -> Script {
        schema::script(from, to, options)
    }

    fn schema_of_entries(&self, _entries: &[SchemaEntry], _unread: &BTreeSet<&str>) -> Schema {
        Schema::new(Dialect::Postgres)
    }
}
