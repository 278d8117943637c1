//! SHOW CREATE of views, routines, sequences, and of objects that `information_schema` describes only partially:
//! triggers, events, and tables (on MariaDB some of them). All in one message, unless the server refuses one of the
//! statements.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use mysql::Conn;

use super::MysqlSchemaBuilder;
use super::text::{CatalogToken, read_by, without_database, words};
use crate::drivers::mysql::session::{StatementOutcome, send, value};
use crate::schema::{Attribute, Key, Kind, Object};
use crate::sql::{Dialect, quote_identifier};

/// Object to show, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ShownObject {
    Table(String),
    View(String),
    Sequence(String),
    Function(String),
    Procedure(String),
    /// Table and name.
    Trigger(String, String),
    Event(String),
}

impl ShownObject {
    const fn parts(&self) -> (&'static str, &String, Kind) {
        match self {
            Self::Table(name) => ("TABLE", name, Kind::Table),
            Self::View(name) => ("VIEW", name, Kind::View),
            Self::Sequence(name) => ("SEQUENCE", name, Kind::Sequence),
            Self::Function(name) => ("FUNCTION", name, Kind::Function),
            Self::Procedure(name) => ("PROCEDURE", name, Kind::Procedure),
            Self::Trigger(_, name) => ("TRIGGER", name, Kind::Trigger),
            Self::Event(name) => ("EVENT", name, Kind::Event),
        }
    }

    /// Returns the index of the result's column that contains the statement.
    const fn column(&self) -> usize {
        match self {
            Self::Event(_) => 3,
            Self::Function(_) | Self::Procedure(_) | Self::Trigger(..) => 2,
            Self::Table(_) | Self::View(_) | Self::Sequence(_) => 1,
        }
    }

    fn question(&self) -> String {
        let (word, name, _) = self.parts();
        format!("SHOW CREATE {word} {}", quote_identifier(name, Dialect::MYSQL))
    }
}

/// Runs the statements and adds the objects.
pub(super) fn add(draft: &mut MysqlSchemaBuilder, conn: &mut Conn, wanted: &[ShownObject]) -> Result<(), mysql::Error> {
    let mut rest = wanted;
    let mut answers: BTreeMap<usize, StatementOutcome> = BTreeMap::new();
    let mut refused = Vec::new();
    while !rest.is_empty() {
        let start = wanted.len() - rest.len();
        let questions: Vec<String> = rest.iter().map(ShownObject::question).collect();
        let (outcomes, next) = match send(conn, &questions.join(";\n")) {
            // The statements behind a refused one did not run: continue with them in another message.
            Ok(outcomes) => (outcomes, rest.len()),
            Err(failed) if matches!(failed.error, mysql::Error::MySqlError(_)) => {
                refused.extend(rest.get(failed.index));
                (failed.outcomes, failed.index + 1)
            }
            Err(failed) => return Err(failed.error),
        };
        answers.extend(outcomes.into_iter().enumerate().map(|(index, outcome)| (start + index, outcome)));
        rest = &rest[next..];
    }
    let functions = wanted.iter().filter_map(|wanted| match wanted {
        ShownObject::Function(name) => Some(name.clone()),
        _ => None,
    });
    let functions: BTreeSet<String> = functions.collect();
    for (index, wanted) in wanted.iter().enumerate() {
        let column = wanted.column();
        let row = answers.get(&index).and_then(|outcome| outcome.rows.first());
        let text = row.and_then(|row| value::<String>(row, column));
        let mode = row.filter(|_| column == 2).and_then(|row| value::<String>(row, 1));
        match text {
            Some(text) if !refused.contains(&wanted) => show(draft, wanted, &text, mode, &functions),
            _ => hide(draft, wanted),
        }
    }
    Ok(())
}

/// Lists an object as not modelled that this user cannot read, or that the server itself cannot print.
fn hide(draft: &mut MysqlSchemaBuilder, wanted: &ShownObject) {
    let (_, name, kind) = wanted.parts();
    let kind = format!("{} that cannot be shown", kind.words());
    match wanted {
        ShownObject::Table(name) => draft.leave_alone(name, &kind),
        ShownObject::Trigger(table, name) => {
            draft.schema.remove(&Key::of_table(Kind::Trigger, None, table, name));
            draft.unmodelled(&kind, name);
        }
        ShownObject::Event(name) => {
            draft.schema.remove(&Key::new(Kind::Event, None, name));
            draft.unmodelled(&kind, name);
        }
        _ => draft.unmodelled(&kind, name),
    }
}

