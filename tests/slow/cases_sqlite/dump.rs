//! Dump of a database by means of SQLite only: PRAGMAs, and the statements of `sqlite_schema` normalized in everything
//! that SQL leaves free. Uses no code of aludel.

use super::scratch::Scratch;

impl Scratch {
    /// Returns all objects, one in a line, with the columns of a table sorted by name.
    pub fn dump(&mut self) -> String {
        let own = "name NOT LIKE 'aludel%' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let sql = format!("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE {own} ORDER BY type, name");
        let mut lines: Vec<String> = self
            .ask(&sql)
            .iter()
            .map(|row| format!("{} {} on {}: {}", row[0], row[1], row[2], statement(&row[0], &row[2], &row[3])))
            .collect();
        let tables = format!("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND {own}");
        for (query, columns) in [
            (
                "pragma_table_xinfo(m.name)",
                "p.name, upper(replace(p.type, ' ', '')), p.\"notnull\", p.dflt_value IS NULL, p.pk, p.hidden",
            ),
            (
                "pragma_foreign_key_list(m.name)",
                "p.seq, lower(p.\"table\"), lower(p.\"from\"), lower(p.\"to\"), p.on_update, p.on_delete",
            ),
            (
                "pragma_index_list(m.name)",
                "CASE p.origin WHEN 'c' THEN p.name END, p.\"unique\", p.origin, p.partial, (SELECT group_concat(lower(coalesce(x.name, '')) || ' ' || x.\"desc\" || upper(coalesce(x.coll, '')) || x.key) FROM pragma_index_xinfo(p.name) x WHERE x.key)",
            ),
        ] {
            let sql = format!("SELECT m.name, {columns} FROM ({tables}) m JOIN {query} p");
            let mut rows: Vec<String> =
                self.ask(&sql).iter().map(|row| format!("{query}: {}", row.join(" "))).collect();
            rows.sort();
            lines.extend(rows);
        }
        lines.join("\n")
    }
}

/// Normalizes a statement: lower case, without comments, white space, quotes around names, table names before column
/// names, and ASC. The comma-separated parts in a table's parentheses are sorted.
fn statement(kind: &str, table: &str, sql: &str) -> String {
    let mut words = words(sql);
    if matches!(kind, "table" | "index") {
        let table = table.to_lowercase();
        while let Some(place) = words.windows(2).position(|pair| pair[0] == table && pair[1] == ".") {
            words.drain(place..place + 2);
        }
        words.retain(|word| word != "asc");
    }
    if kind != "table" || words.get(1).is_some_and(|word| word == "virtual") {
        return words.join(" ");
    }
    let mut depth = 0;
    let mut parts = vec![Vec::new()];
    for word in words {
        depth -= usize::from(word == ")");
        match (depth, word.as_str()) {
            (0, _) | (1, ",") => parts.push(Vec::new()),
            _ => {}
        }
        depth += usize::from(word == "(");
        parts.last_mut().unwrap().push(word);
    }
    let mut parts: Vec<String> =
        parts.iter().map(|part| part.join(" ").trim_start_matches(", ").trim_start_matches("( ").to_owned()).collect();
    parts.sort();
    parts.join(" | ")
}

fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' | '"' | '`' => quoted(rest, first),
            '[' => rest.find(']').unwrap() + 1,
            _ if first.is_alphanumeric() || first == '_' => {
                rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        let (word, behind) = rest.split_at(length);
        rest = behind;
        match first {
            _ if first.is_whitespace() || word.starts_with("--") || word.starts_with("/*") => {}
            '\'' => words.push(word.to_owned()),
            '"' | '`' | '[' => words.push(word[1..length - 1].to_lowercase()),
            _ => words.push(word.to_lowercase()),
        }
    }
    words
}

fn quoted(text: &str, quote: char) -> usize {
    let mut end = 1;
    loop {
        end += text[end..].find(quote).unwrap() + 1;
        if !text[end..].starts_with(quote) {
            return end;
        }
        end += 1;
    }
}
