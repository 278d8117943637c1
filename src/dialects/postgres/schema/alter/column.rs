//! In-place changes of a column by ALTER TABLE ... ALTER COLUMN. Changes that take several steps (NOT NULL, identity, a
//! default that depends on a changed object) are assembled by the plan.

use crate::dialects::postgres::schema::cast::{Cast, cast};
use crate::dialects::postgres::schema::name::{self, identifier};
use crate::dialects::postgres::schema::not_null;
use crate::dialects::postgres::schema::plan::{AlterKind, PlannedStatement};
use crate::schema::{Attribute, Key, Object, StatementNote};

use super::table::option_actions;
use super::types::{brought_inside, sequence_actions};

/// Returns whether the column must be dropped and added. PostgreSQL changes the expression of a generated column only
/// since version 17, turns no ordinary column into a generated one, and has no DROP EXPRESSION for virtual columns.
pub(super) fn is_made_anew(before: &Object, after: &Object) -> bool {
    let generated = |object: &Object| {
        [Attribute::Generated, Attribute::GeneratedKind].map(|attribute| object.text(attribute).map(str::to_owned))
    };
    after.has(Attribute::Generated) && generated(before) != generated(after)
        || before.text(Attribute::GeneratedKind) == Some("virtual") && !after.has(Attribute::Generated)
}

/// Returns whether a foreign key can stay while this column changes its type: the old and the new type are comparable
/// with the same types, under the same collation.
pub(in crate::dialects::postgres::schema) fn stays_comparable(before: Option<&Object>, after: Option<&Object>) -> bool {
    const FAMILIES: [&[&str]; 2] = [&["smallint", "integer", "bigint", "numeric"], &["text", "character varying"]];
    let base = |object: Option<&Object>| {
        let text = object?.text(Attribute::Type)?;
        Some(text.split('(').next().unwrap_or(text).to_owned())
    };
    let (Some(old), Some(new)) = (base(before), base(after)) else { return false };
    let same_collation = before.and_then(|object| object.text(Attribute::Collation))
        == after.and_then(|object| object.text(Attribute::Collation));
    same_collation
        && (old == new
            || FAMILIES.iter().any(|family| family.contains(&old.as_str()) && family.contains(&new.as_str())))
}

/// Returns the ALTER COLUMN action as a statement that can be merged with others on the table.
fn action(column: &Object, action: &str) -> PlannedStatement {
    let own = identifier(&column.key.name);
    PlannedStatement::on_table(&name::table(&column.key), AlterKind::Setting, format!("ALTER COLUMN {own} {action}"))
}

/// Returns the in-place changes that need no step of their own.
pub(super) fn lines(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    use Attribute as A;
    let mut lines = Vec::new();
    if before.has(A::Generated) && !after.has(A::Generated) {
        lines.push(action(after, "DROP EXPRESSION"));
    }
    if before.has(A::NotNull) && !after.has(A::NotNull) {
        lines.push(action(after, "DROP NOT NULL"));
    }
    lines.extend(storage_lines(before, after));
    lines.extend(not_null::changes(before, after));
    lines
}

/// Returns the changes of storage, compression, statistics and options.
fn storage_lines(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    use Attribute as A;
    let differs = |attribute| before.attributes.get(&attribute) != after.attributes.get(&attribute);
    let mut lines = Vec::new();
    let of_type = after.text(A::Type).unwrap_or_default();
    if differs(A::Storage) {
        let storage = after.text(A::Storage).unwrap_or_else(|| default_storage(of_type));
        lines.push(action(after, &format!("SET STORAGE {}", storage.to_ascii_uppercase())));
    }
    if differs(A::Compression) {
        lines.push(action(after, &format!("SET COMPRESSION {}", after.text(A::Compression).unwrap_or("default"))));
    }
    if differs(A::Statistics) {
        lines.push(action(after, &format!("SET STATISTICS {}", after.number(A::Statistics).unwrap_or(-1))));
    }
    lines.extend(
        option_actions(before.list(A::Options), after.list(A::Options)).iter().map(|change| action(after, change)),
    );
    lines
}

/// Removes the settings that `ALTER COLUMN ... TYPE` resets to those of the new type. Setting them once more would fail
/// for a type that cannot be compressed or stored out of line.
pub(in crate::dialects::postgres::schema) fn forget_storage(column: &mut Object) {
    column.attributes.remove(&Attribute::Storage);
    column.attributes.remove(&Attribute::Compression);
}

