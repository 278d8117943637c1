//! `CREATE`, `ALTER` and `DROP` of objects.

use super::index::create_index;
use super::reader::Reader;
use super::table::{alter_table, create_table};
use crate::ddl::statement::{DdlStatement, DomainChange, DropKind, ObjectDrop, TypeChange, Volatility};
use crate::sql::TokenKind;

/// Parses what follows `CREATE`.
pub(super) fn create(mut reader: Reader<'_>) -> Option<DdlStatement> {
    let replaces = reader.take(&["OR", "REPLACE"]);
    reader.take_one(&["GLOBAL", "LOCAL"]);
    let is_temporary = reader.take_one(&["TEMPORARY", "TEMP"]);
    let is_unlogged = reader.take(&["UNLOGGED"]);
    if reader.take(&["TABLE"]) {
        let mut created = create_table(reader, is_temporary);
        if let Some(DdlStatement::CreateTable(created)) = &mut created {
            created.is_unlogged = is_unlogged;
        }
        return created;
    }
    if let Some(index) = create_index(&mut reader) {
        return Some(index);
    }
    skip_definer(&mut reader);
    reader.take(&["RECURSIVE"]);
    let is_materialized = reader.take(&["MATERIALIZED"]);
    if reader.take(&["VIEW"]) {
        reader.condition();
        let view = reader.name()?;
        let listed = reader.group().map(|list| list.key_columns()).unwrap_or_default();
        reader.find(&["AS"]);
        let columns = if listed.is_empty() { selected(reader.clone()) } else { listed };
        let query = reader.text().to_owned();
        return Some(DdlStatement::CreateView { view, is_materialized, replaces, is_temporary, columns, query });
    }
    if reader.take(&["CONSTRAINT", "TRIGGER"]) || reader.take(&["TRIGGER"]) {
        reader.condition();
        let name = reader.name()?;
        reader.find(&["ON"]).then_some(())?;
        let table = reader.name()?;
        return Some(DdlStatement::CreateTrigger { name, table, body: reader.text().to_owned() });
    }
    if reader.take(&["TYPE"]) {
        let name = reader.name()?;
        let labels = reader.take(&["AS", "ENUM"]).then(|| labels(&mut reader));
        return Some(DdlStatement::CreateType { name, labels });
    }
    if reader.take(&["DOMAIN"]) {
        let name = reader.name()?;
        reader.take(&["AS"]);
        let (_, base) = super::column::data_type(&mut reader);
        let (has_check, is_not_null) = (reader.has(&["CHECK"]), reader.has(&["NOT", "NULL"]));
        return Some(DdlStatement::CreateDomain { name, base, has_check, is_not_null });
    }
    if reader.take_one(&["FUNCTION", "PROCEDURE"]) {
        reader.condition();
        let name = reader.name()?;
        let volatility = if reader.has(&["IMMUTABLE"]) {
            Volatility::Immutable
        } else if reader.has(&["STABLE"]) {
            Volatility::Stable
        } else {
            Volatility::Volatile
        };
        return Some(DdlStatement::CreateRoutine { name, volatility, replaces });
    }
    if reader.take(&["POLICY"]) {
        reader.find(&["ON"]);
        return Some(DdlStatement::Access { verb: "CREATE POLICY".to_owned(), table: reader.name() });
    }
    other(reader)
}

/// Returns the names of the columns of a query; empty if one of them is a star or has no name.
fn selected(mut query: Reader<'_>) -> Vec<String> {
    if !query.take(&["SELECT"]) {
        return Vec::new();
    }
    query.take(&["DISTINCT"]);
    let mut end = query.clone();
    while !end.is_at_end() && !end.is("FROM") {
        end.skip();
    }
    let name = |mut item: Reader<'_>| {
        let mut last = None;
        while let Some(word) = item.peek() {
            last = matches!(word.kind, TokenKind::Word | TokenKind::QuotedIdentifier).then(|| item.clone());
            item.skip();
        }
        last.and_then(|mut last| last.identifier())
    };
    let names: Option<Vec<String>> = query.until(&end).clauses().into_iter().map(name).collect();
    names.unwrap_or_default()
}

