//! Summary of a database's contents, which is compared with those of many others. Databases with equal summaries have
//! the same schema and rows.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::state::{Remarks, tables_in_other_order};
use crate::database::{CatalogRequest, TableColumns};
use crate::schema::{Key, are_equal_statements, unmodelled_of_json};
use crate::shadow::{ProofError, Shadow, TableRows};

/// Contents of a database, with a hash in place of the rows.
pub(super) struct StateSummary {
    /// [`Shadow::catalog_mark`].
    mark: String,
    columns: Vec<TableColumns>,
    /// Tables that have rows.
    rows: BTreeMap<Key, [u8; 32]>,
    /// Values of sequences and AUTO_INCREMENT.
    counters: BTreeMap<String, String>,
}

impl StateSummary {
    /// Reads it from a shadow. `None` if the database has no mark that covers all its objects. `before` is an earlier
    /// state of the database, or of the one that it is a copy of: tables that nothing was written to since are not
    /// read.
    pub(super) fn read(
        shadow: &mut Shadow,
        request: &CatalogRequest,
        before: Option<&Self>,
    ) -> Result<Option<Self>, ProofError> {
        let Some(mark) = shadow.catalog_mark(request)? else { return Ok(None) };
        let columns = shadow.table_columns(request)?;
        let known: HashMap<&Key, &TableColumns> =
            before.into_iter().flat_map(|before| &before.columns).map(|table| (&table.key, table)).collect();
        let is_same = |table: &&TableColumns| table.row_version.is_some() && known.get(&table.key) == Some(table);
        let contents = shadow.contents_of(columns.iter().filter(|table| !is_same(table)))?;
        let mut rows: BTreeMap<Key, [u8; 32]> =
            contents.tables.iter().map(|(key, rows)| (key.clone(), hash(rows))).collect();
        if let Some(before) = before {
            let same = columns.iter().filter(is_same);
            rows.extend(same.filter_map(|table| Some((table.key.clone(), *before.rows.get(&table.key)?))));
        }
        Ok(Some(Self { mark, columns, rows, counters: contents.counters }))
    }

    /// Returns `true` if both databases hold the same, but for the order of columns. `false` may also mean that only
    /// reading both schemas would show it.
    pub(super) fn is_equal(&self, other: &Self) -> bool {
        // If marks hold the statements of the whole catalog, the order of columns is part of them.
        let has_same_catalog = || self.mark == other.mark || are_equal_statements(&self.mark, &other.mark);
        self.rows == other.rows && self.counters == other.counters && has_same_catalog()
    }

    /// Adds what is to be remarked on two databases that are equal.
    pub(super) fn remark(&self, other: &Self, remarks: &mut Remarks) {
        remarks.column_order.extend(tables_in_other_order(&self.columns, &other.columns));
        // What a mark of another kind holds is compared by its definition.
        remarks.unmodelled.extend(unmodelled_of_json(&self.mark));
        remarks.with_rows.extend(self.rows.keys().map(ToString::to_string));
    }
}

/// Hashes the columns and the rows, each text with its length.
fn hash(rows: &TableRows) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(rows.columns.len().to_le_bytes());
    for text in rows.columns.iter().chain(rows.rows.iter().flatten()) {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    digest.finalize().into()
}
