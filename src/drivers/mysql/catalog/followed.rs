//! Mark of a catalog that is read again and again: the fingerprint of all definitions, as the server prints them.
//!
//! A statement changes the relations that it names, and those whose definitions name these: a foreign key follows the
//! names of the table that it references. So only those are printed again, for a fraction of the time that
//! `information_schema` takes for all tables. There are no marks from the first statement on that may change what it
//! does not name.

use std::collections::{BTreeMap, HashSet};

use mysql::Conn;
use sha2::{Digest as _, Sha256};

use crate::database::{CatalogRequest, DatabaseError, TableColumns};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::drivers::mysql::Mysql;
use crate::drivers::mysql::catalog::left_out;
use crate::drivers::mysql::catalog::query::{NOTHING_OF_TWO, TextRow, text_at};
use crate::drivers::mysql::errors::database_error;
use crate::drivers::mysql::session::{StatementOutcome, send};
use crate::hexadecimal::hexadecimal;
use crate::schema::{Key, Kind};
use crate::sql::{Dialect, quote_identifier};

/// Words of statements that may change what they do not name, hide a table behind another of its name, or set what SHOW
/// CREATE does not print.
const UNFOLLOWED: [&str; 6] = ["call", "execute", "immediate", "prepare", "ref_system_id", "temporary"];

/// Words of all statements that create and change triggers, routines, events and libraries.
const OF_PROGRAMS: [&str; 6] = ["event", "function", "library", "package", "procedure", "trigger"];

/// Words of statements that change tables with their triggers.
const OF_TABLES_WITH_TRIGGERS: [&str; 2] = ["drop", "rename"];

/// Definitions of the catalog at the time of the last mark.
#[derive(Default)]
pub(in crate::drivers::mysql) struct FollowedCatalog {
    /// Words of the statements since then, in lower case; `None` before the first mark.
    words: Option<HashSet<String>>,
    relations: BTreeMap<String, PrintedRelation>,
    /// Fingerprint of the triggers, routines and events; `None` if there are none.
    programs: Option<Fingerprint>,
    /// There are no marks any more.
    has_ended: bool,
}

type Fingerprint = [u8; 32];

/// Table, view or sequence.
struct PrintedRelation {
    /// Does not depend on the order of the columns.
    fingerprint: Fingerprint,
    /// Names and data types of the columns of a table, in their order.
    columns: Vec<(String, String)>,
    /// Words of its definition, in lower case.
    words: HashSet<String>,
}

impl PrintedRelation {
    /// Converts what SHOW CREATE printed.
    fn new(outcome: &StatementOutcome) -> Self {
        let row = outcome.texts().into_iter().next().unwrap_or_default();
        let definition = without_counter(text_at(&row, 1));
        Self {
            fingerprint: Sha256::digest(with_sorted_columns(&definition)).into(),
            columns: definition.lines().filter_map(column).collect(),
            words: words(&definition),
        }
    }
}

impl FollowedCatalog {
    /// Records the words of statements that are about to run.
    pub(in crate::drivers::mysql) fn record(&mut self, sql: &str) {
        if only_reads(sql) {
            return;
        }
        let words = words(sql);
        self.has_ended |= UNFOLLOWED.iter().any(|word| words.contains(*word));
        if let Some(all) = &mut self.words {
            all.extend(words);
        }
    }

    /// Returns the tables with their columns; `None` if there was a statement since the last mark.
    pub(super) fn table_columns(&self) -> Option<Vec<TableColumns>> {
        let is_known = !self.has_ended && self.words.as_ref().is_some_and(HashSet::is_empty);
        let tables = self.relations.iter().filter(|(_, relation)| !relation.columns.is_empty());
        let table = |(name, relation): (&String, &PrintedRelation)| TableColumns {
            key: Key::new(Kind::Table, None, name),
            columns: relation.columns.clone(),
            row_version: None,
        };
        is_known.then(|| tables.map(table).collect())
    }