/// Default storage (`pg_type.typstorage`) of a type whose storage can be changed, which excludes all types of fixed
/// length. Versions before 16 have no `SET STORAGE DEFAULT`.
fn default_storage(of_type: &str) -> &'static str {
    if of_type.ends_with("[]") {
        return "extended";
    }
    let base = of_type.split('(').next().unwrap_or_default();
    // Types of extensions may be qualified: those of PostGIS and pgvector.
    match base.rsplit('.').next().unwrap_or_default() {
        "numeric" | "inet" | "cidr" | "geometry" | "geography" => "main",
        "vector" | "halfvec" | "sparsevec" => "external",
        _ => "extended",
    }
}

/// `SET DEFAULT` or `DROP DEFAULT`.
pub(in crate::dialects::postgres::schema) fn default(column: &Object, default: Option<&str>) -> PlannedStatement {
    match default {
        Some(default) => action(column, &format!("SET DEFAULT {default}")),
        None => action(column, "DROP DEFAULT"),
    }
}

/// `DROP IDENTITY`.
pub(in crate::dialects::postgres::schema) fn drop_identity(column: &Object) -> PlannedStatement {
    action(column, "DROP IDENTITY")
        .note(StatementNote::Loses(format!("the position of the sequence of {}", column.key)))
}

/// Returns `SET NOT NULL`, followed by the comment of the constraint.
pub(in crate::dialects::postgres::schema) fn set_not_null(column: &Object) -> Vec<PlannedStatement> {
    not_null::set(column)
}

/// Returns the cast of the column's values to the new type.
pub(in crate::dialects::postgres::schema) fn cast_of(before: &Object, after: &Object, anew: bool) -> Cast {
    let of_type = |object: &Object| object.text(Attribute::Type).unwrap_or_default().to_owned();
    cast(&after.key.name, &of_type(before), &of_type(after), anew)
}

/// Returns the actions that change the type. The default is dropped before and set afterwards: the server would cast
/// the old default, which can fail, and leaves the cast in its expression.
pub(in crate::dialects::postgres::schema) fn retyped(before: &Object, after: &Object, cast: &Cast) -> PlannedStatement {
    let own = identifier(&after.key.name);
    let mut actions = Vec::new();
    let generated = after.has(Attribute::Generated);
    if before.has(Attribute::Default) && !generated {
        actions.push(format!("ALTER COLUMN {own} DROP DEFAULT"));
    }
    let collation = after.text(Attribute::Collation).map(|collation| format!(" COLLATE {collation}"));
    let using = cast.using.as_ref().filter(|_| !generated).map(|using| format!(" USING {using}"));
    let of_type = after.text(Attribute::Type).unwrap_or_default();
    actions.push(format!(
        "ALTER COLUMN {own} TYPE {of_type}{}{}",
        collation.unwrap_or_default(),
        using.unwrap_or_default()
    ));
    if let Some(default) = after.text(Attribute::Default).filter(|_| !generated) {
        actions.push(format!("ALTER COLUMN {own} SET DEFAULT {default}"));
    }
    let mut line = PlannedStatement::on_table(&name::table(&after.key), AlterKind::Type, actions.join(", "));
    line.notes.extend(type_note(before, after, cast));
    line
}

/// Returns the warning for a type that cannot represent all old values.
pub(in crate::dialects::postgres::schema) fn type_note(
    before: &Object,
    after: &Object,
    cast: &Cast,
) -> Option<StatementNote> {
    let old = before.text(Attribute::Type).unwrap_or_default();
    let new = after.text(Attribute::Type).unwrap_or_default();
    (cast.narrows && old != new).then(|| {
        StatementNote::Loses(format!(
            "values of {} that do not fit into {new} (it was {old}); it fails on values that it cannot cast",
            after.key
        ))
    })
}

