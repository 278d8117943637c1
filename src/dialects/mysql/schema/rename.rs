//! RENAME statements, and the old schema with the new names, to which the rest of a script is compared. Both servers
//! update foreign keys and indexes, MariaDB also everything else that uses a renamed column. The text of views and
//! programs is left unchanged.

use std::collections::BTreeSet;

use super::names::{NAME_LIMIT, quoted, table};
use super::{column, create};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::schema::derived_name::derived_name;
use crate::schema::rename_order::{rename_levels, with_temporary_names};
use crate::schema::{Attribute, Key, Kind, Object, Rename, Schema, Statement, StatementNote, Value};
use crate::sql::{Dialect, Lexer, TokenKind};

/// Returns the old schema with the new names, and the statements that rename. Renames of missing objects are skipped.
pub(super) fn renamed(from: &Schema, renames: &[Rename]) -> (Schema, Vec<Statement>) {
    let mut schema = from.clone();
    let mut statements = Vec::new();
    for level in rename_levels(from, renames, moved_key) {
        let before = schema.clone();
        let steps = with_temporary_names(level.clone(), &before, |rename| temporary_name(rename, &before));
        let mut lines = Vec::new();
        for rename in &steps {
            apply(&mut schema, rename, &mut lines);
        }
        statements.extend(if steps.len() > level.len() { at_once(&level, &before, lines) } else { lines });
    }
    (schema, statements)
}

/// Replaces renames through temporary names by statements that rename all at once, so that no session meets a
/// temporary name: RENAME TABLE renames in its order, and RENAME COLUMN of one ALTER TABLE all together.
fn at_once(level: &[Rename], before: &Schema, lines: Vec<Statement>) -> Vec<Statement> {
    const TABLE: &str = "RENAME TABLE ";
    let (tables, mut others): (Vec<Statement>, Vec<Statement>) =
        lines.into_iter().partition(|line| line.sql.starts_with(TABLE));
    let tables: Vec<&str> = tables.iter().filter_map(|line| line.sql.strip_prefix(TABLE)).collect();
    let mut statements = Vec::new();
    if !tables.is_empty() {
        statements.push(Statement::new(format!("{TABLE}{}", tables.join(", "))));
    }
    let columns = level.iter().filter(|rename| rename.from.kind == Kind::Column);
    let columns: Vec<&Rename> = columns.filter(|rename| before.get(&rename.from).is_some()).collect();
    for name in columns.iter().map(|rename| table(&rename.from)).collect::<BTreeSet<_>>() {
        let head = format!("ALTER TABLE {name} RENAME COLUMN ");
        let of_table = columns.iter().filter(|rename| table(&rename.from) == name);
        let clauses: Vec<String> = of_table
            .map(|rename| format!("RENAME COLUMN {} TO {}", quoted(&rename.from.name), quoted(&rename.to)))
            .collect();
        // A statement that defines readers of a column again stays as it is, and so do the others of its table.
        let is_of_table = |line: &&Statement| line.sql.starts_with(&format!("ALTER TABLE {name}"));
        let is_rename = |line: &Statement| line.sql.starts_with(&head);
        let has_aside = others.iter().filter(is_of_table).count() > clauses.len();
        if has_aside && others.iter().filter(is_of_table).all(is_rename) {
            others.retain(|line| !line.sql.starts_with(&head));
            statements.push(Statement::new(format!("ALTER TABLE {name} {}", clauses.join(", "))));
        }
    }
    statements.extend(others);
    statements
}

fn temporary_name(rename: &Rename, schema: &Schema) -> String {
    let is_sibling =
        |key: &Key, name: &str| key.table == rename.from.table && key.name.to_lowercase() == name.to_lowercase();
    derived_name(&rename.to, "__renamed", NAME_LIMIT, |name| {
        schema.objects().any(|object| is_sibling(&object.key, name))
    })
}

fn apply(schema: &mut Schema, rename: &Rename, statements: &mut Vec<Statement>) {
    if schema.get(&rename.from).is_none() || schema.get(&rename.new_key()).is_some() {
        return;
    }
    let Some(sql) = statement(rename) else { return };
    let mut readers = Readers::default();
    let follows = MysqlFlavour::from_handle(schema.flavour).renames_column_in_expressions();
    let keys: Vec<Key> = schema.objects().map(|object| object.key.clone()).collect();
    for key in keys {
        if let Some(object) = schema.remove(&key) {
            let after = moved(object.clone(), rename);
            if rename.from.kind == Kind::Column && !follows {
                readers.add(&object, &after, rename);
            }
            schema.add(after);
        }
    }
    statements.push(readers.statement(sql, rename, schema));
}

