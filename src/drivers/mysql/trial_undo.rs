//! Undo of a trial in a scratch database: what it has changed is made again from what was there before.
//!
//! DDL cannot be rolled back here (MySQL manual, "Statements That Cause an Implicit Commit"), and making a database
//! again from its history takes as long as the history. The definitions are those that SHOW CREATE prints; the rows are
//! kept in a second scratch database. All is compared after a trial, and what was made again is read once more, so
//! nothing depends on which changes a trial can make.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::database::session::{TextRows, first_column, pairs};
use crate::database::{Database, DatabaseError, TrialUndo};
use crate::sql::{Dialect, quote_identifier, quote_literal};

/// Query for the relations of the session's database and the properties of the database itself.
const RELATIONS: &str = "SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
    ORDER BY 2; SELECT 'DATABASE', CONCAT(@@character_set_database, ' ', @@collation_database)";

/// Query for the triggers in the order in which they have to be created, routines and events.
const PROGRAMS: &str = "SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS \
    WHERE EVENT_OBJECT_SCHEMA = DATABASE() ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER; \
    SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1, 2; \
    SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 2";

/// Query for the columns whose values are stored, each with an expression for its whole value as text: that of a binary
/// one may be none, and that of a FLOAT is rounded.
const STORED_COLUMNS: &str = "SELECT TABLE_NAME, COLUMN_NAME, CASE WHEN DATA_TYPE = 'float' THEN 'F' \
    WHEN DATA_TYPE REGEXP 'binary|blob|bit|geom|point|line|polygon|vector' THEN 'B' ELSE 'T' END \
    FROM information_schema.COLUMNS \
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (TABLES) AND COALESCE(GENERATION_EXPRESSION, '') = '' \
    ORDER BY TABLE_NAME, ORDINAL_POSITION";

/// Query for the settings of the session that an undo changes.
const SETTINGS: &str = "SELECT QUOTE(@@sql_mode), @@foreign_key_checks, @@unique_checks, QUOTE(@@time_zone)";

/// Settings with which rows and tables are accepted in any order, as they were.
const LENIENT: &str = "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0, unique_checks = 0";

type Hash = [u8; 32];

/// Columns whose values are stored, by table.
type Columns = BTreeMap<String, Vec<StoredColumn>>;

#[derive(Debug)]
struct StoredColumn {
    name: String,
    /// Expression for its value as text.
    text: String,
}

/// Object of a database, as SHOW CREATE prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PrintedObject {
    /// TABLE, VIEW, SEQUENCE, TRIGGER, PROCEDURE and so on.
    kind: String,
    name: String,
    /// Columns of SHOW CREATE, without the time at which a trigger was created.
    columns: Vec<Option<String>>,
}

impl PrintedObject {
    /// Returns the statement that creates it.
    fn definition(&self) -> Option<&str> {
        let column = match self.kind.as_str() {
            "TABLE" | "VIEW" | "SEQUENCE" => 1,
            "EVENT" => 3,
            _ => 2,
        };
        self.columns.get(column)?.as_deref()
    }

    /// Returns the settings of the session with which it was created.
    fn settings(&self) -> String {
        let text = |column: usize| {
            quote_literal(self.columns.get(column).cloned().flatten().as_deref().unwrap_or(""), Dialect::MYSQL)
        };
        match self.kind.as_str() {
            "EVENT" => format!("SET SESSION sql_mode = {}, time_zone = {}", text(1), text(2)),
            _ => format!("SET SESSION sql_mode = {}", text(1)),
        }
    }

    fn drop_statement(&self) -> String {
        format!("DROP {} IF EXISTS {}", self.kind, quoted(&self.name))
    }
}

/// Contents of a database.
#[derive(Debug, Default, PartialEq, Eq)]
struct PrintedDatabase {
    /// Character set and collation.
    properties: String,
    /// Tables, views and sequences by name.
    relations: BTreeMap<String, PrintedObject>,
    programs: Vec<PrintedObject>,
    /// Tables that have rows, with a hash of these; `None` if the columns are not known.
    rows: BTreeMap<String, Option<Hash>>,
    /// Next values of the sequences.
    sequences: Vec<String>,
}

