//! Decides if every value of a column fits its new type and character set. What is not known does not fit.

use crate::schema::{Attribute, Object};

/// Returns whether every value of `before` is also one of `after`.
pub(super) fn fits(before: &Object, after: &Object) -> bool {
    let columns = [before, after];
    let [old, new] = columns.map(|column| ColumnType::parse(column.text(Attribute::Type).unwrap_or_default()));
    let [from, to] = columns.map(|column| column.text(Attribute::Collation).unwrap_or_default());
    let sets = [from, to].map(|collation| collation.split('_').next().unwrap_or_default());
    old.fits_in(&new, sets) && (from == to || !new.is_text() || fits_in_set(sets))
}

/// Returns whether the character set `to` has all characters of `from`.
fn fits_in_set([from, to]: [&str; 2]) -> bool {
    from == to || from == "ascii" && to != "binary" || to == "utf8mb4" && from != "binary"
}

/// Returns whether characters can take more than one byte.
const fn is_multibyte(set: &str) -> bool {
    !matches!(set.as_bytes(), b"ascii" | b"latin1" | b"binary")
}

/// Type as the server prints it: `decimal(10,2) unsigned`.
struct ColumnType<'t> {
    base: &'t str,
    /// The part in parentheses.
    inner: Option<&'t str>,
    is_unsigned: bool,
}

impl<'t> ColumnType<'t> {
    fn parse(text: &'t str) -> Self {
        let base = text.split(['(', ' ']).next().unwrap_or(text);
        let inner = text.split_once('(').and_then(|(_, rest)| Some(rest.rsplit_once(')')?.0));
        let is_unsigned = text.rsplit(')').next().is_some_and(|rest| rest.contains("unsigned"));
        Self { base, inner, is_unsigned }
    }

    fn is_text(&self) -> bool {
        matches!(self.base, "char" | "varchar" | "enum" | "set") || self.base.ends_with("text")
    }

    fn number(&self, index: usize) -> Option<u32> {
        self.inner?.split(',').nth(index)?.trim().parse().ok()
    }

    /// Decimal digits before and after the point: `decimal(10,2)` has (8, 2).
    fn digits(&self) -> Option<(u32, u32)> {
        let whole = |digits| Some((digits, 0));
        match self.base {
            "tinyint" => whole(3),
            "smallint" => whole(5),
            "mediumint" => whole(if self.is_unsigned { 8 } else { 7 }),
            "int" => whole(10),
            "bigint" => whole(if self.is_unsigned { 20 } else { 19 }),
            "decimal" => {
                let scale = self.number(1).unwrap_or(0);
                Some((self.number(0).unwrap_or(10).checked_sub(scale)?, scale))
            }
            _ => None,
        }
    }

    /// Most characters (or bytes, of a binary type) that a value can have.
    fn length(&self) -> Option<u64> {
        let own = self.number(0).map(u64::from);
        match self.base {
            "char" | "binary" => own.or(Some(1)),
            "varchar" | "varbinary" => own,
            _ => None,
        }
    }

    /// Most bytes of a text or blob type.
    fn bytes(&self) -> Option<u64> {
        let power = match self.base {
            "tinytext" | "tinyblob" => 8,
            "text" | "blob" => 16,
            "mediumtext" | "mediumblob" => 24,
            "longtext" | "longblob" => 32,
            _ => return None,
        };
        Some((1 << power) - 1)
    }

