//! Types: their canonical names, and what becomes of the rows when a column changes from one to another.

/// Type as the catalog prints it, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SqlType {
    /// Name without modifiers: `character varying`.
    pub(super) base: String,
    /// Numbers in parentheses.
    pub(super) modifiers: Vec<i64>,
    is_array: bool,
}

/// Synonyms, and the names that the catalog prints (manual, table 8.1).
const SYNONYMS: [(&str, &str); 25] = [
    ("int", "integer"),
    ("int4", "integer"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("serial", "integer"),
    ("serial4", "integer"),
    ("bigserial", "bigint"),
    ("serial8", "bigint"),
    ("smallserial", "smallint"),
    ("serial2", "smallint"),
    ("bool", "boolean"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("float", "double precision"),
    ("varchar", "character varying"),
    ("char varying", "character varying"),
    ("char", "character"),
    ("bpchar", "character"),
    ("nchar", "character"),
    ("national character", "character"),
    ("national char", "character"),
    ("varbit", "bit varying"),
    ("string", "text"),
];

/// Returns the type as the catalog prints it. `written` is in lower case.
pub(super) fn canonical(written: &str) -> String {
    let mut text = written.trim().replace("pg_catalog.", "").replace('"', "");
    let mut array = String::new();
    while let Some(rest) = text.strip_suffix(']') {
        text = rest.rsplit_once('[').map_or(rest, |(before, _)| before).trim_end().to_owned();
        array = "[]".to_owned();
    }
    if let Some(rest) = text.strip_suffix(" array") {
        (text, array) = (rest.to_owned(), "[]".to_owned());
    }
    let (base, modifiers) = parts(&text);
    let modifiers = modifiers.map(|inner| inner.split(',').map(str::trim).collect::<Vec<_>>().join(","));
    let with = |base: &str, modifiers: &Option<String>| match modifiers {
        Some(inner) => format!("{base}({inner})"),
        None => base.to_owned(),
    };
    for (short, long) in [("timestamp", "timestamp"), ("time", "time")] {
        let zone = match base.strip_prefix(short).map(str::trim) {
            Some("" | "without time zone") => "without time zone",
            Some("tz" | "with time zone") => "with time zone",
            _ => continue,
        };
        return format!("{} {zone}{array}", with(long, &modifiers));
    }
    let known = SYNONYMS.iter().find(|(short, _)| *short == base).map_or(base.as_str(), |(_, long)| long);
    if known == "character" && modifiers.is_none() && base != "bpchar" {
        return format!("character(1){array}");
    }
    // numeric(10) has the scale 0.
    if known == "numeric"
        && let Some(inner) = modifiers.as_deref().filter(|inner| !inner.contains(','))
    {
        return format!("numeric({inner},0){array}");
    }
    format!("{}{array}", with(known, &modifiers))
}

/// Splits `timestamp(3) with time zone` into the name without parentheses, and what is in them.
fn parts(text: &str) -> (String, Option<String>) {
    match (text.find('('), text.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            let base = format!("{} {}", text[..open].trim(), text[close + 1..].trim());
            (base.trim().to_owned(), Some(text[open + 1..close].to_owned()))
        }
        _ => (text.split_whitespace().collect::<Vec<_>>().join(" "), None),
    }
}

/// Parts that remain in place when the type of a column changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Rows and indexes.
    All,
    /// The rows; indexes on the column are built again.
    Rows,
    /// Nothing: the table is rewritten.
    Nothing,
}

/// Returns what remains when a column changes without a USING expression.
pub(super) fn kept(from: &SqlType, to: &SqlType) -> Kept {
    if from.is_array != to.is_array {
        return Kept::Nothing;
    }
    if from == to {
        return Kept::All;
    }
    let longer = match (from.modifiers.first(), to.modifiers.first()) {
        (_, None) => true,
        (Some(old), Some(new)) => old <= new,
        (None, Some(_)) => false,
    };
    let keeps = match (from.base.as_str(), to.base.as_str()) {
        // A length is tested for arrays' elements as well.
        ("character varying" | "text", "text") => true,
        ("character varying" | "text", "character varying") => {
            if from.base == "text" {
                to.modifiers.is_empty()
            } else {
                longer
            }
        }
        ("bit varying", "bit varying") => longer,
        ("numeric", "numeric") => to.modifiers.is_empty() || longer && from.modifiers.get(1) == to.modifiers.get(1),
        (old, new) if old == new && is_time(old) => {
            // Without a number the precision is 6.
            from.modifiers.first().unwrap_or(&6) <= to.modifiers.first().unwrap_or(&6)
        }
        ("text", "citext") | ("citext", "text") => return Kept::Rows,
        ("character varying", "citext") | ("citext", "character varying") if to.modifiers.is_empty() => {
            return Kept::Rows;
        }
        ("cidr", "inet") => true,
        _ => false,
    };
    if keeps { Kept::All } else { Kept::Nothing }
}

