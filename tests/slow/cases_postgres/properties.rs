//! Random schemas: pairs of them, the change from one to the other and back, with rows. `ALUDEL_ROUNDS` sets their
//! number.

use aludel::schema::{Attribute, Kind, Options, Schema, Script, difference, script};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::dump::{self, Entries};
use super::place::{Place, ROLES};
use crate::support;
use crate::support::cases::{Case, same, share, told};

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

const TABLES: [&str; 4] = ["alpha", "\"Beta\"", "\"order\"", "\"x y\""];
const COLUMNS: [&str; 5] = ["a", "b", "\"c d\"", "\"group\"", "\"maß\""];

/// Returns the statements of a database. All tables have a column `id`; every value of a row is a number, which all
/// types accept; no row refers to another (`up` stays NULL).
fn database(chance: &mut Chance<'_>) -> Vec<String> {
    let labels = chance.pick(&["'1','2','3'", "'0','1','2','3'", "'3','2','1'", "'1','half','2','3','4'"]);
    let mut statements = vec![format!("CREATE TYPE mood AS ENUM ({labels})")];
    let check = chance.pick(&["", " CHECK (VALUE <> 77)", " CONSTRAINT low CHECK (VALUE > -5) CHECK (VALUE < 999999)"]);
    let base = chance.pick(&["integer", "bigint"]);
    statements.push(format!("CREATE DOMAIN count_of AS {base}{check}"));
    let body = chance.pick(&["$1 + 1", "$1 + 2"]);
    let returns = chance.pick(&["integer", "bigint"]);
    statements.push(format!(
        "CREATE FUNCTION next_of(integer) RETURNS {returns} LANGUAGE sql IMMUTABLE AS $$ SELECT ({body})::{returns} $$"
    ));
    statements
        .push("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$".to_owned());
    let part = chance.pick(&["a integer", "a bigint", "a integer, c text"]);
    statements.push(format!("CREATE TYPE pair AS ({part}, b text)"));
    statements.push(format!("CREATE TYPE span AS RANGE (subtype = {})", chance.pick(&["integer", "bigint"])));
    statements.push(format!("CREATE SEQUENCE counter {}", chance.pick(&["", "INCREMENT BY 5", "AS integer CYCLE"])));
    let names: Vec<&str> = TABLES.into_iter().filter(|_| chance.below(4) > 0).collect();
    let mut links = Vec::new();
    for (number, name) in names.iter().enumerate() {
        table(chance, &mut statements, &mut links, (number, name), &names);
    }
    if chance.one_in(2) {
        partitioned(chance, &mut statements);
    }
    if let Some(name) = names.first().filter(|_| chance.one_in(3)) {
        let own = chance.pick(&["extra integer", "extra bigint DEFAULT 3", ""]);
        statements.push(format!("CREATE TABLE kid ({own}) INHERITS ({name})"));
    }
    if let Some(name) = names.last().filter(|_| chance.one_in(3)) {
        let body = chance.pick(&["count(*)", "max(id)::bigint"]);
        statements.push(format!("CREATE FUNCTION told() RETURNS bigint BEGIN ATOMIC SELECT {body} FROM {name}; END"));
        statements.push("COMMENT ON FUNCTION told() IS 'told'".to_owned());
    }
    statements.extend(links);
    statements
}

