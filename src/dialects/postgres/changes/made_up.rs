//! Made-up values of PostgreSQL's types.

use super::types::SqlType;
use crate::ddl::{MadeUpValue, Outline};
use crate::sql::{Dialect, TableName};

/// Offset of integers, so that they do not meet the keys of rows that revisions insert.
const OFFSET: u64 = 1_000_000;

/// Types of which enough values are made for every number of rows.
const MANY: u64 = 100_000_000;

/// Returns a value of the type, made from the number.
pub(super) fn value(data_type: &str, n: &str, outline: &Outline) -> Option<MadeUpValue> {
    let made = |sql: String, capacity: u64| Some(MadeUpValue { sql, capacity });
    if data_type.ends_with(']') {
        return made("'{}'".to_owned(), 1);
    }
    let parsed = SqlType::parse(data_type);
    let modifier = |index: usize| parsed.modifiers.get(index).and_then(|number| u32::try_from(*number).ok());
    match parsed.base.as_str() {
        "smallint" => made(format!("({n} % 30000)::smallint"), 30_000),
        "integer" | "bigint" | "real" | "double precision" => made(format!("{n} + {OFFSET}"), MANY),
        "oid" => made(format!("({n} + {OFFSET})::oid"), MANY),
        "money" => made(format!("({n})::money"), MANY),
        "numeric" => {
            let digits = modifier(0).map_or(8, |precision| precision.saturating_sub(modifier(1).unwrap_or(0)).min(8));
            made(format!("({n} % {})", 10_u64.pow(digits)), 10_u64.pow(digits))
        }
        "boolean" => made(format!("({n} % 2 = 0)"), 2),
        "text" | "citext" | "name" | "character varying" | "character" => Some(made_up_text(n, modifier(0))),
        "uuid" => made(format!("md5(({n})::text)::uuid"), MANY),
        "json" => made(format!("json_build_object('n', {n})"), MANY),
        "jsonb" => made(format!("jsonb_build_object('n', {n})"), MANY),
        "bytea" => made(format!("decode(md5(({n})::text), 'hex')"), MANY),
        "date" => made(format!("date '2000-01-01' + ({n} % 7000)"), 7_000),
        "timestamp without time zone" => made(format!("timestamp '2000-01-01' + ({n}) * interval '1 second'"), MANY),
        "timestamp with time zone" => made(format!("timestamptz '2000-01-01' + ({n}) * interval '1 second'"), MANY),
        "time without time zone" => made(format!("time '00:00' + ({n} % 86400) * interval '1 second'"), 86_400),
        "interval" => made(format!("({n}) * interval '1 second'"), MANY),
        "inet" | "cidr" => made(format!("inet '10.0.0.0' + ({n} % 16000000)"), 16_000_000),
        "int4range" | "int8range" => made(format!("{}(({n})::int, ({n} + 1)::int)", parsed.base), MANY),
        "bit varying" => made("B'1'".to_owned(), 1),
        "tsvector" => made(format!("to_tsvector('simple', ({n})::text)"), MANY),
        "point" => made(format!("point({n}, {n})"), 1),
        _ => label(data_type, n, outline),
    }
}

fn made_up_text(n: &str, length: Option<u32>) -> MadeUpValue {
    match length {
        None | Some(24..) => MadeUpValue { sql: format!("'row' || {n} || '@example.org'"), capacity: MANY },
        Some(length @ 12..) => MadeUpValue { sql: format!("lpad({n}::text, {length}, 'x')"), capacity: MANY },
        Some(length) => {
            let capacity = 16_u64.pow(length.min(6));
            MadeUpValue { sql: format!("lpad(to_hex({n} % {capacity}), {length}, '0')"), capacity }
        }
    }
}

/// Label of an enumerated type.
fn label(data_type: &str, n: &str, outline: &Outline) -> Option<MadeUpValue> {
    let (schema, name) = data_type.rsplit_once('.').map_or((None, data_type), |(schema, name)| (Some(schema), name));
    let name = TableName { schema: schema.map(str::to_owned), name: name.trim_matches('"').to_owned() };
    let labels = outline.labels(&name).filter(|labels| !labels.is_empty())?;
    let quoted: Vec<_> = labels.iter().map(|label| format!("'{}'", label.replace('\'', "''"))).collect();
    let quote = |part: &str| Dialect::POSTGRES.rules().quote_identifier(part);
    let schema = name.schema.as_deref().map(|schema| format!("{}.", quote(schema))).unwrap_or_default();
    let count = labels.len();
    let sql = format!("(ARRAY[{}]::{schema}{}[])[1 + {n} % {count}]", quoted.join(", "), quote(&name.name));
    Some(MadeUpValue { sql, capacity: u64::try_from(count).unwrap_or(u64::MAX) })
}
