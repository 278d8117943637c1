//! Reports of invalid configs, revision files and folders.

use super::{ErrorReport, python};
use crate::config::{ConfigError, EnvFileProblem, hide_env_values, hide_secrets};
use crate::diagnostic::{Location, position};
use crate::error_code::ErrorCode;
use crate::graph::GraphError;
use crate::id::RevisionId;
use crate::project::ProjectError;
use crate::revision::{CaseFileError, IncludeProblem, RenderError, RevisionError, SkeletonError};
use crate::sql::{SplitError, SplitProblem};

impl From<Box<ProjectError>> for ErrorReport {
    fn from(error: Box<ProjectError>) -> Self {
        Self::from(&*error)
    }
}

impl From<&ProjectError> for ErrorReport {
    fn from(error: &ProjectError) -> Self {
        let report = Self::new(error.code(), error.to_string());
        match error {
            ProjectError::Config { location, error } => {
                let location = Location { text: hide_secrets(&location.text), ..location.clone() };
                with_config_hint(report.at(&location, ""), error)
            }
            ProjectError::EnvFile { location, error } => {
                let location = Location { text: hide_env_values(&location.text), ..location.clone() };
                with_env_file_hint(report.at(&location, ""), &error.problem)
            }
            ProjectError::Revision { location, error } => with_revision_hint(report, location, error),
            ProjectError::CaseFile { location, error } => case_file(report, location, error),
            ProjectError::Unrendered { revision, unrendered, path, by_hand } => {
                python::unrendered(report, revision, unrendered, path)
                    .hint(format!("or run this one with Alembic: {by_hand}; aludel continues from there"))
            }
            ProjectError::Alembic { command, reason } => python::alembic(report, command, reason),
            ProjectError::Python { location, error } => python::unreadable(report, location, error),
            ProjectError::NotUtf8 { location, byte } => report
                .at(location, format!("the byte 0x{byte:02x}"))
                .hint("save the file as UTF-8; `iconv -f WINDOWS-1252 -t UTF-8` converts one from an old editor"),
            ProjectError::Graph { service, error, files } => {
                with_graph_hint(with_files(report.of_service(service), files), error)
            }
            ProjectError::NoConfig { similar: Some(similar), .. } => report
                .note(format!("there is {}", similar.display()))
                .hint(format!("mv {0} aludel.yaml, or name it: -c {0}", similar.display())),
            ProjectError::NoConfig { .. } => report
                .hint("`aludel init` creates one; `-c FILE` names one elsewhere")
                .hint("`--url URL --revisions DIR` works without one"),
            ProjectError::NoFolder { service, path } => {
                let report = report.of_service(service).hint(format!("mkdir -p '{}'", path.display()));
                report.about("revisions").in_file(path)
            }
            ProjectError::NotRendered { path, error } => match error {
                RenderError::Unreadable { text, error } => {
                    let location = Location { path: path.clone(), text: text.clone(), span: error.span() };
                    with_revision_hint(report, &location, error).note("nothing was written")
                }
                RenderError::Different { .. } => report.in_file(path).note("nothing was written"),
            },
            ProjectError::Read { path, .. }
            | ProjectError::Write { path, .. }
            | ProjectError::Exists { path }
            | ProjectError::Changed { path } => report.in_file(path),
            ProjectError::ChangedMeanwhile { path, revision } => {
                report.of_revision(revision).in_file(path).hint("run the same command again")
            }
            ProjectError::ForeignFolder { service, folders, .. } => {
                let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
                report.of_service(service).note(format!("it reads {}", folders.join(", ")))
            }
            ProjectError::Skeleton(error) => with_skeleton_hint(report, error),
            ProjectError::FileName { .. } => {
                report.note("it may use year, month, day, hour, minute, second, id and slug, and must end with .sql")
            }
            ProjectError::NotAPair { path, .. } => report
                .in_file(path)
                .hint("the config has `layout: pairs`: every .sql file of the folder is read as one of a pair"),
            ProjectError::Foreign { path, error } => super::foreign::history(report, path, error),
            ProjectError::ImportDiffers { revision, path } => report
                .of_revision(revision)
                .in_file(path)
                .note("nothing was written")
                .hint("remove its file to import it again, or restore the other tool's file as it was imported"),
            ProjectError::Git { .. } => {
                report.hint("git must be installed, and the folder must be in a git working tree")
            }
            ProjectError::NoSuchRef { reference, .. } => report.hint(fetch(reference)),
            ProjectError::UnknownStarter { known, .. } => report.note(format!("there are {}", known.join(", "))),
            _ => report,
        }
    }
}

