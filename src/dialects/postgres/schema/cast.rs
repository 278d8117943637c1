//! Casts between column types: whether the server converts the values implicitly, and the USING expression otherwise.
//! Based on PostgreSQL's built-in casts (`pg_cast`); all other types are converted through their text form.

use super::name::identifier;

/// Conversion of a column's values to another type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cast {
    /// Expression after `USING`; `None` if the server converts without one.
    pub(super) using: Option<String>,
    /// Set if no row is rewritten and only the catalog changes.
    pub(super) keeps_rows: bool,
    /// Set if some values may not fit or may lose precision.
    pub(super) narrows: bool,
}

/// Returns the conversion of `column` from the type `old` to `new`. If `is_recreated`, both are different types under the
/// same name.
pub(super) fn cast(column: &str, old: &str, new: &str, is_recreated: bool) -> Cast {
    let name = identifier(column);
    if is_recreated {
        let text = if is_array(old) { "text[]" } else { "text" };
        return Cast { using: Some(format!("{name}::{text}::{new}")), keeps_rows: false, narrows: true };
    }
    let (from, to) = (Type::parse(old), Type::parse(new));
    let keeps_rows = from.widens_to(&to);
    let narrows = !keeps_rows && !from.fits_in(&to);
    Cast { using: from.using(&to, &name, new), keeps_rows, narrows }
}

fn is_array(text: &str) -> bool {
    text.ends_with("[]")
}

struct Type<'t> {
    base: String,
    modifiers: Option<&'t str>,
    is_array: bool,
}

impl<'t> Type<'t> {
    fn parse(text: &'t str) -> Self {
        let bare = text.trim_end_matches("[]");
        let (base, modifiers) = match (bare.find('('), bare.rfind(')')) {
            (Some(open), Some(close)) if open < close => {
                let rest = &bare[close + 1..];
                (format!("{}{rest}", &bare[..open]), bare.get(open + 1..close))
            }
            _ => (bare.to_owned(), None),
        };
        Self { base, modifiers, is_array: is_array(text) }
    }

    fn using(&self, to: &Self, name: &str, new: &str) -> Option<String> {
        match (self.is_array, to.is_array) {
            (false, true) if self.base == to.base => Some(format!("ARRAY[{name}]::{new}")),
            (true, false) if self.base == to.base => Some(format!("{name}[1]")),
            (true, true) | (false, false) => {
                if assigned(&self.base, &to.base) {
                    None
                } else if explicit(&self.base, &to.base) {
                    Some(format!("{name}::{new}"))
                } else {
                    Some(format!("{name}::text{}::{new}", if self.is_array { "[]" } else { "" }))
                }
            }
            _ => Some(format!("{name}::text::{new}")),
        }
    }

    fn length(&self) -> Option<u32> {
        self.modifiers?.split(',').next()?.trim().parse().ok()
    }

    /// Returns whether the server skips the table rewrite (manual, ALTER TABLE, Notes).
    fn widens_to(&self, to: &Self) -> bool {
        let longer = match (self.length(), to.length()) {
            (_, None) => true,
            (Some(old), Some(new)) => old <= new,
            (None, Some(_)) => false,
        };
        if self.is_array != to.is_array {
            return false;
        }
        match (self.base.as_str(), to.base.as_str()) {
            ("character varying" | "text", "text") | ("character varying", "character varying") => longer,
            ("numeric", "numeric") => {
                let scale =
                    |of: &Self| of.modifiers.and_then(|text| text.split(',').nth(1)).map(str::trim).map(str::to_owned);
                longer && (to.modifiers.is_none() || scale(self) == scale(to))
            }
            ("bit varying", "bit varying") => longer,
            (old, new) if old == new && is_time(old) => longer,
            (old, new) => old == new && self.modifiers == to.modifiers,
        }
    }

