//! Indexes, including those of constraints, whose attributes are added to the constraint.

use super::builder::{CatalogAddress, SchemaBuilder, class, set_list};
use super::options::{OptionScope, set_options};
use super::query_context::{QueryContext, tablespace};
use super::row::CatalogRow;
use crate::dialects::postgres::schema::{identifier, identifiers};
use crate::schema::{Attribute, Kind, Object};

/// The options as `pg_get_indexdef` prints them (`get_reloptions` in ruleutils.c), to be removed from its output.
const OPTIONS: &str = "CASE WHEN c.reloptions IS NOT NULL AND k.oid IS NULL THEN (SELECT ' WITH (' || \
    string_agg(quote_ident(option_name) || '=' || CASE quote_ident(option_value) WHEN option_value THEN option_value \
    ELSE quote_literal(option_value) END, ', ') || ')' FROM pg_options_to_table(c.reloptions)) END";

/// Condition for indexes that `pg_get_indexdef` prints with more than method and columns. Calling it only for those
/// matters: with many indexes it takes longer than all other queries together. It prints an operator class that is not
/// the default for the column's type (`get_opclass_name` in ruleutils.c; varchar has no class of its own and uses that
/// of text), options of a class, and a collation that is not the column's.
const TELLS_MORE: &str = "i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR i.indnatts <> i.indnkeyatts \
    OR NOT i.indoption::int2[] <@ '{0}' \
    OR EXISTS (SELECT FROM pg_attribute own WHERE own.attrelid = i.indexrelid AND own.attoptions IS NOT NULL) \
    OR EXISTS (SELECT FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) x (attnum, opclass, locale) \
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = x.attnum \
    WHERE a.attcollation <> x.locale OR (x.opclass, a.atttypid) NOT IN (SELECT oid, opcintype FROM pg_opclass WHERE opcdefault \
    UNION ALL SELECT oid, 'varchar'::regtype FROM pg_opclass WHERE opcdefault AND opcintype = 'text'::regtype \
    AND NOT EXISTS (SELECT FROM pg_opclass WHERE opcdefault AND opcintype = 'varchar'::regtype)))";

pub(super) fn indexes(ask: &QueryContext) -> String {
    let not_distinct = if ask.version.has_nulls_not_distinct() { "i.indnullsnotdistinct" } else { "false" };
    format!(
        "SELECT c.oid, n.nspname, c.relname, i.indrelid, r.relname, k.oid, am.amname, i.indisunique, \
         NOT i.indisvalid AND c.relkind = 'i', i.indisclustered, i.indisreplident, i.indkey, c.reloptions, {tablespace}, \
         CASE WHEN h.inhparent IS NOT NULL THEN (SELECT quote_ident(pn.nspname) || '.' || quote_ident(p.relname) FROM pg_class p \
         JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE p.oid = h.inhparent) END, {OPTIONS}, \
         pg_get_expr(i.indpred, i.indrelid), \
         CASE WHEN k.oid IS NULL AND ({not_distinct} OR {TELLS_MORE}) THEN pg_get_indexdef(i.indexrelid) END \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class r ON r.oid = i.indrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_am am ON am.oid = c.relam \
         LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x') \
         LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid WHERE {} ORDER BY i.indrelid, i.indexrelid",
        ask.inside,
        tablespace = tablespace("c")
    )
}

pub(super) fn read_index(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, namespace, name, relation, table) = (row.oid(), row.text(), row.text(), row.oid(), row.text());
    let address = CatalogAddress::new(class::CLASS, oid);
    if row.oid() != 0 {
        return read_index_of_constraint(row, draft, address, relation);
    }
    let Some(key) = draft.key_within(relation, Kind::Index, &name) else { return };
    let mut object = Object::new(key);
    let method = row.text();
    object.set_if(Attribute::IsUnique, row.is());
    read_common(row, &mut object, draft, relation, &method);
    object.set(Attribute::Method, method);
    let options = row.text();
    object.set_some(Attribute::Predicate, row.some());
    let definition = match row.some() {
        Some(text) => definition(&text, &namespace, (&name, &table), &options),
        None => plain_definition(&object),
    };
    object.set(Attribute::Definition, definition);
    draft.add(address, object);
}

