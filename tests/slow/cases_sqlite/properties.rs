//! Random schemas: pairs of them, the change from one to the other and back, with rows.
//!
//! `ALUDEL_SOAK=N` tests N times as many.

use aludel::schema::{Attribute, Kind, Options, Rename, Schema, difference, script};
use proptest::prelude::*;

use super::scratch::Scratch;
use crate::support::cases::{share, told};

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

const TABLES: [&str; 4] = ["alpha", "Beta", "\"order\"", "\"x y\""];
const COLUMNS: [&str; 6] = ["a", "b", "\"c d\"", "\"group\"", "Eee", "maß"];

/// Returns the statements of a database. All tables have a column `id`; no value is ever refused: unique columns have
/// no default, and a foreign key column (`up`) stays NULL.
fn database(chance: &mut Chance<'_>) -> Vec<String> {
    let mut statements = Vec::new();
    let names: Vec<&str> = TABLES.into_iter().filter(|_| chance.below(4) > 0).collect();
    for (number, name) in names.iter().enumerate() {
        let (table, columns) = table(chance, name, &names);
        statements.push(table);
        if columns.is_empty() {
            continue;
        }
        let column = columns[chance.below(columns.len())];
        if chance.one_in(3) {
            let over = chance.pick(&["", " DESC", " COLLATE NOCASE"]);
            let place = chance
                .pick(&["", &format!(" WHERE {column} IS NOT NULL"), &format!(" WHERE {name}.{column} <> 'x'")])
                .to_owned();
            statements
                .push(format!("CREATE INDEX i{number} ON {name} (coalesce({column}, id), {column}{over}){place}"));
        }
        if chance.one_in(3) {
            statements.push(format!("CREATE VIEW v{number} AS SELECT id, {column} AS \"Shown\" FROM {name}"));
            if chance.one_in(2) {
                statements.push(format!("CREATE VIEW w{number} AS SELECT * FROM v{number} WHERE Shown > 1"));
            }
        }
        if chance.one_in(4) {
            let event = chance.pick(&["INSERT", "DELETE", &format!("UPDATE OF {column}")]).to_owned();
            statements.push(format!("CREATE TRIGGER g{number} AFTER {event} ON {name} BEGIN DELETE FROM {name} WHERE {column} = 'gone;'; END"));
        }
    }
    statements
}

fn table<'n>(chance: &mut Chance<'_>, name: &str, names: &[&str]) -> (String, Vec<&'n str>) {
    let strict = chance.one_in(5);
    let mut parts = vec![
        chance
            .pick(&["id INTEGER PRIMARY KEY", "id INTEGER PRIMARY KEY AUTOINCREMENT", "id INTEGER NOT NULL UNIQUE"])
            .to_owned(),
    ];
    let without = !parts[0].contains("AUTO") && parts[0].contains("PRIMARY") && chance.one_in(5);
    let mut columns = Vec::new();
    let mut constraints = Vec::new();
    for column in COLUMNS {
        if chance.one_in(2) {
            continue;
        }
        let types: &[&str] = if strict {
            &["INT", "TEXT", "REAL", "ANY"]
        } else {
            &["", "INT", "text", "VARCHAR(20)", "REAL", "Decimal (10, 2)"]
        };
        let mut part = format!("{column} {}", chance.pick(types));
        match chance.below(9) {
            1 => part += " NOT NULL",
            2 => part += " DEFAULT 7",
            3 => part += " NOT NULL DEFAULT 8",
            4 => part += " UNIQUE",
            5 => part += &format!(" CHECK ({column} <> 'no')"),
            6 => part += " COLLATE NOCASE",
            7 => part += if strict { " DEFAULT (1 + 2)" } else { " /* , ) */ DEFAULT (1 + 2) CONSTRAINT nn NOT NULL" },
            _ => {}
        }
        parts.push(part);
        columns.push(column);
    }
    if chance.one_in(4) {
        parts.push(format!(
            "gen {}GENERATED ALWAYS AS (id * 2) {}",
            if strict { "INT " } else { "" },
            chance.pick(&["VIRTUAL", "STORED"])
        ));
    }
    if chance.one_in(4) && !names.is_empty() {
        let target = names[chance.below(names.len())];
        parts.push(format!(
            "up INTEGER REFERENCES {target} (id) {}",
            chance.pick(&["", "ON DELETE CASCADE", "DEFERRABLE INITIALLY DEFERRED"])
        ));
    }
    if chance.one_in(4) && columns.len() > 1 {
        constraints.push(format!("CONSTRAINT pair UNIQUE (id, {})", columns[1]));
    }
    if chance.one_in(4) && !columns.is_empty() {
        constraints.push(format!("CHECK ({name}.id > {} OR {} IS NULL)", chance.pick(&["-1", "-2"]), columns[0]));
    }
    if parts[0].contains("UNIQUE") && chance.one_in(3) && !columns.is_empty() {
        constraints.push(format!("PRIMARY KEY (id DESC, {})", columns[0]));
    }
    parts.append(&mut constraints);
    let options = match (strict, without) {
        (true, true) => " STRICT, WITHOUT ROWID",
        (true, false) => " STRICT",
        (false, true) => " WITHOUT ROWID",
        (false, false) => "",
    };
    (format!("CREATE TABLE {name} (\n  {}\n){options}", parts.join(",\n  ")), columns)
}

