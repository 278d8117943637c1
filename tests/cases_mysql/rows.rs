//! The rows of what the old and the new schema share.

use aludel::schema::{Attribute, Kind, Object, Options, Schema};

use super::place::Place;
use crate::support::cases::Case;

/// A name in the old schema, and in the new one.
type Names = (String, String);

/// The tables and columns of the old schema that are in the new one, with their names there. A line `other: t.c` of the
/// options leaves a column out, `gone: t` the number of rows.
pub struct Shared {
    tables: Vec<(Names, Vec<Names>)>,
}

impl Shared {
    pub fn of(before: &Schema, after: &Schema, case: &Case, options: &Options) -> Self {
        let renamed = |object: &Object| {
            let found = options.renames.iter().find(|rename| rename.from == object.key);
            found.map_or_else(|| object.key.name.clone(), |rename| rename.to.clone())
        };
        let mut tables = Vec::new();
        for old in before.objects().filter(|object| object.key.kind == Kind::Table) {
            let is_new = |object: &&Object| object.key.kind == Kind::Table && object.key.name == renamed(old);
            let Some(new) = after.objects().find(is_new) else { continue };
            if case.says(&format!("gone: {}", old.key)) {
                continue;
            }
            let columns = before.columns(&old.key).into_iter().filter_map(|column| {
                let now = renamed(column);
                let target = after.columns(&new.key).into_iter().find(|target| target.key.name == now)?;
                let is_other = case.says(&format!("other: {}", column.key));
                let is_computed = target.has(Attribute::Generated) || column.has(Attribute::Generated);
                (!is_other && !is_computed).then(|| (column.key.name.clone(), target.key.name.clone()))
            });
            tables.push(((old.key.name.clone(), new.key.name.clone()), columns.collect()));
        }
        Self { tables }
    }

    pub fn rows(&self, place: &mut Place, is_renamed: bool) -> String {
        let pick = |(old, new): &(String, String)| quoted(if is_renamed { new } else { old });
        let mut text = String::new();
        for (table, columns) in &self.tables {
            let mut shown: Vec<String> =
                columns.iter().map(|column| format!("COALESCE(HEX(CONCAT({})), '-')", pick(column))).collect();
            shown.push("''".to_owned());
            let rows =
                place.ask(&format!("SELECT CONCAT_WS('|', {}) FROM {} ORDER BY 1", shown.join(", "), pick(table)));
            text += &format!("{}: {}\n", table.0, rows.concat().join(" / "));
        }
        text
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
