//! Renames made by the statements of a revision: `RENAME COLUMN a TO b`, `RENAME TO b`, `RENAME TABLE a TO b`,
//! `CHANGE a b`. A rename counts only if the schemas before and after the revision confirm it.

use crate::schema::{Key, Kind, Rename, Schema};
use crate::sql::{self, Dialect, Lexer, TokenKind};

/// Rename as found in a statement, not yet matched to an object.
#[derive(Debug, PartialEq, Eq)]
struct StatedRename {
    /// Altered table, if a part of it is renamed; `None` if the altered object itself is renamed.
    within: Option<String>,
    old: String,
    new: String,
}

/// Returns the renames in `text` whose old name exists only in `before` and whose new name exists only in `after`.
#[must_use]
pub fn renames_done(text: &str, dialect: Dialect, before: &Schema, after: &Schema) -> Vec<Rename> {
    let Ok(pieces) = sql::split(text, dialect) else { return Vec::new() };
    let all: Vec<StatedRename> =
        pieces.iter().flat_map(|piece| stated_renames(piece.sql.slice(text), dialect)).collect();
    // Renames of tables are matched first, because a statement may refer to the table of a part by its new name.
    let (wholes, parts): (Vec<_>, Vec<_>) = all.into_iter().partition(|stated| stated.within.is_none());
    let mut renames: Vec<Rename> = Vec::new();
    for stated in wholes.into_iter().chain(parts) {
        let found =
            before.objects().map(|object| &object.key).find(|key| is_meant(&stated, key, &renames, before, after));
        renames.extend(found.map(|key| Rename { from: key.clone(), to: new_name(&stated, key, &renames, after) }));
    }
    renames
}

fn is_meant(stated: &StatedRename, key: &Key, renames: &[Rename], before: &Schema, after: &Schema) -> bool {
    let is_place = match (&stated.within, &key.table) {
        (None, None) => true,
        // After a rename of the table, a later statement uses its new name.
        (Some(within), Some(table)) => {
            is(within, table) || renamed_table(key, renames).is_some_and(|now| is(within, &now))
        }
        // PostgreSQL's ALTER INDEX does not name the table of the index.
        (None, Some(_)) => key.kind == Kind::Index,
        (Some(_), None) => false,
    };
    let is_made = |target: &Key| after.get(target).is_some() && before.get(target).is_none();
    is_place
        && is(&stated.old, &key.name)
        && after.get(key).is_none()
        && targets(stated, key, renames).iter().any(is_made)
}

/// Key after the rename, with the new name as written and in lower case.
fn targets(stated: &StatedRename, key: &Key, renames: &[Rename]) -> [Key; 2] {
    let table = renamed_table(key, renames).or_else(|| key.table.clone());
    [stated.new.clone(), stated.new.to_ascii_lowercase()].map(|name| Key { name, table: table.clone(), ..key.clone() })
}

fn new_name(stated: &StatedRename, key: &Key, renames: &[Rename], after: &Schema) -> String {
    let found = targets(stated, key, renames).into_iter().find(|target| after.get(target).is_some());
    found.map_or_else(|| stated.new.clone(), |target| target.name)
}

fn renamed_table(key: &Key, renames: &[Rename]) -> Option<String> {
    let is_table = |rename: &&Rename| rename.from.table.is_none() && Some(&rename.from.name) == key.table.as_ref();
    renames.iter().find(is_table).map(|rename| rename.to.clone())
}