    fn mark(
        &mut self,
        conn: &mut Conn,
        flavour: MysqlFlavour,
        request: &CatalogRequest,
    ) -> Result<Option<String>, mysql::Error> {
        let before = self.words.replace(HashSet::new());
        let lists_programs = before.as_ref().is_none_or(|words| self.may_change_programs(words));
        let mut lists = vec![RELATIONS.to_owned()];
        if lists_programs {
            lists.extend([TRIGGERS, ROUTINES, EVENTS].map(str::to_owned));
            lists.push(format!("{NOTHING_OF_TWO}{}", flavour.libraries_query()));
            lists.push(flavour.spatial_systems_query().unwrap_or(NOTHING_OF_TWO).to_owned());
        }
        let lists = send(conn, &lists.join(";\n")).map_err(|failed| failed.error)?;
        let mut lists = lists.iter().map(StatementOutcome::texts);
        let without = left_out(request);
        let mut relations = lists.next().unwrap_or_default();
        relations.retain(|relation| !without.contains(text_at(relation, 0)));
        let mut printed = self.changed(&relations, before.as_ref());
        let number = printed.len();
        let [triggers, routines, events, libraries, systems] =
            std::array::from_fn(|_| lists.next().unwrap_or_default());
        let programs = [&triggers, &routines, &events].into_iter().flatten();
        printed
            .extend(programs.clone().map(|program| (text_at(program, 0).to_owned(), text_at(program, 1).to_owned())));
        // SHOW CREATE does not print the reference system of a column.
        self.has_ended |= !systems.is_empty();
        let Some(outcomes) = self.print(conn, &printed)? else { return Ok(None) };
        for ((_, name), outcome) in printed.iter().zip(&outcomes).take(number) {
            self.relations.insert(name.clone(), PrintedRelation::new(outcome));
        }
        if lists_programs {
            // The order of triggers is in their list only.
            let listed = programs.chain(&libraries).map(|row| format!("{row:?}"));
            let shown = outcomes.iter().skip(number).map(|outcome| format!("{:?}", without_times(outcome)));
            let all: String = listed.chain(shown).collect();
            self.programs = (!all.is_empty()).then(|| Sha256::digest(all).into());
        }
        Ok(Some(self.fingerprint()))
    }

    /// Returns `true` if statements with these words may change programs.
    fn may_change_programs(&self, words: &HashSet<String>) -> bool {
        let has = |list: &[&str]| list.iter().any(|word| words.contains(*word));
        has(&OF_PROGRAMS) || self.programs.is_some() && has(&OF_TABLES_WITH_TRIGGERS)
    }

    /// Returns the kind and the name of relations to be printed again, and forgets those that are no longer listed.
    fn changed(&mut self, listed: &[TextRow], words: Option<&HashSet<String>>) -> Vec<(String, String)> {
        let names = || self.relations.keys().map(String::as_str).chain(listed.iter().map(|row| text_at(row, 0)));
        // Among the words of a text there are only parts of other names.
        let words = words.filter(|_| names().flat_map(str::chars).all(is_part_of_word));
        let is_named = |name: &str| words.is_none_or(|words| words.contains(&*name.to_lowercase()));
        let named: HashSet<String> = names().filter(|name| is_named(name)).map(str::to_lowercase).collect();
        let names_one = |relation: &PrintedRelation| relation.words.iter().any(|word| named.contains(word));
        let mut changed = Vec::new();
        for row in listed {
            let (name, kind) = (text_at(row, 0), text_at(row, 1));
            let kind = match kind {
                "BASE TABLE" => "TABLE",
                "VIEW" | "SEQUENCE" => kind,
                _ => {
                    self.has_ended = true;
                    continue;
                }
            };
            if self.relations.get(name).is_none_or(names_one) || is_named(name) {
                changed.push((kind.to_owned(), name.to_owned()));
            }
        }
        let listed: HashSet<&str> = listed.iter().map(|row| text_at(row, 0)).collect();
        self.relations.retain(|name, _| listed.contains(name.as_str()));
        changed
    }

    /// Prints the definitions, as one message. `None` if there are no marks any more, since one cannot be printed.
    fn print(
        &mut self,
        conn: &mut Conn,
        wanted: &[(String, String)],
    ) -> Result<Option<Vec<StatementOutcome>>, mysql::Error> {
        if self.has_ended || wanted.is_empty() {
            return Ok((!self.has_ended).then(Vec::new));
        }
        let question =
            |(kind, name): &(String, String)| format!("SHOW CREATE {kind} {}", quote_identifier(name, Dialect::MYSQL));
        let questions: Vec<String> = wanted.iter().map(question).collect();
        match send(conn, &questions.join(";\n")) {
            Ok(outcomes) => Ok(Some(outcomes)),
            Err(failed) if matches!(failed.error, mysql::Error::MySqlError(_)) => {
                self.has_ended = true;
                Ok(None)
            }
            Err(failed) => Err(failed.error),
        }
    }

    fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.programs.unwrap_or_default());
        for (name, relation) in &self.relations {
            digest.update(name);
            digest.update(relation.fingerprint);
        }
        hexadecimal(digest.finalize())
    }
}

/// Returns the mark of the session's database; `None` if there is none.
pub(in crate::drivers::mysql) fn mark(
    database: &mut Mysql,
    request: &CatalogRequest,
) -> Result<Option<String>, DatabaseError> {
    let Mysql { followed: Some(followed), conn, flavour, .. } = database else { return Ok(None) };
    if followed.has_ended || request.owners {
        return Ok(None);
    }
    let mark = followed.mark(conn, *flavour, request);
    if !matches!(mark, Ok(Some(_))) {
        followed.has_ended = true;
    }
    mark.map_err(|error| database_error(&error))
}

const RELATIONS: &str =
    "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1";
const TRIGGERS: &str = "SELECT 'TRIGGER', TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER \
                        FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE() ORDER BY 2";
