//! `import alembic`: converts a service's Python revisions to SQL files, and proves that these do the same.

use clap::Args;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::progress;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::surroundings::environment;
use crate::cli::{style, text};
use crate::config::Python;
use crate::diagnostic::position;
use crate::engine::{Event, Observer, Operator};
use crate::error_code::ErrorCode;
use crate::import::{
    self, ImportAlembicError, ImportPlan, ImportedFile, Proof, ProofDifference, Prover, RemainingPython,
};
use crate::project::History;
use crate::report::{ErrorReport, lacking};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel import alembic -s auth --dry-run   # what would be written, without the proof\n  aludel import alembic -s auth\n  \
    aludel import alembic -s auth --url-variable DATABASE_URL   # when env.py reads the URL from there"
)]
pub struct ImportAlembicArgs {
    /// Print what would be written and what would stay Python; prove nothing, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write without a proof
    #[arg(long, conflicts_with = "dry_run")]
    pub unproven: bool,
    /// Environment variable that env.py reads the database URL from (repeatable); not needed for a URL in alembic.ini
    #[arg(long, value_name = "NAME")]
    pub url_variable: Vec<String>,
}

pub fn run(arguments: &ImportAlembicArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let history = context.for_one(&[])?;
    let in_service = |report: CommandError| report.of_service(&history.service.name);
    let python = history.service.python.clone().ok_or_else(|| in_service(no_alembic()))?;
    let dialect = context.dialect(&history)?;
    let draft = import::draft(&history, &python, dialect).map_err(|error| in_service(CommandError::from(error)))?;
    tell(&history, &draft, context);
    let nothing = draft.files.is_empty();
    let proof = match arguments.dry_run || arguments.unproven || nothing {
        true => None,
        false => Some(prove(arguments, &history, &python, &draft, context).map_err(in_service)?),
    };
    let differs = proof.as_ref().is_some_and(|proof| !proof.differences.is_empty());
    let written = !arguments.dry_run && !differs && !nothing;
    if written {
        import::write(&draft, None).map_err(|error| in_service(CommandError::from(error)))?;
    }
    tell_end(&history, &draft, proof.as_ref(), written, context);
    let paths = draft.files.iter().filter(|_| written || arguments.dry_run);
    Ok(CommandOutput {
        text: paths.map(|file| format!("{}\n", file.path.display())).collect(),
        services: vec![document(&history, &draft, proof.as_ref(), written)],
        negative: differs,
        ..CommandOutput::default()
    })
}

fn no_alembic() -> CommandError {
    CommandError::new(
        ErrorCode::PythonNotConfigured,
        "no Alembic is configured for the service, so its revisions cannot be rendered",
    )
    .note("nothing was written")
    .hint("in aludel.yaml, for the service: `python: alembic`, or `poetry run alembic -c alembic.ini`, ...")
}

fn prove(
    arguments: &ImportAlembicArgs,
    history: &History,
    python: &Python,
    draft: &ImportPlan,
    context: &Context<'_>,
) -> Result<Proof, CommandError> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    // Times of the run are left out of the comparison. Depending on the time zone, their date may be yesterday's or
    // tomorrow's.
    let days: Vec<String> = [-1, 0, 1]
        .into_iter()
        .filter_map(|days| today.checked_add(days.days()).ok())
        .map(|day| day.to_string())
        .collect();
    let operator = Operator::current();
    let schemas = Schemas::new(history, context)?;
    let prover = Prover {
        python,
        url_variables: &arguments.url_variable,
        given: schemas.given(),
        provision: &schemas.provision(),
        days: &days,
        operator: &operator,
        now: &crate::cli::surroundings::now,
        environment: &environment,
        observer: &Silent,
    };
    progress::catch_interrupts();
    prover.prove(history, draft).map_err(CommandError::from)
}

/// Shows nothing of the runs on scratch databases, but passes on a request to stop.
struct Silent;

impl Observer for Silent {
    fn event(&self, _service: &str, _event: &Event<'_>) {}

    fn interrupted(&self) -> bool {
        progress::stopped()
    }
}

/// Warns of what needs attention: notes on converted revisions, and revisions that stay Python.
fn tell(history: &History, draft: &ImportPlan, context: &Context<'_>) {
    let name = &history.service.name;
    for file in &draft.files {
        for note in notes(file) {
            context.warn(&format!("{name}: {} {note}", file.revision));
        }
    }
    for left in &draft.left {
        context.warn(&format!(
            "{name}: {} stays Python ({}): {}",
            left.revision,
            shown_location(left),
            left.unrendered.reason
        ));
    }
}

fn notes(file: &ImportedFile) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(unrendered) = &file.no_downgrade {
        notes.push(format!("gets no downgrade: {}", unrendered.reason));
    }
    if !file.transaction {
        notes.push("commits in between, so it runs without a transaction of its own".to_owned());
    }
    if file.doubled_percent {
        notes.push(
            "has `%%` in its SQL; is it meant, or does env.py lack dialect_opts={\"paramstyle\": \"named\"}?"
                .to_owned(),
        );
    }
    notes
}

