//! `column-padding`.

use super::prelude::*;
use crate::ddl::FixedSize;

pub(super) static RULE: Rule = Rule {
    code: "column-padding",
    severity: None,
    dialects: POSTGRES,
    title: "Columns in an order that wastes space in each row",
    danger: "A value begins at a multiple of its type's alignment: a bigint behind a boolean leaves seven bytes empty, in every \
             row, on disk and in memory. Counted are columns of fixed size before the first one of variable size, without \
             NULLs.",
    safe: "Columns of 8 bytes first, then those of 4, 2 and 1, then text and the like.",
    scales: false,
    check,
};

/// Alignment of rows: the largest one of a type (`MAXALIGN`).
const ROW: usize = 8;

/// Fewer bytes may be lost again at the end of the row.
const LEAST: usize = 4;

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::CreateTable(created) = view.parsed() else { return };
    if created.is_temporary || created.partition_of.is_some() {
        return;
    }
    let rules = view.server.dialect.change_rules();
    let size = |column: &DdlColumn| rules.fixed_size(view.before.base_type(&column.data_type), view.before);
    let stored = created.columns.iter().filter(|column| column.of.generated.as_ref().is_none_or(|own| own.is_stored));
    let fixed: Vec<(&str, FixedSize)> =
        stored.map_while(|column| Some((column.of.name.as_str(), size(&column.of)?))).collect();
    let mut best = fixed.clone();
    best.sort_by_key(|(_, size)| std::cmp::Reverse(size.alignment));
    let is_whole = fixed.len() == created.columns.len() && !created.inherits;
    let wasted = length(&fixed, is_whole).saturating_sub(length(&best, is_whole));
    if wasted >= LEAST {
        let order = best.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        found
            .on(&created.table, format!("{wasted} bytes of each row are empty"))
            .note(format!("without them: {order}"));
    }
}

/// Bytes up to the end of the last column; up to the next row if there are no other columns.
fn length(columns: &[(&str, FixedSize)], is_whole: bool) -> usize {
    let end = columns.iter().fold(0_usize, |end, (_, size)| end.next_multiple_of(size.alignment) + size.bytes);
    if is_whole { end.next_multiple_of(ROW) } else { end }
}
