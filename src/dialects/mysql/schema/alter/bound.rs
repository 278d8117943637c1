//! Spatial indexes on a column whose SRID changes. MySQL changes the SRID only while the column has no spatial index,
//! and not in the statement that drops or adds one.

use std::collections::BTreeSet;

use super::TableAlteration;
use super::clauses::Clauses;
use crate::dialects::mysql::schema::algorithm::Means;
use crate::dialects::mysql::schema::names::columns_of;
use crate::schema::{Attribute, Change, Key, Kind, Object, Statement};

impl<'s> TableAlteration<'s> {
    /// Returns the spatial indexes, before and after the change, on columns whose SRID changes.
    pub(super) fn bound_indexes(&self) -> BTreeSet<&'s Key> {
        let moved: BTreeSet<&str> =
            self.changes.iter().filter(|change| is_moved(change)).map(|change| change.key().name.as_str()).collect();
        let sides = [self.from, self.to].map(|schema| schema.of_table(&self.before.key, Kind::Index));
        let spatial = sides.into_iter().flatten().filter(|index| index.text(Attribute::Method) == Some("spatial"));
        spatial
            .filter(|index| columns_of(index).iter().any(|name| moved.contains(name)))
            .map(|index| &index.key)
            .collect()
    }

    /// Returns the statements that drop these indexes, to be run before all others.
    pub(super) fn without_bound(&self, bound: &BTreeSet<&Key>, online: bool) -> Vec<Statement> {
        let mut clauses = Clauses::new(Means::new(self.before, self.from, self.to));
        bound.iter().filter_map(|key| self.from.get(key)).for_each(|index| clauses.drop_index(index, false, false));
        clauses.statements(self.after, online)
    }

    /// Returns the statements that add these indexes, to be run once the columns have changed.
    pub(super) fn with_bound(&self, bound: &BTreeSet<&Key>, online: bool) -> Vec<Statement> {
        let mut clauses = Clauses::new(Means::new(self.before, self.from, self.to));
        bound.iter().filter_map(|key| self.to.get(key)).for_each(|index| clauses.add_index(index));
        clauses.statements(self.after, online)
    }
}

/// Returns whether the column's `SRID` changes. MariaDB's `REF_SYSTEM_ID` can be changed at any time.
fn is_moved(change: &Change<'_>) -> bool {
    let system = |column: &Object| {
        column.list(Attribute::Options).iter().find_map(|option| option.strip_prefix("srid=")).map(str::to_owned)
    };
    matches!(change, Change::Alter { before, after } if before.key.kind == Kind::Column && system(before) != system(after))
}