impl PrintedDatabase {
    /// Reads the session's database. The rows of a table are read if its definition is that in `known`, whose `columns`
    /// are given. `None` if something cannot be printed.
    fn read(database: &mut dyn Database, known: &Self, columns: &Columns) -> Result<Option<Self>, DatabaseError> {
        let mut lists = database.execute(RELATIONS)?.into_iter().map(|rows| pairs(vec![rows]));
        let mut listed = lists.next().unwrap_or_default();
        let properties = lists.flatten().map(|(_, text)| text).collect();
        for (kind, _) in &mut listed {
            match kind.as_str() {
                "BASE TABLE" => "TABLE".clone_into(kind),
                "VIEW" | "SEQUENCE" => {}
                // The past rows of a versioned table cannot be inserted.
                _ => return Ok(None),
            }
        }
        let of_kind = |wanted: &str| -> Vec<String> {
            let relations = listed.iter().filter(|(kind, _)| kind == wanted);
            relations.map(|(_, name)| name.clone()).collect()
        };
        let (tables, sequences) = (of_kind("TABLE"), of_kind("SEQUENCE"));
        let Some(relations) = printed(database, &listed)? else { return Ok(None) };
        let Some(programs) = programs(database)? else { return Ok(None) };
        let relations: BTreeMap<_, _> = relations.into_iter().map(|object| (object.name.clone(), object)).collect();
        let mut rows: BTreeMap<String, Option<Hash>> =
            filled(database, &tables)?.into_iter().map(|table| (table, None)).collect();
        let read = rows.iter_mut().filter(|(table, _)| known.relations.get(*table) == relations.get(*table));
        hash_rows(database, read, columns)?;
        Ok(Some(Self { properties, programs, rows, sequences: next_values(database, &sequences)?, relations }))
    }
}

/// State of a scratch database before a trial.
pub(super) struct MysqlTrialUndo {
    before: PrintedDatabase,
    /// Name of the scratch database with the rows.
    kept: String,
    /// Columns of the tables that have rows.
    columns: Columns,
}

impl MysqlTrialUndo {
    /// Creates one whose rows are kept in the database `kept`, which is empty.
    pub(super) fn new(kept: &str) -> Self {
        Self { before: PrintedDatabase::default(), kept: kept.to_owned(), columns: Columns::new() }
    }

    /// Returns the columns of a table as a list.
    fn columns_of(&self, table: &str) -> String {
        let names = self.columns.get(table).into_iter().flatten();
        names.map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
    }

    fn kept_table(&self, table: &str) -> String {
        format!("{}.{}", quoted(&self.kept), quoted(table))
    }

    /// Makes again what differs. Returns `false` if that is not what it was then.
    fn make_again(&self, database: &mut dyn Database, now: &PrintedDatabase) -> Result<bool, DatabaseError> {
        let before = &self.before;
        let is_left = |object: &PrintedObject| {
            let same_rows = before.rows.get(&object.name) == now.rows.get(&object.name);
            same_rows && before.relations.get(&object.name) == now.relations.get(&object.name)
        };
        let dropped = now.relations.values().filter(|object| !is_left(object));
        let made: Vec<_> = before.relations.values().filter(|object| !is_left(object)).collect();
        // A sequence cannot be set back, and triggers end with their tables.
        if made.iter().any(|object| object.kind == "SEQUENCE") {
            return Ok(false);
        }
        let with_programs = now.programs != before.programs || made.iter().any(|object| object.kind == "TABLE");
        let ended = now.programs.iter().filter(|_| with_programs);
        let mut statements: Vec<_> = dropped.chain(ended).map(PrintedObject::drop_statement).collect();
        for table in made.iter().filter(|object| object.kind == "TABLE") {
            statements.extend(table.definition().map(str::to_owned));
        }
        for table in before.rows.keys().filter(|name| made.iter().any(|object| object.name == **name)) {
            let (kept, columns) = (self.kept_table(table), self.columns_of(table));
            statements.push(format!("INSERT INTO {} ({columns}) SELECT {columns} FROM {kept}", quoted(table)));
        }
        for program in before.programs.iter().filter(|_| with_programs) {
            statements.push(program.settings());
            statements.extend(program.definition().map(str::to_owned));
        }
        // Views may need functions.
        let views = made.iter().copied().filter(|object| object.kind == "VIEW");
        if !run(database, &statements)? || !make_views(database, views.collect())? {
            return Ok(false);
        }
        let are_equal = self.are_as_before(database, &made)?;
        Ok(are_equal && (!with_programs || programs(database)?.as_ref() == Some(&before.programs)))
    }

