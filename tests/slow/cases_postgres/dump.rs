//! Normalization of `pg_dump` output for comparison: its entries sorted by name, without settings.

use std::collections::BTreeMap;

/// Entries by schema; those without a schema (or all of them) have an empty name.
pub type Entries = BTreeMap<String, Vec<String>>;

/// Joins the entries sorted by their headings. The order of columns is kept.
pub fn in_order(entries: &[String]) -> String {
    let mut entries = entries.to_vec();
    entries.sort();
    entries.concat()
}

/// Joins the entries like [`in_order`], with the columns of each table (and the statements of each entry) sorted by
/// name too, because an added column is the last one.
pub fn without_order(entries: &[String]) -> String {
    let sorted = |entry: &String| {
        let mut statements: Vec<String> = entry.split(";\n").map(sorted_columns).collect();
        statements.sort();
        statements.join(";\n")
    };
    in_order(&entries.iter().map(sorted).collect::<Vec<_>>())
}

/// Splits a dump into its entries: by schema if `apart`, else all in one.
pub fn by_schema(dump: &str, apart: bool) -> Entries {
    let mut schemas = Entries::new();
    for entry in entries(dump) {
        let schema = entry.lines().next().and_then(|line| line.split_once("; Schema: ")?.1.split(';').next());
        let name = if apart { schema.filter(|name| *name != "-").unwrap_or_default() } else { "" };
        schemas.entry(name.to_owned()).or_default().push(sorted_grants(sorted_options(&entry)));
    }
    schemas
}

/// Sorts the statements of a privileges entry, which `pg_dump` prints in the order in which they were granted.
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

/// Sorts the lines between the parentheses of a CREATE TABLE or CREATE TYPE.
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

/// Sorts storage options, `WITH (b='2', a='1')`, by name, because the server keeps them in the order in which they were
/// set.
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