/// `ADD GENERATED ... AS IDENTITY`.
pub(in crate::dialects::postgres::schema) fn add_identity(after: &Object) -> Option<PlannedStatement> {
    let how = after.text(Attribute::Identity)?.to_ascii_uppercase();
    let options = after.list(Attribute::IdentityOptions);
    let mut parts: Vec<String> = Vec::new();
    if let Some(sequence) = options.iter().find_map(|option| option.strip_prefix("sequence=")) {
        parts.push(format!("SEQUENCE NAME {sequence}"));
    }
    let of_type = after.text(Attribute::Type);
    parts.extend(sequence_actions((of_type, &[]), (of_type, options)));
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(" ")) };
    Some(action(after, &format!("ADD GENERATED {how} AS IDENTITY{parts}")))
}

/// Returns the changes of an identity column that remains one.
pub(in crate::dialects::postgres::schema) fn identity_lines(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    let (Some(old), Some(new)) = (before.text(Attribute::Identity), after.text(Attribute::Identity)) else {
        return Vec::new();
    };
    let mut actions = Vec::new();
    if old != new {
        actions.push(format!("SET GENERATED {}", new.to_ascii_uppercase()));
    }
    let [old, new] = [before, after].map(|of| (before.text(Attribute::Type), of.list(Attribute::IdentityOptions)));
    let options = sequence_actions(old, new);
    actions.extend(
        options.iter().map(|option| if option == "RESTART" { option.clone() } else { format!("SET {option}") }),
    );
    let mut lines: Vec<PlannedStatement> = renamed_sequence(before, after).into_iter().collect();
    lines.extend(brought_inside(&sequence_name(after), old, new));
    if !actions.is_empty() {
        lines.push(action(after, &actions.join(" ")));
    }
    lines
}

/// Returns the statement that renames the sequence of an identity column within its namespace.
fn renamed_sequence(before: &Object, after: &Object) -> Option<PlannedStatement> {
    let (old, new) = (sequence_name(before), sequence_name(after));
    let name = crate::dialects::postgres::schema::text::names(&new).pop()?;
    (old != new).then(|| PlannedStatement::new(format!("ALTER SEQUENCE {old} RENAME TO {}", identifier(&name))))
}

/// Returns the qualified name of an identity column's sequence.
pub(in crate::dialects::postgres::schema) fn sequence_name(column: &Object) -> String {
    let options = column.list(Attribute::IdentityOptions);
    let name = options.iter().find_map(|option| option.strip_prefix("sequence=")).map(str::to_owned);
    name.unwrap_or_else(|| usual_sequence_name(&column.key))
}

/// Returns the qualified default name of an identity column's sequence.
pub(in crate::dialects::postgres::schema) fn usual_sequence_name(column: &Key) -> String {
    let usual = format!("{}_{}_seq", column.table.as_deref().unwrap_or_default(), column.name);
    name::qualified(column.namespace.as_deref(), &usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Kind;

    fn column(of_type: &str, settings: &[(Attribute, &str)]) -> Object {
        let mut column = Object::new(Key::of_table(Kind::Column, Some("public"), "t", "c"));
        column.set(Attribute::Type, of_type);
        settings.iter().for_each(|(attribute, value)| column.set(*attribute, *value));
        column
    }

    fn statements(before: &Object, after: &Object) -> Vec<String> {
        storage_lines(before, after).into_iter().map(|line| line.into_statement().sql).collect()
    }

    #[test]
    fn a_storage_that_is_no_longer_set_goes_back_to_the_default_of_the_type() {
        for (of_type, storage) in [
            ("text", "EXTENDED"),
            ("numeric(10,2)", "MAIN"),
            ("numeric(10,2)[]", "EXTENDED"),
            ("public.geometry(Point,4326)", "MAIN"),
            ("extensions.vector(3)", "EXTERNAL"),
        ] {
            let before = column(of_type, &[(Attribute::Storage, "plain")]);
            let set = format!("ALTER TABLE public.t ALTER COLUMN c SET STORAGE {storage}");
            assert_eq!(statements(&before, &column(of_type, &[])), [set], "{of_type}");
        }
    }

    #[test]
    fn a_new_type_resets_storage_and_compression() {
        let mut before = column("text", &[(Attribute::Storage, "external"), (Attribute::Compression, "lz4")]);
        forget_storage(&mut before);
        assert_eq!(statements(&before, &column("mood", &[])), Vec::<String>::new());
        let after = column("character varying", &[(Attribute::Storage, "external")]);
        assert_eq!(statements(&before, &after), ["ALTER TABLE public.t ALTER COLUMN c SET STORAGE EXTERNAL"]);
    }
}