/// Parses the creation of objects that no rule has a question about.
fn other(mut reader: Reader<'_>) -> Option<DdlStatement> {
    const KINDS: [&str; 29] = [
        "SCHEMA",
        "SEQUENCE",
        "EXTENSION",
        "STATISTICS",
        "RULE",
        "AGGREGATE",
        "CAST",
        "COLLATION",
        "CONVERSION",
        "DATABASE",
        "EVENT",
        "FOREIGN",
        "LANGUAGE",
        "OPERATOR",
        "PUBLICATION",
        "ROLE",
        "SERVER",
        "SUBSCRIPTION",
        "TABLESPACE",
        "TEXT",
        "TRANSFORM",
        "USER",
        "ACCESS",
        "PROCEDURAL",
        "TRUSTED",
        "VIRTUAL",
        "GROUP",
        "PACKAGE",
        "RESOURCE",
    ];
    let kind = KINDS.iter().find(|kind| reader.take(&[kind]))?;
    reader.condition();
    Some(DdlStatement::CreateOther { kind: (*kind).to_owned(), name: reader.name() })
}

/// Skips MySQL's `DEFINER = user@host`, `ALGORITHM = MERGE` and `SQL SECURITY INVOKER`.
fn skip_definer(reader: &mut Reader<'_>) {
    const KINDS: [&str; 5] = ["VIEW", "TRIGGER", "FUNCTION", "PROCEDURE", "EVENT"];
    if reader.is_one(&["DEFINER", "ALGORITHM", "SQL"]) {
        while !reader.is_at_end() && !reader.is_one(&KINDS) {
            reader.skip();
        }
    }
}

fn labels(reader: &mut Reader<'_>) -> Vec<String> {
    let Some(mut group) = reader.group() else { return Vec::new() };
    let mut labels = Vec::new();
    while let Some(word) = group.next() {
        if word.kind == TokenKind::Text {
            labels.push(word.text.trim_matches('\'').replace("''", "'"));
        }
    }
    labels
}

/// Parses what follows `ALTER`.
pub(super) fn alter(mut reader: Reader<'_>) -> Option<DdlStatement> {
    while reader.take_one(&["ONLINE", "IGNORE"]) {}
    reader.take(&["FOREIGN"]);
    if reader.take(&["TABLE"]) {
        return alter_table(reader);
    }
    if reader.take(&["TYPE"]) {
        return alter_type(reader);
    }
    if reader.take(&["DOMAIN"]) {
        return alter_domain(reader);
    }
    if reader.take(&["POLICY"]) {
        reader.find(&["ON"]);
        return Some(DdlStatement::Access { verb: "ALTER POLICY".to_owned(), table: reader.name() });
    }
    if reader.take(&["DEFAULT", "PRIVILEGES"]) {
        return Some(DdlStatement::Access { verb: "ALTER DEFAULT PRIVILEGES".to_owned(), table: None });
    }
    const KINDS: [&str; 17] = [
        "INDEX",
        "VIEW",
        "SEQUENCE",
        "SCHEMA",
        "FUNCTION",
        "PROCEDURE",
        "AGGREGATE",
        "TRIGGER",
        "EXTENSION",
        "STATISTICS",
        "PUBLICATION",
        "DATABASE",
        "ROLE",
        "EVENT",
        "RULE",
        "SYSTEM",
        "USER",
    ];
    let is_materialized = reader.take(&["MATERIALIZED"]);
    let kind = KINDS.iter().find(|kind| reader.take(&[kind]))?;
    let kind = if is_materialized { "MATERIALIZED VIEW" } else { kind };
    if kind == "SYSTEM" {
        return Some(DdlStatement::CreateOther { kind: "SYSTEM".to_owned(), name: None });
    }
    reader.condition();
    let name = reader.name()?;
    reader.group();
    renamed(kind, name.clone(), reader.clone()).or_else(|| {
        if kind == "INDEX" {
            return Some(DdlStatement::AlterIndex { index: name });
        }
        let access = reader.is("OWNER");
        Some(match access {
            true => DdlStatement::Access { verb: format!("ALTER {kind}"), table: None },
            false => DdlStatement::CreateOther { kind: kind.to_owned(), name: Some(name) },
        })
    })
}

fn renamed(kind: &str, from: crate::sql::TableName, mut reader: Reader<'_>) -> Option<DdlStatement> {
    if kind == "TRIGGER" || kind == "RULE" {
        reader.take(&["ON"]).then(|| reader.name());
    }
    let is_renamed = reader.take(&["RENAME", "TO"]) || reader.take(&["SET", "SCHEMA"]);
    let to = is_renamed.then(|| reader.name())??.name;
    Some(DdlStatement::RenameObject { kind: kind.to_owned(), from, to })
}