fn show(
    draft: &mut MysqlSchemaBuilder,
    wanted: &ShownObject,
    text: &str,
    mode: Option<String>,
    functions: &BTreeSet<String>,
) {
    let (_, name, kind) = wanted.parts();
    let tokens = words(text);
    match wanted {
        ShownObject::Table(name) => return table::add(draft, name, text, &tokens),
        ShownObject::Trigger(table, name) => {
            return set_body(
                draft,
                wanted,
                &Key::of_table(Kind::Trigger, None, table, name),
                trigger_body(text, &tokens),
            );
        }
        ShownObject::Event(name) => {
            return set_body(draft, wanted, &Key::new(Kind::Event, None, name), event_body(text, &tokens));
        }
        _ => {}
    }
    let Some(head) = Head::parse(&tokens, kind) else {
        hide(draft, wanted);
        return;
    };
    let tail = &text[head.end..];
    let mut object = Object::new(Key::new(kind, None, name));
    match kind {
        Kind::View => {
            let tail = without_database(tail.trim(), &draft.database, &draft.relations);
            object.needs = read_by(&tail, &draft.relations, functions);
            object.set(Attribute::Definition, tail);
            object.set_if_text(Attribute::Security, "invoker", head.is_invoker);
            let options = head.view_options();
            if !options.is_empty() {
                object.set(Attribute::Options, options);
            }
        }
        Kind::Sequence => object.set(Attribute::Definition, tail.trim()),
        _ => {
            object.set(Attribute::Definition, tail.trim());
            object.set_if_text(Attribute::Type, "aggregate", head.is_aggregate);
        }
    }
    if let Some(definer) = head.definer.filter(|_| kind != Kind::Sequence) {
        draft.runs_as(&mut object, &definer, mode.as_deref());
    }
    draft.schema.add(object);
}

/// Parts of a CREATE statement before the object's name.
#[derive(Debug, Default)]
struct Head<'t> {
    /// `name@host`.
    definer: Option<String>,
    is_invoker: bool,
    is_aggregate: bool,
    algorithm: Option<&'t str>,
    is_materialized: bool,
    is_duality: bool,
    /// End of the name, in bytes.
    end: usize,
}

impl<'t> Head<'t> {
    fn parse(tokens: &[CatalogToken<'t>], kind: Kind) -> Option<Self> {
        let word = kind.words();
        let place = tokens.iter().position(|token| token.is(word))?;
        let mut head = Self { end: tokens.get(place + 1)?.end, ..Self::default() };
        // The name may be qualified with its database.
        if tokens.get(place + 2).is_some_and(|token| token.text == ".") {
            head.end = tokens.get(place + 3)?.end;
        }
        let before = tokens.get(..place)?;
        for (index, token) in before.iter().enumerate() {
            let at = |offset: usize| before.get(index + offset);
            if token.is("DEFINER") && at(1).is_some_and(|next| next.text == "=") {
                let name = at(2).and_then(CatalogToken::name).unwrap_or_default();
                let host = at(3).filter(|at| at.text.starts_with('@'));
                let host = host.and_then(|own| own.name_behind().or_else(|| at(4).and_then(CatalogToken::name)));
                head.definer = Some(format!("{name}@{}", host.unwrap_or_default()));
            } else if token.is("SECURITY") {
                head.is_invoker = at(1).is_some_and(|next| next.is("INVOKER"));
            } else if token.is("AGGREGATE") {
                head.is_aggregate = true;
            } else if token.is("MATERIALIZED") {
                head.is_materialized = true;
            } else if token.is("DUALITY") {
                head.is_duality = true;
            } else if token.is("ALGORITHM") {
                head.algorithm = at(2).map(|next| next.text).filter(|name| !name.eq_ignore_ascii_case("UNDEFINED"));
            }
        }
        Some(head)
    }

    fn view_options(&self) -> Vec<String> {
        let algorithm = self.algorithm.map(|name| format!("algorithm={}", name.to_ascii_lowercase()));
        let kinds = [(self.is_duality, "duality"), (self.is_materialized, "materialized")];
        let kinds = kinds.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word.to_owned());
        algorithm.into_iter().chain(kinds).collect()
    }
}

/// Replaces the body from `information_schema`, in which escapes have been evaluated.
fn set_body(draft: &mut MysqlSchemaBuilder, wanted: &ShownObject, key: &Key, body: Option<&str>) {
    match (body, draft.schema.get_mut(key)) {
        (Some(body), Some(object)) => object.set(Attribute::Definition, body),
        _ => hide(draft, wanted),
    }
}

/// Returns the text after FOR EACH ROW, with leading comments.
fn trigger_body<'t>(text: &'t str, tokens: &[CatalogToken<'t>]) -> Option<&'t str> {
    let is_row = |three: &[CatalogToken<'_>]| matches!(three, [one, two, three] if one.is("FOR") && two.is("EACH") && three.is("ROW"));
    let place = tokens.windows(3).position(is_row)?;
    text.get(tokens.get(place + 2)?.end..).map(str::trim)
}

/// Returns the text after the DO behind the schedule. Before it there are only quoted names, times, a quoted comment,
/// and keywords.
fn event_body<'t>(text: &'t str, tokens: &[CatalogToken<'t>]) -> Option<&'t str> {
    let place = tokens.iter().find(|token| token.is("DO"))?;
    text.get(place.end..).map(str::trim)
}

impl CatalogToken<'_> {
    /// Returns the name in `` @`host` `` if that is one token.
    fn name_behind(&self) -> Option<String> {
        let inner = self.text.strip_prefix("@`")?.strip_suffix('`')?;
        Some(inner.replace("``", "`"))
    }
}

impl Object {
    fn set_if_text(&mut self, attribute: Attribute, text: &str, holds: bool) {
        if holds {
            self.set(attribute, text);
        }
    }
}