/// Objects that use a renamed column. MySQL refuses the rename unless the same statement defines them again.
#[derive(Debug, Default)]
struct Readers {
    drops: Vec<String>,
    adds: Vec<String>,
    columns: Vec<Key>,
    partitions: Option<String>,
}

impl Readers {
    fn add(&mut self, before: &Object, after: &Object, rename: &Rename) {
        let is_other = |attributes: &[Attribute]| {
            attributes.iter().any(|name| before.attributes.get(name) != after.attributes.get(name))
        };
        let name = quoted(&before.key.name);
        match before.key.kind {
            Kind::Check if is_other(&[Attribute::Definition]) => {
                self.drops.push(format!("DROP CONSTRAINT {name}"));
                self.adds.push(format!("ADD {}", create::clause(after)));
            }
            Kind::Index if create::is_functional(before) && is_other(&[Attribute::Columns]) => {
                self.drops.push(format!("DROP INDEX {name}"));
                self.adds.push(format!("ADD {}", create::clause(after)));
            }
            Kind::Column if before.key != rename.from && is_other(&[Attribute::Generated, Attribute::Default]) => {
                self.columns.push(after.key.clone());
            }
            Kind::Table if is_other(&[Attribute::PartitionBy]) => {
                self.partitions = after.text(Attribute::PartitionBy).map(str::to_owned);
            }
            _ => {}
        }
    }

    /// Returns one ALTER TABLE with the rename and all new definitions. `schema` already has the new names.
    fn statement(self, sql: String, rename: &Rename, schema: &Schema) -> Statement {
        let Some(table) = rename.from.parent(Kind::Table).and_then(|key| schema.get(&key)) else {
            return Statement::new(sql);
        };
        let usual = table.text(Attribute::Collation);
        let columns = self.columns.iter().filter_map(|key| schema.get(key));
        let columns = columns.map(|object| format!("MODIFY COLUMN {}", column::definition(object, usual)));
        let renaming = format!("RENAME COLUMN {} TO {}", quoted(&rename.from.name), quoted(&rename.to));
        let clauses: Vec<String> = self.drops.into_iter().chain([renaming]).chain(columns).chain(self.adds).collect();
        if clauses.len() == 1 && self.partitions.is_none() {
            return Statement::new(sql);
        }
        let partitions = self.partitions.map(|by| format!("\n{by}")).unwrap_or_default();
        let name = &table.key.name;
        let sql = format!("ALTER TABLE {}\n  {}{partitions}", quoted(name), clauses.join(",\n  "));
        Statement::new(sql).note(StatementNote::Locks(format!("SHARED on {name}, while the table is rewritten")))
    }
}

fn statement(rename: &Rename) -> Option<String> {
    let (name, to) = (quoted(&rename.from.name), quoted(&rename.to));
    let table = table(&rename.from);
    Some(match rename.from.kind {
        Kind::Table | Kind::View | Kind::Sequence => format!("RENAME TABLE {name} TO {to}"),
        Kind::Column => format!("ALTER TABLE {table} RENAME COLUMN {name} TO {to}"),
        Kind::Index => format!("ALTER TABLE {table} RENAME INDEX {name} TO {to}"),
        Kind::Event => format!("ALTER EVENT {name} RENAME TO {to}"),
        _ => return None,
    })
}

fn moved(mut object: Object, rename: &Rename) -> Object {
    let from = &rename.from;
    let is_own = object.key.table.is_some() && object.key.table == from.table;
    object.needs = object.needs.iter().map(|need| moved_key(need, rename)).collect();
    match from.kind {
        Kind::Table => references(&mut object, from, &rename.to),
        Kind::Column if object.key.kind == Kind::ForeignKey => column_of_key(&mut object, rename, is_own),
        Kind::Column if is_own || (object.key.kind == Kind::Table && Some(&object.key.name) == from.table.as_ref()) => {
            for (attribute, value) in &mut object.attributes {
                if names_columns(*attribute) {
                    replace(value, &from.name, &rename.to);
                }
            }
        }
        _ => {}
    }
    object.key = moved_key(&object.key, rename);
    object
}

const fn names_columns(attribute: Attribute) -> bool {
    use Attribute as A;
    matches!(attribute, A::Columns | A::Generated | A::ColumnCheck | A::Default | A::PartitionBy)
        || matches!(attribute, A::Definition)
}

fn moved_key(key: &Key, rename: &Rename) -> Key {
    let from = &rename.from;
    if key == from {
        return rename.new_key();
    }
    let mut key = key.clone();
    if from.table.is_none() && matches!(from.kind, Kind::Table | Kind::View) && key.table.as_ref() == Some(&from.name) {
        key.table = Some(rename.to.clone());
        // InnoDB's generated names of foreign keys follow their table.
        if key.kind == Kind::ForeignKey
            && let Some(number) = key.name.strip_prefix(&format!("{}_ibfk_", from.name))
        {
            key.name = format!("{}_ibfk_{number}", rename.to);
        }
    }
    key
}

