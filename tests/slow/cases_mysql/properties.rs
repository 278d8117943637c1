//! Random schemas: pairs of them, the change from one to the other and back, with rows.

use aludel::schema::{Attribute, Kind, Options, Schema, Script, difference, script};
use proptest::prelude::*;

use super::place::Place;
use crate::support::cases::{share, told};
use crate::support::is_mariadb;

/// Choices taken from a list of bytes, one byte each; 0 after the last one, so that fewer bytes produce a simpler
/// schema.
struct Chance<'b>(std::slice::Iter<'b, u8>);

impl Chance<'_> {
    fn below(&mut self, limit: usize) -> usize {
        usize::from(*self.0.next().unwrap_or(&0)) % limit
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == limit - 1
    }

    fn pick<'v>(&mut self, values: &[&'v str]) -> &'v str {
        values[self.below(values.len())]
    }
}

const TABLES: [&str; 4] = ["alpha", "`Beta`", "`order`", "`x``y`"];
/// Columns that the tests do not write to.
const AUTOMATIC: [&str; 2] = ["up", "moment"];
const COLUMNS: [&str; 6] = ["a", "b", "`c d`", "`group`", "`Eee`", "`maß`"];

/// Returns the statements of a database. All tables have a column `id`; values are small numbers, which every type here
/// accepts; a foreign key column (`up`) stays NULL.
fn database(chance: &mut Chance<'_>) -> String {
    let mut statements = Vec::new();
    let names: Vec<&str> = TABLES.into_iter().filter(|_| chance.below(4) > 0).collect();
    // Neither partitioned tables nor tables of engines other than InnoDB can have foreign keys.
    let mut targets = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let is_apart = chance.one_in(5);
        if !is_apart {
            targets.push(*name);
        }
        let (table, columns) = table(chance, name, if is_apart { &[] } else { &targets });
        statements.push(table);
        let Some((column, _)) = columns.first() else { continue };
        if chance.one_in(3) {
            statements.push(format!("CREATE VIEW v{number} AS SELECT id, {column} AS `Shown` FROM {name}"));
            if chance.one_in(2) {
                statements.push(format!("CREATE VIEW a{number} AS SELECT * FROM v{number} WHERE Shown > 1"));
            }
        }
        if chance.one_in(4) {
            let event = chance.pick(&["AFTER DELETE", "BEFORE DELETE"]);
            statements.push(format!("CREATE TRIGGER g{number} {event} ON {name} FOR EACH ROW SET @x = 'gone;'"));
        }
    }
    if chance.one_in(4) {
        statements.push(format!("CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x + {}", chance.below(3)));
    }
    if chance.one_in(4) && is_mariadb() {
        statements.push(format!("CREATE SEQUENCE s INCREMENT BY {}", chance.below(3) + 1));
    }
    statements.join(";\n")
}

