//! `wide-index`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "wide-index",
    severity: Some(Severity::Info),
    dialects: ALL,
    title: "An index on more than three columns",
    danger: "Each column makes the index larger and every write slower. Columns behind the third rarely select anything.",
    safe: "Keep the columns that the query's conditions are about; on PostgreSQL put those that are only read into INCLUDE.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let mut examine = |index: &IndexDefinition| {
        if index.columns.len() > 3 && index.method != "fulltext" {
            found.on(&index.table, format!("the index has {} columns", index.columns.len()));
        }
    };
    match view.parsed() {
        DdlStatement::CreateIndex(index) => examine(index),
        DdlStatement::AlterTable(altered) => {
            for action in &altered.actions {
                if let Some(index) = super::added_index(view, &action.of) {
                    examine(&index);
                }
            }
        }
        DdlStatement::CreateTable(created) => created.indexes.iter().for_each(|index| examine(&index.of)),
        _ => {}
    }
}