/// Command that fetches a git ref.
fn fetch(reference: &str) -> String {
    match reference.split_once('/') {
        Some((remote, branch)) => format!("git fetch {remote} {branch}"),
        None => format!(
            "`git branch --all` lists branches; a branch of another repository must be fetched first: git fetch origin {reference}"
        ),
    }
}

fn did_you_mean(report: ErrorReport, nearest: Option<&str>) -> ErrorReport {
    match nearest {
        Some(word) => report.hint(format!("did you mean `{word}`?")),
        None => report,
    }
}

fn with_config_hint(report: ErrorReport, error: &ConfigError) -> ErrorReport {
    match error {
        ConfigError::UnknownKey { nearest, .. } => did_you_mean(report, *nearest),
        ConfigError::UnsetVariable { name, .. } => {
            report.hint(format!("set {name}, or give it a default: ${{{name}:-default}}"))
        }
        _ => report,
    }
}

fn with_env_file_hint(report: ErrorReport, problem: &EnvFileProblem) -> ErrorReport {
    let report = match problem {
        EnvFileProblem::NoAssignment | EnvFileProblem::Name => report.hint("write NAME=value, or # before a comment"),
        EnvFileProblem::OpenQuote | EnvFileProblem::BehindQuote => {
            report.hint("a value that contains quotes goes into the other kind: NAME='say \"hello\"'")
        }
        EnvFileProblem::UnsetVariable(name) => {
            report.hint(format!("set {name} above, give it a default: ${{{name}:-default}}, or use single quotes"))
        }
        EnvFileProblem::Interpolation => report.hint("in single quotes a value is not interpreted: NAME='a${b'"),
    };
    report.note("values are not shown").hint("`--no-env-file`, or `env_file: false` in the config, ignores the file")
}

fn with_revision_hint(report: ErrorReport, location: &Location, error: &RevisionError) -> ErrorReport {
    match error {
        RevisionError::UnknownKey { nearest, .. } => did_you_mean(report.at(location, ""), *nearest),
        RevisionError::NeedsQuotes { key, quoted, .. } => {
            report.at(location, "").hint(format!("write it like this: -- {key}: {quoted}"))
        }
        RevisionError::MisspeltSection { marker, .. } => report
            .at(location, "")
            .hint(format!("write `{marker}`, alone on its line"))
            .hint("if the line is text of the section: `-- section_prefix: x-` in the header, and `-- @x-upgrade` and so on"),
        RevisionError::Include { problem, .. } => with_include_hint(report.at(location, ""), problem),
        RevisionError::GitConflict { .. } => report
            .at(location, "")
            .note("nothing was run")
            .hint("keep one of the two versions, or both if both are right, and remove git's lines"),
        RevisionError::OutsideSection { .. } => {
            report.at(location, "").hint("statements belong below `-- @upgrade` or `-- @downgrade`")
        }
        RevisionError::SecondHeader { first, .. } | RevisionError::DuplicateSection { first, .. } => {
            let line = position(&location.text, first.start).line;
            report.at(location, format!("the first is on line {line}"))
        }
        _ => report.at(location, ""),
    }
}

fn with_include_hint(report: ErrorReport, problem: &IncludeProblem) -> ErrorReport {
    const ESCAPE: &str =
        "if the line is text of the section: `-- section_prefix: x-` in the header, and `-- @x-upgrade` and so on";
    match problem {
        IncludeProblem::NoPath => report.hint("write `-- @include FILE`, relative to this file").hint(ESCAPE),
        IncludeProblem::Misspelt(_) => report.hint("write `-- @include FILE` at the start of the line").hint(ESCAPE),
        IncludeProblem::Absolute => report.hint("name it relative to the file that includes it"),
        IncludeProblem::Outside => {
            report.hint("move it into the folder of aludel.yaml, or below a folder of revisions")
        }
        IncludeProblem::Unreadable(_) => report.note("the path is relative to the file that includes it").hint(ESCAPE),
        IncludeProblem::SectionLine => report.hint("an included file is a part of one section: only its statements"),
        IncludeProblem::TooLarge => report.hint("load many rows with a program, or in several revisions"),
        IncludeProblem::NotAFile | IncludeProblem::NotUtf8 | IncludeProblem::Cycle(_) | IncludeProblem::TooDeep => {
            report
        }
    }
}

