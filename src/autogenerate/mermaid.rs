//! Schema as a Mermaid entity relationship diagram (<https://mermaid.js.org/syntax/entityRelationshipDiagram.html>):
//! tables, columns with their types, keys, and one edge for each foreign key.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// Renders the tables of a schema as a diagram.
#[must_use]
pub fn mermaid(schema: &Schema) -> String {
    let mut text = "erDiagram\n".to_owned();
    for table in schema.objects().filter(|object| object.key.kind == Kind::Table) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    {} {{", entity(&table.key));
        let primary = columns_of(schema, &table.key, Kind::PrimaryKey);
        let unique = columns_of(schema, &table.key, Kind::Unique);
        let foreign = columns_of(schema, &table.key, Kind::ForeignKey);
        for column in schema.columns(&table.key) {
            let name = &column.key.name;
            let marks = [(&primary, "PK"), (&foreign, "FK"), (&unique, "UK")];
            let marks: Vec<_> = marks.iter().filter(|(set, _)| set.contains(name)).map(|(_, mark)| *mark).collect();
            let marks = if marks.is_empty() { String::new() } else { format!(" {}", marks.join(", ")) };
            let of_type = word(column.text(Attribute::Type).unwrap_or("any"));
            let _ = writeln!(text, "        {of_type} {}{marks}", word(name));
        }
        text.push_str("    }\n");
    }
    for foreign in schema.objects().filter(|object| object.key.kind == Kind::ForeignKey) {
        if let Some((from, to)) = ends(foreign) {
            let _ = writeln!(text, "    {from} }}o--|| {to} : \"{}\"", foreign.key.name.replace('"', "'"));
        }
    }
    text
}

fn columns_of(schema: &Schema, table: &Key, kind: Kind) -> BTreeSet<String> {
    schema
        .of_table(table, kind)
        .flat_map(|object| object.list(Attribute::Columns))
        .map(|name| name.trim_matches(['"', '`']).to_owned())
        .collect()
}

fn ends(foreign: &Object) -> Option<(String, String)> {
    let from = foreign.key.parent(Kind::Table)?;
    let to = foreign.text(Attribute::References)?;
    Some((entity(&from), word(to)))
}

fn entity(key: &Key) -> String {
    word(&key.to_string())
}

/// Replaces characters that Mermaid does not allow in a word: only letters, digits, `_` and `-` are allowed, and in
/// types also parentheses and brackets.
fn word(text: &str) -> String {
    let text = text.trim_start_matches("public.").replace(['"', '`'], "");
    let mapped: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '(' | ')' | '[' | ']') { c } else { '_' })
        .collect();
    if mapped.is_empty() { "_".to_owned() } else { mapped }
}