/// Inserts three rows into each table, with a different number for every value.
fn fill(database: &mut Scratch, schema: &Schema) {
    for table in schema.objects().filter(|object| object.key.kind == Kind::Table) {
        let columns = schema.columns(&table.key);
        let given = columns.iter().filter(|column| !column.has(Attribute::Generated) && column.key.name != "up");
        let names: Vec<String> = given.map(|column| format!("\"{}\"", column.key.name)).collect();
        for row in 1..=3 {
            let values: Vec<String> = (0..names.len()).map(|place| (row * 100 + place).to_string()).collect();
            let (names, values) = (names.join(", "), values.join(", "));
            database.execute(&format!("INSERT INTO \"{}\" ({names}) VALUES ({values})", table.key.name));
        }
    }
}

/// Returns the numbers in the columns that both schemas have.
fn numbers(database: &mut Scratch, from: &Schema, to: &Schema) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for table in from.objects().filter(|object| object.key.kind == Kind::Table && to.get(&object.key).is_some()) {
        for column in from.columns(&table.key) {
            let is_kept = to
                .get(&column.key)
                .is_some_and(|after| !after.has(Attribute::Generated) && !column.has(Attribute::Generated));
            if is_kept {
                let sql =
                    format!("SELECT CAST(\"{}\" AS INTEGER) FROM \"{}\" ORDER BY 1", column.key.name, table.key.name);
                found.push(database.ask(&sql).concat());
            }
        }
        found.push(database.ask(&format!("SELECT count(*) FROM \"{}\"", table.key.name)).concat());
    }
    found
}

fn changed(database: &mut Scratch, to: &mut Scratch, renames: Vec<Rename>) -> Result<(), TestCaseError> {
    let (from, wanted) = (database.schema(), to.schema());
    let way = script(&from, &wanted, &Options { renames, ..Options::default() });
    let fill = "abs(random() % 1000000000)";
    let statements: Vec<String> =
        way.statements().map(|statement| statement.sql.replace(aludel::schema::Script::PLACEHOLDER, fill)).collect();
    let ran = database.run(&statements);
    prop_assert!(ran.is_ok(), "{:?}\n{}", ran, told(&way));
    let found = database.schema();
    let left = difference(&found, &wanted);
    prop_assert!(left.is_empty(), "{:?}\n{}", left.changes, told(&way));
    prop_assert_eq!(database.dump(), to.dump(), "{}", told(&way));
    Ok(())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..120)
}

/// Number of pairs of schemas per test: small enough for a usual run, multiplied by `ALUDEL_SOAK`.
const ROUNDS: u32 = 400;

fn rounds() -> ProptestConfig {
    let times: Option<u32> = std::env::var("ALUDEL_SOAK").ok().and_then(|times| times.parse().ok());
    let cases = ROUNDS.saturating_mul(times.unwrap_or(1)).div_ceil(share() as u32);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(rounds())]

    #[test]
    fn any_schema_leads_to_any_other_and_back_with_its_rows(one in bytes(), other in bytes()) {
        let [old, new] = [&one, &other].map(|bytes| database(&mut Chance(bytes.iter())).join(";\n"));
        let (mut there, mut before, mut after) = (Scratch::of(&old), Scratch::of(&old), Scratch::of(&new));
        let (from, to) = (before.schema(), after.schema());
        prop_assert!(from.unmodelled.is_empty() && to.unmodelled.is_empty(), "{:?}", from.unmodelled);
        fill(&mut there, &from);
        let rows = numbers(&mut there, &from, &to);
        changed(&mut there, &mut after, Vec::new())?;
        prop_assert_eq!(&numbers(&mut there, &from, &to), &rows);
        changed(&mut there, &mut before, Vec::new())?;
        prop_assert_eq!(numbers(&mut there, &from, &to), rows);
    }

    #[test]
    fn a_rename_keeps_the_rows_whatever_names_the_table(one in bytes(), place in 0_usize..4) {
        let old = database(&mut Chance(one.iter())).join(";\n");
        let name = TABLES[place];
        let new = old.replace(name, "renamed");
        let (mut there, mut before, mut after) = (Scratch::of(&old), Scratch::of(&old), Scratch::of(&new));
        let from = before.schema();
        let plain = name.trim_matches('"');
        let rename = from.objects().find(|object| object.key.kind == Kind::Table && object.key.name == plain);
        let renames: Vec<Rename> = rename.map(|object| Rename { from: object.key.clone(), to: "renamed".to_owned() }).into_iter().collect();
        fill(&mut there, &from);
        let count = |database: &mut Scratch, name: &str| database.ask(&format!("SELECT id FROM {name} ORDER BY 1"));
        let rows = rename.map(|_| count(&mut there, name));
        changed(&mut there, &mut after, renames.clone())?;
        prop_assert_eq!(rename.map(|_| count(&mut there, "renamed")), rows.clone());
        changed(&mut there, &mut before, renames.iter().map(Rename::reversed).collect())?;
        prop_assert_eq!(rename.map(|_| count(&mut there, name)), rows);
    }
}
