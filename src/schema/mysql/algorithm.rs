//! How a server makes a change, as far as it says so: <https://mariadb.com/kb/en/innodb-online-ddl-overview/> and MySQL's manual,
//! "Online DDL Operations". Knows types and attributes; must not know statements.

use std::collections::BTreeSet;

use super::column::is_json_text;
use super::create::is_functional;
use crate::schema::{Attribute, Kind, Note, Object, Schema, Statement};
use crate::sql::{Dialect, Lexer, TokenKind, unquoted};

/// From the one nobody waits for to the one that all writers wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    /// Only the catalog changes.
    Instant,
    /// An index is built or rows are written while others read and write.
    InPlace,
    /// The same, while others only read.
    InPlaceShared,
    /// The table is written anew while others only read.
    Copy,
}

impl Algorithm {
    /// The clause that lets the statement fail rather than take another way.
    pub(super) const fn asserted(self) -> &'static str {
        match self {
            Self::Instant => ", ALGORITHM=INSTANT",
            Self::InPlace => ", ALGORITHM=INPLACE, LOCK=NONE",
            Self::InPlaceShared => ", ALGORITHM=INPLACE, LOCK=SHARED",
            Self::Copy => ", ALGORITHM=COPY, LOCK=SHARED",
        }
    }

    /// Who waits, and what to do when the server refuses.
    pub(super) fn notes(self, table: &str) -> Vec<Note> {
        let fallback =
            "if the server refuses that: ALGORITHM=COPY, LOCK=SHARED writes the table anew, and writers wait";
        match self {
            Self::Instant | Self::InPlace => vec![Note::Remark(fallback.to_owned())],
            Self::InPlaceShared => vec![
                Note::Locks(format!("SHARED on {table}, while its rows are read or written anew")),
                Note::Remark(fallback.to_owned()),
            ],
            Self::Copy => vec![Note::Locks(format!("SHARED on {table}, while the table is written anew"))],
        }
    }
}

/// The statement with the next way there is, when it asserts one that a server refuses (errors 1845 and 1846); none when it
/// asserts none, or copies already. A table's history may stand in the way that its catalog does not tell: a full text index
/// that is gone leaves a hidden column behind.
#[must_use]
pub fn weaker(statement: &Statement) -> Option<Statement> {
    let ways = [Algorithm::Instant, Algorithm::InPlace, Algorithm::InPlaceShared, Algorithm::Copy];
    let place = ways.iter().position(|way| statement.sql.ends_with(way.asserted()))?;
    let (way, next) = (ways.get(place)?, ways.get(place + 1)?);
    let name = Lexer::new(&statement.sql, Dialect::Mysql)
        .map_while(Result::ok)
        .find(|token| token.kind == TokenKind::QuotedIdentifier)
        .map(|token| unquoted(token.span.of(&statement.sql)))?;
    let old = way.notes(&name);
    let mut notes: Vec<Note> = statement.notes.iter().filter(|note| !old.contains(note)).cloned().collect();
    notes.extend(next.notes(&name));
    let sql = format!("{}{}", statement.sql.strip_suffix(way.asserted())?, next.asserted());
    Some(Statement { sql, notes })
}

/// What the table itself allows, as MariaDB 10.11 answers for each kind of table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means {
    /// An engine other than InnoDB copies, and InnoDB itself where a unique index is one of hashes: it has a hidden column.
    pub(super) copies: bool,
    /// It has a full text index: its rows have a hidden number.
    has_full_text: bool,
    /// It gets a full text index. It may have had one before, on a way there and back: the hidden number stays when the index
    /// goes, and no column comes or goes in an instant beside it.
    may_have_had_full_text: bool,
    has_spatial: bool,
    is_compressed: bool,
    is_partitioned: bool,
    has_stored: bool,
    /// A virtual column is in an index, before the change or after it; an index of expressions has hidden ones.
    has_indexed_virtual: bool,
    is_mariadb: bool,
}

impl Means {
    /// Of the table before and after the change.
    pub(super) fn of(table: &Object, from: &Schema, to: &Schema) -> Self {
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
            is_mariadb: to.is_mariadb,
        }
    }

    /// All rows are written anew within the server's engine.
    pub(super) const fn rebuild(self) -> Algorithm {
        if self.has_full_text && !self.is_mariadb {
            // "InnoDB presently supports one FULLTEXT index creation at a time"
            Algorithm::Copy
        } else if self.has_full_text || self.has_spatial || self.has_indexed_virtual {
            Algorithm::InPlaceShared
        } else {
            Algorithm::InPlace
        }
    }

    /// What only the table's entry in the catalog has: its comment, the collation of columns to come.
    pub(super) const fn change_entry(self) -> Algorithm {
        if self.is_mariadb { Algorithm::Instant } else { Algorithm::InPlace }
    }

    /// A column that was open to NULL is not any more, or the other way round.
    pub(super) fn change_null(self, after: &Object) -> Algorithm {
        // "cannot convert NULL to non-constant DEFAULT"
        let is_computed = after.has(Attribute::NotNull) && !has_constant_default(after);
        if self.has_stored || self.has_indexed_virtual || is_computed { Algorithm::Copy } else { self.rebuild() }
    }

    /// A column that comes or goes.
    const fn of_shape(self) -> Algorithm {
        if self.has_full_text && !self.is_mariadb {
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
        // One moment is as good as a constant for all rows.
        let is_computed = !has_constant_default(column) && !is_now(column);
        match column.text(Attribute::GeneratedKind) {
            Some("stored") => Algorithm::Copy,
            Some(_) if self.is_partitioned => Algorithm::Copy,
            Some(_) => Algorithm::Instant,
            None if column.has(Attribute::Identity) || is_computed => Algorithm::Copy,
            None => self.of_shape().max(if self.has_indexed_virtual { self.rebuild() } else { Algorithm::Instant }),
        }
    }

    /// Its indexes, where it has any, are gone by then.
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
            // Over what is too long for a tree: MariaDB adds a hidden column.
            Some("hash" | "vector") => Algorithm::Copy,
            // A unique one adds its hidden column and the index at once, which only a copy does.
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

/// What MODIFY COLUMN takes; `is_indexed` when an index has the column.
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
        Attribute::Identity if !after.has(Attribute::Identity) && means.is_mariadb => Algorithm::Instant,
        Attribute::Generated
            if means.is_mariadb && after.text(Attribute::GeneratedKind) == Some("virtual") && !is_indexed =>
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

/// A value's length takes one byte up to 127, and up to 255 where no value can be longer; then two.
fn keeps_its_length_bytes(old: u32, new: u32, column: &Object) -> bool {
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
        statement.notes = vec![Note::Loses("x".to_owned())];
        statement.notes.extend(Algorithm::Instant.notes("a`b"));
        let mut ways = Vec::new();
        while let Some(next) = weaker(&statement) {
            ways.push(next.sql.rsplit_once("int(11), ").unwrap().1.to_owned());
            statement = next;
        }
        assert_eq!(
            ways,
            ["ALGORITHM=INPLACE, LOCK=NONE", "ALGORITHM=INPLACE, LOCK=SHARED", "ALGORITHM=COPY, LOCK=SHARED"]
        );
        let locks = Note::Locks("SHARED on a`b, while the table is written anew".to_owned());
        assert_eq!(statement.notes, [Note::Loses("x".to_owned()), locks]);
        assert_eq!(weaker(&Statement::new("DROP TABLE `t`")), None);
    }
}
