//! What the server shows: SHOW CREATE of views, routines, sequences, and of tables with partitions or full text indexes; all in
//! one message, unless the server refuses one of them.

use std::collections::{BTreeMap, BTreeSet};

use mysql::Conn;

use super::Draft;
use super::text::{Word, read_by, without_database, words};
use crate::database::mysql::session::{Outcome, send, value};
use crate::schema::{Attribute, Key, Kind, Object};
use crate::sql::{Dialect, TokenKind, quote_identifier};

/// What is to be shown, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Table(String),
    View(String),
    Sequence(String),
    Function(String),
    Procedure(String),
}

impl Wanted {
    const fn parts(&self) -> (&'static str, &String, Kind) {
        match self {
            Self::Table(name) => ("TABLE", name, Kind::Table),
            Self::View(name) => ("VIEW", name, Kind::View),
            Self::Sequence(name) => ("SEQUENCE", name, Kind::Sequence),
            Self::Function(name) => ("FUNCTION", name, Kind::Function),
            Self::Procedure(name) => ("PROCEDURE", name, Kind::Procedure),
        }
    }

    fn question(&self) -> String {
        let (word, name, _) = self.parts();
        format!("SHOW CREATE {word} {}", quote_identifier(name, Dialect::Mysql))
    }
}

/// Asks, and adds what is shown.
pub(super) fn add(draft: &mut Draft, conn: &mut Conn, wanted: &[Wanted]) -> Result<(), mysql::Error> {
    let mut rest = wanted;
    let mut answers: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut refused = Vec::new();
    while !rest.is_empty() {
        let start = wanted.len() - rest.len();
        let questions: Vec<String> = rest.iter().map(Wanted::question).collect();
        let (outcomes, next) = match send(conn, &questions.join(";\n")) {
            Ok(outcomes) => (outcomes, rest.len()),
            Err(failed) if matches!(failed.error, mysql::Error::MySqlError(_)) => {
                refused.extend(rest.get(failed.index));
                (failed.outcomes, failed.index + 1)
            }
            Err(failed) => return Err(failed.error),
        };
        answers.extend(outcomes.into_iter().enumerate().map(|(index, outcome)| (start + index, outcome)));
        rest = rest.get(next..).unwrap_or_default();
    }
    let functions = wanted.iter().filter_map(|wanted| match wanted {
        Wanted::Function(name) => Some(name.clone()),
        _ => None,
    });
    let functions: BTreeSet<String> = functions.collect();
    for (index, wanted) in wanted.iter().enumerate() {
        let column = if matches!(wanted, Wanted::Function(_) | Wanted::Procedure(_)) { 2 } else { 1 };
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

/// Not to be seen by this user, or of a form that the server itself cannot show.
fn hide(draft: &mut Draft, wanted: &Wanted) {
    let (_, name, kind) = wanted.parts();
    let kind = format!("{} that cannot be shown", kind.words());
    match wanted {
        Wanted::Table(name) => draft.leave_alone(name, &kind),
        _ => draft.unmodelled(&kind, name),
    }
}

fn show(draft: &mut Draft, wanted: &Wanted, text: &str, mode: Option<String>, functions: &BTreeSet<String>) {
    let (_, name, kind) = wanted.parts();
    if let Wanted::Table(name) = wanted {
        table(draft, name, text);
        return;
    }
    let tokens = words(text);
    let Some(head) = Head::of(&tokens, kind) else {
        hide(draft, wanted);
        return;
    };
    let tail = text.get(head.end..).unwrap_or_default();
    let mut object = Object::new(Key::new(kind, None, name));
    match kind {
        Kind::View => {
            let tail = without_database(tail.trim(), &draft.database, &draft.relations);
            object.needs = read_by(&tail, &draft.relations, functions);
            object.set(Attribute::Definition, tail);
            object.set_if_text(Attribute::Security, "invoker", head.is_invoker);
            if let Some(algorithm) = head.algorithm {
                object.set(Attribute::Options, vec![format!("algorithm={}", algorithm.to_ascii_lowercase())]);
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

/// What stands before the name.
#[derive(Debug, Default)]
struct Head<'t> {
    /// `name@host`.
    definer: Option<String>,
    is_invoker: bool,
    is_aggregate: bool,
    algorithm: Option<&'t str>,
    /// Where the name ends.
    end: usize,
}

impl<'t> Head<'t> {
    fn of(tokens: &[Word<'t>], kind: Kind) -> Option<Self> {
        let word = kind.words();
        let place = tokens.iter().position(|token| token.is(word))?;
        let mut head = Self { end: tokens.get(place + 1)?.end, ..Self::default() };
        // The name may have its database in front.
        if tokens.get(place + 2).is_some_and(|token| token.text == ".") {
            head.end = tokens.get(place + 3)?.end;
        }
        let before = tokens.get(..place)?;
        for (index, token) in before.iter().enumerate() {
            let at = |offset: usize| before.get(index + offset);
            if token.is("DEFINER") && at(1).is_some_and(|next| next.text == "=") {
                let name = at(2).and_then(Word::name).unwrap_or_default();
                let host = at(3).filter(|at| at.text.starts_with('@'));
                let host = host.and_then(|own| own.name_behind().or_else(|| at(4).and_then(Word::name)));
                head.definer = Some(format!("{name}@{}", host.unwrap_or_default()));
            } else if token.is("SECURITY") {
                head.is_invoker = at(1).is_some_and(|next| next.is("INVOKER"));
            } else if token.is("AGGREGATE") {
                head.is_aggregate = true;
            } else if token.is("ALGORITHM") {
                head.algorithm = at(2).map(|next| next.text).filter(|name| !name.eq_ignore_ascii_case("UNDEFINED"));
            }
        }
        Some(head)
    }
}

impl Word<'_> {
    /// The name in `` @`host` ``, when that is one token.
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

/// What `information_schema` does not tell of a table.
fn table(draft: &mut Draft, name: &str, text: &str) {
    let tokens = words(text);
    let has = |first: &str, second: &str| {
        tokens.windows(2).any(|pair| matches!(pair, [one, two] if one.is(first) && two.is(second)))
    };
    if has("PERIOD", "FOR") {
        draft.leave_alone(name, "table with a period");
        return;
    }
    if let Some(partitions) = partitions(text, &tokens)
        && let Some(table) = draft.schema.get_mut(&Draft::table(name))
    {
        table.set(Attribute::PartitionBy, partitions);
    }
    for (index, _) in tokens.iter().enumerate().filter(|(_, token)| token.is("PARSER")) {
        let before = tokens.get(..index).unwrap_or_default();
        let key =
            before.iter().rposition(|token| token.is("KEY")).and_then(|key| before.get(key + 1)).and_then(Word::name);
        let parser = tokens.get(index + 1).and_then(Word::name);
        let (Some(key), Some(parser)) = (key, parser) else { continue };
        if let Some(object) = draft.schema.get_mut(&Key::of_table(Kind::Index, None, name, &key)) {
            object.set(Attribute::Options, vec![format!("parser={parser}")]);
        }
    }
}

/// From PARTITION BY to the end, without the engine of each partition (the table's is told already).
fn partitions(text: &str, tokens: &[Word<'_>]) -> Option<String> {
    let mut depth = 0_usize;
    let mut start = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && token.is("PARTITION") && tokens.get(index + 1).is_some_and(|next| next.is("BY")) {
            start = Some(index);
            break;
        }
    }
    let own = tokens.get(start?..)?;
    let mut written = String::new();
    let mut end = own.first()?.start;
    let mut index = 0;
    while let Some(token) = own.get(index) {
        let is_engine = token.is("ENGINE") && own.get(index + 1).is_some_and(|next| next.text == "=");
        if is_engine || token.kind == TokenKind::ExecutableClose {
            written.push_str(text.get(end..token.start)?.trim_end());
            let last = if is_engine { own.get(index + 2)? } else { token };
            end = last.end;
            index += usize::from(is_engine) * 2;
        }
        index += 1;
    }
    written.push_str(text.get(end..)?.trim_end());
    Some(written)
}