fn case_file(report: ErrorReport, location: &Location, error: &CaseFileError) -> ErrorReport {
    match error {
        CaseFileError::Split(error) => {
            ErrorReport { code: ErrorCode::CaseInvalid, ..split_error(error) }.at(location, "")
        }
        CaseFileError::NoMarker { .. } => report
            .at(location, "statements of a case come after its `-- @at REVISION`")
            .hint("a case begins with `-- @at REVISION`, rows for all cases with `-- @fixture REVISION`"),
        CaseFileError::MisspeltMarker { nearest, .. } => {
            report.at(location, "").hint(format!("write `{}`, alone on its line", nearest.usage()))
        }
        CaseFileError::NoArgument { marker, .. } => report.at(location, "").hint(format!("write `{}`", marker.usage())),
        CaseFileError::NoStart { .. } => report
            .at(location, "")
            .hint("write `-- @at REVISION` below it; `-- @at base` begins with an empty database"),
        CaseFileError::OutsideCase { .. } => report.at(location, "").hint("begin a case before it: `-- @at REVISION`"),
        CaseFileError::NoQuery { .. } => {
            report.at(location, "").hint("write a SELECT below it; a table below the SELECT lists the rows to find")
        }
        CaseFileError::NotAQuery { .. } => report
            .at(location, "")
            .hint("statements that change something belong below `@at`, `@upgrade` or `@downgrade`"),
        CaseFileError::TableOfSeveral { .. } => {
            report.at(location, "").hint("write `-- @expect` before each query that has a table of its own")
        }
        CaseFileError::Ragged { .. } => report.at(location, "").hint("a `|` in a value is written in quotes: 'a|b'"),
        CaseFileError::TableLine { .. } => report.at(location, "").hint("a value in quotes ends with a quote: 'It''s'"),
    }
}

fn with_files(report: ErrorReport, files: &[Location]) -> ErrorReport {
    let mut files = files.iter();
    let Some(first) = files.next() else { return report };
    let others = files.map(|file| {
        let line = position(&file.text, file.span.start).line;
        format!("see {}:{line}", file.path.display())
    });
    others.fold(report.at(first, ""), ErrorReport::note)
}

/// Adds a hint to an error in the graph; also used for a header that is about to be written.
#[must_use]
pub fn with_graph_hint(report: ErrorReport, error: &GraphError) -> ErrorReport {
    match error {
        GraphError::InvalidLabel { .. } => {
            report.hint("a label contains no `@`, `:` or control character, and is not head, heads, base or current")
        }
        GraphError::DuplicateRevision { .. } => report
            .hint("if one is a copy, remove it; otherwise give one its own id, also in the `down_revision` of what follows it"),
        GraphError::MissingDownRevision { nearest, .. } => {
            did_you_mean(report, nearest.as_ref().map(RevisionId::as_str))
                .hint("or restore its file, or fetch the branch that has it")
        }
        GraphError::MissingDependency { nearest, .. } => did_you_mean(report, nearest.as_deref()),
        GraphError::ReplacedPrerequisite { replaced_by, .. } => {
            report.hint(format!("write {replaced_by} in place of it"))
        }
        GraphError::OverlappingReplaces { .. } => report.hint("one of the two may replace the other; then it lists that one"),
        GraphError::Cycle { .. } => report.hint("one of these lines must name another revision"),
        _ => report,
    }
}

fn with_skeleton_hint(report: ErrorReport, error: &SkeletonError) -> ErrorReport {
    let (name, text, span) = match error {
        SkeletonError::Unknown { known, nearest, .. } => {
            return did_you_mean(report.note(format!("there are {}", known.join(", "))), nearest.as_deref());
        }
        SkeletonError::OtherHeader { .. } => return report,
        SkeletonError::Template { name, text, error } => (name, text, error.span),
        SkeletonError::NoRevision { name, text, error } => (name, text, error.span()),
    };
    report.at(&Location { path: format!("template {name}").into(), text: text.clone(), span }, "")
}

/// Report of text that cannot be split into statements.
#[must_use]
pub fn split_error(error: &SplitError) -> ErrorReport {
    let report = ErrorReport::new(ErrorCode::SqlInvalid, error.to_string());
    match &error.problem {
        SplitProblem::ClientCommand { instead, .. } => report.hint(*instead),
        SplitProblem::TextBeforeCopyData => report.hint("the rows begin on the line below"),
        _ => report,
    }
}
