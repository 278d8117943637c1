//! Outline of a schema that was read from a catalog.

use crate::ddl::{
    ConstraintDefinition, ConstraintKind, DdlColumn, DomainOutline, GeneratedColumn, IndexDefinition, Outline,
    Relation, RelationKind, Volatility, parse_constraint,
};
use crate::schema::{Attribute, Kind, Object, Schema};
use crate::sql::{TableName, unquoted};

/// Returns the outline of a schema that was read from a catalog.
#[must_use]
pub fn outline_of(schema: &Schema) -> Outline {
    let mut outline = Outline::new(schema.dialect);
    for object in schema.objects() {
        let name = TableName { schema: object.key.namespace.clone(), name: object.key.name.clone() };
        let name = outline.plain(&name);
        match object.key.kind {
            Kind::Table | Kind::View | Kind::MaterializedView | Kind::VirtualTable => {
                outline.add_relation(relation(schema, object, name));
            }
            Kind::Enum => outline.add_enum(name, object.list(Attribute::Labels).to_vec()),
            Kind::Domain => {
                let has_check = schema.of_table(&object.key, Kind::Check).next().is_some();
                let is_not_null = object.has(Attribute::NotNull);
                let written = object.text(Attribute::Type).unwrap_or_default().to_lowercase();
                let base = schema.dialect.change_rules().data_type(&written);
                outline.add_domain(name, DomainOutline { base, has_check, is_not_null, is_new: false });
            }
            Kind::Sequence if !object.has(Attribute::OwnedBy) => outline.add_sequence(name),
            Kind::Namespace => outline.add_schema(object.key.name.clone()),
            Kind::Function => {
                let name = object.key.name.split('(').next().unwrap_or_default();
                outline.add_routine(name.to_owned(), volatility(object));
            }
            _ => {}
        }
    }
    outline
}

fn volatility(function: &Object) -> Volatility {
    let text = function.text(Attribute::Definition).unwrap_or_default().to_uppercase();
    if text.contains("IMMUTABLE") {
        Volatility::Immutable
    } else if text.contains("STABLE") {
        Volatility::Stable
    } else {
        Volatility::Volatile
    }
}

fn relation(schema: &Schema, object: &Object, name: TableName) -> Relation {
    let kind = match object.key.kind {
        Kind::View => RelationKind::View,
        Kind::MaterializedView => RelationKind::MaterializedView,
        _ => RelationKind::Table,
    };
    let key = &object.key;
    let indexes = schema.of_table(key, Kind::Index).map(|index| index_of(index, &name)).collect();
    let kinds = [Kind::PrimaryKey, Kind::Unique, Kind::Check, Kind::ForeignKey, Kind::Exclusion];
    let constraints = kinds.into_iter().flat_map(|kind| schema.of_table(key, kind));
    let mut relation = Relation {
        name,
        kind,
        columns: match kind {
            RelationKind::Table => schema.columns(key).into_iter().map(|column| column_of(schema, column)).collect(),
            // The columns of a view are in its entry: `name type`.
            _ => object.list(Attribute::Columns).iter().map(|column| view_column(column)).collect(),
        },
        has_all_columns: kind == RelationKind::Table,
        indexes,
        constraints: constraints.filter_map(|object| constraint_of(schema, object)).collect(),
        partition_of: object.text(Attribute::PartitionOf).map(table_name),
        is_default_partition: object.text(Attribute::PartitionBound) == Some("DEFAULT"),
        is_partitioned: object.has(Attribute::PartitionBy),
        is_unlogged: object.has(Attribute::Unlogged),
        triggers: triggers(schema, key),
        options: options(object),
        query: object.text(Attribute::Definition).map(str::to_owned),
        ..Relation::default()
    };
    if kind == RelationKind::Table {
        relation.constraints.extend(schema.columns(key).into_iter().filter_map(column_check));
    }
    let keys = relation.primary_key().map(<[String]>::to_vec).unwrap_or_default();
    for column in &mut relation.columns {
        column.is_not_null |= keys.contains(&column.name);
    }
    relation
}

fn triggers(schema: &Schema, key: &crate::schema::Key) -> std::collections::BTreeMap<String, String> {
    let text = |trigger: &Object| {
        (trigger.key.name.clone(), trigger.text(Attribute::Definition).unwrap_or_default().to_owned())
    };
    schema.of_table(key, Kind::Trigger).map(text).collect()
}

fn options(object: &Object) -> String {
    let mut options = Vec::new();
    if object.has(Attribute::Strict) {
        options.push("STRICT".to_owned());
    }
    if object.has(Attribute::WithoutRowid) {
        options.push("WITHOUT ROWID".to_owned());
    }
    for (attribute, name) in
        [(Attribute::Engine, "ENGINE"), (Attribute::RowFormat, "ROW_FORMAT"), (Attribute::Charset, "CHARSET")]
    {
        options.extend(object.text(attribute).map(|value| format!("{name}={}", value.to_uppercase())));
    }
    options.join(" ")
}

