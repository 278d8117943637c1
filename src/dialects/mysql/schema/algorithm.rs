//! Prediction of the algorithm that a server uses for a change of a table. Sources:
//! <https://mariadb.com/kb/en/innodb-online-ddl-overview/>, and "Online DDL Operations" in MySQL's manual.

use std::collections::BTreeSet;

use super::column::is_json_text;
use super::create::is_functional;
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::schema::{Attribute, Kind, Object, Schema, Statement, StatementNote};
use crate::sql::{Dialect, Lexer, TokenKind, unquoted};

/// Algorithm and lock of an ALTER TABLE, ordered from the one that blocks no session to the one that blocks all writers
/// longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    /// Changes only metadata.
    Instant,
    /// Builds an index or rebuilds the table in the engine, with concurrent reads and writes.
    InPlace,
    /// As [`Algorithm::InPlace`], with concurrent reads only.
    InPlaceShared,
    /// Copies the table, with concurrent reads only.
    Copy,
}

impl Algorithm {
    /// Returns the clause that makes the statement fail if the server would have to use a more expensive algorithm.
    pub(super) const fn asserted(self) -> &'static str {
        match self {
            Self::Instant => ", ALGORITHM=INSTANT",
            Self::InPlace => ", ALGORITHM=INPLACE, LOCK=NONE",
            Self::InPlaceShared => ", ALGORITHM=INPLACE, LOCK=SHARED",
            Self::Copy => ", ALGORITHM=COPY, LOCK=SHARED",
        }
    }

    /// Returns the lock that is taken, and the fallback for a server that refuses the algorithm.
    pub(super) fn notes(self, table: &str) -> Vec<StatementNote> {
        let fallback = "if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait";
        match self {
            Self::Instant | Self::InPlace => vec![StatementNote::Remark(fallback.to_owned())],
            Self::InPlaceShared => vec![
                StatementNote::Locks(format!("SHARED on {table}, while its rows are read or rewritten")),
                StatementNote::Remark(fallback.to_owned()),
            ],
            Self::Copy => vec![StatementNote::Locks(format!("SHARED on {table}, while the table is rewritten"))],
        }
    }
}

/// Replaces the statement's asserted algorithm, which the server refused (errors 1845 and 1846), by the next more
/// expensive one. Returns `None` if no algorithm is asserted or it is a copy already. A refusal can be due to the
/// table's history, which the catalog does not show: a dropped full-text index, for example, leaves a hidden column
/// behind.
#[must_use]
pub fn fall_back_to_weaker_algorithm(statement: &Statement) -> Option<Statement> {
    let ways = [Algorithm::Instant, Algorithm::InPlace, Algorithm::InPlaceShared, Algorithm::Copy];
    let place = ways.iter().position(|way| statement.sql.ends_with(way.asserted()))?;
    let (way, next) = (ways.get(place)?, ways.get(place + 1)?);
    let name = Lexer::new(&statement.sql, Dialect::MYSQL)
        .map_while(Result::ok)
        .find(|token| token.kind == TokenKind::QuotedIdentifier)
        .map(|token| unquoted(token.span.slice(&statement.sql)))?;
    let old = way.notes(&name);
    let mut notes: Vec<StatementNote> = statement.notes.iter().filter(|note| !old.contains(note)).cloned().collect();
    notes.extend(next.notes(&name));
    let sql = format!("{}{}", statement.sql.strip_suffix(way.asserted())?, next.asserted());
    Some(Statement { sql, notes })
}

/// Properties of a table that decide which algorithms it allows, as observed on MariaDB 10.11.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means {
    /// Every change copies: the engine is not InnoDB, or a unique index uses hashes, for which MariaDB keeps a hidden
    /// column.
    pub(super) copies: bool,
    /// Has a full-text index, for which InnoDB keeps a hidden document ID in each row.
    has_full_text: bool,
    /// Will have a full-text index. Possibly it had one before, in a script that undoes a drop: the hidden document ID
    /// outlives the index, and rules out adding or dropping columns with INSTANT.
    may_have_had_full_text: bool,
    has_spatial: bool,
    is_compressed: bool,
    is_partitioned: bool,
    has_stored: bool,
    /// Has a virtual column in an index, before or after the change. Functional indexes count: they have hidden virtual
    /// columns.
    has_indexed_virtual: bool,
    flavour: MysqlFlavour,
}

