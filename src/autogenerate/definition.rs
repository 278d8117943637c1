//! One object in one line, for people: `character varying(200), not null, default 'x'`.

use crate::schema::{Attribute, Kind, Object};

/// Number of characters of a line at most; the rest is replaced by `...`.
const WIDTH: usize = 200;

/// Returns the definition of an object in one line. Empty for an object that has only a name.
#[must_use]
pub fn definition(object: &Object) -> String {
    let text = match object.key.kind {
        Kind::Column | Kind::Domain => typed(object),
        Kind::Table | Kind::VirtualTable => table(object),
        Kind::Enum => format!("({})", object.list(Attribute::Labels).join(", ")),
        Kind::Sequence => object.list(Attribute::Options).join(" "),
        _ => body(object),
    };
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn typed(object: &Object) -> String {
    let mut words = vec![object.text(Attribute::Type).unwrap_or_default().to_owned()];
    let mut add = |name: Attribute, lead: &str| words.extend(object.text(name).map(|text| format!("{lead} {text}")));
    add(Attribute::Collation, "collate");
    add(Attribute::Generated, "generated as");
    add(Attribute::Identity, "identity");
    add(Attribute::Default, "default");
    add(Attribute::OnUpdate, "on update");
    if object.has(Attribute::NotNull) {
        words.insert(1, "not null".to_owned());
    }
    words.join(", ")
}

fn table(object: &Object) -> String {
    let named = [
        (Attribute::PartitionBy, "partition by"),
        (Attribute::PartitionOf, "partition of"),
        (Attribute::Engine, "engine"),
    ];
    named
        .iter()
        .filter_map(|(name, lead)| Some(format!("{lead} {}", object.text(*name)?)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn body(object: &Object) -> String {
    let columns = || format!("({})", object.list(Attribute::Columns).join(", "));
    match object.text(Attribute::Definition) {
        Some(text) => text.to_owned(),
        None if !object.list(Attribute::Columns).is_empty() => {
            let unique = if object.has(Attribute::IsUnique) { "unique " } else { "" };
            let predicate = object.text(Attribute::Predicate).map(|text| format!(" where {text}")).unwrap_or_default();
            format!("{unique}{}{predicate}", columns())
        }
        None => String::new(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
