//! Rules of MySQL and MariaDB.

mod advice;
mod body;
mod changes;
mod classify;
mod client;
mod cross_database;
mod delimiter;
pub mod flavour;
mod formats;
mod history;
mod impact;
mod lexis;
mod local_file;
mod quote;
mod saved_settings;
pub mod schema;
#[cfg(test)]
mod tests;
mod url;

use self::flavour::MysqlFlavour;
use crate::schema::{Attribute, Object, Options, Schema, SchemaRules, Script, Statement};
use crate::sql::{
    ClientCommand, DialectRules, Flavour, Impact, LeadingTokens, Lexis, ObjectKind, SavedSetting, StatementBody,
    StatementRefusal, TableNameToken, TokenKind, TransactionControl, WordCursor, enclosed, unquoted,
};

/// MySQL and MariaDB.
#[derive(Debug)]
pub struct MysqlDialect;

impl DialectRules for MysqlDialect {
    /// EXPLAIN would not do: it refuses a statement with parameters.
    fn prepare_only(&self, statement: &str) -> String {
        let text = self.quote_literal(statement);
        format!("PREPARE aludel_prepared FROM {text}; DEALLOCATE PREPARE aludel_prepared")
    }

    fn name(&self) -> &'static str {
        "mysql"
    }

    fn default_flavour(&self) -> Flavour {
        MysqlFlavour::DEFAULT.handle()
    }

    fn flavour_named(&self, name: &str) -> Option<Flavour> {
        MysqlFlavour::ALL.into_iter().map(MysqlFlavour::handle).find(|flavour| flavour.name() == name)
    }

    fn program_version<'t>(&self, printed: &'t str) -> Option<(&'static str, &'t str)> {
        flavour::program_version(printed)
    }

    fn url_schemes(&self) -> &'static [&'static str] {
        &flavour::URL_SCHEMES
    }

    fn listed_url_schemes(&self) -> &'static [&'static str] {
        &flavour::URL_SCHEMES
    }

    fn instead_of_parameter(&self, name: &str) -> Option<&'static str> {
        url::instead_of_parameter(name)
    }

    fn has_transactional_ddl(&self) -> bool {
        false
    }

    fn words_of_shared_objects(&self) -> &'static [&'static str] {
        &["ROLE", "USER", "DATABASE", "SCHEMA", "GLOBAL", "TABLESPACE"]
    }

    /// `PERIOD` and `SYSTEM` are of MariaDB's temporal tables.
    fn row_changing_words(&self) -> &'static [&'static str] {
        &["PARTITION", "PARTITIONING", "IGNORE", "ENGINE", "UNION", "TABLESPACE", "PERIOD", "SYSTEM"]
    }

    fn begin_statement(&self) -> &'static str {
        "START TRANSACTION"
    }

    fn saved_settings(&self, statement: &str) -> Vec<SavedSetting> {
        saved_settings::saved_settings(statement)
    }

    fn with_delimiter(&self, statement: &str, mark: char) -> Option<String> {
        Some(delimiter::with_delimiter(statement, mark))
    }

    fn has_change_column(&self) -> bool {
        true
    }

    fn lexis(&self) -> &'static Lexis {
        &lexis::LEXIS
    }

    fn quote_identifier(&self, name: &str) -> String {
        enclosed(name, '`')
    }

    fn quote_literal(&self, text: &str) -> String {
        quote::quote_literal(text)
    }

    fn literal_expression(&self, column: &str, data_type: &str) -> String {
        quote::literal_expression(column, data_type)
    }

    fn set_counter(&self, name: &str, value: &str) -> String {
        format!("ALTER TABLE {} AUTO_INCREMENT = {value}", self.quote_identifier(name))
    }

    /// InnoDB checks each row as it is inserted (manual, "FOREIGN KEY Constraint Differences").
    fn without_foreign_key_checks(&self) -> Option<(&'static str, &'static str)> {
        Some(("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"))
    }

    fn statement_body<'t>(&self) -> Box<dyn StatementBody<'t> + 't> {
        Box::new(body::MysqlBody::default())
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

    // No statement refuses a transaction: those that cannot be rolled back commit implicitly.

    fn refused_statement(&self, sql: &str) -> Option<&'static StatementRefusal> {
        local_file::loads_local_file(sql).then_some(&local_file::REFUSAL)
    }

    fn has_session_variables(&self) -> bool {
        true
    }

    fn functions_of_previous_statement(&self) -> &'static [&'static str] {
        &["LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS"]
    }

    fn impact(&self, words: WordCursor<'_>) -> Impact {
        impact::impact(words)
    }

    fn named_database<'t>(&self, words: &[TableNameToken<'t>]) -> Option<TableNameToken<'t>> {
        cross_database::named_database(words)
    }

    fn kind_of_database(&self) -> ObjectKind {
        ObjectKind::Schema
    }

    fn alters_indexes_in_tables(&self) -> bool {
        true
    }

    fn renames_table_without_to(&self) -> bool {
        true
    }
}

impl SchemaRules for MysqlDialect {
    /// An index without a name gets that of its first column, with `_2` and so on where that is taken (MySQL manual,
    /// "CREATE INDEX").
    fn may_be_server_name(&self, object: &Object) -> bool {
        let column = object.list(Attribute::Columns).first().map(|column| unquoted(column));
        let rest = column.and_then(|column| object.key.name.strip_prefix(column.as_str()));
        let is_number = |rest: &str| rest.strip_prefix('_').is_some_and(|number| number.parse::<u32>().is_ok());
        rest.is_some_and(|rest| rest.is_empty() || is_number(rest))
    }

    fn script(&self, from: &Schema, to: &Schema, options: &Options) -> Script {
        schema::script(from, to, options)
    }

    fn fall_back(&self, statement: &Statement, number: Option<i64>) -> Option<Statement> {
        // ER_ALTER_OPERATION_NOT_SUPPORTED and ER_ALTER_OPERATION_NOT_SUPPORTED_REASON.
        if matches!(number, Some(1845 | 1846)) { schema::fall_back_to_weaker_algorithm(statement) } else { None }
    }
}
