//! What new files start from: the built-in skeletons in `templates/`, and a project's own, which win over them.
//! Knows texts; reading a project's folder and writing files is for the floor above.

use std::collections::BTreeMap;

use minijinja::context;

use crate::diagnostic::nearest;
use crate::sql::Dialect;

use super::template::{self, Newlines, TemplateError};
use super::{Header, Revision, RevisionError, render_header};

/// The file names and texts that are built in.
const BUILT_IN: [(&str, &str); 5] = [
    ("empty", include_str!("../../templates/empty.sql")),
    ("add-table", include_str!("../../templates/add-table.sql")),
    ("add-column-backfill", include_str!("../../templates/add-column-backfill.sql")),
    ("change-type", include_str!("../../templates/change-type.sql")),
    ("merge", include_str!("../../templates/merge.sql")),
];

/// A skeleton of a revision file: a minijinja template of the whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeleton {
    /// Its name.
    pub name: String,
    /// What it is for: the comment `{# ... #}` on its first line.
    pub description: String,
    /// The template.
    pub text: String,
    /// Whether it came with aludel.
    pub built_in: bool,
}

/// All skeletons that there are for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeletons {
    by_name: BTreeMap<String, Skeleton>,
}

/// What a skeleton may use beside the header.
#[derive(Debug, Clone, Copy)]
pub struct SkeletonContext<'a> {
    /// The new revision's header; the template prints it as `header` and has its parts as `revision`,
    /// `down_revisions` (a list), `message` and `created`.
    pub header: &'a Header,
    /// `service`: its name.
    pub service: &'a str,
    /// `dialect`: `postgresql`, `mysql` or `sqlite`; nothing when the service has no URL.
    pub dialect: Option<Dialect>,
    /// `schema`: the version table's, if the config names one.
    pub schema: Option<&'a str>,
    /// `env`: the environment's name, if there is one.
    pub env: Option<&'a str>,
}

/// Why there is no new text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkeletonError {
    /// No skeleton has the name.
    #[error("there is no template {name:?}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
        /// The name that it may be a slip of.
        nearest: Option<String>,
    },
    /// The skeleton cannot be rendered.
    #[error("the template {name:?}: {error}")]
    Template {
        /// Its name.
        name: String,
        /// Its text, which the error's span is of.
        text: String,
        /// What is wrong.
        error: TemplateError,
    },
    /// What it gives is no revision file.
    #[error("what the template {name:?} gives is no revision file: {error}")]
    NoRevision {
        /// Its name.
        name: String,
        /// What it gave, which the error's span is of.
        text: String,
        /// What is wrong.
        error: RevisionError,
    },
    /// What it gives has another header than the one it was to print.
    #[error("what the template {name:?} gives has another header; it has to begin with {{{{ header }}}}")]
    OtherHeader {
        /// Its name.
        name: String,
    },
}

impl Skeletons {
    /// The built-in ones.
    #[must_use]
    pub fn built_in() -> Self {
        let mut skeletons = Self { by_name: BTreeMap::new() };
        for (name, text) in BUILT_IN {
            skeletons.insert(name, text, true);
        }
        skeletons
    }

    /// Adds a project's own, instead of the one of that name if there is one.
    pub fn add(&mut self, name: &str, text: &str) {
        self.insert(name, text, false);
    }

    fn insert(&mut self, name: &str, text: &str, built_in: bool) {
        let (name, description, text) = (name.to_owned(), description(text), text.to_owned());
        self.by_name.insert(name.clone(), Skeleton { name, description, text, built_in });
    }

    /// All of them, by name.
    pub fn list(&self) -> impl Iterator<Item = &Skeleton> {
        self.by_name.values()
    }

    /// The text of a new file, checked: it reads back to the header it was made for.
    ///
    /// # Errors
    /// [`SkeletonError`].
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

/// The comment on a template's first line, or the empty text.
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
            for dialect in [None, Some(Dialect::Postgres), Some(Dialect::Mysql), Some(Dialect::Sqlite)] {
                let text = skeletons.render(&skeleton.name, &context(&header, dialect)).unwrap();
                let revision = Revision::parse(&text).unwrap();
                assert!(revision.body(Section::Upgrade).is_some() && revision.body(Section::Downgrade).is_some());
                assert!(!text.contains("{#") && !text.contains("\n\n\n") && text.ends_with('\n'), "{text}");
                for section in Section::ALL {
                    let pieces = crate::sql::split(
                        revision.body(section).unwrap_or_default(),
                        dialect.unwrap_or(Dialect::Postgres),
                    );
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