    /// Returns whether every value has an equivalent in the other type.
    fn fits_in(&self, to: &Self) -> bool {
        const WHOLE: [&str; 3] = ["smallint", "integer", "bigint"];
        let place = |name: &str| WHOLE.iter().position(|whole| *whole == name);
        if self.is_array && !to.is_array {
            return false;
        }
        match (place(&self.base), place(&to.base)) {
            (Some(old), Some(new)) => return old <= new,
            (Some(_), None) if to.base == "numeric" && to.modifiers.is_none() => return true,
            _ => {}
        }
        match (self.base.as_str(), to.base.as_str()) {
            (_, "text") => true,
            (_, "character varying") => to.modifiers.is_none(),
            ("real", "double precision") | ("json", "jsonb") | ("date", "timestamp without time zone") => true,
            ("timestamp without time zone", "timestamp with time zone")
            | ("timestamp with time zone", "timestamp without time zone")
            | ("cidr", "inet") => self.modifiers.is_none() || to.modifiers.is_none(),
            (old, new) => old == new && (to.modifiers.is_none() || self.widens_to(to)),
        }
    }
}

fn is_time(base: &str) -> bool {
    base.starts_with("timestamp") || base.starts_with("time ") || base == "interval"
}

/// Families of types that have at least an assignment cast between any two members.
const FAMILIES: &[&[&str]] = &[
    &["smallint", "integer", "bigint", "real", "double precision", "numeric"],
    &["character varying", "text", "character", "name", "\"char\""],
    &["date", "timestamp without time zone", "timestamp with time zone"],
    &["json", "jsonb"],
    &["inet", "cidr"],
    &["bit", "bit varying"],
    &["macaddr", "macaddr8"],
];

fn is_string(base: &str) -> bool {
    matches!(base, "text" | "character varying" | "character" | "name")
}

/// Returns whether the server has an assignment cast: within a family, and from every type to strings.
fn assigned(old: &str, new: &str) -> bool {
    old == new
        || is_string(new)
        || FAMILIES.iter().any(|family| family.contains(&old) && family.contains(&new))
        || matches!((old, new), ("time without time zone", "interval" | "time with time zone"))
        || matches!((old, new), ("interval" | "time with time zone", "time without time zone"))
        || (old.starts_with("timestamp") && new.starts_with("time "))
        || matches!((old, new), ("integer" | "bigint" | "numeric", "money") | ("money", "numeric"))
}

/// Returns whether there is an explicit cast: from strings to every type (through the type's input function), and a few
/// more.
fn explicit(old: &str, new: &str) -> bool {
    is_string(old)
        || matches!((old, new), ("boolean", "integer") | ("integer", "boolean"))
        || matches!((old, new), ("integer" | "bigint", "bit") | ("bit", "integer" | "bigint"))
        || matches!((old, new), ("integer" | "bigint", "oid") | ("oid", "integer" | "bigint"))
        || matches!(
            (old, new),
            ("jsonb", "boolean" | "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision")
        )
        || matches!((old, new), ("xml", "character"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn using(old: &str, new: &str) -> Option<String> {
        cast("a", old, new, false).using
    }

    #[test]
    fn the_server_is_asked_only_for_what_it_does_not_do_by_itself() {
        assert_eq!(using("integer", "bigint"), None);
        assert_eq!(using("integer", "text"), None);
        assert_eq!(using("text", "integer").as_deref(), Some("a::integer"));
        assert_eq!(using("text", "public.mood").as_deref(), Some("a::public.mood"));
        assert_eq!(using("integer", "uuid").as_deref(), Some("a::text::uuid"));
        assert_eq!(using("text", "text[]").as_deref(), Some("ARRAY[a]::text[]"));
        assert_eq!(using("public.mood[]", "public.other[]").as_deref(), Some("a::text[]::public.other[]"));
        assert_eq!(cast("a", "public.mood", "public.mood", true).using.as_deref(), Some("a::text::public.mood"));
    }

    #[test]
    fn longer_strings_keep_the_rows_and_shorter_ones_may_not_fit() {
        assert!(cast("a", "character varying(10)", "character varying(20)", false).keeps_rows);
        assert!(cast("a", "character varying(10)", "text", false).keeps_rows);
        let shorter = cast("a", "character varying(20)", "character varying(10)", false);
        assert!(!shorter.keeps_rows && shorter.narrows);
        let wider = cast("a", "integer", "bigint", false);
        assert!(!wider.keeps_rows && !wider.narrows);
        assert!(cast("a", "numeric(10,2)", "numeric(12,2)", false).keeps_rows);
        assert!(!cast("a", "numeric(10,2)", "numeric(12,3)", false).keeps_rows);
    }
}
