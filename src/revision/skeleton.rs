//! Templates of new revision files: the built-in ones in `templates/`, and those of a project, which take precedence.
//! Reading a project's folder and writing files is left to the caller.

use std::collections::BTreeMap;

use minijinja::context;

use crate::diagnostic::nearest;
use crate::sql::Dialect;

use super::template::{self, Newlines, TemplateError};
use super::{Header, Revision, RevisionError, render_header};

/// Built-in templates as pairs of name and text.
const BUILT_IN: [(&str, &str); 5] = [
    ("empty", include_str!("../../templates/empty.sql")),
    ("add-table", include_str!("../../templates/add-table.sql")),
    ("add-column-backfill", include_str!("../../templates/add-column-backfill.sql")),
    ("change-type", include_str!("../../templates/change-type.sql")),
    ("merge", include_str!("../../templates/merge.sql")),
];

/// Template of a complete revision file, in minijinja syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeleton {
    /// Name given to `--template`; without `.sql`.
    pub name: String,
    /// One-line description, taken from the comment `{# ... #}` on the first line; may be empty.
    pub description: String,
    /// Source of the template, its description line included.
    pub text: String,
    /// `true` if it is built in, `false` if it belongs to the project.
    pub built_in: bool,
}

/// All templates available to a service, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeletons {
    by_name: BTreeMap<String, Skeleton>,
}

/// Variables that a template may use.
#[derive(Debug, Clone, Copy)]
pub struct SkeletonContext<'a> {
    /// Header of the new revision. The template prints it with `header`; its parts are available as `revision`,
    /// `down_revisions` (a list), `message` and `created`.
    pub header: &'a Header,
    /// Variable `service`: the name of the service.
    pub service: &'a str,
    /// Variable `dialect`: `postgresql`, `mysql` or `sqlite`; `none` if the service has no URL.
    pub dialect: Option<Dialect>,
    /// Variable `schema`: the schema of the version table, if the config sets one.
    pub schema: Option<&'a str>,
    /// Variable `env`: the name of the environment, if one is selected.
    pub env: Option<&'a str>,
}

/// Reason why a template does not produce a revision file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkeletonError {
    /// No template has this name.
    #[error("there is no template {name:?}")]
    Unknown {
        /// Requested name.
        name: String,
        /// Names of all available templates.
        known: Vec<String>,
        /// Name that the requested one may be a misspelling of.
        nearest: Option<String>,
    },
    /// The template cannot be rendered.
    #[error("the template {name:?}: {error}")]
    Template {
        /// Name of the template.
        name: String,
        /// Source of the template; the error's span refers to it.
        text: String,
        /// Error of the template engine.
        error: TemplateError,
    },
    /// The output is not a valid revision file.
    #[error("the output of the template {name:?} is not a revision file: {error}")]
    NoRevision {
        /// Name of the template.
        name: String,
        /// Output of the template; the error's span refers to it.
        text: String,
        /// Reason why the output is rejected.
        error: RevisionError,
    },
    /// The header in the output differs from the one that was passed in.
    #[error("the output of the template {name:?} has another header; it must begin with {{{{ header }}}}")]
    OtherHeader {
        /// Name of the template.
        name: String,
    },
}

impl Skeletons {
    /// Returns the built-in templates.
    #[must_use]
    pub fn built_in() -> Self {
        let mut skeletons = Self { by_name: BTreeMap::new() };
        for (name, text) in BUILT_IN {
            skeletons.insert(name, text, true);
        }
        skeletons
    }

    /// Adds a template of the project, replacing one with the same name.
    pub fn add(&mut self, name: &str, text: &str) {
        self.insert(name, text, false);
    }

    fn insert(&mut self, name: &str, text: &str, built_in: bool) {
        let (name, description, text) = (name.to_owned(), description(text), text.to_owned());
        self.by_name.insert(name.clone(), Skeleton { name, description, text, built_in });
    }

    /// All templates, sorted by name.
    pub fn list(&self) -> impl Iterator<Item = &Skeleton> {
        self.by_name.values()
    }

    /// Renders the text of a new file and checks that its header is read back unchanged.
    ///
    /// # Errors
    /// [`SkeletonError`] if the template is unknown or fails, or its output is not the expected revision.
    pub fn render(&self, name: &str, context: &SkeletonContext<'_>) -> Result<String, SkeletonError> {
        let skeleton = self.by_name.get(name).ok_or_else(|| self.unknown(name))?;
        let text = template::render(&skeleton.text, &value(context), Newlines::Trim)
            .map_err(|error| SkeletonError::Template { name: name.to_owned(), text: skeleton.text.clone(), error })?;
        let name = name.to_owned();
        match Revision::parse(&text) {
            Ok(revision) if revision.header == *context.header => Ok(text),
            Ok(_) => Err(SkeletonError::OtherHeader { name }),
            Err(error) => Err(SkeletonError::NoRevision { name, text, error }),
        }
    }