    fn fits_in(&self, to: &Self, sets: [&str; 2]) -> bool {
        const WHOLE: [&str; 5] = ["tinyint", "smallint", "mediumint", "int", "bigint"];
        let rank = |of: &Self| WHOLE.iter().position(|name| *name == of.base);
        let same_family = |binary: bool| {
            let is_binary = |of: &Self| of.base.ends_with("binary") || of.base.ends_with("blob");
            is_binary(self) == binary && is_binary(to) == binary
        };
        match (self.base, to.base) {
            ("enum", "enum") | ("set", "set") => {
                let labels = to.labels();
                self.labels().iter().all(|label| labels.contains(label))
            }
            ("enum", "varchar" | "char") => {
                let longest = self.labels().iter().map(|label| unquoted_length(label)).max().unwrap_or(0);
                to.length().is_some_and(|length| u64::try_from(longest).is_ok_and(|longest| longest <= length))
            }
            ("date", "datetime") | ("float", "double") => true,
            ("datetime" | "timestamp" | "time", new) if new == self.base => {
                self.number(0).unwrap_or(0) <= to.number(0).unwrap_or(0)
            }
            _ if rank(self).is_some() && rank(to).is_some() => match (self.is_unsigned, to.is_unsigned) {
                (true, false) => rank(self) < rank(to),
                (false, true) => false,
                _ => rank(self) <= rank(to),
            },
            _ if self.digits().is_some() && to.base == "decimal" => {
                let pairs = self.digits().zip(to.digits());
                (self.is_unsigned || !to.is_unsigned)
                    && pairs.is_some_and(|((whole, scale), (new_whole, new_scale))| {
                        whole <= new_whole && scale <= new_scale
                    })
            }
            // A char of fixed length would lose the blanks at the end of a varchar.
            ("varchar", "char") | ("varbinary", "binary") => false,
            _ if same_family(true) || self.is_text() && to.is_text() && same_family(false) => {
                let grows = sets[0] != sets[1] && is_multibyte(sets[1]);
                match (self.length(), to.length(), self.bytes(), to.bytes()) {
                    (Some(old), Some(new), ..) => old <= new,
                    (Some(old), _, _, Some(new)) => old.saturating_mul(4) <= new,
                    (_, _, Some(old), Some(new)) => old <= new && !grows,
                    _ => false,
                }
            }
            (old, new) => old == new && self.inner == to.inner && self.is_unsigned == to.is_unsigned,
        }
    }

    /// Labels of an `enum` or `set`, as they are quoted.
    fn labels(&self) -> Vec<&'t str> {
        let Some(inner) = self.inner else { return Vec::new() };
        let (mut labels, mut start, mut is_open) = (Vec::new(), 0, false);
        for (index, sign) in inner.char_indices() {
            match sign {
                '\'' => is_open = !is_open,
                ',' if !is_open => {
                    labels.extend(inner.get(start..index));
                    start = index + 1;
                }
                _ => {}
            }
        }
        labels.extend(inner.get(start..));
        labels
    }
}

/// Characters of a quoted label, in which a quote is doubled.
fn unquoted_length(label: &str) -> usize {
    let inner = label.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(label);
    inner.replace("''", "'").chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Key, Kind};

    fn column((of_type, collation): (&str, &str)) -> Object {
        let mut column = Object::new(Key::of_table(Kind::Column, None, "t", "c"));
        column.set(Attribute::Type, of_type);
        column.set(Attribute::Collation, collation);
        column
    }

    #[test]
    fn wider_types_take_every_value_and_narrower_ones_do_not() {
        for (old, new) in [
            ("int(11)", "bigint(20)"),
            ("int(10) unsigned", "bigint(20)"),
            ("int(11)", "decimal(10,0)"),
            ("decimal(8,2)", "decimal(10,3)"),
            ("varchar(20)", "varchar(40)"),
            ("char(5)", "varchar(5)"),
            ("varchar(20)", "text"),
            ("varchar(255)", "longtext"),
            ("text", "mediumtext"),
            ("varbinary(5)", "blob"),
            ("enum('a','b')", "enum('a','c','b')"),
            ("set('a','b')", "set('b','a','c')"),
            ("enum('a,b','it''s')", "enum('it''s','c','a,b')"),
            ("enum('a','bc')", "varchar(2)"),
            ("datetime", "datetime(6)"),
            ("date", "datetime"),
        ] {
            let [before, after] = [old, new].map(|of_type| column((of_type, "utf8mb4_bin")));
            assert!(fits(&before, &after), "{old} to {new}");
            assert!(!fits(&after, &before), "{new} to {old}");
        }
        for (old, new) in [("int(11)", "int(10) unsigned"), ("varchar(20)", "char(20)"), ("json", "int(11)")] {
            let [before, after] = [old, new].map(|of_type| column((of_type, "utf8mb4_bin")));
            assert!(!fits(&before, &after), "{old} to {new}");
        }
    }

    #[test]
    fn a_character_set_takes_the_characters_of_a_smaller_one() {
        let is_fit = |of_type, from, to| fits(&column((of_type, from)), &column((of_type, to)));
        assert!(is_fit("varchar(20)", "utf8mb4_bin", "utf8mb4_general_ci"));
        assert!(is_fit("varchar(20)", "latin1_swedish_ci", "utf8mb4_bin"));
        assert!(!is_fit("varchar(20)", "utf8mb4_bin", "latin1_swedish_ci"));
        // The bytes of a text are limited, and characters of another set may take more of them.
        assert!(!is_fit("text", "latin1_swedish_ci", "utf8mb4_bin"));
    }
}
