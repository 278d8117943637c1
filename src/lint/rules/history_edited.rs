//! `history-edited`. Findings in files that are not examined, not in a statement.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "history-edited",
    severity: Some(Severity::Error),
    dialects: ALL,
    title: "A revision that was edited or removed after it was published",
    danger: "Databases that have applied it keep what the old text made; new ones get what the new text makes. No later \
             upgrade brings the two together.",
    safe: "Restore the file and write the change as a new revision. With `--against REF` the files are compared with \
           those of the git ref, otherwise with what the database has applied. Comments and white space do not count.",
    scales: false,
    check: |_, _| {},
};
