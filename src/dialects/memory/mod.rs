//! Rules of the in-memory database, a made-up product that exists for the tests: the worked example of a dialect in
//! CONTRIBUTING.md. Everything that it does like standard SQL is a default of the traits.

mod parser;
mod statement;

use crate::ddl::{Action, ActionWork, ChangeRules, DdlServer, DdlStatement, IndexDefinition, Outline, Relation};
use crate::formats::FormatRules;
use crate::schema::{
    Attribute, Change, Object, Options, Schema, SchemaRules, Script, Statement, StatementNote, difference,
};
use crate::sql::{
    AdviceRules, Blocks, Dialect, DialectRules, HistoryRules, Impact, LeadingTokens, Loss, TableTypes, WordCursor,
    Work, quote_identifier,
};

pub use parser::{MemorySyntaxError, parse};
pub use statement::{ColumnDefinition, MemoryExpression, MemoryStatement, RowCondition, RowQuery, TableDefinition};

/// Name of the table that lists all tables.
pub const CATALOG: &str = "memory_tables";

/// The in-memory database.
#[derive(Debug)]
pub struct MemoryDialect;

impl DialectRules for MemoryDialect {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn url_schemes(&self) -> &'static [&'static str] {
        &["memory"]
    }

    /// None: no user meets it.
    fn listed_url_schemes(&self) -> &'static [&'static str] {
        &[]
    }

    fn literal_expression(&self, column: &str, _data_type: &str) -> String {
        column.to_owned()
    }

    fn set_counter(&self, _name: &str, _value: &str) -> String {
        String::new()
    }

    fn controls_transaction(&self, leading: LeadingTokens<'_>) -> bool {
        leading.starts_with(&["BEGIN"])
    }

    fn is_setting(&self, leading: LeadingTokens<'_>) -> bool {
        leading.starts_with(&["SET"])
    }

    /// A session works on a copy, so that nothing blocks others; the second of two that commit is refused.
    fn impact(&self, mut words: WordCursor<'_>) -> Impact {
        let mut impact = Impact::default();
        let (loss, work) = if words.take(&["CREATE", "TABLE"]) {
            words.take(&["IF", "NOT", "EXISTS"]);
            impact.makes.extend(words.name());
            return impact;
        } else if words.take(&["DROP", "TABLE"]) {
            words.take(&["IF", "EXISTS"]);
            (Some(Loss::Table), Work::Catalog)
        } else if words.take(&["DELETE", "FROM"]) {
            (Some(Loss::Delete), Work::Rows)
        } else if words.take(&["INSERT", "INTO"]) || words.take(&["UPDATE"]) {
            (None, Work::Rows)
        } else {
            return impact;
        };
        if let Some(table) = words.name() {
            impact.lock(&table, "a copy", Blocks::Nothing, work);
            loss.into_iter().for_each(|loss| impact.lose(loss, table.clone()));
        }
        impact
    }
}

impl AdviceRules for MemoryDialect {
    fn products(&self) -> &'static str {
        "Memory"
    }
}

impl HistoryRules for MemoryDialect {
    fn table_types(&self) -> &'static TableTypes {
        &TableTypes {
            revision_id: "VARCHAR(255)",
            version_options: "",
            row_id: "INTEGER PRIMARY KEY",
            instant: "TEXT",
            long_text: "TEXT",
            options: "",
        }
    }

    /// It has no clock.
    fn current_instant(&self) -> &'static str {
        "'1970-01-01T00:00:00Z'"
    }

    fn table_exists(&self, _schema: Option<&str>, name: &str) -> String {
        format!("SELECT name FROM {CATALOG} WHERE name = {}", self.literal_in_any_mode(name))
    }
}

impl SchemaRules for MemoryDialect {
    /// Drops and creates whole tables: the language has no ALTER TABLE.
    fn script(&self, from: &Schema, to: &Schema, _options: &Options) -> Script {
        let mut script = Script::default();
        let drop = |object: &Object| {
            let name = quote_identifier(&object.key.name, Dialect::MEMORY);
            let loss = StatementNote::Loses(format!("the rows of {}", object.key.name));
            Statement::new(format!("DROP TABLE {name}")).note(loss)
        };
        let create = |object: &Object| Statement::new(object.text(Attribute::Definition).unwrap_or_default());
        for change in difference(from, to).changes {
            let statements = match change {
                Change::Add(object) => vec![create(object)],
                Change::Drop(object) => vec![drop(object)],
                Change::Alter { before, after } => vec![drop(before), create(after)],
            };
            statements.into_iter().for_each(|statement| script.push(true, statement));
        }
        script
    }
}

/// No other tool supports it.
impl FormatRules for MemoryDialect {}

/// Nothing blocks others: see [`DialectRules::impact`] above.
impl ChangeRules for MemoryDialect {
    fn work(&self, _action: &Action, _table: &Relation, _outline: &Outline, _server: &DdlServer) -> ActionWork {
        ActionWork::catalog(Blocks::Nothing)
    }

    fn index_work(&self, _index: &IndexDefinition, _table: Option<&Relation>, _server: &DdlServer) -> ActionWork {
        ActionWork::catalog(Blocks::Nothing)
    }

    fn lock_name(&self, _statement: &DdlStatement) -> &'static str {
        ""
    }

    fn narrows(&self, _from: &str, _to: &str) -> bool {
        false
    }
}
