//! Renders the SQL of Python revisions with the service's Alembic (`upgrade A:B --sql`), many in one run. Handles the
//! command and its output; must not depend on databases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::config::Python;
use crate::diagnostic::{Location, Span};
use crate::formats::alembic::{self, SectionSql};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::sql::Dialect;

use super::History;
use super::error::{ProjectError, ProjectResult};
use super::python_file;

/// Request to render revisions.
#[derive(Debug, Clone, Copy)]
pub struct RenderRequest<'a> {
    /// History that the revisions belong to.
    pub history: &'a History,
    /// Alembic command of the service.
    pub python: &'a Python,
    /// Direction: upgrade or downgrade.
    pub operation: Operation,
    /// Ids of the revisions, in the order in which they would run.
    pub revisions: &'a [RevisionId],
    /// Expected dialect of the SQL.
    pub dialect: Dialect,
}

/// Reason why a revision could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrendered {
    /// Last message of Alembic.
    pub reason: String,
    /// Position in the revision file, if a traceback names one.
    pub location: Option<Location>,
}

/// Result of rendering.
#[derive(Debug, Default)]
pub struct Rendering {
    /// SQL of each rendered revision.
    pub sql: BTreeMap<RevisionId, SectionSql>,
    /// Revisions that could not be rendered.
    pub failures: BTreeMap<RevisionId, Unrendered>,
    /// Number of runs of Alembic.
    pub runs: usize,
}

/// Renders the revisions. Each one that fails costs another run of Alembic, which continues after it.
///
/// # Errors
/// [`ProjectError::Alembic`] if Alembic cannot be run, or renders for another database or version table. A revision
/// that cannot be rendered is not an error.
pub fn render(order: RenderRequest<'_>) -> ProjectResult<Rendering> {
    let wanted = order.revisions.iter().collect();
    let mut renderer = Renderer { order, wanted, rendering: Rendering::default() };
    loop {
        let remaining = renderer.remaining();
        let Some(first) = remaining.first() else { return Ok(renderer.rendering) };
        let range = renderer.range(&remaining, !renderer.rendering.failures.is_empty());
        renderer.run(&range)?;
        // No progress: the range did not reach any remaining revision, so the first one is rendered by itself.
        if renderer.remaining().len() == remaining.len() {
            renderer.alone(first)?;
        }
    }
}

struct Renderer<'a> {
    order: RenderRequest<'a>,
    wanted: BTreeSet<&'a RevisionId>,
    rendering: Rendering,
}

