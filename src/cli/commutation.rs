//! Proof that lines of a history commute, for `prove`, `merge` and `heads --against`: runs it and shows the verdict.

use std::collections::BTreeMap;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::context::Context;
use super::report::{CommandError, excerpt};
use super::schemas::Schemas;
use super::{commutation_view as view, style, text};
use crate::graph::Sides;
use crate::id::RevisionId;
use crate::project::{self, History};
use crate::shadow::{Commutation, CommutationProof, Conflict, ConflictingPair, ConflictingStatement, SqlText};

/// Number of runs of revisions that a proof makes at most, unless the user gives another.
pub const LIMIT: usize = 400;

/// Verdict on two lines of a history, as it is shown.
pub struct ShownProof {
    /// Lines for a person.
    pub lines: Vec<String>,
    /// Document for `--json`.
    pub document: Value,
    /// True if every order was tried and gives the same; `None` if that is not known.
    pub commutes: Option<bool>,
}

/// Proves each pair of these revisions, with at most `limit` runs of revisions for each.
///
/// # Errors
/// No shadow can be had, or one of the lines cannot be replayed.
pub fn prove(
    history: &History,
    revisions: &[RevisionId],
    limit: usize,
    context: &Context<'_>,
) -> Result<Vec<ShownProof>, CommandError> {
    let schemas = Schemas::new(history, context)?;
    let reader = schemas.schema_reader();
    let fixtures = fixtures(history, context).map_err(|report| report.of_service(&history.service.name))?;
    let mut proved = Vec::new();
    for (index, one) in revisions.iter().enumerate() {
        for other in &revisions[index + 1..] {
            let sides = history.graph.sides(one, other);
            let progress = ProofProgress::new(&format!("{one} and {other}"), context.global.quiet);
            let proof =
                reader.prove_commutation(history, &sides, (&fixtures, limit), &mut |runs, all| progress.set(runs, all));
            progress.clear();
            let proof = proof.map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
            proved.push(shown([one, other], &sides, proof, history));
        }
    }
    Ok(proved)
}

/// Fixtures of the cases that `aludel test` runs, by the revision behind which they are put in.
fn fixtures(history: &History, context: &Context<'_>) -> Result<BTreeMap<RevisionId, Vec<SqlText>>, CommandError> {
    let mut fixtures: BTreeMap<RevisionId, Vec<SqlText>> = BTreeMap::new();
    for source in project::case_files(&history.service, context.dialect(history)?)? {
        for fixture in &source.file.fixtures {
            let id = history.graph.resolve(&fixture.at.text, None)?;
            let text = SqlText { path: source.path.clone(), text: source.alone(fixture.sql) };
            fixtures.entry(id).or_default().push(text);
        }
    }
    Ok(fixtures)
}

fn shown([one, other]: [&RevisionId; 2], sides: &Sides, proof: CommutationProof, history: &History) -> ShownProof {
    let CommutationProof { verdict, remarks, runs } = proof;
    let numbers = format!("{} and {} on the two sides", text::count(sides.one.len(), "revision"), sides.other.len());
    let is_conflict = matches!(verdict, Commutation::Conflicts(_));
    let (name, commutes, mut lines, more) = match verdict {
        Commutation::Commutes { squares } => {
            let line = format!(
                "{one} and {other} commute: every order gives the same schema and rows ({numbers}, {})",
                text::count(runs, "run")
            );
            ("commute", Some(true), vec![line], json!({ "pairs": squares }))
        }
        Commutation::WholeOrders { needed } => {
            let line = format!(
                "{one} and {other}: one line after the other gives the same schema and rows in both orders; the orders \
                 between were not tried ({numbers}, `--limit {needed}` tries them all)"
            );
            ("whole-orders", None, vec![line], json!({ "runs_needed": needed }))
        }
        Commutation::Undecided(tables) => {
            let line = format!(
                "{} {one} and {other}: rows of {} vary from run to run, and no primary key tells them apart; all else is \
                 the same in every order ({numbers})",
                style::mark("UNDECIDED"),
                tables.join(", ")
            );
            ("undecided", None, vec![line], json!({ "tables": tables }))
        }
        Commutation::Conflicts(pair) => {
            let (lines, document) = conflict([one, other], sides, *pair, history);
            ("conflict", Some(false), lines, document)
        }
    };
    lines.extend(view::remarks(&remarks, is_conflict));
    let mut document = json!({
        "revisions": [one.as_str(), other.as_str()],
        "sides": [sides.one.len(), sides.other.len()],
        "verdict": name,
        "runs": runs,
        "remarks": view::remarks_document(&remarks),
    });
    if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
        document.extend(more);
    }
    ShownProof { lines, document, commutes }
}

