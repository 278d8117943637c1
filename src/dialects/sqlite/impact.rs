//! Impact of SQLite statements ("File Locking And Concurrency"). Every write locks the whole file; only the tables and
//! the losses differ.

use crate::sql::{Blocks, Impact, Loss, TableName, WordCursor, Work};

pub(super) fn impact(mut words: WordCursor<'_>) -> Impact {
    let mut impact = Impact::default();
    if words.take(&["WITH"]) {
        words.seek_outside(&[&["INSERT"], &["UPDATE"], &["DELETE", "FROM"], &["REPLACE", "INTO"]]);
    }
    if words.take(&["CREATE"]) {
        create(&mut impact, words);
    } else if words.take(&["ALTER", "TABLE"]) {
        if let Some(table) = words.name() {
            let drops = words.take(&["DROP"]);
            lock(&mut impact, &table, if drops { Work::Rewrite } else { Work::Catalog });
            if drops {
                words.take(&["COLUMN"]);
                impact.lose_column(&table, words.name());
            } else if words.take(&["RENAME", "TO"]) {
                impact.rename(&table, words.name());
            }
        }
    } else if words.take(&["DROP", "TABLE"]) {
        words.take(&["IF", "EXISTS"]);
        lost(&mut impact, &mut words, Loss::Table, Work::Catalog);
    } else if words.take(&["DELETE", "FROM"]) {
        lost(&mut impact, &mut words, Loss::Delete, Work::Rows);
    } else if words.take(&["UPDATE"]) {
        skip_conflict(&mut words);
        written(&mut impact, &mut words);
    } else if words.take(&["INSERT"]) || words.take(&["REPLACE"]) {
        skip_conflict(&mut words);
        words.take(&["INTO"]);
        written(&mut impact, &mut words);
    }
    impact
}

fn create(impact: &mut Impact, mut words: WordCursor<'_>) {
    words.take(&["UNIQUE"]);
    if words.take(&["TABLE"]) || words.take(&["VIEW"]) || words.take(&["VIRTUAL", "TABLE"]) {
        words.take(&["IF", "NOT", "EXISTS"]);
        impact.makes.extend(words.name());
    } else if (words.take(&["INDEX"]) || words.take(&["TRIGGER"]))
        && words.find(&["ON"])
        && let Some(table) = words.name()
    {
        lock(impact, &table, Work::Scan);
    }
}

fn skip_conflict(words: &mut WordCursor<'_>) {
    if words.take(&["OR"]) {
        words.advance();
    }
}

fn written(impact: &mut Impact, words: &mut WordCursor<'_>) {
    if let Some(table) = words.name() {
        lock(impact, &table, Work::Rows);
    }
}

fn lost(impact: &mut Impact, words: &mut WordCursor<'_>, loss: Loss, work: Work) {
    if let Some(table) = words.name() {
        lock(impact, &table, work);
        impact.lose(loss, table);
    }
}

fn lock(impact: &mut Impact, table: &TableName, work: Work) {
    impact.lock(table, "the whole file", Blocks::Writes, work);
}