fn partitioned(chance: &mut Chance<'_>, statements: &mut Vec<String>) {
    let id = chance.pick(&["id integer", "id bigint", "id integer DEFAULT 3"]);
    let of_type = chance.pick(&["integer", "text", "mood", "count_of"]);
    let rest = chance.pick(&["", " NOT NULL", " DEFAULT '2'", " CHECK (a IS NOT NULL)"]);
    let (key, first, second) = match chance.below(4) {
        0 => ("RANGE", "FROM (0) TO (10)", "FROM (10) TO (20)"),
        1 => ("RANGE", "FROM (1) TO (30)", "DEFAULT"),
        2 => ("LIST", "IN (1, 2)", "IN (3, 4)"),
        _ => ("HASH", "WITH (MODULUS 2, REMAINDER 0)", "WITH (MODULUS 2, REMAINDER 1)"),
    };
    statements.push(format!("CREATE TABLE parts ({id}, a {of_type}{rest}, b integer) PARTITION BY {key} (id)"));
    for (name, bound) in [("part_1", first), ("part_2", second)] {
        let bound = if bound == "DEFAULT" { bound.to_owned() } else { format!("FOR VALUES {bound}") };
        statements.push(format!("CREATE TABLE {name} PARTITION OF parts {bound}"));
    }
    let more = [
        "ALTER TABLE parts ADD PRIMARY KEY (id)",
        "CREATE INDEX parts_a ON parts (a)",
        "CREATE INDEX parts_a ON parts (a, b) WHERE id > 0",
        "ALTER TABLE part_1 ALTER COLUMN b SET DEFAULT 5",
        "CREATE TRIGGER touched AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION touch()",
        "CREATE VIEW parted AS SELECT id, a FROM parts",
        "CREATE INDEX part_b ON part_2 (b)",
    ];
    for (number, statement) in more.iter().enumerate() {
        // Only one of the two indexes that have the same name.
        if chance.one_in(3) && !(number == 2 && statements.iter().any(|made| made == more[1])) {
            statements.push((*statement).to_owned());
        }
    }
}

fn table(
    chance: &mut Chance<'_>,
    statements: &mut Vec<String>,
    links: &mut Vec<String>,
    (number, name): (usize, &str),
    names: &[&str],
) {
    let id = chance.pick(&[
        "id integer",
        "id bigint",
        "id integer GENERATED BY DEFAULT AS IDENTITY",
        "id serial",
        "id bigint GENERATED ALWAYS AS IDENTITY (START WITH 10)",
    ]);
    let mut parts = vec![format!("{id} PRIMARY KEY")];
    let mut columns = Vec::new();
    for column in COLUMNS.into_iter().filter(|_| chance.below(3) > 0).collect::<Vec<_>>() {
        let of_type =
            chance.pick(&["integer", "bigint", "text", "character varying(20)", "numeric(10,0)", "mood", "count_of"]);
        let rest = match chance.below(8) {
            1 => " NOT NULL".to_owned(),
            2 => " DEFAULT '2'".to_owned(),
            3 => " NOT NULL DEFAULT '3'".to_owned(),
            4 => " UNIQUE".to_owned(),
            5 => format!(" CHECK ({column} IS NOT NULL OR {column} IS NULL)"),
            6 => format!(
                " CONSTRAINT {} CHECK ({column}::text <> 'no')",
                ["one", "two", "three", "four", "five"][columns.len()]
            ),
            _ => String::new(),
        };
        parts.push(format!("{column} {of_type}{rest}"));
        columns.push(column);
    }
    let more = [
        "pair_of pair",
        "during span",
        "n integer DEFAULT next_of(1)",
        "n bigint DEFAULT nextval('counter')",
        "CONSTRAINT grown CHECK (next_of(id::integer) > -100)",
        "s text COLLATE \"C\"",
    ];
    for (place, part) in more.iter().enumerate() {
        if chance.one_in(6) && !(place == 3 && parts.iter().any(|made| made == more[2])) {
            parts.push((*part).to_owned());
        }
    }
    if chance.one_in(4) {
        parts.push(format!("gen bigint GENERATED ALWAYS AS (id * {}) STORED", chance.pick(&["2", "3"])));
    }
    if chance.one_in(3) {
        parts.push("up bigint".to_owned());
        let target = names[chance.below(names.len())];
        let action = chance.pick(&["", " ON DELETE CASCADE", " DEFERRABLE INITIALLY DEFERRED", " NOT VALID"]);
        links.push(format!("ALTER TABLE {name} ADD CONSTRAINT up FOREIGN KEY (up) REFERENCES {target} (id){action}"));
    }
    let options = chance.pick(&["", " WITH (fillfactor=70)", " WITH (fillfactor=80)"]);
    statements.push(format!("CREATE TABLE {name} ({}){options}", parts.join(", ")));
    if chance.one_in(3) {
        statements.push(format!("COMMENT ON TABLE {name} IS 'number {}'", chance.below(3)));
    }
    if let Some(column) = columns.first().copied() {
        beside(chance, statements, (number, name), column);
    }
}