/// Replaces the referenced table of a foreign key.
fn references(object: &mut Object, from: &Key, to: &str) {
    let old = quoted(&from.name);
    if object.key.kind != Kind::ForeignKey || object.text(Attribute::References) != Some(&old) {
        return;
    }
    let definition = object.text(Attribute::Definition).unwrap_or_default();
    let definition = definition.replacen(&format!("REFERENCES {old} "), &format!("REFERENCES {} ", quoted(to)), 1);
    object.set(Attribute::Definition, definition);
    object.set(Attribute::References, quoted(to));
}

fn column_of_key(object: &mut Object, rename: &Rename, is_own: bool) {
    // A foreign key can name the column on both sides: in its own list if the column is of its table, and in the list
    // behind REFERENCES if the column is of the referenced table.
    let target = rename.from.table.as_deref().map(quoted);
    let is_target = object.text(Attribute::References) == target.as_deref();
    let definition = object.text(Attribute::Definition).unwrap_or_default().to_owned();
    let Some((own, theirs)) = definition.split_once(" REFERENCES ") else { return };
    let change =
        |text: &str, holds: bool| if holds { replaced(text, &rename.from.name, &rename.to) } else { text.to_owned() };
    // The referenced table comes first and may be named like the column.
    let (table, columns) = theirs.split_once(' ').unwrap_or((theirs, ""));
    object.set(
        Attribute::Definition,
        format!("{} REFERENCES {table} {}", change(own, is_own), change(columns, is_target)),
    );
    if let (true, Some(columns)) = (is_own, object.attributes.get_mut(&Attribute::Columns)) {
        replace(columns, &rename.from.name, &rename.to);
    }
}

fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Text(text) => *text = replaced(text, from, to),
        Value::List(list) => list.iter_mut().for_each(|text| *text = replaced(text, from, to)),
        Value::Yes(_) | Value::Number(_) => {}
    }
}

/// Replaces the identifier `from`, which must be quoted in the text, by `to`.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let (old, new) = (quoted(from), quoted(to));
    let mut written = String::with_capacity(text.len());
    for token in Lexer::new(text, Dialect::MYSQL).map_while(Result::ok) {
        let part = token.span.slice(text);
        let is_name = token.kind == TokenKind::QuotedIdentifier && part == old;
        written.push_str(if is_name { &new } else { part });
    }
    written
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    fn column(table: &str, name: &str) -> Key {
        Key::of_table(Kind::Column, None, table, name)
    }

    fn statements(columns: [&str; 2], named: &str) -> Vec<String> {
        let mut schema = Schema::new(Dialect::MYSQL);
        schema.flavour = MysqlFlavour::Mariadb.handle();
        schema.add(Object::new(Key::new(Kind::Table, None, "a")));
        columns.into_iter().for_each(|name| schema.add(Object::new(column("a", name))));
        let [x, y] = columns;
        let swap = |from: &str, to: &str| Rename { from: column(named, from), to: to.to_owned() };
        let table = Rename { from: Key::new(Kind::Table, None, "a"), to: "b".to_owned() };
        renamed(&schema, &[swap(x, y), swap(y, x), table]).1.into_iter().map(|statement| statement.sql).collect()
    }

    #[test]
    fn columns_that_swap_their_names_in_a_renamed_table_are_renamed() {
        for named in ["a", "b"] {
            assert_eq!(
                statements(["x", "y"], named),
                ["RENAME TABLE `a` TO `b`", "ALTER TABLE `b` RENAME COLUMN `x` TO `y`, RENAME COLUMN `y` TO `x`",],
                "{named}"
            );
        }
    }

    #[test]
    fn tables_that_swap_their_names_are_renamed_in_one_statement() {
        let mut schema = Schema::new(Dialect::MYSQL);
        let key = |name: &str| Key::new(Kind::Table, None, name);
        ["a", "z"].into_iter().for_each(|name| schema.add(Object::new(key(name))));
        let long = "z".repeat(64);
        schema.add(Object::new(key(&long)));
        let rename = |from: &str, to: &str| Rename { from: key(from), to: to.to_owned() };
        let lines = renamed(&schema, &[rename("a", &long), rename(&long, "a"), rename("z", "y")]).1;
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let names: Vec<&str> = line.sql.split('`').skip(1).step_by(2).collect();
        let aside = names[1];
        assert_eq!(names, ["a", aside, &long, "a", "z", "y", aside, &long], "{}", line.sql);
        assert!(aside.chars().count() <= 64 && aside.ends_with("__renamed"), "{aside}");
    }
}
