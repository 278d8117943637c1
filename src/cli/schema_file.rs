//! Schema file of a service (`schema_file`): the schema of its database as `inspect` prints it, written after each run, so
//! that a review shows the effect of a revision.

use std::path::Path;

use super::context::Context;
use super::report::CommandError;
use super::schemas::Schemas;
use super::text;
use crate::autogenerate::script_text;
use crate::id::RevisionId;
use crate::project::{self, History, ProjectResult};
use crate::schema::{Schema, ddl};

/// Writes the schema files of the services in `changed`, except those of protected ones. A failure is a warning: the
/// database has been changed all the same.
pub fn write_files(histories: &[History], changed: &[String], context: &Context<'_>) {
    for history in histories.iter().filter(|history| changed.contains(&history.service.name)) {
        let service = &history.service;
        let Some(path) = service.schema.file.as_ref().filter(|_| !service.schema.protected) else { continue };
        match write_file(history, path, context) {
            Ok(true) => context.status(&format!("{}: wrote {}", service.name, path.display())),
            Ok(false) => {}
            Err(report) => {
                let (name, path) = (&service.name, path.display());
                context.warn(&format!("{name}: {path} was not written: {}", report.report.message));
            }
        }
    }
}

/// Writes the file if its content changes; returns whether it did.
fn write_file(history: &History, path: &Path, context: &Context<'_>) -> Result<bool, CommandError> {
    let schemas = Schemas::new(history, context)?;
    let live = schemas.live()?;
    let mut schema = live.schema;
    let nothing = Schema::new(schema.dialect);
    schemas.without_strangers(&mut schema, &nothing)?;
    let rows: Vec<RevisionId> = crate::database::ids(&live.state.rows);
    let head = format!(
        "-- Schema of the service {} at {}. aludel writes this file after each run (`schema_file`).\n\n",
        history.service.name,
        text::rows(&rows)
    );
    Ok(store(path, &(head + &statements(&schema)))?)
}

fn store(path: &Path, text: &str) -> ProjectResult<bool> {
    match std::fs::read_to_string(path) {
        Ok(before) if before == text => Ok(false),
        Ok(before) => project::replace(path, &before, text).map(|()| true),
        // A new file, or one that cannot be read, which the error then names.
        Err(_) => {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                project::make_folder(folder)?;
            }
            project::write_new(path, text).map(|()| true)
        }
    }
}

/// Returns the schema as canonical SQL.
pub fn statements(schema: &Schema) -> String {
    script_text(&ddl(schema), schema.dialect)
}

/// Returns `true` if the file has these statements, whatever comments it starts with.
pub fn has_statements(text: &str, statements: &str) -> bool {
    without_head(text) == without_head(statements)
}

fn without_head(text: &str) -> String {
    let is_head = |line: &&str| line.trim().is_empty() || line.starts_with("--");
    let lines: Vec<&str> = text.lines().skip_while(is_head).map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_at_the_start_and_ends_of_lines_make_no_difference() {
        let statements = "CREATE TABLE a (x int);\n\nCREATE INDEX i ON a (x);\n";
        let file = format!("-- Schema of x at y.\r\n\r\n{}\r\n", statements.replace('\n', "\r\n"));
        assert!(has_statements(&file, statements) && has_statements(statements, statements));
        assert!(!has_statements(&file.replace("x int", "x text"), statements));
        assert!(has_statements("-- nothing\n", ""));
    }
}