    /// Reads objects again. Returns `true` if they are what they were.
    fn are_as_before(&self, database: &mut dyn Database, made: &[&PrintedObject]) -> Result<bool, DatabaseError> {
        let names: Vec<_> = made.iter().map(|object| (object.kind.clone(), object.name.clone())).collect();
        let tables: Vec<_> =
            made.iter().filter(|object| object.kind == "TABLE").map(|object| object.name.clone()).collect();
        let mut rows: BTreeMap<_, _> = filled(database, &tables)?.into_iter().map(|table| (table, None)).collect();
        hash_rows(database, rows.iter_mut(), &self.columns)?;
        let are_equal = printed(database, &names)?.is_some_and(|printed| printed.iter().eq(made.iter().copied()));
        Ok(are_equal && tables.iter().all(|table| rows.get(table) == self.before.rows.get(table)))
    }
}

impl TrialUndo for MysqlTrialUndo {
    fn keep(&mut self, database: &mut dyn Database) -> Result<bool, DatabaseError> {
        let Some(mut now) = PrintedDatabase::read(database, &self.before, &self.columns)? else { return Ok(false) };
        let changed = |(table, hash): (&String, &Option<Hash>)| {
            (hash.is_none() || self.before.rows.get(table) != Some(hash)).then(|| table.clone())
        };
        let changed: Vec<String> = now.rows.iter().filter_map(changed).collect();
        if !changed.is_empty() {
            self.columns.extend(stored_columns(database, &changed)?);
            hash_rows(database, now.rows.iter_mut().filter(|(table, _)| changed.contains(table)), &self.columns)?;
        }
        let keep = |table: &String| {
            let (columns, kept) = (self.columns_of(table), self.kept_table(table));
            let table = quoted(table);
            [format!("DROP TABLE IF EXISTS {kept}"), format!("CREATE TABLE {kept} AS SELECT {columns} FROM {table}")]
        };
        let statements: Vec<_> = changed.iter().flat_map(keep).collect();
        let is_kept = leniently(database, |database| run(database, &statements))?;
        self.before = now;
        // Rows without a stored column cannot be compared.
        Ok(is_kept && self.before.rows.values().all(Option::is_some))
    }

    fn undo(&mut self, database: &mut dyn Database) -> Result<bool, DatabaseError> {
        let Some(now) = PrintedDatabase::read(database, &self.before, &self.columns)? else { return Ok(false) };
        if now == self.before {
            return Ok(true);
        }
        let is_behind = |sequence: &String| now.sequences.contains(sequence);
        if now.properties != self.before.properties || !self.before.sequences.iter().all(is_behind) {
            return Ok(false);
        }
        leniently(database, |database| self.make_again(database, &now))
    }
}

/// Runs `work` with settings that accept everything, and sets back those of the session.
fn leniently<T>(
    database: &mut dyn Database,
    work: impl FnOnce(&mut dyn Database) -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    let row = database.execute(SETTINGS)?.into_iter().flatten().next().unwrap_or_default();
    database.execute(LENIENT)?;
    let done = work(database);
    if let [Some(sql_mode), Some(foreign_keys), Some(unique), Some(time_zone)] = row.as_slice() {
        database.execute(&format!(
            "SET SESSION sql_mode = {sql_mode}, foreign_key_checks = {foreign_keys}, unique_checks = {unique}, \
             time_zone = {time_zone}"
        ))?;
    }
    done
}

