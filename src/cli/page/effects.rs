//! Effects of each revision on a busy database, for the page: locks, losses, findings of lint. From the texts alone.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::cli::context::Context;
use crate::cli::lint::own::OwnRuleSet;
use crate::cli::lint::state::{self, LintedSection};
use crate::cli::lint::view;
use crate::cli::report::CommandError;
use crate::ddl::{DdlServer, Outline};
use crate::diagnostic::{Location, Span, position};
use crate::id::RevisionId;
use crate::lint::{LintedRevision, Linter, TableSizes};
use crate::project::History;
use crate::revision::Section;
use crate::sql::{self, Losing, LossScope, TableLock, Work, impact};

/// Effects of all revisions of a service.
#[derive(Default)]
pub struct Effects {
    /// Statements with a lock or a loss, by revision; those of the upgrade section in front.
    pub statements: BTreeMap<RevisionId, Vec<Value>>,
    /// Findings by revision.
    pub findings: BTreeMap<RevisionId, Vec<Value>>,
    /// Revisions that could not be examined.
    pub notes: Vec<String>,
}

/// Examines every revision as an upgrade of its own: the tables before it have rows and users.
pub fn effects(history: &History, context: &Context<'_>) -> Result<Effects, CommandError> {
    let settings = state::settings(&history.service)?;
    let ids: Vec<_> = history.graph.ordered().into_iter().filter(|id| history.replaced_by(id).is_none()).collect();
    let texts = state::texts(history, &ids, context)?;
    let ground = state::ground_of_texts(history)?;
    let own = OwnRuleSet::read(history.service.lint.own.as_deref())?;
    let sizes = TableSizes::default();
    let linter = Linter { settings: &settings, server: ground.server, sizes: &sizes, own: &own };
    let mut effects = Effects { notes: texts.notes, ..Effects::default() };
    let revisions: Vec<_> = texts.sections.iter().map(|section| section.text.clone()).collect();
    let by_id: BTreeMap<_, _> = texts.sections.iter().map(|section| (&section.text.id, section)).collect();
    for finding in linter.examine_each(&Outline::new(ground.server.dialect), &revisions).findings {
        let id = finding.revision.clone();
        let section = by_id.get(&id).map(|section| std::slice::from_ref(*section)).unwrap_or_default();
        let mut document = view::shown(finding, section).document();
        remove_own_path(&mut document, history, &id);
        effects.findings.entry(id).or_default().push(finding_document(document));
    }
    own.failure()?;
    add_locks(&mut effects, &texts.sections, history, &ground.server);
    add_downgrades(&mut effects, history, &ids, ground.server.dialect);
    Ok(effects)
}

/// A finding without what its revision has in the page already.
fn finding_document(mut finding: Value) -> Value {
    if let Some(map) = finding.as_object_mut() {
        map.retain(|key, value| {
            !matches!(key.as_str(), "revision" | "page" | "end_column" | "column") && !is_empty(value)
        });
    }
    finding
}

/// Removes the path of the revision's own file: a line without one is in it, others are in a file that it includes.
fn remove_own_path(document: &mut Value, history: &History, id: &RevisionId) {
    let own = history.entry(id).ok().map(|entry| entry.path.display().to_string());
    if document["path"].as_str() == own.as_deref() {
        document["path"] = Value::Null;
    }
}

/// Sets the place of a statement.
fn set_place(document: &mut Map<String, Value>, location: &Location, path: &Path) {
    document.insert("line".into(), json!(position(&location.text, location.span.start).line));
    if location.path != path {
        document.insert("path".into(), json!(location.path.display().to_string()));
    }
}

/// Returns `true` for a value that the page reads as missing.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is_set) => !is_set,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(_) => false,
    }
}

/// Adds the statements of the upgrade sections, in the state of the schema that they find.
fn add_locks(effects: &mut Effects, sections: &[LintedSection], history: &History, server: &DdlServer) {
    let mut outline = Outline::new(server.dialect);
    for section in sections {
        let text = &section.text;
        let Ok(revision) = LintedRevision::parse(text.id.clone(), &text.text, text.in_transaction, server) else {
            continue;
        };
        let path = history.entry(&text.id).map(|entry| entry.path.as_path()).unwrap_or(Path::new(""));
        outline.settle();
        let mut documents = Vec::new();
        for statement in &revision.statements {
            let rules = server.dialect.change_rules();
            let locks = rules.locks(&statement.sql, &statement.parsed, &outline, server);
            let impact = impact(&statement.sql, server.dialect);
            outline.apply(&statement.parsed);
            if locks.is_empty() && impact.losses.is_empty() && !impact.is_opaque {
                continue;
            }
            let mut document = statement_document(&impact.verb, &impact.losses);
            set_place(&mut document, &section.locate(statement.span), path);
            if !locks.is_empty() {
                document.insert("locks".into(), locks.iter().map(lock_document).collect());
            }
            if impact.is_opaque {
                document.insert("is_opaque".into(), json!(true));
            }
            documents.push(Value::Object(document));
        }
        if !documents.is_empty() {
            effects.statements.entry(text.id.clone()).or_default().extend(documents);
        }
    }
}

/// Adds what the downgrade sections lose. A section that cannot be read as SQL (a template) has nothing here.
fn add_downgrades(effects: &mut Effects, history: &History, ids: &[RevisionId], dialect: crate::sql::Dialect) {
    for id in ids {
        let Ok((path, revision)) = history.read_section(id, Section::Downgrade) else { continue };
        let Some(span) = revision.downgrade else { continue };
        let text = span.slice(&revision.text);
        let Ok(pieces) = sql::split(text, dialect) else { continue };
        for piece in pieces {
            let impact = impact(piece.sql.slice(text), dialect);
            if impact.losses.is_empty() {
                continue;
            }
            let mut document = statement_document(&impact.verb, &impact.losses);
            let place = Span::new(span.start + piece.sql.start, span.start + piece.sql.end);
            set_place(&mut document, &revision.text.locate(&path, place), &path);
            document.insert("is_downgrade".into(), json!(true));
            effects.statements.entry(id.clone()).or_default().push(Value::Object(document));
        }
    }
}

fn statement_document(verb: &str, losses: &[Losing]) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("verb".into(), json!(verb));
    if !losses.is_empty() {
        document.insert("losses".into(), losses.iter().map(loss_document).collect());
    }
    document
}

fn lock_document(lock: &TableLock) -> Value {
    let work = match lock.work {
        Work::Catalog => "catalog",
        Work::Rows => "rows",
        Work::Scan => "scan",
        Work::Rewrite => "rewrite",
    };
    json!({ "table": lock.table.to_string(), "lock": lock.name, "blocks": lock.blocks.name(), "work": work })
}

fn loss_document(losing: &Losing) -> Value {
    let mut document = json!({ "loss": losing.loss.name(), "table": losing.table.to_string() });
    if let LossScope::Column(column) = &losing.part {
        document["column"] = json!(column);
    }
    document
}
