//! Queries of `information_schema`, in one message, with the differences between the servers.

use mysql::Conn;

use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::drivers::mysql::session::{StatementOutcome, send};
use crate::sql::{Dialect, quote_literal};

/// Row in text format.
pub(super) type TextRow = Vec<Option<String>>;

/// Results of the queries.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) database: String,
    pub(super) user: String,
    pub(super) tables: Vec<TextRow>,
    pub(super) columns: Vec<TextRow>,
    pub(super) indexes: Vec<TextRow>,
    pub(super) checks: Vec<TextRow>,
    pub(super) foreign_keys: Vec<TextRow>,
    pub(super) foreign_columns: Vec<TextRow>,
    pub(super) triggers: Vec<TextRow>,
    pub(super) routines: Vec<TextRow>,
    pub(super) events: Vec<TextRow>,
    /// Spatial columns with a reference system, if that is not a column of [`Self::columns`].
    pub(super) systems: Vec<TextRow>,
    pub(super) others: Vec<TextRow>,
}

/// Returns a column of a row; empty for NULL.
pub(super) fn text_at(row: &TextRow, index: usize) -> &str {
    some(row, index).unwrap_or_default()
}

/// Returns a column of a row.
pub(super) fn some(row: &TextRow, index: usize) -> Option<&str> {
    row.get(index)?.as_deref()
}

impl Answers {
    /// Reads the catalog, including privileges if `with_privileges`.
    pub(super) fn read(conn: &mut Conn, flavour: MysqlFlavour, with_privileges: bool) -> Result<Self, mysql::Error> {
        let about_tables = questions_about_tables(flavour).map(|question| question.sql);
        let others = other_questions(flavour, with_privileges);
        let mut sets = answers(conn, about_tables.into_iter().chain(others))?.into_iter();
        let mut next = || sets.next().unwrap_or_default();
        let mut answers = Self::in_session(&next());
        for set in answers.about_tables() {
            *set = next();
        }
        (answers.routines, answers.events, answers.others) = (next(), next(), next());
        Ok(answers)
    }

    /// Reads what belongs to `tables`, without opening any other table.
    pub(super) fn read_tables(conn: &mut Conn, flavour: MysqlFlavour, tables: &[&str]) -> Result<Self, mysql::Error> {
        let questions = questions_about_tables(flavour);
        let questions = tables.iter().flat_map(|table| questions.iter().map(|question| question.about(table)));
        let mut sets = answers(conn, questions)?.into_iter();
        let mut answers = Self::in_session(&sets.next().unwrap_or_default());
        for _ in tables {
            for set in answers.about_tables() {
                set.extend(sets.next().unwrap_or_default());
            }
        }
        Ok(answers)
    }

    fn in_session(session: &[TextRow]) -> Self {
        let text = |column| session.first().map(|row| text_at(row, column).to_owned()).unwrap_or_default();
        Self { database: text(0), user: text(1), ..Self::default() }
    }

    /// Returns the rows of [`questions_about_tables`], in their order.
    fn about_tables(&mut self) -> [&mut Vec<TextRow>; 8] {
        let Self { tables, columns, indexes, checks, foreign_keys, foreign_columns, triggers, systems, .. } = self;
        [tables, columns, indexes, checks, foreign_keys, foreign_columns, triggers, systems]
    }
}

/// Runs the query for the session and the others as one message.
fn answers(conn: &mut Conn, questions: impl Iterator<Item = String>) -> Result<Vec<Vec<TextRow>>, mysql::Error> {
    let session = "SELECT DATABASE(), CURRENT_USER()".to_owned();
    let questions: Vec<String> = std::iter::once(session).chain(questions).collect();
    let outcomes = send(conn, &questions.join(";\n")).map_err(|failed| failed.error)?;
    Ok(outcomes.iter().map(StatementOutcome::texts).collect())
}

/// Query about all tables of the session's database.
struct TableQuestion {
    sql: String,
    /// Column with the name of the table.
    table: &'static str,
}

impl TableQuestion {
    /// Restricts the query to one table. MariaDB opens only that one if the name is compared with a constant.
    fn about(&self, table: &str) -> String {
        let Some((before, order)) = self.sql.split_once(" ORDER BY ") else { return self.sql.clone() };
        format!("{before} AND {} = {} ORDER BY {order}", self.table, quote_literal(table, Dialect::MYSQL))
    }
}