fn is_time(base: &str) -> bool {
    base.starts_with("time") || base.starts_with("interval")
}

impl SqlType {
    /// Parses a type in its canonical spelling.
    pub(super) fn parse(text: &str) -> Self {
        let text = canonical(text);
        let is_array = text.ends_with("[]");
        let (base, modifiers) = parts(text.trim_end_matches("[]"));
        let modifiers = modifiers.unwrap_or_default();
        let modifiers = modifiers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        Self { base, modifiers, is_array }
    }

    /// Family of types that clients read and write alike.
    pub(super) fn family(&self) -> String {
        let base = match self.base.as_str() {
            "smallint" | "integer" | "bigint" => "integer",
            "character varying" | "text" | "character" | "citext" => "text",
            "numeric" => "numeric",
            "real" | "double precision" => "float",
            "json" | "jsonb" => "json",
            "bit" | "bit varying" => "bit",
            other => other,
        };
        if self.is_array { format!("{base}[]") } else { base.to_owned() }
    }

    /// Returns `true` if some values of this type do not fit into the other, or lose something.
    pub(super) fn narrows_to(&self, to: &Self) -> bool {
        const WHOLE: [&str; 3] = ["smallint", "integer", "bigint"];
        let place = |of: &Self| WHOLE.iter().position(|whole| *whole == of.base);
        let first = |of: &Self| of.modifiers.first().copied();
        let shorter = || match (first(self), first(to)) {
            (_, None) => false,
            (Some(old), Some(new)) => new < old,
            (None, Some(_)) => true,
        };
        match (place(self), place(to)) {
            (Some(old), Some(new)) => return new < old,
            (None, Some(_)) => return matches!(self.family().as_str(), "numeric" | "float"),
            _ => {}
        }
        match (self.family().as_str(), to.family().as_str()) {
            ("text", "text") => to.base != "text" && to.base != "citext" && shorter(),
            ("numeric", "numeric") => {
                let whole = |of: &Self| Some(first(of)? - of.modifiers.get(1).copied().unwrap_or(0));
                let scale = |of: &Self| of.modifiers.get(1).copied();
                !to.modifiers.is_empty()
                    && (self.modifiers.is_empty() || whole(to) < whole(self) || scale(to) < scale(self))
            }
            ("integer", "numeric") => {
                let digits = match self.base.as_str() {
                    "smallint" => 5,
                    "integer" => 10,
                    _ => 19,
                };
                let whole = first(to).map(|precision| precision - to.modifiers.get(1).copied().unwrap_or(0));
                whole.is_some_and(|whole| whole < digits)
            }
            ("float", "float") => self.base == "double precision" && to.base == "real",
            ("numeric", "float") => true,
            ("bit", "bit") => shorter(),
            (old, new) if old == new && is_time(&self.base) => first(to).unwrap_or(6) < first(self).unwrap_or(6),
            ("timestamp with time zone" | "timestamp without time zone", "date") => true,
            ("timestamp with time zone" | "timestamp without time zone", new) => new.starts_with("time "),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_names_of_the_catalog() {
        for (written, expected) in [
            ("int4", "integer"),
            ("varchar(20)", "character varying(20)"),
            ("character varying ( 20 )", "character varying(20)"),
            ("char", "character(1)"),
            ("timestamptz", "timestamp with time zone"),
            ("timestamp(3)", "timestamp(3) without time zone"),
            ("timestamp with time zone", "timestamp with time zone"),
            ("numeric(10, 2)", "numeric(10,2)"),
            ("decimal(10)", "numeric(10,0)"),
            ("int[]", "integer[]"),
            ("text array", "text[]"),
            ("pg_catalog.int8", "bigint"),
            ("app.mood", "app.mood"),
        ] {
            assert_eq!(canonical(written), expected, "{written}");
        }
    }

    #[test]
    fn rows_are_kept_as_measured() {
        for (from, to, expected) in [
            ("varchar(50)", "varchar(100)", Kept::All),
            ("varchar(50)", "text", Kept::All),
            ("varchar(50)", "varchar(20)", Kept::Nothing),
            ("text", "varchar", Kept::All),
            ("text", "varchar(100)", Kept::Nothing),
            ("char(10)", "varchar(10)", Kept::Nothing),
            ("numeric(10,2)", "numeric(12,2)", Kept::All),
            ("numeric(10,2)", "numeric(12,4)", Kept::Nothing),
            ("int", "bigint", Kept::Nothing),
            ("timestamp(3)", "timestamp(6)", Kept::All),
            ("timestamp", "timestamp(3)", Kept::Nothing),
            ("timestamp", "timestamptz", Kept::Nothing),
            ("text", "citext", Kept::Rows),
        ] {
            assert_eq!(kept(&SqlType::parse(from), &SqlType::parse(to)), expected, "{from} to {to}");
        }
    }
}