    fn unknown(&self, name: &str) -> SkeletonError {
        let known: Vec<_> = self.by_name.keys().cloned().collect();
        let nearest = nearest(name, known.iter().map(String::as_str)).map(ToOwned::to_owned);
        SkeletonError::Unknown { name: name.to_owned(), known, nearest }
    }
}

fn value(context: &SkeletonContext<'_>) -> minijinja::Value {
    let SkeletonContext { header, service, dialect, schema, env } = *context;
    let down_revisions: Vec<_> = header.down_revisions.iter().map(ToString::to_string).collect();
    context! {
        header => render_header(header),
        revision => header.revision.as_str(),
        message => header.message.clone(),
        created => header.created.clone(),
        dialect => dialect.map(Dialect::name),
        down_revisions, service, schema, env,
    }
}

/// Returns the comment on the first line of a template, or an empty string.
pub(super) fn description(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default().trim();
    let comment = first.strip_prefix("{#").and_then(|rest| rest.strip_suffix("#}"));
    comment.map(|comment| comment.trim_matches(['-', ' ']).to_owned()).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::id::RevisionId;
    use crate::revision::Section;

    fn header() -> Header {
        let mut header = Header::new(RevisionId::new("0123").unwrap());
        header.down_revisions = vec![RevisionId::new("null").unwrap(), RevisionId::new("b1").unwrap()];
        header.message = Some("fix: \"it\" {{ not_a_variable }}".into());
        header.created = Some("2026-11-21T12:00:00Z".into());
        header
    }

    fn context(header: &Header, dialect: Option<Dialect>) -> SkeletonContext<'_> {
        SkeletonContext { header, service: "auth", dialect, schema: None, env: None }
    }

    #[test]
    fn every_built_in_skeleton_gives_a_revision_on_every_dialect() {
        let header = header();
        let skeletons = Skeletons::built_in();
        assert_eq!(skeletons.list().count(), BUILT_IN.len());
        for skeleton in skeletons.list() {
            assert!(!skeleton.description.is_empty(), "{}", skeleton.name);
            for dialect in [None, Some(Dialect::POSTGRES), Some(Dialect::MYSQL), Some(Dialect::SQLITE)] {
                let text = skeletons.render(&skeleton.name, &context(&header, dialect)).unwrap();
                let revision = Revision::parse(&text).unwrap();
                assert!(revision.body(Section::Upgrade).is_some() && revision.body(Section::Downgrade).is_some());
                assert!(!text.contains("{#") && !text.contains("\n\n\n") && text.ends_with('\n'), "{text}");
                for section in Section::ALL {
                    let pieces =
                        crate::sql::split(revision.body(section).unwrap_or_default(), dialect.unwrap_or_default());
                    assert!(pieces.is_ok(), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_skeleton_of_the_project_wins_and_is_checked() {
        let header = header();
        let mut skeletons = Skeletons::built_in();
        skeletons.add("empty", "{# ours #}\n{{ header }}\n-- @upgrade\n-- for {{ service }}\n");
        let text = skeletons.render("empty", &context(&header, None)).unwrap();
        assert!(text.ends_with("\n\n-- @upgrade\n-- for auth\n"), "{text}");
        assert!(skeletons.list().any(|skeleton| skeleton.name == "empty" && !skeleton.built_in));
        skeletons.add("bad", "{{ header }}\nDROP TABLE t;");
        assert!(matches!(skeletons.render("bad", &context(&header, None)), Err(SkeletonError::NoRevision { .. })));
        skeletons.add("bad", "-- revision: x\n");
        assert!(matches!(skeletons.render("bad", &context(&header, None)), Err(SkeletonError::OtherHeader { .. })));
        skeletons.add("bad", "{{ header }}{{ tabel }}");
        assert!(matches!(skeletons.render("bad", &context(&header, None)), Err(SkeletonError::Template { .. })));
        let error = skeletons.render("emtpy", &context(&header, None)).unwrap_err();
        let SkeletonError::Unknown { nearest, .. } = error else { panic!("{error:?}") };
        assert_eq!(nearest.as_deref(), Some("empty"));
    }
}