/// Lines and document of a conflict of the lines up to `one` and `other`.
fn conflict(
    [one, other]: [&RevisionId; 2],
    sides: &Sides,
    pair: ConflictingPair,
    history: &History,
) -> (Vec<String>, Value) {
    let what = match &pair.conflict {
        Conflict::Differs(_) => "what the database holds depends on which of the two runs first",
        Conflict::OneOrder { .. } => "one of the two orders cannot run",
        Conflict::NoOrder(..) => "neither can run after the other",
    };
    let ways_out = ways_out(&pair, [one, other], sides, history);
    let mut lines = vec![format!("{} {one} and {other} do not commute: {what}", style::bad("CONFLICT"))];
    for statement in [&pair.one, &pair.other] {
        lines.extend(statement_lines(statement, pair.is_alone));
    }
    let statements = [&pair.one, &pair.other].map(statement_document);
    let (more, mut document) = view::conflict([&pair.one.revision, &pair.other.revision], pair.conflict);
    lines.extend(more);
    lines.extend(ways_out.iter().map(|line| format!("-> {line}")));
    document["statements"] = json!(statements);
    document["alone"] = json!(pair.is_alone);
    document["remedies"] = json!(ways_out);
    (lines, document)
}

fn statement_lines(statement: &ConflictingStatement, is_alone: bool) -> Vec<String> {
    let ConflictingStatement { revision, location, number, statements } = statement;
    let title = format!("{revision}, statement {number} of {statements}");
    let label = if is_alone { "" } else { "with those before it" };
    let drawn = excerpt(&title, location.as_ref(), label, console::colors_enabled());
    drawn.lines().map(str::to_owned).collect()
}

fn statement_document(statement: &ConflictingStatement) -> Value {
    let at = statement.location.as_ref();
    let position = at.map(|location| crate::diagnostic::position(&location.text, location.span.start));
    json!({
        "revision": statement.revision.as_str(),
        "statement": statement.number,
        "statements": statement.statements,
        "sql": at.map(|location| location.span.slice(&location.text)),
        "path": at.map(|location| location.path.display().to_string()),
        "line": position.as_ref().map(|at| at.line),
        "column": position.as_ref().map(|at| at.column),
    })
}

/// Ways to give the lines up to `ends` an order. Where only one order runs, the other is not proposed.
fn ways_out(pair: &ConflictingPair, ends: [&RevisionId; 2], sides: &Sides, history: &History) -> Vec<String> {
    let (one, other) = (&pair.one.revision, &pair.other.revision);
    let first_has_to_wait = matches!(pair.conflict, Conflict::OneOrder { first_comes_first: true, .. });
    let (first, then) = if first_has_to_wait { (other, one) } else { (one, other) };
    let (end, waiting) = if first_has_to_wait { (ends[1], &sides.one) } else { (ends[0], &sides.other) };
    let path = text::entry(history, then).map(|entry| entry.path.display().to_string()).unwrap_or_default();
    let depend = format!("give them an order: add `-- depends_on: {first}` to the header of {path}");
    let start =
        waiting.first().map(|start| format!("or move one line after the other: aludel rebase {start} --onto {end}"));
    [depend].into_iter().chain(start).collect()
}

/// Progress bar of a proof, on a terminal only.
struct ProofProgress(Option<ProgressBar>);

impl ProofProgress {
    fn new(name: &str, quiet: bool) -> Self {
        let is_shown = !quiet && console::user_attended_stderr();
        Self(is_shown.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_prefix(name.to_owned());
            let template = "{prefix:.bold} [{bar:24}] run {pos} of {len}  {elapsed_precise}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        }))
    }

    fn set(&self, runs: usize, all: usize) {
        if let Some(bar) = &self.0 {
            bar.set_length(all.max(runs) as u64);
            bar.set_position(runs as u64);
        }
    }

    fn clear(&self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}
