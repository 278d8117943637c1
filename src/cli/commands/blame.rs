//! `blame`: which revisions made an object of the schema what it is.

use std::collections::{BTreeSet, HashSet};

use clap::Args;
use serde_json::{Value, json};

use crate::autogenerate::{altered_attributes, definition};
use crate::cli::context::Context;
use crate::cli::objects::{self, ObjectName, Origins};
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{style, text};
use crate::id::RevisionId;
use crate::project::History;
use crate::report::printable::one_line;
use crate::report::table::grid;
use crate::schema::{Attribute, Key, Object, ObjectChange};
use crate::shadow::ObjectHistory;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel blame users               # a table: the revision behind each part\n  \
    aludel blame users.email         # a column: all its changes\n  \
    aludel blame users --at 3f2a     # as it was with that revision\n\n\
    The history is replayed in a shadow database, and what each revision changes is kept: a second question replays \
    only new revisions.")]
pub struct BlameArgs {
    /// Table, view, column, index, constraint, function, type: NAME, TABLE.NAME, SCHEMA.TABLE.NAME
    #[arg(value_name = "OBJECT")]
    pub object: String,
    /// Revision up to which the history counts; all of it by default
    #[arg(long, value_name = "REVISION", allow_hyphen_values = true)]
    pub at: Option<String>,
}

pub fn run(arguments: &BlameArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let name = ObjectName::parse(&arguments.object);
    let histories = match &arguments.at {
        Some(symbol) => context.find(symbol)?.into_iter().map(|(history, id)| (history, vec![id])).collect(),
        None => all_of_each(context)?,
    };
    let mut answer = CommandOutput::default();
    let mut known = BTreeSet::new();
    for (history, ends) in &histories {
        let applied = history.graph.applied(ends);
        let applied: HashSet<&RevisionId> = applied.iter().collect();
        let objects = objects::object_history(history, context)?;
        let keys = objects::named(&name, &objects, &applied);
        if keys.is_empty() {
            known.extend(objects.keys(&applied).iter().map(ToString::to_string));
            continue;
        }
        let view =
            BlameView { history, objects: &objects, applied: &applied, origins: Origins::read(history, context) };
        let lines = keys.iter().map(|key| view.lines(key)).collect::<Vec<_>>().join(&[String::new()][..]);
        answer.text += &text::section(histories.len() > 1, &history.service.name, lines);
        let documents: Vec<Value> = keys.iter().map(|key| view.document(key)).collect();
        answer.services.push(json!({ "service": history.service.name, "objects": documents }));
    }
    if answer.services.is_empty() { Err(objects::not_found(&arguments.object, &known)) } else { Ok(answer) }
}

fn all_of_each(context: &Context<'_>) -> Result<Vec<(History, Vec<RevisionId>)>, CommandError> {
    let with_heads = |history: History| {
        let heads = history.graph.heads();
        (history, heads)
    };
    Ok(context.for_reading()?.into_iter().map(with_heads).collect())
}

/// Objects of one service with the revisions behind them.
struct BlameView<'a> {
    history: &'a History,
    objects: &'a ObjectHistory,
    applied: &'a HashSet<&'a RevisionId>,
    origins: Origins,
}

