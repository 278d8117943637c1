//! `numbers-run-out`.

use super::prelude::*;
use crate::sql::Lexer;
use crate::units;

pub(super) static RULE: Rule = Rule {
    code: "numbers-run-out",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "A key whose numbers are more than half used",
    danger: "A smallint ends at 32,767 and an integer at 2,147,483,647. Behind the last number every insert fails, and the \
             change to bigint rewrites the table. Found where sizes are given and a statement concerns such a table, and where \
             a statement sets a sequence or AUTO_INCREMENT to such a number.",
    safe: "Plan the change to bigint now: a new column, filled in batches, that takes the place of the old one.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let written = written(view);
    if let Some((table, used, most)) = written.or_else(|| by_size(view)) {
        let percent = u128::from(used) * 100 / u128::from(most.max(1));
        let (used, most) = (units::format_count(used), units::format_count(most));
        let text = format!("{percent}% of the numbers are used: {used} of {most}");
        match table {
            Some(table) => found.on(&table, text),
            None => found.add(text),
        };
        if percent >= 90 {
            found.severity(Severity::Error);
        }
    }
}

/// Table, used numbers, largest number; `None` if less than half are used.
type Use = (Option<TableName>, u64, u64);

fn above_half(table: Option<&TableName>, used: u64, most: u64) -> Option<Use> {
    (used > most / 2).then(|| (table.cloned(), used, most))
}

/// Largest number of the column that the server numbers.
fn end_of_numbers(view: &View<'_>, table: &Relation) -> Option<u64> {
    let numbered = table.columns.iter().find(|column| column.is_numbered)?;
    view.server.dialect.change_rules().largest_number(&numbered.data_type)
}

/// A table that the sizes show as long.
fn by_size(view: &View<'_>) -> Option<Use> {
    let table = match view.parsed() {
        DdlStatement::AlterTable(altered) => &altered.table,
        DdlStatement::CreateIndex(index) => &index.table,
        DdlStatement::Rows(rows) if rows.verb == RowVerb::Insert => &rows.table,
        _ => return None,
    };
    let relation = view.table(table).filter(|relation| !relation.is_new)?;
    let is_said = |statement: &LintedStatement| match &statement.parsed {
        DdlStatement::AlterTable(altered) => altered.table == *table,
        DdlStatement::CreateIndex(index) => index.table == *table,
        DdlStatement::Rows(rows) => rows.table == *table,
        _ => false,
    };
    // Once for each revision, and not where it is widened.
    let is_widened =
        view.end.relation(table).is_some_and(|end| end_of_numbers(view, end) > end_of_numbers(view, relation));
    let is_bigger = view.end.relation(table).is_some_and(|end| end_of_numbers(view, end).is_none());
    if view.earlier().iter().any(is_said) || is_widened || is_bigger {
        return None;
    }
    let rows = view.sizes.get(&relation.name)?.rows?;
    above_half(Some(table), rows, end_of_numbers(view, relation)?)
}

/// A number that the statement sets.
fn written(view: &View<'_>) -> Option<Use> {
    let words = words(view);
    let rules = view.server.dialect.change_rules();
    match view.parsed() {
        DdlStatement::AlterTable(altered) => {
            let relation = view.table(&altered.table)?;
            let number = behind(&words, &["AUTO_INCREMENT"]).or_else(|| behind(&words, &["RESTART"]))?;
            above_half(Some(&altered.table), number, end_of_numbers(view, relation)?)
        }
        DdlStatement::CreateTable(created) => {
            let column = created.columns.iter().find(|column| column.of.is_numbered)?;
            let number = behind(&words, &["AUTO_INCREMENT", "="])?;
            above_half(Some(&created.table), number, rules.largest_number(&column.of.data_type)?)
        }
        DdlStatement::CreateOther { kind, name }
            if kind == "SEQUENCE" && words.first().is_some_and(|word| word == "CREATE") =>
        {
            let most = behind(&words, &["MAXVALUE"]).or_else(|| {
                let at = words.iter().position(|word| word == "AS")?;
                rules.largest_number(&words.get(at + 1)?.to_lowercase())
            })?;
            above_half(name.as_ref(), behind(&words, &["START"])?, most)
        }
        _ => {
            // ALTER SEQUENCE s RESTART 5, SELECT setval('s', 5)
            let number = match words.first().map(String::as_str) {
                Some("ALTER") if words.get(1).is_some_and(|word| word == "SEQUENCE") => behind(&words, &["RESTART"])?,
                Some("SELECT") => {
                    let at = words.iter().position(|word| word == "SETVAL")?;
                    words.get(at..)?.iter().find_map(|word| word.parse().ok())?
                }
                _ => return None,
            };
            let (table, most) = sequence_of(view, &words)?;
            above_half(Some(table), number, most)
        }
    }
}

/// Table of the sequence that a statement names, and its largest number: a serial column's is `TABLE_COLUMN_seq`.
fn sequence_of<'v>(view: &View<'v>, words: &[String]) -> Option<(&'v TableName, u64)> {
    let before: &'v crate::ddl::Outline = view.before;
    before.relations().find_map(|relation| {
        let column = relation.columns.iter().find(|column| column.is_numbered)?;
        let name = format!("{}_{}_SEQ", relation.name.name, column.name).to_uppercase();
        words.iter().find(|word| word.trim_matches(['\'', '"']).rsplit('.').next() == Some(name.as_str()))?;
        Some((&relation.name, view.server.dialect.change_rules().largest_number(&column.data_type)?))
    })
}

/// Significant tokens in upper case.
fn words(view: &View<'_>) -> Vec<String> {
    let sql = &view.statement.sql;
    let tokens = Lexer::new(sql, view.server.dialect).map_while(Result::ok).filter(|token| !token.kind.is_trivia());
    tokens.map(|token| token.span.slice(sql).to_uppercase()).collect()
}

/// Number behind these words, over WITH and `=`.
fn behind(words: &[String], names: &[&str]) -> Option<u64> {
    let at = words.windows(names.len()).position(|window| window.iter().zip(names).all(|(word, name)| word == name))?;
    let mut rest = words.get(at + names.len()..)?.iter().filter(|word| !matches!(word.as_str(), "WITH" | "="));
    rest.next()?.parse().ok()
}
