//! Creation of revision files from templates, and of projects from starters.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::{Service, schema_line};
use crate::revision::{
    Header, Section, SkeletonContext, Skeletons, Starter, expand_template, file_name, may_include, render,
};
use crate::sql::Dialect;

use super::History;
use super::error::{ProjectError, ProjectResult, not_rendered};
use super::included::{DiskReader, project_error};
use super::read::{self, unreadable};
use super::write::{unwritable, write_new};

/// Returns the templates for new revisions: the built-in ones and those in the service's `templates` folder
/// (`NAME.sql`), which take precedence.
///
/// # Errors
/// [`ProjectError`] if a folder or file cannot be read.
pub fn skeletons(service: &Service) -> ProjectResult<Skeletons> {
    let mut skeletons = Skeletons::built_in();
    let Some(folder) = &service.templates else { return Ok(skeletons) };
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".sql"));
        if let Some(name) = name.filter(|name| !name.is_empty() && !name.starts_with('.') && path.is_file()) {
            skeletons.add(name, &read::read_text(&path)?);
        }
    }
    Ok(skeletons)
}

/// Renders a template, with the files that it includes.
pub(super) fn rendered_skeleton(service: &Service, name: &str, context: &SkeletonContext<'_>) -> ProjectResult<String> {
    let mut skeletons = skeletons(service)?;
    let own = skeletons.list().find(|skeleton| skeleton.name == name && !skeleton.built_in);
    if let (Some(skeleton), Some(folder)) = (own.filter(|skeleton| may_include(&skeleton.text)), &service.templates) {
        let path = folder.join(format!("{name}.sql"));
        let text =
            expand_template(&skeleton.text, &path, &DiskReader::new(service)).map_err(|error| project_error(*error))?;
        skeletons.add(name, &text);
    }
    skeletons.render(name, context).map_err(|error| Box::new(ProjectError::Skeleton(error)))
}

/// Writes a new revision file into `folder` (default: the service's first folder) and returns its path. Only the file
/// itself is validated; the caller must check that the header fits the graph.
///
/// # Errors
/// [`ProjectError`] if the template or the file name cannot be rendered, if the service does not read the folder, or if
/// the file exists.
pub fn write_revision(
    history: &History,
    header: &Header,
    skeleton: &str,
    folder: Option<&Path>,
    dialect: Option<Dialect>,
) -> ProjectResult<PathBuf> {
    let service = &history.service;
    let context = SkeletonContext {
        header,
        service: &service.name,
        dialect,
        schema: service.version_schema.as_deref(),
        env: service.env.as_deref(),
    };
    let text = rendered_skeleton(service, skeleton, &context)?;
    let path = new_path(history, header, folder)?;
    write_new(&path, &text)?;
    Ok(path)
}

/// Writes a new revision file with the given sections; otherwise like [`write_revision`].
///
/// # Errors
/// [`ProjectError`] if the file name cannot be rendered, if the text would not be read back as these sections, if the
/// service does not read the folder, or if the file exists.
pub fn write_revision_sections(
    history: &History,
    header: &Header,
    sections: &[(Section, &str)],
    folder: Option<&Path>,
) -> ProjectResult<PathBuf> {
    let path = new_path(history, header, folder)?;
    let text = render(header, sections).map_err(|error| not_rendered(&path, error))?;
    write_new(&path, &text)?;
    Ok(path)
}

/// Returns the path of a new file in the service's first folder.
///
/// # Errors
/// [`ProjectError`] if the file name cannot be rendered.
pub fn path_of_new(history: &History, header: &Header) -> ProjectResult<PathBuf> {
    new_path(history, header, None)
}

pub(super) fn new_path(history: &History, header: &Header, folder: Option<&Path>) -> ProjectResult<PathBuf> {
    let service = &history.service;
    let name = file_name(&service.file_template, header)
        .map_err(|error| Box::new(ProjectError::FileName { template: service.file_template.clone(), error }))?;
    Ok(target_folder(service, folder)?.join(name))
}

/// Returns the folder for a new file. It must be one that the service reads, so that the file is found later.
fn target_folder(service: &Service, wanted: Option<&Path>) -> ProjectResult<PathBuf> {
    let Some(wanted) = wanted else { return Ok(service.revisions.first().cloned().unwrap_or_default()) };
    let real = wanted.canonicalize().map_err(|error| unreadable(wanted, error))?;
    let reads = |folder: &PathBuf| {
        folder.canonicalize().is_ok_and(|folder| real == folder || (service.recursive && real.starts_with(&folder)))
    };
    if service.revisions.iter().any(reads) {
        return Ok(wanted.to_owned());
    }
    let (service, folders) = (service.name.clone(), service.revisions.clone());
    Err(Box::new(ProjectError::ForeignFolder { service, path: wanted.to_owned(), folders }))
}

/// Creates a new project in `folder`: its folders, then `aludel.yaml`. Returns the created paths, the config file
/// first.
///
/// # Errors
/// [`ProjectError`] if there is no such starter, if a config file exists already, or if something cannot be written.
pub fn init(folder: &Path, starter: &str) -> ProjectResult<Vec<PathBuf>> {
    let Some(found) = Starter::named(starter) else {
        let known = Starter::ALL.iter().map(|starter| starter.name.to_owned()).collect();
        return Err(Box::new(ProjectError::UnknownStarter { name: starter.to_owned(), known }));
    };
    let config = folder.join("aludel.yaml");
    if config.exists() {
        return Err(Box::new(ProjectError::Exists { path: config }));
    }
    let folders: Vec<_> = found.folders.iter().map(|name| folder.join(name)).collect();
    for path in &folders {
        fs::create_dir_all(path).map_err(|error| unwritable(path, error))?;
    }
    write_new(&config, &found.config(&schema_line()))?;
    Ok([vec![config], folders].concat())
}
