//! Edits of the text of a fixed revision.

use crate::cli::lint::state::LintedSection;
use crate::ddl::{DdlServer, DdlStatement};
use crate::diagnostic::Span;
use crate::lint::{FollowUp, LintedRevision, LintedStatement, StatementFix, concurrent, concurrent_drop};
use crate::revision::{HeaderKey, Revision};

/// Bytes of a file, and the text that takes their place.
type Edits = Vec<(Span, String)>;

/// The statement in its place, with `transaction: false` where it needs that.
pub(super) fn in_place(revision: &Revision, span: Span, fix: &StatementFix, server: &DdlServer) -> Option<Edits> {
    let mut edits = vec![(span, fix.sql.clone())];
    if fix.outside_transaction {
        match Revision::place_of(&revision.text, HeaderKey::Transaction) {
            Some(line) => edits.push((line, "-- transaction: false".to_owned())),
            None => {
                let line = Revision::place_of(&revision.text, HeaderKey::Revision)?;
                edits.push((Span::new(line.end, line.end), "\n-- transaction: false".to_owned()));
            }
        }
        // A downgrade that only drops the index drops it CONCURRENTLY too.
        let (body, parsed) = downgrade(revision, server)?;
        if let [statement] = parsed.statements.as_slice() {
            edits.extend(concurrent_drop(statement).map(|sql| (statement.span.shifted(body.start), sql)));
        }
    }
    if let Some(undo) = &fix.undo
        && let Some(body) = revision.downgrade
    {
        edits.push((Span::new(body.start, body.start), format!("{undo}\n")));
    }
    Some(edits)
}

/// Takes a statement about an index out of its revision, with the comments before it, and returns the revision that it
/// becomes.
pub(super) fn split_off(
    revision: &Revision,
    section: &LintedSection,
    statement: &LintedStatement,
    fix: &StatementFix,
    server: &DdlServer,
) -> (Option<Edits>, Vec<FollowUp>) {
    let DdlStatement::CreateIndex(index) = &statement.parsed else { return (None, Vec::new()) };
    let start = statement.span.start.saturating_sub(statement.before.len());
    let mut edits =
        vec![(section.locate(with_semicolon(&section.text.text, start, statement.span.end)).span, String::new())];
    let mut drops = index.name.as_deref().map(|name| {
        let quoted = server.dialect.rules().quote_identifier(name);
        let schema = index.table.schema.as_deref();
        let schema = schema.map(|schema| format!("{}.", server.dialect.rules().quote_identifier(schema)));
        format!("DROP INDEX CONCURRENTLY IF EXISTS {}{quoted}", schema.unwrap_or_default())
    });
    if let Some((body, parsed)) = downgrade(revision, server) {
        let is_drop = |own: &&LintedStatement| match &own.parsed {
            DdlStatement::Drop(dropped) => {
                concurrent_drop(own).is_some()
                    && dropped.names.iter().all(|name| Some(&name.name) == index.name.as_ref())
            }
            _ => false,
        };
        if let Some(own) = parsed.statements.iter().find(is_drop) {
            let start = own.span.start.saturating_sub(own.before.len());
            let span = with_semicolon(body.slice(&revision.text), start, own.span.end);
            edits.push((span.shifted(body.start), String::new()));
            drops = concurrent(&own.sql);
        }
    }
    let comments = statement.before.trim();
    let comments = if comments.is_empty() { String::new() } else { format!("{comments}\n") };
    let follow_up = FollowUp {
        verb: "Index",
        upgrade: format!("{comments}{};", fix.sql),
        downgrade: drops.map(|sql| format!("{sql};")).unwrap_or_default(),
        in_transaction: false,
    };
    (Some(edits), vec![follow_up])
}

/// Returns the text with the edits; `None` if the result is not a valid revision.
pub(super) fn applied(revision: &Revision, mut edits: Edits) -> Option<String> {
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = revision.text.to_string();
    for (span, new) in edits {
        text.replace_range(span.range(), &new);
    }
    Revision::parse(&text).ok().filter(|read| read.header.revision == revision.header.revision).map(|_| text)
}

/// Downgrade section and its statements; a revision without one has an empty one here.
fn downgrade(revision: &Revision, server: &DdlServer) -> Option<(Span, LintedRevision)> {
    let body = revision.downgrade.unwrap_or_default();
    let text = body.slice(&revision.text);
    Some((body, LintedRevision::parse(revision.header.revision.clone(), text, true, server).ok()?))
}

/// Bytes from `start` to the semicolon behind `end`.
fn with_semicolon(text: &str, start: usize, end: usize) -> Span {
    let Some(rest) = text.get(end..) else { return Span::new(start, end) };
    let blank = rest.len() - rest.trim_start().len();
    let semicolon = if rest.trim_start().starts_with(';') { blank + 1 } else { 0 };
    Span::new(start, end + semicolon)
}