/// Returns the statement of a table. `targets` are the tables that its foreign key may refer to, including itself;
/// empty for a table without foreign keys.
fn table<'n>(chance: &mut Chance<'_>, name: &str, targets: &[&str]) -> (String, Vec<(&'n str, &'n str)>) {
    let id = chance.pick(&["PRIMARY KEY", "AUTO_INCREMENT PRIMARY KEY", "UNIQUE"]);
    let mut parts = vec![format!("id INT NOT NULL {id}")];
    let mut columns = Vec::new();
    for column in COLUMNS {
        if chance.one_in(2) {
            continue;
        }
        let types = [
            "INT",
            "BIGINT UNSIGNED",
            "VARCHAR(20)",
            "VARCHAR(60)",
            "DECIMAL(10,2)",
            "CHAR(12) CHARACTER SET latin1",
            "TEXT",
            "DOUBLE",
        ];
        let more = chance.pick(&[
            "",
            " NOT NULL",
            " DEFAULT 7",
            " NOT NULL DEFAULT 8",
            " COMMENT 'it''s'",
            " INVISIBLE DEFAULT 1",
        ]);
        let of_type = chance.pick(&types);
        // On MySQL a default of a TEXT column must be an expression in parentheses.
        let more = if of_type == "TEXT" && !is_mariadb() { in_parentheses(more) } else { more };
        parts.push(format!("{column} {of_type}{more}"));
        columns.push((column, of_type));
    }
    let is_counter = id.starts_with("AUTO");
    if let Some((column, of_type)) = columns.first() {
        let prefix = if *of_type == "TEXT" || of_type.starts_with("VARCHAR") { "(9)" } else { "" };
        if chance.one_in(4) {
            // No server allows an expression to refer to an AUTO_INCREMENT column.
            let expression = if is_counter { format!("CHAR_LENGTH(RTRIM({column}))") } else { "id * 2".to_owned() };
            let kind = chance.pick(&["VIRTUAL", "STORED"]);
            parts.push(format!("gen INT GENERATED ALWAYS AS ({expression}) {kind}"));
            // Other engines do not support indexes on virtual columns.
            if chance.one_in(2) && (kind == "STORED" || !targets.is_empty()) {
                parts.push(format!("KEY gen_k (gen, {column}{prefix})"));
            }
        }
        if chance.one_in(3) {
            let kind = chance.pick(&["KEY", "UNIQUE KEY"]);
            parts.push(format!("{kind} k (id, {column}{prefix}{})", chance.pick(&["", " DESC"])));
        }
        if chance.one_in(4) {
            let read = if is_counter { column } else { "id" };
            // On MySQL the name of a check is unique in its database, on MariaDB in its table.
            let name = if is_mariadb() { "c".to_owned() } else { format!("c_{}", targets.len()) };
            parts
                .push(format!("CONSTRAINT {name} CHECK ({read} > {} OR {column} IS NULL)", chance.pick(&["-1", "-2"])));
        }
    }
    let text = columns.iter().find(|(_, of_type)| of_type.contains("CHAR") || *of_type == "TEXT");
    if let Some((column, _)) = text
        && chance.one_in(4)
        && !targets.is_empty()
    {
        parts.push(format!("FULLTEXT KEY words ({column})"));
    }
    if chance.one_in(4) {
        let now =
            chance.pick(&["NOT NULL DEFAULT CURRENT_TIMESTAMP", "NULL", "DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP"]);
        parts.push(format!("moment TIMESTAMP {now}"));
    }
    if chance.one_in(3) && !targets.is_empty() {
        let target = targets[chance.below(targets.len())];
        let rule = chance.pick(&["", " ON DELETE CASCADE", " ON UPDATE SET NULL"]);
        // The same name may belong to another table in the other schema.
        parts.push(format!("up INT, CONSTRAINT fk_{} FOREIGN KEY (up) REFERENCES {target} (id){rule}", targets.len()));
    }
    let options = if targets.is_empty() {
        chance.pick(&[
            " ENGINE=MyISAM",
            if is_mariadb() { " ENGINE=Aria" } else { " PARTITION BY KEY () PARTITIONS 3" },
            " PARTITION BY HASH (id) PARTITIONS 2",
            " PARTITION BY KEY (id)",
        ])
    } else {
        chance.pick(&["", " COMMENT='x'", " ROW_FORMAT=COMPACT", " DEFAULT CHARSET=latin1", " ROW_FORMAT=COMPRESSED"])
    };
    (format!("CREATE TABLE {name} (\n  {}\n){options}", parts.join(",\n  ")), columns)
}

