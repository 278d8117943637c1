//! Types of columns, and what becomes of the rows when one changes.

use super::{SHAPE, copy};
use crate::ddl::{ActionWork, DdlColumn, Relation};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::sql::Work;

/// Type in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnShape {
    /// Name: `varchar`.
    pub(super) base: String,
    /// Parts in parentheses: numbers, or the values of ENUM and SET.
    inner: Vec<String>,
    /// `UNSIGNED`.
    pub(super) is_unsigned: bool,
}

/// Returns the type as the server prints it. `written` is in lower case.
pub(super) fn canonical(written: &str) -> String {
    let text = written.trim();
    let (base, rest) = match text.find('(') {
        Some(open) => (text[..open].trim(), text[open..].replace(", ", ",")),
        None => match text.split_once(' ') {
            Some((base, rest)) if !matches!(text, "double precision" | "character varying") => {
                (base, format!(" {}", rest.trim()))
            }
            _ => (text, String::new()),
        },
    };
    let base = match base {
        "integer" | "int4" => "int",
        "int1" => "tinyint",
        "int2" => "smallint",
        "int3" | "middleint" => "mediumint",
        "int8" => "bigint",
        "bool" | "boolean" => return "tinyint(1)".to_owned(),
        "dec" | "numeric" | "fixed" => "decimal",
        "double precision" | "real" => "double",
        "character varying" | "varcharacter" | "nvarchar" => "varchar",
        "character" | "nchar" => "char",
        "serial" => return "bigint unsigned".to_owned(),
        other => other,
    };
    let text = format!("{base}{rest}");
    match text.as_str() {
        "char" => "char(1)".to_owned(),
        "decimal" => "decimal(10,0)".to_owned(),
        _ => text,
    }
}

const WHOLE: [&str; 5] = ["tinyint", "smallint", "mediumint", "int", "bigint"];
const TEXTS: [&str; 4] = ["tinytext", "text", "mediumtext", "longtext"];
const BLOBS: [&str; 4] = ["tinyblob", "blob", "mediumblob", "longblob"];

impl ColumnShape {
    pub(super) fn parse(text: &str) -> Self {
        let text = canonical(text);
        let base = text.split(['(', ' ']).next().unwrap_or_default().to_owned();
        let inner = text.split_once('(').and_then(|(_, rest)| Some(rest.rsplit_once(')')?.0)).unwrap_or_default();
        let is_unsigned = text.rsplit(')').next().is_some_and(|rest| rest.contains("unsigned"));
        let is_whole = WHOLE.contains(&base.as_str());
        // The display width of integers has no meaning.
        let inner = if is_whole { Vec::new() } else { values(inner) };
        Self { base, inner, is_unsigned }
    }

