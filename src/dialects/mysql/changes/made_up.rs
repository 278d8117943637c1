//! Made-up values of MySQL's types.

use super::types::ColumnShape;
use crate::ddl::MadeUpValue;

/// Offset of integers, so that they do not meet the keys of rows that revisions insert.
const OFFSET: u64 = 1_000_000;

/// Types of which enough values are made for every number of rows.
const MANY: u64 = 100_000_000;

/// FROM clause with the numbers from 1 to `count`: a recursive query stops at a limit that the server has.
pub(super) fn numbers(count: u64) -> String {
    const DIGITS: &str = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 \
                          UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let places = count.saturating_sub(1).max(1).ilog10() + 1;
    let term = |place: u32| format!("{} * d{place}.d", 10_u64.pow(place));
    let sum = (0..places).map(term).collect::<Vec<_>>().join(" + ");
    let tables = (0..places).map(|place| format!("{DIGITS} d{place}")).collect::<Vec<_>>().join(" CROSS JOIN ");
    format!("(SELECT 1 + {sum} AS n FROM {tables}) numbers WHERE n <= {count}")
}

/// Returns a value of the type, made from the number.
pub(super) fn value(data_type: &str, n: &str) -> Option<MadeUpValue> {
    let made = |sql: String, capacity: u64| Some(MadeUpValue { sql, capacity });
    let shape = ColumnShape::parse(data_type);
    match shape.base.as_str() {
        "tinyint" => made(format!("({n} % 120)"), 120),
        "smallint" => made(format!("({n} % 30000)"), 30_000),
        "mediumint" | "int" | "bigint" | "float" | "double" => made(format!("{n} + {OFFSET}"), 7_000_000),
        "decimal" => {
            let scale = shape.number(1).unwrap_or(0);
            let digits = shape.number(0).unwrap_or(10).saturating_sub(scale).min(8);
            made(format!("({n} % {})", 10_u64.pow(digits)), 10_u64.pow(digits))
        }
        "char" | "varchar" => Some(made_up_text(n, shape.number(0).unwrap_or(1))),
        "tinytext" | "text" | "mediumtext" | "longtext" => Some(made_up_text(n, 255)),
        "binary" | "varbinary" => {
            let length = shape.number(0).unwrap_or(1);
            let capacity = 16_u64.pow((2 * length).min(6));
            made(format!("UNHEX(LPAD(HEX({n} % {capacity}), {}, '0'))", 2 * length), capacity)
        }
        "tinyblob" | "blob" | "mediumblob" | "longblob" => made(format!("UNHEX(MD5({n}))"), MANY),
        "json" => made(format!("JSON_OBJECT('n', {n})"), MANY),
        // No time of a day: some do not exist where the clocks change.
        "date" | "datetime" | "timestamp" => made(format!("DATE_ADD('2000-01-01', INTERVAL ({n} % 7000) DAY)"), 7_000),
        "time" => made(format!("SEC_TO_TIME({n} % 86400)"), 86_400),
        "year" => made(format!("(2000 + {n} % 100)"), 100),
        "bit" => made(format!("({n} % 2)"), 2),
        "point" => made(format!("POINT({n} % 90, {n} % 90)"), 90),
        // The number of the value.
        "enum" => made(format!("(1 + {n} % {})", shape.values().max(1)), shape.values().max(1)),
        "set" => made("1".to_owned(), 1),
        _ => None,
    }
}

fn made_up_text(n: &str, length: u32) -> MadeUpValue {
    match length {
        24.. => MadeUpValue { sql: format!("CONCAT('row', {n}, '@example.org')"), capacity: MANY },
        12.. => MadeUpValue { sql: format!("LPAD({n}, {length}, 'x')"), capacity: MANY },
        _ => {
            let capacity = 16_u64.pow(length.min(6));
            MadeUpValue { sql: format!("LPAD(HEX({n} % {capacity}), {length}, '0')"), capacity }
        }
    }
}