/// Name of a table as catalogs print it: quoted, with its schema where there are schemas.
fn table_name(quoted: &str) -> TableName {
    let mut parts: Vec<String> = Vec::new();
    let (mut part, mut quote) = (String::new(), None);
    for c in quoted.chars() {
        match quote {
            None if c == '.' => parts.push(std::mem::take(&mut part)),
            None => {
                quote = Some(c).filter(|c| matches!(c, '"' | '`'));
                part.push(c);
            }
            Some(open) => {
                quote = Some(open).filter(|open| *open != c);
                part.push(c);
            }
        }
    }
    parts.push(part);
    let is_quoted = |part: &str| part.starts_with(['"', '`']);
    let mut parts = parts.into_iter().map(|part| if is_quoted(&part) { unquoted(&part) } else { part });
    match (parts.next(), parts.next()) {
        (Some(schema), Some(name)) => TableName { schema: Some(schema).filter(|schema| schema != "public"), name },
        (Some(name), None) => TableName { schema: None, name },
        _ => TableName::default(),
    }
}

fn view_column(text: &str) -> DdlColumn {
    DdlColumn { name: plain_column(text), ..DdlColumn::default() }
}

fn column_of(schema: &Schema, object: &Object) -> DdlColumn {
    let written_type = object.text(Attribute::Type).unwrap_or_default().to_lowercase();
    let expression = object.text(Attribute::Generated).map(str::to_owned);
    let is_stored = object.text(Attribute::GeneratedKind) != Some("virtual");
    DdlColumn {
        name: object.key.name.clone(),
        data_type: schema.dialect.change_rules().data_type(&written_type),
        written_type,
        is_not_null: object.has(Attribute::NotNull),
        default: object.text(Attribute::Default).map(str::to_owned),
        generated: expression.map(|expression| GeneratedColumn { expression, is_stored }),
        is_numbered: object.has(Attribute::Identity)
            || object.text(Attribute::Default).is_some_and(|default| default.starts_with("nextval(")),
        charset: object.text(Attribute::Charset).map(str::to_owned),
        collation: object.text(Attribute::Collation).map(str::to_owned),
        has_place: false,
    }
}

fn index_of(object: &Object, table: &TableName) -> IndexDefinition {
    IndexDefinition {
        name: Some(object.key.name.clone()),
        table: table.clone(),
        columns: object.list(Attribute::Columns).iter().map(|column| plain_column(column)).collect(),
        is_unique: object.has(Attribute::IsUnique),
        method: object.text(Attribute::Method).unwrap_or("btree").to_lowercase(),
        predicate: object.text(Attribute::Predicate).map(str::to_owned),
        is_invalid: object.has(Attribute::Invalid),
        ..IndexDefinition::default()
    }
}

/// Column of an index without quotes, order and length; an expression stays as it is.
fn plain_column(column: &str) -> String {
    if column.starts_with('(') {
        return column.to_owned();
    }
    match column.chars().next() {
        Some(quote @ ('"' | '`')) => column.split(quote).nth(1).unwrap_or_default().to_owned(),
        _ => column.split([' ', '(']).next().unwrap_or_default().to_owned(),
    }
}

fn constraint_of(schema: &Schema, object: &Object) -> Option<ConstraintDefinition> {
    let text = object.text(Attribute::Definition).unwrap_or_default();
    let kind = match object.key.kind {
        Kind::PrimaryKey => ConstraintKind::PrimaryKey,
        Kind::Unique => ConstraintKind::Unique,
        Kind::Exclusion => ConstraintKind::Exclusion,
        Kind::Check | Kind::ForeignKey => parse_constraint(text, schema.dialect)?.kind,
        _ => return None,
    };
    let columns = object.list(Attribute::Columns);
    let columns = match (columns.is_empty(), object.key.kind) {
        (true, Kind::Check) => Vec::new(),
        (true, _) => parse_constraint(text, schema.dialect).map(|parsed| parsed.columns).unwrap_or_default(),
        (false, _) => columns.iter().map(|column| plain_column(column)).collect(),
    };
    Some(ConstraintDefinition {
        name: Some(object.key.name.clone()),
        kind,
        columns,
        not_valid: object.has(Attribute::NotValid),
        using_index: None,
        is_of_column: false,
    })
}

/// CHECK that the catalog lists with its column.
fn column_check(column: &Object) -> Option<ConstraintDefinition> {
    let condition = column.text(Attribute::ColumnCheck)?;
    Some(ConstraintDefinition {
        name: Some(column.key.name.clone()),
        kind: ConstraintKind::Check(condition.to_owned()),
        columns: vec![column.key.name.clone()],
        not_valid: false,
        using_index: None,
        is_of_column: true,
    })
}