impl Means {
    /// Determines the properties from the table before and after the change.
    pub(super) fn new(table: &Object, from: &Schema, to: &Schema) -> Self {
        let engine = table.text(Attribute::Engine).unwrap_or_default();
        let is_innodb = engine.eq_ignore_ascii_case("innodb");
        let has_in = |schema: &Schema, wanted: &str| {
            schema.of_table(&table.key, Kind::Index).any(|index| index.text(Attribute::Method) == Some(wanted))
        };
        let has = |wanted: &str| has_in(from, wanted);
        let has_generated = |schema: &Schema, kind: &str, test: &dyn Fn(&Object) -> bool| {
            let columns = schema.of_table(&table.key, Kind::Column);
            columns.filter(|column| column.text(Attribute::GeneratedKind) == Some(kind)).any(test)
        };
        let in_index = |schema: &Schema| {
            let indexes = || schema.of_table(&table.key, Kind::Index);
            has_generated(schema, "virtual", &|column| indexes().any(|index| index.needs.contains(&column.key)))
                || indexes().any(is_functional)
        };
        Self {
            copies: !is_innodb || has("hash"),
            has_full_text: has("fulltext"),
            may_have_had_full_text: has_in(to, "fulltext"),
            has_spatial: has("spatial"),
            is_compressed: table.text(Attribute::RowFormat) == Some("COMPRESSED"),
            is_partitioned: table.has(Attribute::PartitionBy),
            has_stored: has_generated(from, "stored", &|_| true),
            has_indexed_virtual: in_index(from) || in_index(to),
            flavour: MysqlFlavour::from_handle(to.flavour),
        }
    }

    /// Algorithm for a rebuild of the table by the engine.
    pub(super) const fn rebuild(self) -> Algorithm {
        if self.has_full_text && !self.flavour.rebuilds_full_text_in_place() {
            Algorithm::Copy
        } else if self.has_full_text || self.has_spatial || self.has_indexed_virtual {
            Algorithm::InPlaceShared
        } else {
            Algorithm::InPlace
        }
    }

    /// Returns whether a full-text index would be the first one of the table, for which the engine rebuilds it.
    pub(super) const fn full_text_rebuilds(self) -> bool {
        self.flavour.combines_first_full_text_index() && !self.has_full_text && !self.copies
    }

    /// Algorithm for metadata of the table: its comment, or the default collation of new columns.
    pub(super) const fn change_entry(self) -> Algorithm {
        if self.flavour.has_instant_change_of_table_options() { Algorithm::Instant } else { Algorithm::InPlace }
    }

    /// Algorithm for adding or removing NOT NULL.
    pub(super) fn change_null(self, after: &Object) -> Algorithm {
        // The server refuses: "cannot convert NULL to non-constant DEFAULT".
        let is_computed = after.has(Attribute::NotNull) && !has_constant_default(after);
        if self.has_stored || self.has_indexed_virtual || is_computed { Algorithm::Copy } else { self.rebuild() }
    }

    /// Algorithm for adding or dropping an ordinary column.
    const fn of_shape(self) -> Algorithm {
        if self.has_full_text && !self.flavour.rebuilds_full_text_in_place() {
            Algorithm::Copy
        } else if self.has_full_text || self.may_have_had_full_text {
            Algorithm::InPlaceShared
        } else if self.is_compressed {
            Algorithm::InPlace
        } else {
            Algorithm::Instant
        }
    }

    pub(super) fn add_column(self, column: &Object) -> Algorithm {
        // The current time is constant for all rows of one statement.
        let is_computed = !has_constant_default(column) && !is_now(column);
        match column.text(Attribute::GeneratedKind) {
            Some("stored") => Algorithm::Copy,
            Some(_) if self.is_partitioned => Algorithm::Copy,
            Some(_) => Algorithm::Instant,
            None if column.has(Attribute::Identity) || is_computed => Algorithm::Copy,
            None => self.of_shape().max(if self.has_indexed_virtual { self.rebuild() } else { Algorithm::Instant }),
        }
    }

    /// Algorithm for dropping a column whose indexes have been dropped before.
    pub(super) fn drop_column(self, column: &Object) -> Algorithm {
        match column.text(Attribute::GeneratedKind) {
            Some("virtual") if self.is_partitioned => Algorithm::Copy,
            Some("virtual") => Algorithm::Instant,
            _ if self.has_indexed_virtual => Algorithm::Copy,
            _ => self.of_shape(),
        }
    }

    pub(super) fn add_index(index: &Object) -> Algorithm {
        match index.text(Attribute::Method) {
            Some("fulltext" | "spatial") => Algorithm::InPlaceShared,
            // A unique index over values that are too long for a B-tree: MariaDB adds a hidden column with their hash.
            Some("hash" | "vector") => Algorithm::Copy,
            // A unique functional index: only a copy can add its hidden column and the index in one statement.
            _ if is_functional(index) && index.has(Attribute::IsUnique) => Algorithm::Copy,
            _ if is_functional(index) => Algorithm::InPlaceShared,
            _ => Algorithm::InPlace,
        }
    }
}