fn read_index_of_constraint(row: &mut CatalogRow, draft: &mut SchemaBuilder, address: CatalogAddress, relation: u32) {
    let method = row.text();
    let _ = row.some(); // whether it is unique follows from the constraint's kind
    let mut index = Object::new(match draft.key(address) {
        Some(key) => key.clone(),
        None => return,
    });
    read_common(row, &mut index, draft, relation, &method);
    index.attributes.remove(&Attribute::Columns);
    if let Some(constraint) = draft.get_mut(address) {
        constraint.attributes.append(&mut index.attributes);
    }
}

fn read_common(row: &mut CatalogRow, index: &mut Object, draft: &mut SchemaBuilder, relation: u32, method: &str) {
    index.set_if(Attribute::Invalid, row.is());
    let (clusters, identifies) = (row.is(), row.is());
    if let Some(table) = draft.get_mut(CatalogAddress::new(class::CLASS, relation)) {
        let name = &index.key.name;
        table.set_some(Attribute::ClusteredOn, clusters.then_some(name.as_str()));
        table.set_some(Attribute::ReplicaIdentity, identifies.then(|| format!("index {}", identifier(name))));
    }
    set_list(index, Attribute::Columns, draft.names(relation, &row.numbers()));
    // The query sorts by OID, the order in which ATTACH PARTITION matches indexes.
    index.set(Attribute::Position, draft.next_position(relation));
    set_options(draft, index, OptionScope::Index(method), row.list());
    index.set_some(Attribute::Tablespace, row.some());
    index.set_some(Attribute::PartitionOf, row.some());
}

/// Builds the output of `pg_get_indexdef` for an index to which [`TELLS_MORE`] does not apply.
fn plain_definition(index: &Object) -> String {
    let method = identifier(index.text(Attribute::Method).unwrap_or_default());
    format!("USING {method} ({})", identifiers(index.list(Attribute::Columns)))
}

/// Returns the definition from `USING` on, without the options.
fn definition(text: &str, namespace: &str, (name, table): (&str, &str), options: &str) -> String {
    let table = format!("{}.{} ", identifier(namespace), identifier(table));
    let rest = ["CREATE INDEX ", "CREATE UNIQUE INDEX "].iter().find_map(|start| text.strip_prefix(start));
    let rest = rest.and_then(|rest| rest.strip_prefix(&identifier(name)));
    let rest = rest.and_then(|rest| rest.strip_prefix(" ON ONLY ").or_else(|| rest.strip_prefix(" ON ")));
    let rest = rest.and_then(|rest| rest.strip_prefix(&table)).unwrap_or(text);
    match rest.rsplit_once(options) {
        Some((before, after)) if !options.is_empty() => format!("{before}{after}"),
        _ => rest.to_owned(),
    }
}

pub(super) fn statistics(ask: &QueryContext) -> String {
    format!(
        "SELECT a.attrelid, array_agg(a.attnum || '=' || a.attstattarget ORDER BY a.attnum) FROM pg_attribute a \
         JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE {} AND c.relkind IN ('i', 'I') AND a.attstattarget >= 0 GROUP BY 1",
        ask.inside
    )
}

pub(super) fn read_statistics(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let address = CatalogAddress::new(class::CLASS, row.oid());
    if let Some(index) = draft.get_mut(address) {
        index.set(Attribute::Statistics, row.list());
    }
}

#[cfg(test)]
mod tests {
    use super::definition;

    #[test]
    fn name_table_and_options_are_told_elsewhere() {
        let text = "CREATE UNIQUE INDEX \"I\" ON ONLY public.t USING btree (a) WITH (fillfactor='70') WHERE (b > 0)";
        let found = definition(text, "public", ("I", "t"), " WITH (fillfactor='70')");
        assert_eq!(found, "USING btree (a) WHERE (b > 0)");
    }
}
