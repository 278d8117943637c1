//! Objects that the model does not cover, as far as `information_schema` lists them.

use super::Draft;
use super::ask::{Answers, text};

pub(super) fn add(draft: &mut Draft, answers: &Answers) {
    for row in &answers.others {
        draft.unmodelled(text(row, 0), text(row, 1));
    }
    for row in &answers.routines {
        let kind = text(row, 0);
        if kind.starts_with("PACKAGE") {
            draft.unmodelled(&kind.to_ascii_lowercase(), text(row, 1));
        }
    }
}