fn is(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Renames in one statement.
fn stated_renames(statement: &str, dialect: Dialect) -> Vec<StatedRename> {
    let words = words(statement, dialect);
    let at = |place: usize| words.get(place).map_or("", String::as_str);
    let is_at = |place: usize, word: &str| is(at(place), word);
    if is_at(0, "RENAME") {
        return pairs(&words).collect();
    }
    if !is_at(0, "ALTER") {
        return Vec::new();
    }
    let target = target(&words);
    let mut found = Vec::new();
    for place in 0..words.len() {
        let own = |old: &str, new: &str| StatedRename {
            within: Some(target.clone()),
            old: old.to_owned(),
            new: new.to_owned(),
        };
        let named = usize::from(["COLUMN", "INDEX", "KEY", "CONSTRAINT"].iter().any(|kind| is_at(place + 1, kind)));
        let (first, second) = (place + named + 1, place + named + 2);
        if is_at(place, "RENAME") && (is_at(place + 1, "TO") || is_at(place + 1, "AS")) {
            found.push(StatedRename { within: None, old: target.clone(), new: at(place + 2).to_owned() });
        } else if is_at(place, "RENAME") && is_at(second, "TO") {
            found.push(own(at(first), at(second + 1)));
        } else if is_at(place, "CHANGE") && dialect.rules().has_change_column() {
            found.push(own(at(first), at(second)));
        }
    }
    found
}

/// All occurrences of `a TO b`.
fn pairs(words: &[String]) -> impl Iterator<Item = StatedRename> {
    words.windows(3).filter_map(|three| match three {
        [old, to, new] if is(to, "TO") => Some(StatedRename { within: None, old: old.clone(), new: new.clone() }),
        _ => None,
    })
}

/// Name of the altered object, without its namespace.
fn target(words: &[String]) -> String {
    const SKIPPED: [&str; 13] = [
        "ALTER",
        "ONLINE",
        "IGNORE",
        "TABLE",
        "ONLY",
        "IF",
        "EXISTS",
        "VIEW",
        "MATERIALIZED",
        "INDEX",
        "SEQUENCE",
        "TYPE",
        "EVENT",
    ];
    words.iter().find(|word| !SKIPPED.iter().any(|skipped| is(skipped, word))).cloned().unwrap_or_default()
}

/// Words and unquoted names; of a dotted name only the last part. Punctuation is omitted.
fn words(statement: &str, dialect: Dialect) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_behind_point = false;
    for token in Lexer::new(statement, dialect).map_while(Result::ok).filter(|token| !token.kind.is_trivia()) {
        let text = token.span.slice(statement);
        if !matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier) {
            is_behind_point = text == ".";
            continue;
        }
        if std::mem::take(&mut is_behind_point) {
            words.pop();
        }
        words.push(sql::unquoted(text));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(statement: &str, dialect: Dialect) -> Vec<String> {
        let one = |stated: StatedRename| format!("{}.{}>{}", stated.within.unwrap_or_default(), stated.old, stated.new);
        stated_renames(statement, dialect).into_iter().map(one).collect()
    }

    #[test]
    fn each_way_to_rename_is_known() {
        for (dialect, statement, wanted) in [
            (Dialect::POSTGRES, "ALTER TABLE ONLY app.\"T\" RENAME COLUMN a TO b", &["T.a>b"][..]),
            (Dialect::POSTGRES, "ALTER TABLE IF EXISTS t RENAME a TO b", &["t.a>b"]),
            (Dialect::POSTGRES, "ALTER TABLE t RENAME CONSTRAINT a TO b", &["t.a>b"]),
            (Dialect::POSTGRES, "ALTER INDEX a RENAME TO b", &[".a>b"]),
            (Dialect::SQLITE, "ALTER TABLE [t] RENAME TO u", &[".t>u"]),
            (Dialect::MYSQL, "RENAME TABLE `a` TO `b`, x.c TO x.d", &[".a>b", ".c>d"]),
            (
                Dialect::MYSQL,
                "ALTER TABLE t CHANGE COLUMN a b INT, RENAME INDEX i TO j, RENAME AS u",
                &["t.a>b", "t.i>j", ".t>u"],
            ),
            (Dialect::MYSQL, "UPDATE t SET a = 'RENAME TO b'", &[]),
        ] {
            assert_eq!(shown(statement, dialect), wanted, "{statement}");
        }
    }
}