impl Renderer<'_> {
    fn remaining(&self) -> Vec<RevisionId> {
        let Rendering { sql, failures, .. } = &self.rendering;
        let open = |id: &&RevisionId| !sql.contains_key(*id) && !failures.contains_key(*id);
        self.order.revisions.iter().filter(open).cloned().collect()
    }

    /// Returns `true` if Alembic has a file of this revision.
    fn knows(&self, id: &RevisionId) -> bool {
        let history = self.order.history;
        history.replaced().contains_key(id) || history.entry(id).is_ok_and(super::HistoryEntry::is_python)
    }

    /// Returns a parent that Alembic has a file of, or `base`.
    fn below(&self, id: &RevisionId) -> String {
        let node = self.order.history.graph.get(id.as_str());
        let parents = node.map(|node| node.down_revisions.as_slice()).unwrap_or_default();
        parents.iter().find(|parent| self.knows(parent)).map_or_else(|| "base".to_owned(), ToString::to_string)
    }

    /// Returns a range that covers as many of `ids` as possible: `A:B` for `upgrade`, `B:A` for `downgrade`. `careful`
    /// is set after a failure.
    fn range(&self, ids: &[RevisionId], careful: bool) -> String {
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return String::new() };
        let graph = &self.order.history.graph;
        if self.order.operation == Operation::Downgrade {
            let lowest = self.ends(ids, false);
            let to = if lowest.len() == 1 { self.below(last) } else { "base".to_owned() };
            return format!("{first}:{to}");
        }
        let highest = self.ends(ids, true);
        let from = self.below(first);
        match highest.as_slice() {
            [one] => format!("{from}:{one}"),
            // After a failure, restrict the range to one branch, so that revisions that fail on other branches are not
            // reached.
            many if careful => {
                let above = many.iter().find(|end| graph.applied(std::slice::from_ref(*end)).contains(first));
                format!("{from}:{}", above.unwrap_or(first))
            }
            _ => format!("{from}:heads"),
        }
    }

    /// Returns those of `ids` that no other one depends on (`above`), or that depend on no other one.
    fn ends(&self, ids: &[RevisionId], above: bool) -> Vec<RevisionId> {
        let graph = &self.order.history.graph;
        let all: BTreeSet<&str> = ids.iter().map(RevisionId::as_str).collect();
        let needs = |id: &RevisionId| {
            let node = graph.get(id.as_str());
            let parents = node.into_iter().flat_map(|node| {
                node.down_revisions.iter().map(ToString::to_string).chain(node.depends_on.iter().cloned())
            });
            parents.filter(|parent| all.contains(parent.as_str())).collect::<Vec<_>>()
        };
        let needed: BTreeSet<String> = ids.iter().flat_map(needs).collect();
        let is_end = |id: &&RevisionId| if above { !needed.contains(id.as_str()) } else { needs(id).is_empty() };
        ids.iter().filter(is_end).cloned().collect()
    }

    /// Renders a single revision. If Alembic prints nothing for it, records a failure.
    fn alone(&mut self, id: &RevisionId) -> ProjectResult<()> {
        let below = self.below(id);
        let range = match self.order.operation {
            Operation::Downgrade => format!("{id}:{below}"),
            Operation::Upgrade | Operation::Stamp => format!("{below}:{id}"),
        };
        self.run(&range)?;
        if self.remaining().contains(id) {
            let reason = format!("Alembic does not write it: {} {range} --sql", self.order.operation.name());
            self.rendering.failures.insert(id.clone(), Unrendered { reason, location: None });
        }
        Ok(())
    }

    fn run(&mut self, range: &str) -> ProjectResult<()> {
        self.rendering.runs += 1;
        let output = call(self.order.python, &[self.order.operation.name(), range, "--sql"])?;
        let output = Output { stdout: alembic::without_log(&output.stdout), ..output };
        // A log on stdout in a format other than Alembic's default cannot be distinguished from the SQL.
        if output.stdout.contains("Context impl ") {
            return Err(failure(self.order.python, "its log goes to stdout, between the SQL"));
        }
        self.check_dialect(&output)?;
        let mut sections = alembic::sections(&output.stdout);
        if !output.succeeded {
            // The last section is incomplete because its revision failed, unless only the update of the version table
            // did.
            let failed = match output.stderr.contains("in update_to_step") {
                true => None,
                false => sections.pop().map(|section| section.revision.to_owned()),
            };
            match failed {
                Some(id) => self.fail(&RevisionId::from_row(&id), &output.stderr),
                None if sections.is_empty() => return Err(failure(self.order.python, &output.stderr)),
                None => {}
            }
        }
        for section in sections {
            let id = RevisionId::from_row(section.revision);
            let right_way = section.is_upgrade == (self.order.operation != Operation::Downgrade);
            if right_way && self.wanted.contains(&id) {
                let table = &self.order.history.service.version_table;
                let sql = alembic::section_sql(section.text, self.order.dialect, table).map_err(|problem| {
                    failure(self.order.python, &format!("in the SQL of revision {id}: {problem}"))
                })?;
                self.rendering.sql.insert(id, sql);
            }
        }
        Ok(())
    }

    fn fail(&mut self, id: &RevisionId, stderr: &str) {
        if !self.wanted.contains(id) {
            return;
        }
        let path = self.order.history.entry(id).ok().map(|entry| entry.path.clone());
        let location = path.and_then(|path| traceback_location(path, stderr));
        self.rendering.failures.insert(id.clone(), Unrendered { reason: last_line(stderr), location });
    }

    fn check_dialect(&self, output: &Output) -> ProjectResult<()> {
        let Some(spoken) = alembic::spoken_dialect(&output.stderr) else { return Ok(()) };
        if self.order.dialect.format_rules().alembic_implementations().iter().any(|name| spoken.contains(name)) {
            return Ok(());
        }
        let reason = format!("it writes SQL for {spoken}, but the service's database is {}", self.order.dialect.name());
        Err(failure(self.order.python, &reason))
    }
}