/// Runs the statements. Returns `false` if the server refuses one.
fn run(database: &mut dyn Database, statements: &[String]) -> Result<bool, DatabaseError> {
    for statement in statements {
        match database.execute(statement) {
            Ok(_) => {}
            Err(DatabaseError::Server(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Creates views, of which some may need others. Returns `false` if the server refuses one.
fn make_views(database: &mut dyn Database, mut views: Vec<&PrintedObject>) -> Result<bool, DatabaseError> {
    while !views.is_empty() {
        let mut refused = Vec::new();
        for view in &views {
            let definition: Vec<_> = view.definition().map(str::to_owned).into_iter().collect();
            if !run(database, &definition)? {
                refused.push(*view);
            }
        }
        if refused.len() == views.len() {
            return Ok(false);
        }
        views = refused;
    }
    Ok(true)
}

/// Prints the triggers, routines and events. `None` if the server refuses one.
fn programs(database: &mut dyn Database) -> Result<Option<Vec<PrintedObject>>, DatabaseError> {
    let listed = pairs(database.execute(PROGRAMS)?);
    printed(database, &listed)
}

/// Prints objects, given by kind and name, in one message. `None` if the server refuses one, or to show its definition.
fn printed(
    database: &mut dyn Database,
    objects: &[(String, String)],
) -> Result<Option<Vec<PrintedObject>>, DatabaseError> {
    if objects.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let questions: Vec<_> = objects.iter().map(|(kind, name)| format!("SHOW CREATE {kind} {}", quoted(name))).collect();
    let answers = match database.execute(&questions.join(";\n")) {
        Ok(answers) => answers,
        Err(DatabaseError::Server(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let object = |((kind, name), rows): (&(String, String), TextRows)| {
        let mut columns = rows.into_iter().next().unwrap_or_default();
        if kind == "TRIGGER" {
            columns.truncate(6);
        }
        // MySQL keeps the semicolon behind a body that was not the last statement of its message.
        for text in columns.iter_mut().flatten() {
            text.truncate(text.trim_end_matches([';', ' ', '\n']).len());
        }
        PrintedObject { kind: kind.clone(), name: name.clone(), columns }
    };
    let printed: Vec<_> = objects.iter().zip(answers).map(object).collect();
    Ok(printed.iter().all(|object| object.definition().is_some()).then_some(printed))
}

/// Returns the columns of tables whose values are stored.
fn stored_columns(database: &mut dyn Database, tables: &[String]) -> Result<Columns, DatabaseError> {
    let mut columns = Columns::new();
    let names: Vec<_> = tables.iter().map(|table| quote_literal(table, Dialect::MYSQL)).collect();
    let query = STORED_COLUMNS.replace("TABLES", &names.join(", "));
    for row in database.execute(&query)?.into_iter().flatten() {
        if let [Some(table), Some(name), Some(kind)] = row.as_slice() {
            let quoted = quoted(name);
            let text = match kind.as_str() {
                "F" => format!("{quoted} + 0E0"),
                "B" => format!("HEX({quoted})"),
                _ => quoted,
            };
            columns.entry(table.clone()).or_default().push(StoredColumn { name: name.clone(), text });
        }
    }
    Ok(columns)
}

/// Returns the tables that have rows.
fn filled(database: &mut dyn Database, tables: &[String]) -> Result<Vec<String>, DatabaseError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let query = |table: &String| {
        let name = quote_literal(table, Dialect::MYSQL);
        format!("(SELECT {name} FROM {} LIMIT 1)", quoted(table))
    };
    let queries: Vec<_> = tables.iter().map(query).collect();
    Ok(first_column(database.execute(&queries.join(" UNION ALL "))?))
}

/// Sets the hashes of the rows of tables whose columns are known, in one message.
fn hash_rows<'r>(
    database: &mut dyn Database,
    rows: impl Iterator<Item = (&'r String, &'r mut Option<Hash>)>,
    columns: &Columns,
) -> Result<(), DatabaseError> {
    let (mut queries, mut hashes) = (Vec::new(), Vec::new());
    for (table, hash) in rows {
        if let Some(columns) = columns.get(table) {
            let texts: Vec<&str> = columns.iter().map(|column| column.text.as_str()).collect();
            queries.push(format!("SELECT {} FROM {}", texts.join(", "), quoted(table)));
            hashes.push(hash);
        }
    }
    if !queries.is_empty() {
        let answers = database.execute(&queries.join(";\n"))?;
        for (hash, answer) in hashes.into_iter().zip(answers) {
            *hash = Some(Sha256::digest(format!("{answer:?}")).into());
        }
    }
    Ok(())
}

/// Returns the rows of sequences, which hold their next values.
fn next_values(database: &mut dyn Database, sequences: &[String]) -> Result<Vec<String>, DatabaseError> {
    let mut values = Vec::new();
    for sequence in sequences {
        let rows = database.execute(&format!("SELECT * FROM {}", quoted(sequence)))?;
        values.push(format!("{sequence} {rows:?}"));
    }
    Ok(values)
}

fn quoted(name: &str) -> String {
    quote_identifier(name, Dialect::MYSQL)
}
