//! Rows in the tables and columns that the old and the new schema share.

use aludel::schema::{Attribute, Object, Options, Schema};

use super::place::Place;
use crate::support::cases::{Case, Names, shared};

/// Tables and columns that both schemas have, without generated columns.
pub struct Shared {
    tables: Vec<(Names, Vec<Names>)>,
}

impl Shared {
    pub fn of(before: &Schema, after: &Schema, case: &Case, options: &Options) -> Self {
        let is_computed = |old: &Object, new: &Object| new.has(Attribute::Generated) || old.has(Attribute::Generated);
        Self { tables: shared((before, after), case, options, &is_computed) }
    }

    pub fn rows(&self, place: &mut Place, is_renamed: bool) -> String {
        let pick = |(old, new): &Names| quoted(if is_renamed { new } else { old });
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