fn has_constant_default(column: &Object) -> bool {
    let default = column.text(Attribute::Default).unwrap_or_default();
    default.starts_with('\'') || !default.contains('(') && !is_now(column)
}

fn is_now(column: &Object) -> bool {
    let default = column.text(Attribute::Default).unwrap_or_default();
    default.get(..17).is_some_and(|start| start.eq_ignore_ascii_case("current_timestamp"))
}

/// Algorithm for MODIFY COLUMN; `is_indexed` if an index contains the column.
pub(super) fn of_modify(
    before: &Object,
    after: &Object,
    changed: &BTreeSet<Attribute>,
    is_indexed: bool,
    means: Means,
) -> Algorithm {
    let of = |attribute: &Attribute| match attribute {
        Attribute::Type => of_type(before, after),
        Attribute::NotNull => means.change_null(after),
        // The check that makes a text JSON is part of its type.
        Attribute::ColumnCheck if is_json_text(before) || is_json_text(after) => Algorithm::Copy,
        Attribute::ColumnCheck if !after.has(Attribute::ColumnCheck) => Algorithm::Instant,
        Attribute::Identity
            if !after.has(Attribute::Identity) && means.flavour.has_instant_drop_of_auto_increment() =>
        {
            Algorithm::Instant
        }
        Attribute::Generated
            if means.flavour.has_instant_change_of_virtual_column()
                && after.text(Attribute::GeneratedKind) == Some("virtual")
                && !is_indexed =>
        {
            Algorithm::Instant
        }
        Attribute::Default | Attribute::Comment | Attribute::Invisible | Attribute::OnUpdate => Algorithm::Instant,
        _ => Algorithm::Copy,
    };
    changed.iter().map(of).max().unwrap_or(Algorithm::Instant)
}

fn of_type(before: &Object, after: &Object) -> Algorithm {
    let (Some(old), Some(new)) = (before.text(Attribute::Type), after.text(Attribute::Type)) else {
        return Algorithm::Copy;
    };
    let appended = |prefix: &str| {
        let inner = |text: &str| Some(text.strip_prefix(prefix)?.strip_suffix(')')?.to_owned());
        matches!((inner(old), inner(new)), (Some(old), Some(new)) if new.starts_with(&format!("{old},")))
    };
    if appended("enum(") || appended("set(") {
        return Algorithm::Instant;
    }
    match (length_of(old, "varchar("), length_of(new, "varchar(")) {
        (Some(old), Some(new)) if new >= old && keeps_its_length_bytes(old, new, after) => Algorithm::InPlace,
        _ => Algorithm::Copy,
    }
}

/// Returns whether longer values can be allowed in place. InnoDB stores a value's length in one byte if the value has
/// at most 127 bytes, or if the column cannot hold more than 255 bytes; otherwise in two. The stored lengths have to
/// stay valid.
fn keeps_its_length_bytes(old: u32, new: u32, column: &Object) -> bool {
    // Lengths are in characters, so the bytes depend on the widest character of the character set.
    let collation = column.text(Attribute::Collation).unwrap_or_default();
    let width = match collation.split('_').next().unwrap_or_default() {
        "utf8mb4" | "utf16" | "utf16le" | "utf32" => 4,
        "utf8" | "utf8mb3" | "eucjpms" | "ujis" => 3,
        "ucs2" | "big5" | "gbk" | "gb2312" | "euckr" | "sjis" | "cp932" => 2,
        _ => 1,
    };
    let (old, new) = (old.saturating_mul(width), new.saturating_mul(width));
    old <= 127 || new <= 255 || old > 255
}

fn length_of(of_type: &str, prefix: &str) -> Option<u32> {
    of_type.strip_prefix(prefix)?.strip_suffix(')')?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_refuses_has_a_weaker_form_until_it_copies() {
        let mut statement = Statement::new("ALTER TABLE `a``b` ADD COLUMN `c` int(11), ALGORITHM=INSTANT");
        statement.notes = vec![StatementNote::Loses("x".to_owned())];
        statement.notes.extend(Algorithm::Instant.notes("a`b"));
        let mut ways = Vec::new();
        while let Some(next) = fall_back_to_weaker_algorithm(&statement) {
            ways.push(next.sql.rsplit_once("int(11), ").unwrap().1.to_owned());
            statement = next;
        }
        assert_eq!(
            ways,
            ["ALGORITHM=INPLACE, LOCK=NONE", "ALGORITHM=INPLACE, LOCK=SHARED", "ALGORITHM=COPY, LOCK=SHARED"]
        );
        let locks = StatementNote::Locks("SHARED on a`b, while the table is rewritten".to_owned());
        assert_eq!(statement.notes, [StatementNote::Loses("x".to_owned()), locks]);
        assert_eq!(fall_back_to_weaker_algorithm(&Statement::new("DROP TABLE `t`")), None);
    }
}