impl BlameView<'_> {
    fn lines(&self, key: &Key) -> Vec<String> {
        let changes = self.objects.changes_of(key, self.applied);
        let parts = self.parts(key);
        let mut lines = vec![self.title(key, &changes)];
        for (revision, change) in &changes {
            lines.push(String::new());
            lines.extend(self.change_lines(revision, change));
        }
        if !parts.is_empty() {
            lines.push(String::new());
            lines.extend(self.part_lines(&parts));
        }
        lines
    }

    /// Kind, name and definition of the object.
    fn title(&self, key: &Key, changes: &[(&RevisionId, &ObjectChange)]) -> String {
        let object = changes.first().and_then(|(_, change)| change.after.as_ref());
        let state = match (object.map(definition), changes) {
            (Some(text), _) if text.is_empty() => String::new(),
            (Some(text), _) => format!("  {}", one_line(&text)),
            (None, []) => "  (there before the first revision)".to_owned(),
            (None, _) => "  (dropped)".to_owned(),
        };
        format!("{} {}{}", key.kind.words(), style::bold(&one_line(&key.to_string())), style::faint(&state))
    }

    /// A change with its revision and what is known of that.
    fn change_lines(&self, revision: &RevisionId, change: &ObjectChange) -> Vec<String> {
        let origin = self.origins.find(self.history, revision);
        let facts = [origin.day(), origin.author(), origin.message];
        let facts = facts.iter().filter(|fact| !fact.is_empty()).map(|fact| one_line(fact));
        let head = std::iter::once(style::id(revision.as_str()).into()).chain(facts);
        let mut lines = vec![head.collect::<Vec<_>>().join("  ")];
        lines.extend(details(change).iter().map(|detail| format!("    {}", one_line(detail))));
        lines.extend(origin.run_line().map(|run| style::faint(&format!("    {}", one_line(&run)))));
        lines
    }

    /// Objects that belong to the one with this key, columns first and in their order.
    fn parts(&self, key: &Key) -> Vec<&Object> {
        let is_part = |part: &&Object| {
            let of = &part.key;
            key.table.is_none()
                && of.kind.is_of_a_table()
                && of.table.as_ref() == Some(&key.name)
                && of.namespace == key.namespace
        };
        let mut parts: Vec<&Object> = self.objects.objects_at(self.applied).into_values().filter(is_part).collect();
        parts.sort_by_key(|part| (part.key.kind, part.number(Attribute::Position)));
        parts
    }

    /// A table of the parts, each with the revision that changed it last.
    fn part_lines(&self, parts: &[&Object]) -> Vec<String> {
        let columns = ["part", "definition", "revision", "date", "author", "message"].map(str::to_owned);
        let row = |part: &&Object| -> Vec<String> {
            let name = format!("{} {}", part.key.kind.words(), part.key.name);
            let last = self.last_change(&part.key);
            let origin = last.map(|revision| self.origins.find(self.history, revision));
            let fact = |read: fn(&objects::Origin<'_>) -> String| origin.as_ref().map(read).unwrap_or_default();
            let shorter = |text: String| text.chars().take(60).collect::<String>();
            vec![
                one_line(&name).into_owned(),
                shorter(one_line(&definition(part)).into_owned()),
                last.map(ToString::to_string).unwrap_or_default(),
                fact(|origin| origin.day().to_owned()),
                fact(|origin| one_line(origin.author()).into_owned()),
                fact(|origin| one_line(origin.message).into_owned()),
            ]
        };
        let rows: Vec<Vec<String>> = parts.iter().map(row).collect();
        // Outside a git repository, for example, no part has an author: empty columns are left out.
        let is_used = |index: &usize| rows.iter().any(|row| !row[*index].is_empty());
        let used: Vec<usize> = (0..columns.len()).filter(is_used).collect();
        let pick = |row: &[String]| used.iter().map(|index| row[*index].clone()).collect::<Vec<_>>();
        let body: Vec<Vec<String>> = rows.iter().map(|row| pick(row)).collect();
        grid(&pick(&columns), &body).lines().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Revision that changed an object last, other than by renaming its table.
    fn last_change(&self, key: &Key) -> Option<&RevisionId> {
        let changes = self.objects.changes_of(key, self.applied);
        changes.into_iter().find(|(_, change)| !change.is_moved_along()).map(|(revision, _)| revision)
    }

    fn document(&self, key: &Key) -> Value {
        let changes = self.objects.changes_of(key, self.applied);
        let change = |(revision, change): &(&RevisionId, &ObjectChange)| {
            let mut document = self.origins.find(self.history, revision).document();
            document["revision"] = json!(revision.as_str());
            document["change"] = json!(verb(change));
            document["details"] = json!(details(change));
            document["renamed_from"] = json!(change.renamed_from().map(ToString::to_string));
            document
        };
        let part = |part: &&Object| {
            let last = self.last_change(&part.key).map(RevisionId::as_str);
            json!({
                "kind": part.key.kind, "name": part.key.to_string(), "definition": definition(part), "revision": last,
            })
        };
        let now = changes.first().and_then(|(_, change)| change.after.as_ref());
        json!({
            "kind": key.kind,
            "name": key.to_string(),
            "exists": now.is_some() || changes.is_empty(),
            "definition": now.map(definition),
            "changes": changes.iter().map(change).collect::<Vec<_>>(),
            "parts": self.parts(key).iter().map(part).collect::<Vec<_>>(),
        })
    }
}

const fn verb(change: &ObjectChange) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "created",
        (_, None) => "dropped",
        (Some(_), Some(_)) => "changed",
    }
}

/// Description of a change, an attribute in each line.
fn details(change: &ObjectChange) -> Vec<String> {
    match (&change.before, &change.after) {
        (None, Some(after)) => {
            let text = definition(after);
            vec![if text.is_empty() { "created".to_owned() } else { format!("created  {text}") }]
        }
        (Some(before), Some(after)) => {
            let renamed = change.renamed_from().map(|from| format!("renamed  {from} -> {}", after.key));
            let altered = altered_attributes(before, after).into_iter().map(|detail| format!("changed  {detail}"));
            renamed.into_iter().chain(altered).collect()
        }
        _ => vec!["dropped".to_owned()],
    }
}
