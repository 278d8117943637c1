//! Renders a revision as text. Keys with default values are omitted, and values are quoted only where necessary.

use std::fmt::Write as _;

use crate::duration;
use crate::yaml::ScalarKind;

use super::header::{Header, HeaderKey, Phase, is_plain, is_plain_in_list, is_printable};
use super::{DependencyReference, Revision, RevisionError, Section};

/// Section prefixes to try in turn, until no line in the body of a section is parsed as a marker or header. No two of
/// them are similar enough to count as misspellings of each other.
const SECTION_PREFIXES: [&str; 4] = ["", "section-", "of-this-file.", "aludel.revision."];

/// Reason why a revision cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The rendered text is not a valid revision file.
    #[error("{error}")]
    Unreadable {
        /// Rendered text; the error's span refers to it.
        text: String,
        /// Reason why the text is rejected.
        error: RevisionError,
    },
    /// The rendered text is parsed as a different revision.
    #[error("the text of the revision reads back as a different one")]
    Different {
        /// Rendered text.
        text: String,
    },
}

/// Renders a revision file: the header, then the given sections in the order of [`Section::ALL`], whatever the order of
/// `sections`. A `section_prefix` is added if a line in a section would otherwise be parsed as a section marker or as
/// the header of another file.
///
/// # Errors
/// [`RenderError`] if the text would not be parsed back to the same header and sections. It is the error of the first
/// attempt, without a prefix.
pub fn render(header: &Header, sections: &[(Section, &str)]) -> Result<String, RenderError> {
    let mut first_error = None;
    // Parsing the result is the only reliable check: whether a line of SQL reads as a marker depends on the prefix.
    for prefix in SECTION_PREFIXES {
        let mut header = header.clone();
        header.options.section_prefix = prefix.to_owned();
        let text = compose(&header, sections);
        match read_back(&text, &header, sections) {
            Ok(()) => return Ok(text),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or(RenderError::Different { text: String::new() }))
}

fn read_back(text: &str, header: &Header, sections: &[(Section, &str)]) -> Result<(), RenderError> {
    let revision = Revision::parse(text).map_err(|error| RenderError::Unreadable { text: text.to_owned(), error })?;
    let given = |section: Section| sections.iter().find(|(name, _)| *name == section).map(|(_, body)| body.trim_end());
    let is_same = |section: &Section| revision.body(*section).map(str::trim_end) == given(*section);
    // The sections are text as it runs: a line of it that would include a file needs a prefix too.
    let is_text = !super::include::has_include_line(&revision);
    if is_text && revision.header == *header && Section::ALL.iter().all(is_same) {
        return Ok(());
    }
    Err(RenderError::Different { text: text.to_owned() })
}

fn compose(header: &Header, sections: &[(Section, &str)]) -> String {
    let mut text = render_header(header);
    for section in Section::ALL {
        for (_, body) in sections.iter().filter(|(given, _)| *given == section) {
            text.push('\n');
            text.push_str(&section.marker_with(&header.options.section_prefix));
            text.push('\n');
            text.push_str(body);
            if !body.is_empty() && !body.ends_with('\n') {
                text.push('\n');
            }
        }
    }
    text
}

/// Renders the lines of the header, each with its newline.
#[must_use]
pub fn render_header(header: &Header) -> String {
    let mut text = String::new();
    let mut line = |key: HeaderKey, value: Option<String>| {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "-- {}: {value}", key.name());
        }
    };
    line(HeaderKey::Revision, Some(scalar(header.revision.as_str(), is_plain)));
    line(HeaderKey::DownRevision, one_or_list(header.down_revisions.iter().map(ToString::to_string).collect()));
    line(HeaderKey::Message, header.message.as_deref().map(text_value));
    line(HeaderKey::Created, header.created.as_deref().map(text_value));
    line(HeaderKey::BranchLabels, list(&header.options.branch_labels));
    line(HeaderKey::DependsOn, list(&header.depends_on.iter().map(ToString::to_string).collect::<Vec<_>>()));
    line(HeaderKey::Lint, list(&header.options.lint));
    line(HeaderKey::Replaces, list(&header.options.replaces.iter().map(ToString::to_string).collect::<Vec<_>>()));
    line(HeaderKey::Transaction, (!header.transaction).then(|| "false".to_owned()));
    line(HeaderKey::Template, header.template.then(|| "true".to_owned()));
    line(HeaderKey::Phase, (header.phase != Phase::default()).then(|| header.phase.name().to_owned()));
    line(HeaderKey::LockTimeout, header.options.lock_timeout.map(duration::format_duration));
    line(HeaderKey::StatementTimeout, header.options.statement_timeout.map(duration::format_duration));
    line(HeaderKey::KeepDowngrade, (!header.keep_downgrade).then(|| "false".to_owned()));
    let prefix = Some(header.options.section_prefix.as_str()).filter(|prefix| !prefix.is_empty());
    line(HeaderKey::SectionPrefix, prefix.map(text_value));
    text
}

fn one_or_list(values: Vec<String>) -> Option<String> {
    match values.as_slice() {
        [one] => Some(text_value(one)),
        _ => list(&values),
    }
}

fn list(values: &[String]) -> Option<String> {
    let items: Vec<_> =
        values.iter().map(|value| scalar(value, |value| is_plain_in_list(value) && !value.is_empty())).collect();
    (!items.is_empty()).then(|| format!("[{}]", items.join(", ")))
}

/// Renders a value of a key for which an unquoted null means that the value is absent.
fn text_value(value: &str) -> String {
    scalar(value, |value| is_plain(value) && ScalarKind::of_plain(value) != ScalarKind::Null)
}

fn scalar(value: &str, is_plain: impl Fn(&str) -> bool) -> String {
    if is_plain(value) { value.to_owned() } else { double_quoted(value) }
}

/// Renders `value` as a YAML double-quoted scalar on one line (YAML 1.2, sections 5.7 and 7.3.1).
pub(super) fn double_quoted(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_printable(c) => quoted.push(c),
            c => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

impl std::fmt::Display for DependencyReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.service {
            Some(service) => write!(f, "{service}:{}", self.symbol),
            None => f.write_str(&self.symbol),
        }
    }
}
