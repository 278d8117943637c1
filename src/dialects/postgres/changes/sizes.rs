//! Size and alignment of types (`typlen` and `typalign` of `pg_type`).

use super::types::SqlType;
use crate::ddl::{FixedSize, Outline};
use crate::sql::TableName;

/// Name, bytes, alignment.
const SIZES: [(&str, usize, usize); 26] = [
    ("boolean", 1, 1),
    ("uuid", 16, 1),
    ("name", 64, 1),
    ("smallint", 2, 2),
    ("tid", 6, 2),
    ("integer", 4, 4),
    ("real", 4, 4),
    ("date", 4, 4),
    ("oid", 4, 4),
    ("xid", 4, 4),
    ("cid", 4, 4),
    ("regclass", 4, 4),
    ("macaddr", 6, 4),
    ("macaddr8", 8, 4),
    ("bigint", 8, 8),
    ("double precision", 8, 8),
    ("money", 8, 8),
    ("pg_lsn", 8, 8),
    ("timestamp without time zone", 8, 8),
    ("timestamp with time zone", 8, 8),
    ("time without time zone", 8, 8),
    ("time with time zone", 12, 8),
    ("interval", 16, 8),
    ("point", 16, 8),
    ("lseg", 32, 8),
    ("box", 32, 8),
];

/// Returns the size of a type whose values are all of one size.
pub(super) fn fixed_size(data_type: &str, outline: &Outline) -> Option<FixedSize> {
    if data_type.ends_with(']') {
        return None;
    }
    let base = SqlType::parse(data_type).base;
    if let Some((_, bytes, alignment)) = SIZES.iter().find(|(name, ..)| *name == base) {
        return Some(FixedSize { bytes: *bytes, alignment: *alignment });
    }
    // A value of an enumerated type is an oid.
    let (schema, name) = base.rsplit_once('.').map_or((None, base.as_str()), |(schema, name)| (Some(schema), name));
    let name = TableName { schema: schema.map(str::to_owned), name: name.to_owned() };
    outline.labels(&name).map(|_| FixedSize { bytes: 4, alignment: 4 })
}