fn alter_type(mut reader: Reader<'_>) -> Option<DdlStatement> {
    let name = reader.name()?;
    if let Some(renamed) = renamed("TYPE", name.clone(), reader.clone()) {
        return Some(renamed);
    }
    let text = |reader: &mut Reader<'_>| reader.next().map(|word| word.text.trim_matches('\'').replace("''", "'"));
    let change = if reader.take(&["ADD", "VALUE"]) {
        reader.condition();
        let label = text(&mut reader)?;
        TypeChange::AddValue { label, has_place: reader.is_one(&["BEFORE", "AFTER"]) }
    } else if reader.take(&["RENAME", "VALUE"]) {
        TypeChange::RenameValue { from: text(&mut reader)? }
    } else if reader.has(&["ATTRIBUTE"]) {
        TypeChange::Attribute
    } else {
        TypeChange::Other
    };
    Some(DdlStatement::AlterType { name, change })
}

fn alter_domain(mut reader: Reader<'_>) -> Option<DdlStatement> {
    let name = reader.name()?;
    if let Some(renamed) = renamed("DOMAIN", name.clone(), reader.clone()) {
        return Some(renamed);
    }
    let change = if reader.take(&["VALIDATE"]) {
        DomainChange::Validate
    } else if reader.take(&["SET", "NOT", "NULL"]) {
        DomainChange::SetNotNull
    } else if reader.take(&["ADD"]) {
        if reader.has(&["NOT", "VALID"]) { DomainChange::AddNotValid } else { DomainChange::AddConstraint }
    } else {
        DomainChange::Other
    };
    Some(DdlStatement::AlterDomain { name, change })
}

/// Parses what follows `DROP`.
pub(super) fn drop(mut reader: Reader<'_>) -> Option<DdlStatement> {
    const KINDS: [(&[&str], DropKind); 31] = [
        (&["FOREIGN", "TABLE"], DropKind::Table),
        (&["TABLE"], DropKind::Table),
        (&["TABLES"], DropKind::Table),
        (&["INDEX"], DropKind::Index),
        (&["MATERIALIZED", "VIEW"], DropKind::MaterializedView),
        (&["VIEW"], DropKind::View),
        (&["SCHEMA"], DropKind::Schema),
        (&["DATABASE"], DropKind::Schema),
        (&["TYPE"], DropKind::Type),
        (&["DOMAIN"], DropKind::Type),
        (&["FUNCTION"], DropKind::Routine),
        (&["PROCEDURE"], DropKind::Routine),
        (&["ROUTINE"], DropKind::Routine),
        (&["AGGREGATE"], DropKind::Routine),
        (&["TRIGGER"], DropKind::OfTable),
        (&["POLICY"], DropKind::OfTable),
        (&["RULE"], DropKind::OfTable),
        (&["SEQUENCE"], DropKind::Other),
        (&["EXTENSION"], DropKind::Other),
        (&["STATISTICS"], DropKind::Other),
        (&["EVENT"], DropKind::Other),
        (&["CAST"], DropKind::Other),
        (&["COLLATION"], DropKind::Other),
        (&["OPERATOR"], DropKind::Other),
        (&["PUBLICATION"], DropKind::Other),
        (&["SUBSCRIPTION"], DropKind::Other),
        (&["ROLE"], DropKind::Other),
        (&["USER"], DropKind::Other),
        (&["OWNED"], DropKind::Other),
        (&["SERVER"], DropKind::Other),
        (&["TEXT", "SEARCH"], DropKind::Other),
    ];
    let is_temporary = reader.take(&["TEMPORARY"]);
    let (words, kind) = KINDS.into_iter().find(|(words, _)| reader.take(words))?;
    let concurrently = reader.take(&["CONCURRENTLY"]);
    let if_exists = reader.condition();
    let names = reader.names();
    let table = if reader.take(&["ON"]) { reader.name() } else { None };
    let cascades = reader.has(&["CASCADE"]);
    let words = words.join(" ");
    let (algorithm, lock) = super::index::clauses(reader);
    let dropped =
        ObjectDrop { kind, words, names, table, concurrently, if_exists, cascades, is_temporary, algorithm, lock };
    Some(DdlStatement::Drop(dropped))
}
