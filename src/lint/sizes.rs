//! Sizes of tables in production, where they are known.

use std::collections::BTreeMap;

use crate::sql::TableName;

/// Size of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSize {
    /// Rows, as the server estimates them; `None` if it does not.
    pub rows: Option<u64>,
    /// Bytes.
    pub bytes: u64,
}

/// Sizes by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSizes(BTreeMap<TableName, KnownSize>);

impl TableSizes {
    /// Adds a table.
    pub fn add(&mut self, table: TableName, size: KnownSize) {
        self.0.insert(table, size);
    }

    /// Returns the size of a table; a name without a schema finds the only table of that name.
    #[must_use]
    pub fn get(&self, table: &TableName) -> Option<KnownSize> {
        if let Some(size) = self.0.get(table) {
            return Some(*size);
        }
        let mut named = self
            .0
            .iter()
            .filter(|(name, _)| name.name == table.name && (table.schema.is_none() || name.schema.is_none()));
        named.next().map(|(_, size)| *size).filter(|_| named.next().is_none())
    }

    /// Returns `true` if no size is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