fn own(columns: &str, table: &str, schema: &str, order: &str) -> String {
    format!("SELECT {columns} FROM information_schema.{table} WHERE {schema} = DATABASE() ORDER BY {order}")
}

fn questions_about_tables(flavour: MysqlFlavour) -> [TableQuestion; 8] {
    let column_facts = format!(
        "TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_TYPE, COLLATION_NAME, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, \
         GENERATION_EXPRESSION, COLUMN_COMMENT, DATA_TYPE, {}",
        flavour.spatial_system_of_column()
    );
    let index_facts = format!(
        "TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE, INDEX_COMMENT, {}",
        flavour.index_state_and_expression()
    );
    let foreign_columns = "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME \
         FROM information_schema.KEY_COLUMN_USAGE \
         WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY 1, 2, ORDINAL_POSITION";
    let question = |sql, table| TableQuestion { sql, table };
    [
        question(
            own(
                "TABLE_NAME, TABLE_TYPE, ENGINE, ROW_FORMAT, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT",
                "TABLES",
                "TABLE_SCHEMA",
                "1",
            ),
            "TABLE_NAME",
        ),
        question(own(&column_facts, "COLUMNS", "TABLE_SCHEMA", "1, ORDINAL_POSITION"), "TABLE_NAME"),
        question(own(&index_facts, "STATISTICS", "TABLE_SCHEMA", "1, 2, SEQ_IN_INDEX"), "TABLE_NAME"),
        question(flavour.checks_query().to_owned(), "TABLE_NAME"),
        question(
            own(
                "TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE, \
                 IF(UNIQUE_CONSTRAINT_SCHEMA = CONSTRAINT_SCHEMA, NULL, UNIQUE_CONSTRAINT_SCHEMA)",
                "REFERENTIAL_CONSTRAINTS",
                "CONSTRAINT_SCHEMA",
                "1, 2",
            ),
            "TABLE_NAME",
        ),
        question(foreign_columns.to_owned(), "TABLE_NAME"),
        question(
            own(
                "TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, ACTION_STATEMENT, \
                 DEFINER, SQL_MODE",
                "TRIGGERS",
                // MariaDB looks at the tables of all databases for the triggers of TRIGGER_SCHEMA.
                "EVENT_OBJECT_SCHEMA",
                "2, 3, 4, CAST(ACTION_ORDER AS UNSIGNED)",
            ),
            "EVENT_OBJECT_TABLE",
        ),
        question(flavour.spatial_systems_query().unwrap_or(NOTHING).to_owned(), "F_TABLE_NAME"),
    ]
}

/// Returns the queries for routines, events, and objects that the model does not cover.
fn other_questions(flavour: MysqlFlavour, with_privileges: bool) -> [String; 3] {
    [
        own("ROUTINE_TYPE, ROUTINE_NAME, DEFINER, SQL_MODE", "ROUTINES", "ROUTINE_SCHEMA", "1, 2"),
        own(
            "EVENT_NAME, DEFINER, EVENT_DEFINITION, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD, SQL_MODE, \
             IF(STARTS IN (CREATED, LAST_ALTERED), NULL, STARTS), ENDS, STATUS, ON_COMPLETION, EVENT_COMMENT, TIME_ZONE",
            "EVENTS",
            "EVENT_SCHEMA",
            "1",
        ),
        format!("{}{}", if with_privileges { PRIVILEGES } else { NOTHING_OF_TWO }, flavour.libraries_query()),
    ]
}

const NOTHING: &str = "SELECT 1 FROM DUAL WHERE FALSE";
pub(super) const NOTHING_OF_TWO: &str = "SELECT '', '' FROM DUAL WHERE FALSE";

/// Privileges on the database's objects, as far as the user may see them.
const PRIVILEGES: &str = "SELECT DISTINCT 'privileges', CONCAT(GRANTEE, ' on the database') FROM information_schema.SCHEMA_PRIVILEGES \
     WHERE TABLE_SCHEMA = DATABASE() \
     UNION SELECT 'privileges', CONCAT(GRANTEE, ' on ', TABLE_NAME) FROM information_schema.TABLE_PRIVILEGES \
     WHERE TABLE_SCHEMA = DATABASE() \
     UNION SELECT 'privileges', CONCAT(GRANTEE, ' on ', TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMN_PRIVILEGES \
     WHERE TABLE_SCHEMA = DATABASE()";
