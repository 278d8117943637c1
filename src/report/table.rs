//! Formats rows as a table for a terminal, a log or Markdown.

use unicode_width::UnicodeWidthStr;

use crate::database::QueryRows;

/// Maximum number of characters shown of a value.
const WIDEST: usize = 60;

/// Formats columns below their names and a rule, separated by two blanks; each line ends with a newline.
#[must_use]
pub fn format_table(rows: &QueryRows) -> String {
    let body: Vec<Vec<String>> =
        rows.rows.iter().map(|row| row.iter().map(|value| cell(value.as_deref())).collect()).collect();
    let mut text = grid(&rows.columns, &body);
    if rows.has_more {
        text.push_str("...\n");
    }
    text
}

/// Like [`format_table`], for any cells. Columns of numbers are aligned to the right.
#[must_use]
pub fn grid(columns: &[String], body: &[Vec<String>]) -> String {
    let width = |index: usize| {
        let cells = body.iter().filter_map(|row| row.get(index)).chain(columns.get(index));
        cells.map(|cell| UnicodeWidthStr::width(cell.as_str())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let right: Vec<bool> = (0..columns.len()).map(|index| is_numeric(body, index)).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let lines = [columns, rule.as_slice()].into_iter().chain(body.iter().map(Vec::as_slice));
    lines.map(|row| line(row, &widths, &right)).collect()
}

fn line(row: &[String], widths: &[usize], right: &[bool]) -> String {
    let mut line = String::new();
    for ((cell, width), right) in row.iter().zip(widths).zip(right) {
        let blanks = " ".repeat(width.saturating_sub(UnicodeWidthStr::width(cell.as_str())));
        line += &if *right { format!("{blanks}{cell}  ") } else { format!("{cell}{blanks}  ") };
    }
    format!("{}\n", line.trim_end())
}

/// Returns `true` if all values of the column are numbers, with or without a unit.
fn is_numeric(body: &[Vec<String>], index: usize) -> bool {
    let cells = || body.iter().filter_map(|row| row.get(index)).filter(|cell| !cell.is_empty() && *cell != "NULL");
    let number = |cell: &String| cell.split_whitespace().next().is_some_and(|word| word.parse::<f64>().is_ok());
    cells().next().is_some() && cells().all(number)
}

/// Value on one line, truncated if it is long, with blanks for control characters.
fn cell(value: Option<&str>) -> String {
    let Some(value) = value else { return "NULL".to_owned() };
    let mut shown: String = value.chars().take(WIDEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.chars().nth(WIDEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Formats the rows as a Markdown table, with long values truncated.
#[must_use]
pub fn markdown(rows: &QueryRows) -> String {
    marked(rows, &|value| cell(value))
}

/// Formats the rows as a Markdown table, with complete values.
#[must_use]
pub fn wide_markdown(rows: &QueryRows) -> String {
    marked(rows, &|value| value.unwrap_or("NULL").replace('\n', "<br>"))
}

fn marked(rows: &QueryRows, shown: &dyn Fn(Option<&str>) -> String) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(rows.columns.iter().map(|name| escaped(name)).collect());
    text += &line(rows.columns.iter().map(|_| "---".to_owned()).collect());
    for row in &rows.rows {
        text += &line(row.iter().map(|value| escaped(&shown(value.as_deref()))).collect());
    }
    if rows.has_more {
        text += "\n(and more)\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> QueryRows {
        let row = |id: &str, name: Option<&str>| vec![Some(id.to_owned()), name.map(str::to_owned)];
        let columns = vec!["id".to_owned(), "name".to_owned()];
        QueryRows { columns, rows: vec![row("7", Some("a|b")), row("12", None)], has_more: true }
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_at_the_right() {
        assert_eq!(format_table(&rows()), "id  name\n--  ----\n 7  a|b\n12  NULL\n...\n");
    }

    #[test]
    fn characters_of_two_columns_keep_the_columns_aligned() {
        let columns = vec!["名前".to_owned(), "n".to_owned()];
        let body = vec![vec!["会".to_owned(), "x".to_owned()], vec!["abcd".to_owned(), "y".to_owned()]];
        assert_eq!(grid(&columns, &body), "名前  n\n----  -\n会    x\nabcd  y\n");
    }

    #[test]
    fn markdown_cells_cannot_break_the_table() {
        assert_eq!(markdown(&rows()), "| id | name |\n| --- | --- |\n| 7 | a\\|b |\n| 12 | NULL |\n\n(and more)\n");
    }
}
