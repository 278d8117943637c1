//! Objects that the model does not cover, as far as `information_schema` lists them.

use super::MysqlSchemaBuilder;
use super::query::{Answers, text_at};

pub(super) fn add(draft: &mut MysqlSchemaBuilder, answers: &Answers) {
    for row in &answers.others {
        draft.unmodelled(text_at(row, 0), text_at(row, 1));
    }
    for row in &answers.routines {
        let kind = text_at(row, 0);
        if kind.starts_with("PACKAGE") {
            draft.unmodelled(&kind.to_ascii_lowercase(), text_at(row, 1));
        }
    }
}