const ROUTINES: &str = "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES \
                        WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1, 2";
const EVENTS: &str = "SELECT 'EVENT', EVENT_NAME, STATUS, EVENT_COMMENT FROM information_schema.EVENTS \
                      WHERE EVENT_SCHEMA = DATABASE() ORDER BY 2";

/// Returns what SHOW CREATE prints of a program, without the time at which it was created (the last of seven columns of
/// a trigger).
fn without_times(outcome: &StatementOutcome) -> Vec<TextRow> {
    let mut rows = outcome.texts();
    rows.iter_mut().for_each(|row| row.truncate(6));
    rows
}

/// Removes the next value of AUTO_INCREMENT, which depends on rows, from the definition of a table. It follows the
/// engine.
fn without_counter(definition: &str) -> String {
    let options = definition.rfind("\n) ENGINE=").map(|start| start + "\n) ".len());
    let counter =
        options.and_then(|start| definition[start..].find(' ').map(|length| definition.split_at(start + length)));
    let Some((before, options)) = counter else { return definition.to_owned() };
    let rest = options.strip_prefix(" AUTO_INCREMENT=");
    let rest = rest.map_or(options, |rest| rest.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    format!("{before}{rest}")
}

/// Returns the name and the data type in a line of CREATE TABLE, if it is that of a column.
fn column(line: &str) -> Option<(String, String)> {
    let line = line.strip_prefix("  `")?;
    // A name ends with a quote that is not doubled.
    let is_end =
        |end: &usize| line.as_bytes().iter().take(end + 1).rev().take_while(|byte| **byte == b'`').count() % 2 == 1;
    let end = line.match_indices("` ").map(|(place, _)| place).find(is_end)?;
    let data_type = line.get(end + 2..)?.split([' ', ',']).next().unwrap_or_default();
    Some((line.get(..end)?.replace("``", "`"), data_type.to_owned()))
}

/// Returns the definition of a table with the lines of its columns sorted.
fn with_sorted_columns(definition: &str) -> String {
    let is_column = |line: &&str| line.starts_with("  `");
    let mut columns: Vec<&str> = definition.lines().filter(is_column).map(|line| line.trim_end_matches(',')).collect();
    columns.sort_unstable();
    columns.extend(definition.lines().filter(|line| !is_column(line)));
    columns.join("\n")
}

/// Returns `true` if all statements are SELECT or SHOW, which change no definition. A semicolon in a text makes it
/// `false`.
fn only_reads(sql: &str) -> bool {
    let mut statements = sql.split(';').map(|statement| statement.trim_start_matches(['(', ' ', '\n']));
    statements.all(|statement| {
        let first = statement.split(|character: char| !is_part_of_word(character)).next().unwrap_or_default();
        statement.is_empty() || ["select", "show"].iter().any(|word| first.eq_ignore_ascii_case(word))
    })
}

/// Returns the words of a text in lower case: keywords, names, and parts of names with other characters.
pub(super) fn words(sql: &str) -> HashSet<String> {
    let words = sql.split(|character| !is_part_of_word(character)).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

pub(super) const fn is_part_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$') || !character.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_columns_does_not_change_the_fingerprint_of_a_table() {
        let table = |columns: &str| format!("CREATE TABLE `t` (\n{columns},\n  KEY `k` (`a`)\n) ENGINE=InnoDB");
        let [one, other] = [table("  `a` int(11) NOT NULL,\n  `b` text"), table("  `b` text,\n  `a` int(11) NOT NULL")];
        assert_eq!(with_sorted_columns(&one), with_sorted_columns(&other));
        assert_ne!(with_sorted_columns(&one), with_sorted_columns(&table("  `a` int(11),\n  `b` text")));
    }

    #[test]
    fn a_column_is_found_with_its_type_whatever_its_name() {
        let found = |line: &str| column(line).map(|(name, data_type)| format!("{name}: {data_type}"));
        assert_eq!(found("  `a` varchar(20) NOT NULL,").as_deref(), Some("a: varchar(20)"));
        assert_eq!(found("  `the ``a`` b``` bit(1) DEFAULT b'0'").as_deref(), Some("the `a` b`: bit(1)"));
        assert_eq!(found("  `über ``x``` int(11),").as_deref(), Some("über `x`: int(11)"));
        assert_eq!(found("  KEY `k` (`a`)"), None);
    }

    #[test]
    fn what_only_reads_is_not_recorded() {
        for reads in ["SELECT 1", "show create table t; (SELECT 1 FROM t LIMIT 1) UNION ALL (SELECT 2);\nSELECT 3;"] {
            assert!(only_reads(reads), "{reads}");
        }
        for writes in
            ["SELECT 1; DROP TABLE t", "/* SELECT */ DROP TABLE t", "SELECT ';drop'", "selection", "SET @a = 1"]
        {
            assert!(!only_reads(writes), "{writes}");
        }
    }
}