/// Returns the same default as an expression in parentheses.
fn in_parentheses(more: &str) -> &str {
    match more {
        " DEFAULT 7" => " DEFAULT (7)",
        " NOT NULL DEFAULT 8" => " NOT NULL DEFAULT (8)",
        " INVISIBLE DEFAULT 1" => " INVISIBLE DEFAULT (1)",
        other => other,
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Inserts three rows into each table, with a different number for every value.
fn fill(place: &mut Place, schema: &Schema) {
    for table in schema.objects().filter(|object| object.key.kind == Kind::Table) {
        let columns = schema.columns(&table.key);
        let given = columns
            .iter()
            .filter(|column| !column.has(Attribute::Generated) && !AUTOMATIC.contains(&column.key.name.as_str()));
        let names: Vec<String> = given.map(|column| quoted(&column.key.name)).collect();
        for row in 1..=3 {
            let values: Vec<String> = (0..names.len()).map(|place| (row * 100 + place).to_string()).collect();
            let sql = format!(
                "INSERT INTO {} ({}) VALUES ({})",
                quoted(&table.key.name),
                names.join(", "),
                values.join(", ")
            );
            place.run(&sql).unwrap();
        }
    }
}

/// Returns the numbers in the columns that both schemas have.
fn numbers(place: &mut Place, from: &Schema, to: &Schema) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for table in from.objects().filter(|object| object.key.kind == Kind::Table && to.get(&object.key).is_some()) {
        let name = quoted(&table.key.name);
        for column in from.columns(&table.key) {
            let Some(other) = to.get(&column.key) else { continue };
            let is_plain = [column, other].iter().all(|column| !column.has(Attribute::Generated));
            // A NULL in a timestamp column becomes the current time when the column becomes NOT NULL.
            let is_filled =
                column.key.name == "moment" && column.has(Attribute::NotNull) != other.has(Attribute::NotNull);
            if is_plain && !is_filled {
                found.push(
                    place
                        .ask(&format!("SELECT CAST({} AS SIGNED) FROM {name} ORDER BY 1", quoted(&column.key.name)))
                        .concat(),
                );
            }
        }
        found.push(place.ask(&format!("SELECT count(*) FROM {name}")).concat());
    }
    found
}

fn changed(place: &mut Place, to: &mut Place) -> Result<(), TestCaseError> {
    let (from, wanted) = (place.read(false), to.read(false));
    let way = script(&from, &wanted, &Options::default());
    for statement in way.statements() {
        let ran = place.apply(&[(false, vec![statement.sql.replace(Script::PLACEHOLDER, "id")])]);
        prop_assert!(ran.is_ok(), "{:?}\n{}", ran, told(&way));
    }
    let found = place.read(false);
    let left = difference(&found, &wanted);
    prop_assert!(left.is_empty(), "{:?}\n{}", left.changes, told(&way));
    prop_assert_eq!(place.dump(), to.dump(), "{}", told(&way));
    Ok(())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..120)
}

/// Number of rounds: `ALUDEL_ROUNDS`, else a small one.
fn rounds() -> u32 {
    let usual = || 12_u32.div_ceil(share() as u32);
    std::env::var("ALUDEL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or_else(usual)
}

#[test]
fn any_schema_leads_to_any_other_and_back_with_its_rows() {
    let places = std::cell::RefCell::new([Place::new(), Place::new(), Place::new()]);
    let config = ProptestConfig {
        cases: rounds(),
        failure_persistence: None,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let result = runner.run(&(bytes(), bytes()), |(one, other)| {
        let [old, new] = [&one, &other].map(|bytes| database(&mut Chance(bytes.iter())));
        let proved = there_and_back(&mut places.borrow_mut(), &old, &new);
        proved.map_err(|error| TestCaseError::fail(format!("{error}\n--- old:\n{old}\n--- new:\n{new}")))
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

fn there_and_back([there, before, after]: &mut [Place; 3], old: &str, new: &str) -> Result<(), TestCaseError> {
    for (place, sql) in [(&mut *there, old), (&mut *before, old), (&mut *after, new)] {
        place.empty();
        place.run(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
    let (from, to) = (before.read(false), after.read(false));
    prop_assert!(from.unmodelled.is_empty() && to.unmodelled.is_empty(), "{:?}", from.unmodelled);
    fill(there, &from);
    let rows = numbers(there, &from, &to);
    changed(there, after)?;
    prop_assert_eq!(&numbers(there, &from, &to), &rows);
    changed(there, before)?;
    prop_assert_eq!(numbers(there, &from, &to), rows);
    Ok(())
}
