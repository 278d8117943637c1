//! Rules of PostgreSQL.

mod advice;
mod body;
mod changes;
mod classify;
mod client;
mod extensions;
pub mod flavour;
mod formats;
mod history;
mod impact;
mod lexis;
mod psql;
mod run;
pub mod schema;
mod schema_rewrite;
mod subscription;
#[cfg(test)]
mod tests;
mod transaction;
mod url;

use std::collections::BTreeSet;

use self::flavour::PostgresFlavour;
use crate::schema::{Key, Object, Options, Schema, SchemaRules, Script};
use crate::sql::{
    ClientCommand, DialectRules, Flavour, Impact, LeadingTokens, Lexis, StatementBody, TokenKind, TransactionControl,
    WordCursor,
};

/// PostgreSQL.
#[derive(Debug)]
pub struct PostgresDialect;

impl DialectRules for PostgresDialect {
    fn name(&self) -> &'static str {
        "postgresql"
    }

    fn default_flavour(&self) -> Flavour {
        PostgresFlavour::DEFAULT.handle()
    }

    fn flavour_named(&self, name: &str) -> Option<Flavour> {
        PostgresFlavour::ALL.into_iter().map(PostgresFlavour::handle).find(|flavour| flavour.name() == name)
    }

    fn program_version<'t>(&self, printed: &'t str) -> Option<(&'static str, &'t str)> {
        flavour::program_version(printed)
    }

    fn url_schemes(&self) -> &'static [&'static str] {
        &["postgres", "postgresql"]
    }

    fn listed_url_schemes(&self) -> &'static [&'static str] {
        &["postgres"]
    }

    fn instead_of_parameter(&self, name: &str) -> Option<&'static str> {
        url::instead_of_parameter(name)
    }

    fn without_notices(&self, in_transaction: bool) -> &'static str {
        if in_transaction { "SET LOCAL client_min_messages = warning; " } else { "SET client_min_messages = warning; " }
    }

    fn reset_session(&self) -> Option<&'static str> {
        Some(run::RESET_SESSION)
    }

    /// `DO` blocks and functions may change settings too.
    fn may_hide_setting(&self, text: &str) -> bool {
        text.to_ascii_lowercase().contains("set_config")
    }

    fn has_copy_from_stdin(&self) -> bool {
        true
    }

    fn is_concurrent(&self, statement: &str) -> bool {
        run::is_concurrent(statement)
    }

    fn has_extensions(&self) -> bool {
        true
    }

    fn words_of_shared_objects(&self) -> &'static [&'static str] {
        &["ROLE", "USER", "GROUP", "TABLESPACE", "DATABASE", "SUBSCRIPTION"]
    }

    fn row_changing_words(&self) -> &'static [&'static str] {
        &["USING", "PARTITION", "ATTACH", "DETACH", "INHERIT"]
    }

    fn is_bound_to_transaction(&self, text: &str) -> bool {
        run::is_bound_to_transaction(text)
    }

    fn may_store_computed_value(&self, statement: &str) -> bool {
        run::may_store_computed_value(statement)
    }

    /// EXPLAIN would not do: it refuses a statement with parameters.
    fn prepare_only(&self, statement: &str) -> String {
        format!("PREPARE aludel_prepared AS {statement}; DEALLOCATE aludel_prepared")
    }

    fn in_transaction(&self, statement: &str) -> String {
        run::in_transaction(statement)
    }

    fn in_schema(&self, statement: &str, schema: &str) -> String {
        schema_rewrite::in_schema(statement, schema)
    }

    fn lexis(&self) -> &'static Lexis {
        &lexis::LEXIS
    }

    fn fold_identifier(&self, word: &str) -> String {
        word.to_lowercase()
    }

    /// Every type has an exact text; that of floating-point numbers has as many digits as it needs since PostgreSQL 12.
    fn literal_expression(&self, column: &str, _data_type: &str) -> String {
        format!("pg_catalog.quote_nullable({column}::pg_catalog.text)")
    }

    fn set_counter(&self, name: &str, value: &str) -> String {
        let quoted = |name: &str| self.quote_identifier(name);
        let name = name
            .split_once('.')
            .map_or_else(|| quoted(name), |(schema, name)| format!("{}.{}", quoted(schema), quoted(name)));
        format!("SELECT pg_catalog.setval({}, {value})", self.quote_literal(&name))
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

    fn transaction_control(&self, words: &[&str]) -> TransactionControl {
        classify::transaction_control(words)
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

    fn column_of_sequence(&self, sequence: &Object) -> Option<Key> {
        schema::owning_column(sequence)
    }
}
