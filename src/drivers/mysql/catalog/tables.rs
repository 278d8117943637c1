//! Tables as a whole; names of sequences and views.

use std::collections::BTreeSet;

use super::MysqlSchemaBuilder;
use super::query::{Answers, TextRow, some, text_at};
use super::shown::ShownObject;
use crate::schema::{Attribute, Kind, Object};

/// Engines whose tables `information_schema` describes completely; others have settings that it does not list.
const ENGINES: [&str; 9] = ["innodb", "myisam", "aria", "memory", "archive", "csv", "blackhole", "rocksdb", "s3"];

/// Adds the tables, and returns the objects to read with SHOW CREATE.
pub(super) fn add(draft: &mut MysqlSchemaBuilder, answers: &Answers) -> Vec<ShownObject> {
    let mut wanted = Vec::new();
    let has_options = |row: &&TextRow| matches!(text_at(row, 6), "FULLTEXT" | "VECTOR");
    let with_options: BTreeSet<&str> = answers.indexes.iter().filter(has_options).map(|row| text_at(row, 0)).collect();
    // An application-time period is listed like a check that one column is less than another one.
    let is_order = |row: &&TextRow| text_at(row, 2) == "Table" && text_at(row, 3).contains("` < `");
    let perhaps_periods: BTreeSet<&str> = answers.checks.iter().filter(is_order).map(|row| text_at(row, 0)).collect();
    // `information_schema` shows invalid text and four-byte characters as question marks.
    let columns = answers.columns.iter().filter(|row| [6, 8].iter().any(|column| text_at(row, *column).contains('?')));
    let checks = answers.checks.iter().filter(|row| text_at(row, 3).contains('?'));
    let doubtful: BTreeSet<&str> = columns.chain(checks).map(|row| text_at(row, 0)).collect();
    for row in &answers.tables {
        let name = text_at(row, 0);
        if draft.is_left_out(name) {
            continue;
        }
        match text_at(row, 1) {
            "BASE TABLE" => {
                draft.relations.insert(name.to_owned(), Kind::Table);
                table(draft, row, name);
                let is_shown = draft.flavour.requires_show_create_of_each_table()
                    || is_partitioned(row)
                    || [&with_options, &doubtful, &perhaps_periods].iter().any(|set| set.contains(name));
                if is_shown && draft.has_table(name) {
                    wanted.push(ShownObject::Table(name.to_owned()));
                }
            }
            "SEQUENCE" => {
                draft.relations.insert(name.to_owned(), Kind::Sequence);
                wanted.push(ShownObject::Sequence(name.to_owned()));
            }
            "VIEW" => {
                draft.relations.insert(name.to_owned(), Kind::View);
                wanted.push(ShownObject::View(name.to_owned()));
            }
            other => {
                // Views may read it.
                draft.relations.insert(name.to_owned(), Kind::Table);
                let is_versioned = other == "SYSTEM VERSIONED";
                let kind = if is_versioned { "system-versioned table".to_owned() } else { other.to_ascii_lowercase() };
                draft.unmodelled(&kind, name);
            }
        }
    }
    wanted
}

fn table(draft: &mut MysqlSchemaBuilder, row: &TextRow, name: &str) {
    let Some(engine) = some(row, 2) else {
        draft.unmodelled("table that the server cannot open", name);
        return;
    };
    if !ENGINES.contains(&engine.to_ascii_lowercase().as_str()) {
        draft.unmodelled(&format!("table of the engine {engine}"), name);
        return;
    }
    let mut object = Object::new(MysqlSchemaBuilder::table(name));
    object.set(Attribute::Engine, engine);
    object.set_some(Attribute::Collation, some(row, 4));
    object.set_some(Attribute::Comment, some(row, 6).filter(|comment| !comment.is_empty()));
    let mut options = Vec::new();
    for option in options_of(text_at(row, 5)) {
        match option.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("row_format") => {
                object.set(Attribute::RowFormat, value.to_ascii_uppercase());
            }
            // Listed for Aria tables by default, and for tables that were converted from Aria.
            _ if matches!(option.as_str(), "partitioned" | "transactional=1" | "page_checksum=1") => {}
            // The location of the server's files is not part of a schema, and ALTER TABLE cannot change it.
            Some((directory @ ("DATA DIRECTORY" | "INDEX DIRECTORY"), _)) => {
                draft.unmodelled("table option", &format!("{name}.{directory}"));
            }
            _ if option.starts_with("transactional=") && !engine.eq_ignore_ascii_case("aria") => {}
            _ if option.starts_with("page_checksum=") && !engine.eq_ignore_ascii_case("aria") => {}
            _ => options.push(option),
        }
    }
    if !options.is_empty() {
        options.sort();
        object.set(Attribute::Options, options);
    }
    draft.schema.add(object);
}

/// Splits options into `name=value`, keeping quotes: `max_rows=100`, `` `encrypted`='YES' ``.
fn options_of(text: &str) -> Vec<String> {
    let mut options = Vec::new();
    let mut option = String::new();
    let mut quote = None;
    for character in text.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '`' | '"') => quote = Some(character),
            None if character == ' ' && !matches!(option.as_str(), "DATA" | "INDEX") => {
                options.push(std::mem::take(&mut option));
                continue;
            }
            _ => {}
        }
        option.push(character);
    }
    options.push(option);
    options.retain(|option| !option.is_empty());
    options
}

fn is_partitioned(row: &TextRow) -> bool {
    options_of(text_at(row, 5)).iter().any(|option| option == "partitioned")
}