/// File, with the line at which Alembic failed.
fn shown_location(left: &RemainingPython) -> String {
    let location = left.unrendered.location.as_ref();
    let line = location.map(|location| position(&location.text, location.span.start).line);
    line.map_or_else(|| left.path.display().to_string(), |line| format!("{}:{line}", left.path.display()))
}

fn tell_end(history: &History, draft: &ImportPlan, proof: Option<&Proof>, written: bool, context: &Context<'_>) {
    let name = &history.service.name;
    if draft.files.is_empty() && draft.left.is_empty() {
        return context.status(&format!("{name}: no revision is written in Python"));
    }
    let count = text::count(draft.files.len(), "revision");
    let left = match draft.left.len() {
        0 => String::new(),
        left => format!(", {left} left as Python"),
    };
    if let Some(proof) = proof {
        tell_proof(name, proof, context);
    }
    let what = match (written, proof) {
        (true, Some(_)) => style::good(&format!("{count} imported{left}, and proved")),
        (true, None) => format!("{count} imported{left}, not proved"),
        (false, Some(_)) => {
            style::bad(&format!("nothing was written: {count} rendered, but the result differs from Alembic's"))
        }
        (false, None) => format!("{count} would be imported{left}"),
    };
    context.status(&format!("{name}: {what}"));
    if proof.is_some() && !written {
        context.status("  if the differences are intended: aludel import alembic --unproven");
    }
}

/// Number of lines of a difference that are printed.
const SHOWN: usize = 10;

fn tell_proof(name: &str, proof: &Proof, context: &Context<'_>) {
    let times = if proof.has_times { ", times of the run left out" } else { "" };
    let compared = format!(
        "{} run from base, compared with Alembic's own run: schema, {} and {}{times}",
        text::count(proof.revisions, "revision"),
        text::count(proof.tables, "table"),
        text::count(proof.rows, "row")
    );
    context.status(&format!("{name}: {compared}"));
    for ProofDifference { place, only_first, only_second } in &proof.differences {
        context.status(&format!("{name}: {place} differs"));
        for (sign, whose, lines) in [("-", "imported", only_first), ("+", "Alembic", only_second)] {
            for line in lines.iter().take(SHOWN) {
                context.status(&format!("  {sign} {whose}: {line}"));
            }
            if lines.len() > SHOWN {
                context.status(&format!("  {sign} {whose}: and {} more lines", lines.len() - SHOWN));
            }
        }
    }
}

fn document(history: &History, draft: &ImportPlan, proof: Option<&Proof>, written: bool) -> Value {
    let imported = draft.files.iter().map(|file| {
        json!({
            "revision": file.revision.as_str(), "path": file.path.display().to_string(),
            "from": file.from.display().to_string(), "notes": notes(file),
        })
    });
    let left = draft.left.iter().map(
        |left| json!({ "revision": left.revision.as_str(), "path": shown_location(left), "reason": left.unrendered.reason }),
    );
    let proof = proof.map(|proof| {
        let differences = proof.differences.iter().map(|difference| {
            json!({ "place": difference.place, "imported": difference.only_first, "alembic": difference.only_second })
        });
        json!({
            "revisions": proof.revisions, "tables": proof.tables, "rows": proof.rows,
            "times_left_out": proof.has_times, "differences": differences.collect::<Vec<_>>(),
        })
    });
    json!({
        "service": history.service.name,
        "format": "alembic",
        "imported": imported.collect::<Vec<_>>(),
        "left": left.collect::<Vec<_>>(),
        "alembic_runs": draft.runs,
        "proof": proof,
        "applied": written,
    })
}

impl From<ImportAlembicError> for ErrorReport {
    fn from(error: ImportAlembicError) -> Self {
        let words = error.to_string();
        let report = match error {
            ImportAlembicError::Database(error) => error.into(),
            ImportAlembicError::Engine(error) => error.into(),
            ImportAlembicError::Project(error) => (*error).into(),
            ImportAlembicError::Dump(error) => error.into(),
            ImportAlembicError::Shadow(error) => error.into(),
            ImportAlembicError::Incomplete { error, missing } => return lacking(Self::from(*error), missing),
            ImportAlembicError::Run { revision, error } => {
                let mut report = Self::from(*error).of_revision(&revision);
                report.message = format!("the imported revision {revision} does not run: {}", report.message);
                report.notes.clear();
                report.hints.clear();
                report.hint("on an empty database; does Alembic's own run need something that must exist before?")
            }
            ImportAlembicError::Elsewhere { .. } => Self::new(ErrorCode::AlembicElsewhere, words)
                .hint("where does env.py get its URL from? --url-variable NAME sets an environment variable for it")
                .hint("or write without a proof: --unproven"),
            ImportAlembicError::AlembicRun { .. } => Self::new(ErrorCode::AlembicFailed, words)
                .hint("its history does not run from base on an empty database: --unproven writes without a proof"),
            ImportAlembicError::Folder(_) => Self::new(ErrorCode::FileUnwritable, words),
            ImportAlembicError::Ini(_) => Self::new(ErrorCode::AlembicConfigInvalid, words),
        };
        report.note("nothing was written")
    }
}
