//! Queries of `information_schema`, in one message, with the differences between the servers.

use mysql::Conn;

use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::drivers::mysql::session::{StatementOutcome, send};

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
    /// Runs the queries, including privileges if `with_privileges`.
    pub(super) fn ask(conn: &mut Conn, flavour: MysqlFlavour, with_privileges: bool) -> Result<Self, mysql::Error> {
        let sql = questions(flavour, with_privileges).join(";\n");
        let outcomes = send(conn, &sql).map_err(|failed| failed.error)?;
        let mut sets = outcomes.iter().map(StatementOutcome::texts);
        let mut next = || sets.next().unwrap_or_default();
        let session = next();
        let first = session.first().cloned().unwrap_or_default();
        Ok(Self {
            database: text_at(&first, 0).to_owned(),
            user: text_at(&first, 1).to_owned(),
            tables: next(),
            columns: next(),
            indexes: next(),
            checks: next(),
            foreign_keys: next(),
            foreign_columns: next(),
            triggers: next(),
            routines: next(),
            events: next(),
            systems: next(),
            others: next(),
        })
    }
}

fn questions(flavour: MysqlFlavour, with_privileges: bool) -> [String; 12] {
    let own = |columns: &str, table: &str, schema: &str, order: &str| {
        format!("SELECT {columns} FROM information_schema.{table} WHERE {schema} = DATABASE() ORDER BY {order}")
    };
    let column_facts = format!(
        "TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_TYPE, COLLATION_NAME, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, \
         GENERATION_EXPRESSION, COLUMN_COMMENT, DATA_TYPE, {}",
        flavour.spatial_system_of_column()
    );
    let index_facts = format!(
        "TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE, INDEX_COMMENT, {}",
        flavour.index_state_and_expression()
    );
    [
        "SELECT DATABASE(), CURRENT_USER()".to_owned(),
        own(
            "TABLE_NAME, TABLE_TYPE, ENGINE, ROW_FORMAT, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT",
            "TABLES",
            "TABLE_SCHEMA",
            "1",
        ),
        own(&column_facts, "COLUMNS", "TABLE_SCHEMA", "1, ORDINAL_POSITION"),
        own(&index_facts, "STATISTICS", "TABLE_SCHEMA", "1, 2, SEQ_IN_INDEX"),
        flavour.checks_query().to_owned(),
        own(
            "TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE, \
             IF(UNIQUE_CONSTRAINT_SCHEMA = CONSTRAINT_SCHEMA, NULL, UNIQUE_CONSTRAINT_SCHEMA)",
            "REFERENTIAL_CONSTRAINTS",
            "CONSTRAINT_SCHEMA",
            "1, 2",
        ),
        "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE \
         WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY 1, 2, ORDINAL_POSITION"
            .to_owned(),
        own(
            "TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, ACTION_STATEMENT, DEFINER, SQL_MODE",
            "TRIGGERS",
            // MariaDB looks at the tables of all databases for the triggers of TRIGGER_SCHEMA.
            "EVENT_OBJECT_SCHEMA",
            "2, 3, 4, CAST(ACTION_ORDER AS UNSIGNED)",
        ),
        own("ROUTINE_TYPE, ROUTINE_NAME, DEFINER, SQL_MODE", "ROUTINES", "ROUTINE_SCHEMA", "1, 2"),
        own(
            "EVENT_NAME, DEFINER, EVENT_DEFINITION, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD, SQL_MODE, \
             IF(STARTS IN (CREATED, LAST_ALTERED), NULL, STARTS), ENDS, STATUS, ON_COMPLETION, EVENT_COMMENT, TIME_ZONE",
            "EVENTS",
            "EVENT_SCHEMA",
            "1",
        ),
        flavour.spatial_systems_query().unwrap_or(NOTHING).to_owned(),
        format!(
            "{}{}",
            if with_privileges { PRIVILEGES } else { NOTHING_OF_TWO },
            flavour.libraries_query()
        ),
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
