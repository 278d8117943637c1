//! Content of a squash from what the range makes of a database: its schema and its rows.

use std::collections::BTreeSet;

use super::SquashContent;
use crate::autogenerate::drafts;
use crate::cli::context::Context;
use crate::cli::diff_view;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::shadow_trial::ShadowTrial;
use crate::error_code::ErrorCode;
use crate::graph::SquashPlan;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Section;
use crate::schema::{Key, Options, Schema, script};
use crate::shadow::{RowsScript, SqlText};
use crate::sql;

/// Statements for both directions.
#[derive(Default)]
struct Statements {
    transaction: bool,
    upgrade: String,
    downgrade: String,
}

/// Writes the difference between the schemas before and behind the range, and the rows that it leaves.
pub fn content(history: &History, plan: &SquashPlan, context: &Context<'_>) -> Result<SquashContent, CommandError> {
    let schemas = Schemas::new(history, context)?;
    let (before, last) = (rows_before(plan), plan.replaced.last().cloned().into_iter().collect::<Vec<_>>());
    let (from, to) = (schemas.at(&before)?, schemas.at(&last)?);
    warn_of_changed_rows(history, plan, context)?;
    let mut statements = of_schema(&schemas, (&from, &to), &before)?;
    let rows = of_rows(&schemas, (&from, &to), (&before, &last), &statements.upgrade)?;
    let parts = [statements.upgrade, rows.upgrade];
    statements.upgrade = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n");
    let parts = [rows.downgrade, statements.downgrade];
    statements.downgrade = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n");
    let or_nothing = |text: String| if text.is_empty() { "-- nothing to do\n".to_owned() } else { text };
    Ok(SquashContent {
        transaction: statements.transaction,
        template: false,
        sections: vec![
            (Section::Upgrade, or_nothing(statements.upgrade)),
            (Section::Downgrade, or_nothing(statements.downgrade)),
        ],
    })
}

/// Returns the revisions that are applied before the range.
pub fn rows_before(plan: &SquashPlan) -> Vec<RevisionId> {
    let mut rows = plan.down_revisions.clone();
    rows.extend(plan.depends_on.iter().map(|id| RevisionId::from_row(id)));
    rows.sort();
    rows.dedup();
    rows
}

/// Names the revisions that change or delete rows: rows that a database has already would stay as they are.
fn warn_of_changed_rows(history: &History, plan: &SquashPlan, context: &Context<'_>) -> Result<(), CommandError> {
    let dialect = context.dialect(history)?;
    let mut changing = Vec::new();
    for id in &plan.replaced {
        let revision = history.read(id)?;
        let Some(text) = revision.body(Section::Upgrade) else { continue };
        let pieces = sql::split(text, dialect).unwrap_or_default();
        let changes = |sql: &str| {
            let first = sql::keywords(sql, dialect).next();
            first.is_some_and(|word| ["UPDATE", "DELETE", "MERGE", "WITH"].contains(&word.to_uppercase().as_str()))
        };
        if pieces.iter().any(|piece| changes(piece.sql.slice(text))) {
            changing.push(id.to_string());
        }
    }
    if !changing.is_empty() {
        let name = &history.service.name;
        context.warn(&format!(
            "{name}: rows are changed by {}: those that a database has before the range would stay as they are; if there is \
             one, use --by text",
            changing.join(", ")
        ));
    }
    Ok(())
}

fn of_schema(
    schemas: &Schemas<'_>,
    (from, to): (&Schema, &Schema),
    before: &[RevisionId],
) -> Result<Statements, CommandError> {
    // Nothing else uses what the new revision makes, so no statement has to run outside a transaction.
    let options = Options { online: false, ..schemas.options(Vec::new()) };
    let steps = script(from, to, &options);
    if steps.is_empty() {
        return Ok(Statements { transaction: true, ..Statements::default() });
    }
    let mut shadow = schemas.shadow(before)?;
    let mut trial = ShadowTrial { shadow: &mut shadow, schemas };
    let (drafts, reached) = drafts(from, to, &steps, &options, &mut trial)?;
    shadow.close()?;
    let placeholders: Vec<&String> = drafts.iter().flat_map(|draft| &draft.placeholders).collect();
    if let Some(placeholder) = placeholders.first() {
        return Err(
            not_by_schema("the schema cannot be reached by generated statements alone").note((*placeholder).clone())
        );
    }
    let (left, _) = diff_view::compared(&reached, to, &[]);
    if !left.is_empty() {
        let report = not_by_schema("generated statements do not reach the schema behind the range");
        return Err(diff_view::lines(&left).into_iter().fold(report, CommandError::note));
    }
    let mut downgrades: Vec<&str> = drafts.iter().map(|draft| draft.downgrade.as_str()).collect();
    downgrades.reverse();
    Ok(Statements {
        transaction: drafts.iter().all(|draft| draft.transaction),
        upgrade: drafts.iter().map(|draft| draft.upgrade.as_str()).collect::<Vec<_>>().join("\n"),
        downgrade: downgrades.join("\n"),
    })
}

/// Returns the statements for the rows and counters that differ after `upgrade` has run.
fn of_rows(
    schemas: &Schemas<'_>,
    (from, to): (&Schema, &Schema),
    (before, last): (&[RevisionId], &[RevisionId]),
    upgrade: &str,
) -> Result<Statements, CommandError> {
    let dialect = to.dialect;
    let stop = Schemas::stop_signal();
    let load = |shadow: &mut _, text: &str| {
        SqlText { path: "the new revision".into(), text: text.to_owned() }.load(shadow, &stop)
    };
    let mut old = schemas.shadow(last)?;
    let wanted = old.contents(to)?;
    old.close()?;
    let mut new = schemas.shadow(before)?;
    load(&mut new, upgrade)?;
    let script = RowsScript::new(&new.contents(to)?, &wanted, to).map_err(|tables| rows_changed(&tables))?;
    let mut text = terminated(&around(&script, script.inserts.clone()));
    load(&mut new, &text)?;
    let there = new.contents(to)?.counters;
    new.close()?;
    let moved = wanted.counters.iter().filter(|(name, value)| there.get(*name) != Some(value));
    let counters: Vec<String> = moved.map(|(name, value)| dialect.rules().set_counter(name, value)).collect();
    text.push_str(&terminated(&counters));
    // Tables that the range makes are dropped with their rows.
    let tables: BTreeSet<&Key> = from.objects().map(|object| &object.key).collect();
    let deletes = script.deletes.iter().filter(|(key, _)| tables.contains(key));
    let deletes: Vec<String> = deletes.map(|(_, sql)| sql.clone()).collect();
    Ok(Statements { transaction: true, upgrade: text, downgrade: terminated(&around(&script, deletes)) })
}

/// Puts the statements between those that have to be around them.
fn around(script: &RowsScript, statements: Vec<String>) -> Vec<String> {
    match script.around {
        Some((before, after)) if !statements.is_empty() => {
            [vec![before.to_owned()], statements, vec![after.to_owned()]].concat()
        }
        _ => statements,
    }
}

fn terminated(statements: &[String]) -> String {
    statements.iter().map(|statement| format!("{statement};\n")).collect()
}

fn rows_changed(tables: &[Key]) -> CommandError {
    let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
    not_by_schema("the range changes or deletes rows that were there before it")
        .note(format!("tables: {}", tables.join(", ")))
}

fn not_by_schema(text: &str) -> CommandError {
    CommandError::new(ErrorCode::SquashInvalid, text).hint("keep the statements as they are: --by text")
}