/// Output of a run of Alembic.
#[derive(Debug)]
pub struct Output {
    /// Standard output: the SQL or another result.
    pub stdout: String,
    /// Standard error: the log and error messages.
    pub stderr: String,
    /// `true` if the exit status was 0.
    pub succeeded: bool,
}

/// Runs the service's Alembic.
///
/// # Errors
/// [`ProjectError::Alembic`] if the program cannot be started.
pub fn call(python: &Python, arguments: &[&str]) -> ProjectResult<Output> {
    call_with(python, arguments, &[])
}

/// Runs the service's Alembic with additional environment variables.
///
/// # Errors
/// [`ProjectError::Alembic`] if the program cannot be started.
pub fn call_with(python: &Python, arguments: &[&str], variables: &[(String, String)]) -> ProjectResult<Output> {
    let mut command = command(python, arguments, variables)?;
    let output = command.output().map_err(|error| failure(python, &format!("it does not start: {error}")))?;
    let succeeded = output.status.success();
    Ok(Output { stdout: printed(&output.stdout), stderr: printed(&output.stderr), succeeded })
}

/// Text that Alembic printed.
pub(super) fn printed(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

/// The call, ready to be started.
pub(super) fn command(python: &Python, arguments: &[&str], variables: &[(String, String)]) -> ProjectResult<Command> {
    let (program, own) = python.command.split_first().ok_or_else(|| failure(python, "no program is named"))?;
    let mut command = Command::new(program);
    command.args(own).args(arguments).stdin(Stdio::null());
    command.envs(python.variables.iter().map(|(name, value)| (name, value.expose())));
    command.env("PYTHONIOENCODING", "utf-8").envs(variables.iter().map(|(name, value)| (name, value)));
    if !python.folder.as_os_str().is_empty() {
        command.current_dir(&python.folder);
    }
    Ok(command)
}

/// Creates an error from the output of Alembic.
pub fn failure(python: &Python, said: &str) -> Box<ProjectError> {
    Box::new(ProjectError::Alembic { command: python.command.join(" "), reason: last_line(said) })
}

/// Returns the most relevant line of an error output: the exception of a traceback, or `FAILED: ...`.
pub fn last_line(said: &str) -> String {
    let lines = said.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    // The first line of a multi-line exception is not indented. SQLAlchemy appends links and SQL to it.
    let exception = |line: &&str| !line.starts_with([' ', '[', '(']) && line.contains(':');
    let lines: Vec<&str> = lines.collect();
    let found = lines.iter().rev().find(|line| exception(line)).or(lines.last());
    found.map_or_else(|| "it printed nothing".to_owned(), |line| (*line).trim().to_owned())
}

/// The line of the file at `path` that a traceback names last.
pub(super) fn traceback_location(path: PathBuf, stderr: &str) -> Option<Location> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let text = python_file::read_python(&path).ok()?;
    let span = line_span(&text, traceback_line(stderr, &name)?)?;
    Some(Location { path, text, span })
}

/// Returns the last line number of the file `name` in a traceback.
fn traceback_line(stderr: &str, name: &str) -> Option<usize> {
    let frames = stderr.lines().filter_map(|line| line.trim().strip_prefix("File \"")?.split_once("\", line "));
    let mut own = frames.rev().filter(|(path, _)| path.rsplit(['/', '\\']).next() == Some(name));
    own.next()?.1.split(',').next()?.trim().parse().ok()
}

/// Returns the span of a line (from 1) without surrounding white space.
fn line_span(text: &str, line: usize) -> Option<Span> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let content = text.get(start..)?.lines().next()?;
    let blanks = content.len() - content.trim_start().len();
    Some(Span::new(start + blanks, start + content.trim_end().len().max(blanks)))
}
