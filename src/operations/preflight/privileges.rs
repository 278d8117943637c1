//! Privileges of the user for the pending plan. A missing one is reported with the GRANT that fixes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tables::Touched;
use super::{Item, Level};
use crate::database::journal::journal_name;
use crate::database::{
    Database, DatabaseError, HistoryState, MissingPrivilege, PrivilegeReport, PrivilegeRequest, ServerError,
    TableFacts, VersionTable,
};
use crate::engine::PreparedStep;
use crate::sql::{RequiredPrivilege, TableName};

const OURS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
const JOURNAL: [&str; 3] = ["SELECT", "INSERT", "UPDATE"];

pub(super) fn item(
    database: &mut dyn Database,
    touched: &Touched,
    known: &BTreeMap<TableName, TableFacts>,
    table: &VersionTable,
    state: &HistoryState,
) -> Result<Item, DatabaseError> {
    let own = own_needs(table, state);
    let required: BTreeSet<&RequiredPrivilege> = touched.needs().into_iter().chain(&own).collect();
    let request = PrivilegeRequest { required: &required, own: &own, known };
    let report = database.driver().missing_privileges(database, request)?;
    Ok(verdict(report, required.len()))
}

/// Returns the privileges that aludel's own tables require.
fn own_needs(table: &VersionTable, state: &HistoryState) -> Vec<RequiredPrivilege> {
    let named = |name: &str| TableName { schema: table.schema.clone(), name: name.to_owned() };
    let mut needs = Vec::new();
    if !(state.version_table_exists && state.journal_exists) {
        needs.push(RequiredPrivilege::Create(table.schema.clone()));
    }
    if state.version_table_exists {
        needs.extend(OURS.map(|privilege| RequiredPrivilege::Table(named(&table.name), privilege)));
    }
    if state.journal_exists {
        needs.extend(JOURNAL.map(|privilege| RequiredPrivilege::Table(named(&journal_name(table)), privilege)));
    }
    needs
}

/// Returns the item for a version table that cannot be read, with the privileges that are missing for that. Those for
/// the revisions cannot be checked before it is readable.
pub(super) fn no_state(
    database: &mut dyn Database,
    table: &VersionTable,
    error: &ServerError,
) -> Result<Item, DatabaseError> {
    let item = Item::new("version-table", Level::Stop, error.message.clone());
    let there = HistoryState { version_table_exists: true, journal_exists: true, ..HistoryState::default() };
    let own = own_needs(table, &there);
    let Some(report) = database.driver().missing_own_privileges(database, &own)? else { return Ok(item) };
    let checked = verdict(report, own.len());
    if checked.level == Level::Ok {
        return Ok(item);
    }
    let text = format!(
        "{}: {}\nthe privileges that the revisions need are checked once the version table can be read",
        item.text, checked.text
    );
    Ok(Item { text, remedies: checked.remedies, ..item })
}

/// Returns the item for the report on `required` privileges.
fn verdict(report: PrivilegeReport, required: usize) -> Item {
    let item = |level, text: String| Item::new("privileges", level, text);
    match report {
        PrivilegeReport::Checked { user, missing } if missing.is_empty() => {
            let checked = if required == 1 { "1 privilege".to_owned() } else { format!("{required} privileges") };
            item(Level::Ok, format!("{user} has the privileges for what is pending ({checked} checked)"))
        }
        PrivilegeReport::Checked { user, missing } => {
            let (texts, remedies): (Vec<_>, Vec<_>) =
                missing.into_iter().map(|MissingPrivilege { text, grant }| (text, grant)).unzip();
            Item { remedies, ..item(Level::Stop, format!("{user} may not {}", texts.join("; nor "))) }
        }
        PrivilegeReport::HiddenByRoles { user, missing } => {
            let texts: Vec<_> = missing.into_iter().map(|missing| missing.text).collect();
            let texts = texts.join(", ");
            item(Level::Warning, format!("{user} has roles whose privileges are not shown; perhaps missing: {texts}"))
        }
        PrivilegeReport::Refused => item(Level::Warning, "the server does not report the user's privileges".to_owned()),
        PrivilegeReport::NotNeeded(reason) => item(Level::Ok, reason.to_owned()),
    }
}

/// Returns the item for a procedural language that the plan needs and the user does not have; `None` if there is none.
pub(super) fn language(
    database: &mut dyn Database,
    prepared: &[Arc<PreparedStep>],
) -> Result<Option<Item>, DatabaseError> {
    let mut statements = prepared.iter().flat_map(|prepared| {
        let text = &prepared.section.text;
        prepared.sent().map(move |piece| piece.sql.slice(text))
    });
    let missing = database.driver().missing_language(database, &mut statements)?;
    Ok(missing.map(|MissingPrivilege { text, grant }| Item {
        remedies: vec![grant],
        ..Item::new("privileges", Level::Stop, text)
    }))
}
