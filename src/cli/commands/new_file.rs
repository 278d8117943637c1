//! Shared by `revision` and `merge`: a header is checked against the whole history before anything is written.

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, text};
use crate::error_code::ErrorCode;
use crate::graph::{Graph, GraphNode};
use crate::id::RevisionId;
use crate::project::{self, History};
use crate::report::ErrorReport;
use crate::report::project::with_graph_hint;
use crate::revision::{DependencyReference, Header, Revision, Section};

/// A revision file to be written.
pub struct NewFile<'a> {
    /// Service that it is for, with the current history.
    pub history: &'a History,
    pub header: Header,
    /// Content below the header.
    pub content: Content<'a>,
    /// Folder; the service's first one if `None`.
    pub folder: Option<&'a std::path::Path>,
}

/// Content of a new file below its header.
pub enum Content<'a> {
    /// Rendered from the template of this name.
    Template(&'a str),
    /// The given sections.
    Sections(&'a [(Section, &'a str)]),
}

/// Returns a random id: the last 12 hexadecimal digits of a random UUID, like Alembic's.
pub fn random_id() -> Result<RevisionId, CommandError> {
    let text = uuid::Uuid::new_v4().simple().to_string();
    id(&text[20..])
}

/// Parses an id given by the user.
pub fn id(text: &str) -> Result<RevisionId, CommandError> {
    RevisionId::new(text).map_err(|error| {
        CommandError::new(ErrorCode::IdInvalid, error.to_string())
            .hint("letters, digits, `_` and `.` are always fine in an id")
    })
}

/// Returns a header with only an id, a message and the current time.
pub fn header(revision: RevisionId, message: &str) -> Header {
    Header {
        message: Some(message.to_owned()).filter(|message| !message.is_empty()),
        created: Some(crate::cli::surroundings::now_seconds()),
        ..Header::new(revision)
    }
}

/// Checks that the history is valid with the new revision, writes the file and runs the hooks.
pub fn write(file: &NewFile<'_>, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let history = file.history;
    check(file).map_err(|report| report.of_service(&history.service.name))?;
    let dialect = context.dialect(history).ok();
    let written = match file.content {
        Content::Sections(sections) => project::write_revision_sections(history, &file.header, sections, file.folder),
        Content::Template(name) => project::write_revision(history, &file.header, name, file.folder, dialect),
    };
    let written = written.map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
    for warning in project::run_hooks(&history.service, &written) {
        context.warn(&warning.to_string());
    }
    let fresh =
        History::load(&history.service).map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
    let id = &file.header.revision;
    let document = documents::revision(&fresh, id);
    Ok(CommandOutput {
        text: format!("{}\n", written.display()),
        services: vec![json!({ "service": history.service.name, "revision": document })],
        ..CommandOutput::default()
    })
}

fn check(file: &NewFile<'_>) -> Result<(), CommandError> {
    let NewFile { history, header, .. } = file;
    if let Some(entry) = text::entry(history, &header.revision) {
        return Err(CommandError::new(
            ErrorCode::DuplicateRevision,
            format!("revision {} exists already", header.revision),
        )
        .of_revision(&header.revision)
        .note("no file was written")
        .note(format!("see {}", entry.path.display())));
    }
    let name = &history.service.name;
    // A reference to another service is not an edge of this service's graph.
    let is_own = |reference: &&DependencyReference| reference.service.as_ref().is_none_or(|service| service == name);
    let own = header.depends_on.iter().filter(is_own);
    let node = GraphNode {
        id: header.revision.clone(),
        down_revisions: header.down_revisions.clone(),
        depends_on: own.map(|reference| reference.symbol.clone()).collect(),
        branch_labels: header.options.branch_labels.clone(),
    };
    let nodes = (0..history.graph.len()).filter_map(|index| history.graph.node(index).cloned()).chain([node]).collect();
    let Err(error) = Graph::build(nodes) else { return Ok(()) };
    let files = error.nodes().into_iter().filter_map(|index| history.entries.get(index));
    let files: Vec<_> = files.map(|entry| entry.path.display().to_string()).collect();
    let report = ErrorReport::new(error.code(), error.to_string()).note("no file was written");
    let report = files.iter().fold(report, |report, file| report.note(format!("see {file}")));
    Err(with_graph_hint(report, &error).into())
}

/// Reads a revision file as a whole.
pub fn read(history: &History, id: &RevisionId) -> Result<Revision, CommandError> {
    history.read(id).map_err(|error| CommandError::from(*error).of_service(&history.service.name))
}

/// Names a revision and its file, for the sides of a merge.
pub fn with_file(history: &History, id: &RevisionId) -> String {
    let path = text::entry(history, id).map(|entry| entry.path.display().to_string()).unwrap_or_default();
    format!("{}  {path}", text::line(history, id, &[]))
}
