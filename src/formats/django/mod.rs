//! Reader for Django: what a script that runs in the project's own Python prints about the graph of its migrations, with
//! the SQL of `sqlmigrate` both ways.
//!
//! Source: `django/db/migrations/loader.py`, `graph.py` and `migration.py`. A migration runs in a transaction unless
//! `atomic = False`. Dependencies within an app become parents, those on other apps `depends_on`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::imported::{Caution, ForeignError, Imported, ImportedHistory, Problem};
use super::script::{Notes, script, set};
use super::{Format, names};
use crate::id::RevisionId;
use crate::sql::Dialect;

/// Script that describes the migrations. `manage.py shell -c` runs it.
pub const SCRIPT: &str = include_str!("describe.py");

/// Reads the history from what [`SCRIPT`] printed.
///
/// # Errors
/// [`ForeignError`] if the project's database is of another kind than `dialect`, if Django cannot write the SQL of a
/// migration, or if there is no migration.
pub fn read(printed: &str, dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let wrong = |path: &str, reason: String| ForeignError::in_file(path, Problem::Plan(reason));
    let json = printed.split_once("\naludel:begin\n").and_then(|(_, rest)| rest.split_once("\naludel:end"));
    let json = json.ok_or_else(|| wrong("", "it printed no migrations".to_owned()))?.0;
    let value: Value = serde_json::from_str(json).map_err(|error| wrong("", error.to_string()))?;
    let vendor = value["vendor"].as_str().unwrap_or_default();
    if vendor != dialect.name() {
        let reason = format!("its settings name a database of {vendor}, the service's is of {}", dialect.name());
        return Err(wrong("", reason));
    }
    let mut read = ImportedHistory::default();
    let mut labelled: BTreeSet<String> = BTreeSet::new();
    for entry in value["migrations"].as_array().into_iter().flatten() {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        let (app, name) = (text("app"), text("name"));
        let path = format!("{app}/migrations/{name}.py");
        if let Some(problem) = entry["problem"].as_str() {
            return Err(wrong(&path, format!("Django cannot write its SQL: {problem}")));
        }
        let mut imported = Imported::new(migration_id(app, name, &path)?, &path);
        imported.stem = Some(imported.id.to_string());
        imported.message = names::words(names::version(name).map_or(name, |(_, rest)| rest));
        for parent in entry["parents"].as_array().into_iter().flatten() {
            let (other, name) = (parent[0].as_str().unwrap_or_default(), parent[1].as_str().unwrap_or_default());
            let parents = if other == app { &mut imported.parents } else { &mut imported.depends_on };
            parents.push(migration_id(other, name, &path)?);
        }
        if labelled.insert(app.to_owned()) {
            imported.labels.push(app.to_owned());
        }
        let mut notes = Notes::new(&path, &mut read.warnings);
        let code: Vec<&str> = entry["code"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let has_code = !code.is_empty();
        for operation in code {
            notes.add(Caution::PythonOperation { operation: operation.to_owned() });
        }
        if let Some(why) = entry["back"].as_str() {
            notes.add(Caution::DowngradeLeftOut { why: why.to_owned() });
        }
        let atomic = entry["atomic"].as_bool().unwrap_or(true);
        let mut up = script(text("up"), dialect, atomic, &mut notes);
        // It changes what Django knows of the models only. A merge has nothing to do either, and needs no word for it.
        if up.transaction.is_none() && !has_code && imported.parents.len() < 2 {
            up.text.push_str("-- nothing to do\n");
        }
        let down = entry["down"].as_str().map(|down| script(down, dialect, atomic, &mut notes));
        set(&mut imported, up, down, &mut notes);
        read.revisions.push(imported);
    }
    if read.revisions.is_empty() {
        return Err(ForeignError::empty(Format::Django.name()));
    }
    Ok(read)
}

/// Returns the id of a migration: app and name.
fn migration_id(app: &str, name: &str, path: &str) -> Result<RevisionId, ForeignError> {
    names::id(&format!("{app}_{name}"), path)
}
