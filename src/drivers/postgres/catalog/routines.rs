//! Functions, procedures and aggregates.

use super::builder::{CatalogAddress, SchemaBuilder, class};
use super::options::IS_SETTABLE;
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::dialects::postgres::schema::{identifier, qualified};
use crate::schema::{Attribute, Key, Kind, Object};
use crate::sql::{Dialect, quote_literal};

pub(super) fn routines(ask: &QueryContext) -> String {
    let (inside, owner) = (&ask.inside, ask.owner("p.proowner", "p.proacl", 'f'));
    format!(
        "SELECT p.oid, n.nspname, p.proname, p.prokind, oidvectortypes(p.proargtypes), pg_get_function_arguments(p.oid), \
         pg_get_function_result(p.oid), CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, \
         ARRAY(SELECT x.setting FROM unnest(p.proconfig) x (setting) WHERE NOT {IS_SETTABLE}), {owner} \
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
         WHERE {inside} AND p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 1255 AND d.objid = p.oid \
         AND d.refclassid = 1247 AND d.deptype = 'i')"
    )
}

pub(super) fn read_routine(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, namespace, name, kind) = (row.oid(), row.text(), row.text(), row.text());
    let arguments = row.text();
    let kind = match kind.as_str() {
        "a" => Kind::Aggregate,
        "p" => Kind::Procedure,
        _ => Kind::Function,
    };
    let mut object = Object::new(Key::new(kind, Some(&namespace), &format!("{name}({arguments})")));
    let is_star = kind == Kind::Aggregate && arguments.is_empty();
    object.set(Attribute::Arguments, if is_star { "*".to_owned() } else { arguments });
    object.set(Attribute::Parameters, row.text());
    object.set_some(Attribute::Returns, row.some());
    let definition = row.some();
    let kept_by_server = row.list();
    object.set_some(Attribute::Definition, definition.map(|text| without_settings(text.trim_end(), &kept_by_server)));
    draft.set_owner(&mut object, row);
    draft.add(CatalogAddress::new(class::PROC, oid), object);
}

/// Removes these settings from the definition; `pg_get_functiondef` prints each on a line of its own.
fn without_settings(definition: &str, settings: &[String]) -> String {
    settings.iter().filter_map(|setting| setting.split_once('=')).fold(definition.to_owned(), |text, (name, value)| {
        text.replacen(&format!("\n SET {} TO {}", identifier(name), quote_literal(value, Dialect::POSTGRES)), "", 1)
    })
}

/// Options of CREATE AGGREGATE, each in its written form or NULL, in the order of [`PARTS`].
pub(super) fn aggregates(ask: &QueryContext) -> String {
    let function = |column: &str| format!("CASE WHEN a.{column} <> 0 THEN a.{column} END");
    let modify = |column: &str, usual: &str| {
        format!(
            "CASE WHEN a.{column} <> {usual} THEN CASE a.{column} WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END"
        )
    };
    let usual = "CASE WHEN a.aggkind = 'n' THEN 'r'::\"char\" ELSE 'w'::\"char\" END";
    let columns = [
        "a.aggtransfn".to_owned(),
        "format_type(a.aggtranstype, NULL)".to_owned(),
        "nullif(a.aggtransspace, 0)".to_owned(),
        function("aggfinalfn"),
        "CASE WHEN a.aggfinalextra THEN '' END".to_owned(),
        modify("aggfinalmodify", usual),
        function("aggcombinefn"),
        function("aggserialfn"),
        function("aggdeserialfn"),
        "quote_literal(a.agginitval)".to_owned(),
        function("aggmtransfn"),
        function("aggminvtransfn"),
        "CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END".to_owned(),
        "nullif(a.aggmtransspace, 0)".to_owned(),
        function("aggmfinalfn"),
        "CASE WHEN a.aggmfinalextra THEN '' END".to_owned(),
        format!("CASE WHEN a.aggmtransfn <> 0 THEN {} END", modify("aggmfinalmodify", usual)),
        "quote_literal(a.aggminitval)".to_owned(),
        "(SELECT 'OPERATOR(' || quote_ident(sn.nspname) || '.' || o.oprname || ')' FROM pg_operator o \
         JOIN pg_namespace sn ON sn.oid = o.oprnamespace WHERE o.oid = a.aggsortop)"
            .to_owned(),
        "CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END".to_owned(),
        "CASE WHEN a.aggkind = 'h' THEN '' END".to_owned(),
    ];
    format!(
        "SELECT p.oid, n.nspname, p.proname, {} FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid \
         JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384 AND {}",
        columns.join(", "),
        ask.inside
    )
}

const PARTS: [&str; 21] = [
    "SFUNC",
    "STYPE",
    "SSPACE",
    "FINALFUNC",
    "FINALFUNC_EXTRA",
    "FINALFUNC_MODIFY",
    "COMBINEFUNC",
    "SERIALFUNC",
    "DESERIALFUNC",
    "INITCOND",
    "MSFUNC",
    "MINVFUNC",
    "MSTYPE",
    "MSSPACE",
    "MFINALFUNC",
    "MFINALFUNC_EXTRA",
    "MFINALFUNC_MODIFY",
    "MINITCOND",
    "SORTOP",
    "PARALLEL",
    "HYPOTHETICAL",
];

pub(super) fn read_aggregate(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (address, namespace, name) = (CatalogAddress::new(class::PROC, row.oid()), row.text(), row.text());
    let part = |part: &&str| {
        let value = row.some()?;
        Some(if value.is_empty() { format!("    {part}") } else { format!("    {part} = {value}") })
    };
    let parts: Vec<String> = PARTS.iter().filter_map(part).collect();
    let Some(object) = draft.get_mut(address) else { return };
    let parameters = object.text(Attribute::Parameters).filter(|parameters| !parameters.is_empty()).unwrap_or("*");
    let name = qualified(Some(&namespace), &name);
    let definition = format!("CREATE AGGREGATE {name}({parameters}) (\n{}\n)", parts.join(",\n"));
    object.set(Attribute::Definition, definition);
}
