//! What `pg_dump` says, so that two of them can be compared: its entries in order of their names, without settings.

use std::collections::BTreeMap;

/// Entries by the schema they are in; by an empty name those in none (or all).
pub type Entries = BTreeMap<String, Vec<String>>;

/// The entries in order of their headings; the columns as they stand.
pub fn in_order(entries: &[String]) -> String {
    let mut entries = entries.to_vec();
    entries.sort();
    entries.concat()
}

/// The same, with the columns of each table (and the statements of each entry) in order of their names too: an added column
/// is the last one.
pub fn without_order(entries: &[String]) -> String {
    let sorted = |entry: &String| {
        let mut statements: Vec<String> = entry.split(";\n").map(sorted_columns).collect();
        statements.sort();
        statements.join(";\n")
    };
    in_order(&entries.iter().map(sorted).collect::<Vec<_>>())
}

/// The entries of a dump: by schema, or all in one.
pub fn by_schema(dump: &str, apart: bool) -> Entries {
    let mut schemas = Entries::new();
    for entry in entries(dump) {
        let schema = entry.lines().next().and_then(|line| line.split_once("; Schema: ")?.1.split(';').next());
        let name = if apart { schema.filter(|name| *name != "-").unwrap_or_default() } else { "" };
        schemas.entry(name.to_owned()).or_default().push(sorted_grants(sorted_options(&entry)));
    }
    schemas
}

/// Privileges in order: they are told as they were given.
fn sorted_grants(entry: String) -> String {
    if !entry.lines().next().is_some_and(|heading| heading.contains("Type: ACL")) {
        return entry;
    }
    let mut lines: Vec<&str> = entry.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn entries(dump: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    let settings = [
        "SET ",
        "SELECT pg_catalog.set_config",
        "-- Dumped",
        "-- PostgreSQL database dump",
        "\\restrict",
        "\\unrestrict",
    ];
    let lines = dump.lines().filter(|line| !settings.iter().any(|setting| line.starts_with(setting)));
    for line in lines.filter(|line| *line != "--" && !line.is_empty()) {
        match entries.last_mut() {
            Some(entry) if !line.starts_with("-- Name: ") => *entry = format!("{entry}{line}\n"),
            _ => entries.push(format!("{line}\n")),
        }
    }
    entries
}

/// A CREATE TABLE (or TYPE) with the lines between its parentheses in order.
fn sorted_columns(statement: &str) -> String {
    let lines: Vec<&str> = statement.lines().collect();
    let starts = |line: &&str| line.starts_with("CREATE ") && line.ends_with('(');
    let Some(first) = lines.iter().position(starts) else { return statement.to_owned() };
    let Some(last) = lines.iter().rposition(|line| line.starts_with(')')) else { return statement.to_owned() };
    let mut columns: Vec<&str> = lines[first + 1..last].iter().map(|line| line.trim_end_matches(',')).collect();
    if lines[first].contains(" AS ENUM") {
        return statement.to_owned();
    }
    columns.sort_unstable();
    [&lines[..=first], &columns, &lines[last..]].concat().join("\n")
}

/// Storage options, `WITH (b='2', a='1')`, in order of their names: the server keeps them as they were given.
fn sorted_options(entry: &str) -> String {
    let mut parts = entry.split("WITH (");
    let mut sorted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (options, rest) = part.split_once(')').unwrap_or((part, ""));
        let mut options: Vec<&str> = options.split(", ").collect();
        options.sort_unstable();
        sorted.push_str(&format!("WITH ({}){rest}", options.join(", ")));
    }
    sorted
}