    /// Number of the values of ENUM and SET.
    pub(super) fn values(&self) -> u64 {
        u64::try_from(self.inner.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn number(&self, index: usize) -> Option<u32> {
        self.inner.get(index)?.trim().parse().ok()
    }

    fn position_in(&self, list: &[&str]) -> Option<usize> {
        list.iter().position(|name| *name == self.base)
    }

    /// Largest number of a type up to int; `None` for another one.
    pub(super) fn largest_number(&self) -> Option<u64> {
        const BITS: [u32; 4] = [8, 16, 24, 32];
        let bits = BITS.get(self.position_in(&WHOLE)?)?;
        Some((1_u64 << (bits - u32::from(!self.is_unsigned))) - 1)
    }

    /// Family of types that clients read and write alike.
    pub(super) fn family(&self) -> &str {
        if self.position_in(&WHOLE).is_some() {
            return "integer";
        }
        if self.position_in(&TEXTS).is_some() || matches!(self.base.as_str(), "char" | "varchar") {
            return "text";
        }
        if self.position_in(&BLOBS).is_some() || matches!(self.base.as_str(), "binary" | "varbinary") {
            return "bytes";
        }
        match self.base.as_str() {
            "float" | "double" => "float",
            other => other,
        }
    }

    /// Returns `true` if some values of this type do not fit into the other, or lose something.
    pub(super) fn narrows_to(&self, to: &Self) -> bool {
        let length = |of: &Self| match of.base.as_str() {
            "tinytext" | "tinyblob" => Some(255),
            "text" | "blob" => Some(65_535),
            "mediumtext" | "mediumblob" => Some(16_777_215),
            "longtext" | "longblob" => Some(u32::MAX),
            "char" | "varchar" | "binary" | "varbinary" => of.number(0),
            _ => None,
        };
        match (self.position_in(&WHOLE), to.position_in(&WHOLE)) {
            (Some(old), Some(new)) => {
                return new < old || (self.is_unsigned != to.is_unsigned && (to.is_unsigned || new <= old));
            }
            (None, Some(_)) => return matches!(self.base.as_str(), "decimal" | "float" | "double"),
            _ => {}
        }
        if let (Some(old), Some(new)) = (length(self), length(to)) {
            return new < old;
        }
        match (self.base.as_str(), to.base.as_str()) {
            ("decimal", "decimal") => {
                let scale = |of: &Self| of.number(1).unwrap_or(0);
                let whole = |of: &Self| of.number(0).unwrap_or(10).saturating_sub(scale(of));
                whole(to) < whole(self) || scale(to) < scale(self)
            }
            (_, "decimal") if self.position_in(&WHOLE).is_some() => {
                const DIGITS: [u32; 5] = [3, 5, 8, 10, 20];
                let digits = self.position_in(&WHOLE).and_then(|place| DIGITS.get(place)).copied().unwrap_or(20);
                to.number(0).unwrap_or(10).saturating_sub(to.number(1).unwrap_or(0)) < digits
            }
            ("double", "float") | ("decimal", "float" | "double") => true,
            ("enum", "enum") | ("set", "set") => !self.inner.iter().all(|value| to.inner.contains(value)),
            ("datetime" | "timestamp" | "time", new) if new == self.base => {
                to.number(0).unwrap_or(0) < self.number(0).unwrap_or(0)
            }
            ("datetime", "timestamp" | "date" | "time") | ("timestamp", "date" | "time") => true,
            _ => false,
        }
    }
}

/// Splits at commas outside quotes.
fn values(inner: &str) -> Vec<String> {
    let (mut values, mut value, mut is_text) = (Vec::new(), String::new(), false);
    for c in inner.chars() {
        is_text ^= c == '\'';
        if c == ',' && !is_text {
            values.push(std::mem::take(&mut value).trim().to_owned());
        } else {
            value.push(c);
        }
    }
    if !value.is_empty() {
        values.push(value.trim().to_owned());
    }
    values
}

/// Bytes of a character in a character set.
fn width(charset: Option<&str>) -> u32 {
    match charset.and_then(|text| text.split('_').next()) {
        Some("latin1" | "ascii" | "binary") => 1,
        Some("ucs2") => 2,
        Some("utf8" | "utf8mb3") => 3,
        _ => 4,
    }
}

/// Character set of a table's new columns, in lower case; the server's default if the table names none.
pub(super) fn table_charset(table: &Relation) -> String {
    let options = table.options.to_lowercase().replace('=', " ");
    let words: Vec<&str> = options.split_whitespace().collect();
    let named = words.windows(2).find_map(|pair| match pair {
        ["charset" | "set", name] => Some(*name),
        _ => None,
    });
    match named {
        Some("utf8") => "utf8mb3".to_owned(),
        Some(name) => name.to_owned(),
        None => "utf8mb4".to_owned(),
    }
}

/// Returns the work of a change of type, character set or collation; `None` if nothing of these changes.
pub(super) fn change(
    (from, to): (&DdlColumn, &DdlColumn),
    table_charset: &str,
    is_indexed: bool,
    flavour: MysqlFlavour,
) -> Option<ActionWork> {
    let (old, new) = (ColumnShape::parse(&from.data_type), ColumnShape::parse(&to.data_type));
    let is_text = new.family() == "text" || matches!(new.base.as_str(), "enum" | "set");
    let set = |column: &DdlColumn| {
        let of_collation = || Some(column.collation.as_deref()?.split('_').next()?.to_owned());
        let text = column.charset.clone().or_else(of_collation).unwrap_or_else(|| table_charset.to_owned());
        Some(if text == "utf8" { "utf8mb3".to_owned() } else { text })
    };
    let (old_set, new_set) = (set(from), set(to));
    let changes_set = is_text && new_set != old_set;
    let changes_collation = is_text && to.collation.is_some() && to.collation != from.collation;
    if old == new && !changes_set && !changes_collation {
        return None;
    }
    if old.base != new.base || old.is_unsigned != new.is_unsigned {
        return Some(copy(format!("values of {} are not stored as {}", from.data_type, to.data_type)));
    }
    if changes_set || changes_collation {
        return Some(change_of_set((old_set.as_deref(), new_set.as_deref()), changes_set, is_indexed, flavour));
    }
    let catalog = || Some(ActionWork::catalog(SHAPE));
    match old.base.as_str() {
        "varchar" | "varbinary" => {
            let bytes = |shape: &ColumnShape| {
                let width =
                    if shape.base == "varbinary" { 1 } else { width(new_set.as_deref().or(old_set.as_deref())) };
                shape.number(0).unwrap_or(0).saturating_mul(width)
            };
            let (before, after) = (bytes(&old), bytes(&new));
            if after < before {
                return Some(copy("a shorter length is checked for each row"));
            }
            if (before > 255) == (after > 255) || flavour.keeps_rows_in_more_cases() && !is_indexed {
                return catalog();
            }
            Some(copy("a length of more than 255 bytes is stored in two bytes"))
        }
        "enum" | "set" => {
            let appends =
                new.inner.len() >= old.inner.len() && new.inner.iter().zip(&old.inner).all(|(new, old)| new == old);
            let bytes = |count: usize| match old.base.as_str() {
                "enum" => usize::from(count > 255),
                _ => count.div_ceil(8).next_power_of_two(),
            };
            if appends && bytes(old.inner.len()) == bytes(new.inner.len()) {
                return catalog();
            }
            Some(copy(if appends { "the values take one byte more" } else { "the values get other numbers" }))
        }
        _ => Some(copy(format!("values of {} are not stored as {}", from.data_type, to.data_type))),
    }
}

fn change_of_set(
    (old, new): (Option<&str>, Option<&str>),
    changes_set: bool,
    is_indexed: bool,
    flavour: MysqlFlavour,
) -> ActionWork {
    let widens = matches!((old, new), (Some("utf8mb3"), Some("utf8mb4"))) || !changes_set;
    if !widens {
        return copy("every text is converted");
    }
    match (flavour.keeps_rows_in_more_cases(), is_indexed) {
        (true, true) if !changes_set => {
            ActionWork::because(Work::Scan, SHAPE, "the index is built again for the collation")
        }
        (false, true) => copy("the index on the column is sorted differently"),
        _ => ActionWork::catalog(SHAPE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_names_of_the_server() {
        for (written, expected) in [
            ("integer", "int"),
            ("numeric(10, 2)", "decimal(10,2)"),
            ("int(11) unsigned", "int(11) unsigned"),
            ("boolean", "tinyint(1)"),
            ("bigint unsigned", "bigint unsigned"),
            ("double precision", "double"),
        ] {
            assert_eq!(canonical(written), expected, "{written}");
        }
    }

    #[test]
    fn values_that_do_not_fit_are_found() {
        let narrows = |from: &str, to: &str| ColumnShape::parse(from).narrows_to(&ColumnShape::parse(to));
        for (from, to, expected) in [
            ("varchar(20)", "varchar(50)", false),
            ("varchar(50)", "varchar(20)", true),
            ("varchar(50)", "text", false),
            ("text", "varchar(50)", true),
            ("int", "bigint", false),
            ("bigint", "int", true),
            ("int", "int unsigned", true),
            ("int unsigned", "int", true),
            ("int unsigned", "bigint", false),
            ("decimal(10,2)", "decimal(12,2)", false),
            ("decimal(10,2)", "decimal(10,4)", true),
            ("enum('a','b')", "enum('a','b','c')", false),
            ("enum('a','b')", "enum('a')", true),
            ("datetime", "datetime(3)", false),
            ("datetime(3)", "datetime", true),
        ] {
            assert_eq!(narrows(from, to), expected, "{from} to {to}");
        }
    }
}