/// Adds objects that belong to a table.
fn beside(chance: &mut Chance<'_>, statements: &mut Vec<String>, (number, name): (usize, &str), column: &str) {
    if chance.one_in(2) {
        let what = chance.pick(&["", "UNIQUE "]);
        let over = chance.pick(&["id, ", "next_of(id::integer), ", "id DESC, "]);
        let place = chance.pick(&["", " WHERE id > 0"]);
        statements.push(format!("CREATE {what}INDEX i{number} ON {name} ({over}{column}){place}"));
    }
    if chance.one_in(3) {
        let kind = chance.pick(&["VIEW", "MATERIALIZED VIEW"]);
        let more = chance.pick(&["", ", id + 1 AS more", ", next_of(id::integer) AS more"]);
        statements.push(format!("CREATE {kind} v{number} AS SELECT id, {column} AS \"Shown\"{more} FROM {name}"));
        statements.push(format!("COMMENT ON {kind} v{number} IS 'it''s {}'", chance.below(2)));
        if kind != "VIEW" && chance.one_in(2) {
            statements.push(format!("CREATE INDEX m{number} ON v{number} (\"Shown\") WITH (fillfactor = 80)"));
        }
        if chance.one_in(2) {
            statements.push(format!("CREATE VIEW w{number} AS SELECT * FROM v{number} WHERE \"Shown\" IS NOT NULL"));
        }
    }
    if chance.one_in(4) {
        let event = chance.pick(&["INSERT", "UPDATE", "INSERT OR DELETE"]);
        statements
            .push(format!("CREATE TRIGGER g{number} BEFORE {event} ON {name} FOR EACH ROW EXECUTE FUNCTION touch()"));
    }
    if chance.one_in(4) {
        statements.push(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"));
        let using = chance.pick(&["id > 0", "id > 1", "next_of(id::integer) > 1"]);
        statements.push(format!("CREATE POLICY p{number} ON {name} USING ({using} AND {column} IS NOT NULL)"));
    }
}

/// Inserts three rows into each table; every value is the number of its row.
fn fill(place: &mut Place, schema: &Schema) -> Result<(), String> {
    let tables = schema.objects().filter(|object| object.key.kind == Kind::Table);
    for table in tables.filter(|table| !table.has(Attribute::PartitionOf)) {
        let columns = schema.columns(&table.key);
        let given = columns.iter().filter(|column| is_a_number(column));
        let names: Vec<String> = given.map(|column| format!("\"{}\"", column.key.name)).collect();
        for row in 1..=3 {
            let values = vec![format!("'{row}'"); names.len()].join(", ");
            let sql = format!(
                "INSERT INTO \"{}\" ({}) OVERRIDING SYSTEM VALUE VALUES ({values})",
                table.key.name,
                names.join(", ")
            );
            place.run(&sql)?;
        }
    }
    Ok(())
}

/// Returns `true` if the rows have a number in the column.
fn is_a_number(column: &aludel::schema::Object) -> bool {
    !column.has(Attribute::Generated) && !["up", "pair_of", "during"].contains(&column.key.name.as_str())
}

/// Returns the numbers in the columns that both schemas have.
fn numbers(place: &mut Place, from: &Schema, to: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    let is_whole = |object: &aludel::schema::Object| {
        object.key.kind == Kind::Table && !object.has(Attribute::PartitionOf) && to.get(&object.key).is_some()
    };
    for table in from.objects().filter(|object| is_whole(object)) {
        for column in from.columns(&table.key) {
            if is_a_number(column) && to.get(&column.key).is_some_and(is_a_number) {
                let only = if table.has(Attribute::PartitionBy) { "" } else { "ONLY " };
                let (table, column) = (&table.key.name, &column.key.name);
                let value = format!("\"{column}\"::text::numeric::bigint");
                let sql = format!("SELECT array_agg({value} ORDER BY id) FROM {only}\"{table}\"");
                let rows = place.database().execute(&sql).unwrap();
                found.push(format!("{table}.{column}: {:?}", rows[0][0]));
            }
        }
    }
    found
}

fn change(place: &mut Place, to: &Schema, online: bool) -> Result<(), String> {
    let from = place.read(&Case::default(), false)?;
    let way = script(&from, to, &Options { online, ..Options::default() });
    let whole = |failure: String| format!("{failure}\n--- the script:\n{}", told(&way));
    let parts: Vec<(bool, Vec<String>)> = way
        .parts
        .iter()
        .map(|part| {
            let statements = part.statements.iter().map(|statement| statement.sql.replace(Script::PLACEHOLDER, "'1'"));
            (part.transaction, statements.collect())
        })
        .collect();
    place.apply(&parts).map_err(whole)?;
    let found = place.read(&Case::default(), false)?;
    let left = difference(&found, to);
    if left.is_empty() { Ok(()) } else { Err(whole(format!("a second difference: {:#?}", left.changes))) }
}

/// Compares two dumps, ignoring the order of columns.
fn alike(what: &str, found: &Option<Entries>, wanted: &Option<Entries>) -> Result<(), String> {
    let told = |entries: &Option<Entries>| {
        let all: Vec<String> = entries.iter().flat_map(|entries| entries.values().flatten().cloned()).collect();
        dump::without_order(&all)
    };
    same(what, &told(found), &told(wanted))
}

/// Checks a change and its reverse; with `in_dump` also by comparing the output of `pg_dump`.
fn holds(places: &mut (Place, Place), old: &str, new: &str, online: bool, in_dump: bool) -> Result<(), String> {
    let (place, other) = places;
    place.empty();
    other.empty();
    place.run(old).unwrap();
    other.run(new).unwrap();
    let (from, to) = (place.read(&Case::default(), false)?, other.read(&Case::default(), false)?);
    assert!(from.unmodelled.is_empty() && to.unmodelled.is_empty(), "{:?}{:?}", from.unmodelled, to.unmodelled);
    fill(place, &from)?;
    let rows = numbers(place, &from, &to);
    let dump = |place: &Place| in_dump.then(|| dump::by_schema(&place.dump(false), false));
    let (old_dump, new_dump) = (dump(place), dump(other));
    change(place, &to, online)?;
    alike("there", &dump(place), &new_dump)?;
    let there = numbers(place, &from, &to);
    if there != rows {
        return Err(format!("rows: {rows:?} became {there:?}"));
    }
    change(place, &from, !online)?;
    alike("back", &dump(place), &old_dump)?;
    let back = numbers(place, &from, &to);
    if back == rows { Ok(()) } else { Err(format!("rows, and back: {rows:?} became {back:?}")) }
}

#[test]
fn any_schema_leads_to_any_other_and_back_with_its_rows() {
    let _ = support::postgres().try_shell("", ROLES);
    let usual = || 25_u32.div_ceil(share() as u32);
    let rounds = std::env::var("ALUDEL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or_else(usual);
    let config =
        ProptestConfig { cases: rounds, max_shrink_iters: 150, failure_persistence: None, ..ProptestConfig::default() };
    let places = std::cell::RefCell::new((Place::new(), Place::new()));
    let knows_sql_bodies = support::postgres().knows_sql_bodies();
    let for_server = |statement: String| {
        if knows_sql_bodies || !statement.contains("BEGIN ATOMIC ") {
            return statement;
        }
        statement.replace("BEGIN ATOMIC ", "LANGUAGE sql AS $$ ").replace("; END", " $$")
    };
    let number = std::cell::Cell::new(0_u32);
    let bytes = || proptest::collection::vec(any::<u8>(), 0..100);
    let found = TestRunner::new(config).run(&(bytes(), bytes(), any::<bool>()), |(one, other, online)| {
        let statements = |bytes: &Vec<u8>| database(&mut Chance(bytes.iter())).into_iter().map(for_server);
        let [old, new] = [&one, &other].map(|bytes| statements(bytes).collect::<Vec<_>>().join(";\n"));
        number.set(number.get() + 1);
        holds(&mut places.borrow_mut(), &old, &new, online, number.get() % 4 == 1)
            .map_err(|failure| TestCaseError::fail(format!("{failure}\n--- from:\n{old}\n--- to:\n{new}")))
    });
    found.unwrap_or_else(|failure| panic!("{failure}"));
}
